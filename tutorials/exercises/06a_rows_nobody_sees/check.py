"""Rows of the result, and rows in no window, counted one by one."""

from alicuda.tutor import same

FUNCTIONS = ["rows(H, R, stride)"]
HINTS = {"wrong_result": "draw 10 rows, a window of 2 and a stride of 4, and mark what each window covers."}


def check(answer):
    for H, R, stride in [(16, 3, 1), (16, 3, 2), (28, 4, 2), (10, 2, 4), (13, 1, 3), (5, 5, 1), (9, 2, 9)]:
        windows = [range(p, p + R) for p in range(0, H - R + 1, stride)]
        seen = {row for window in windows for row in window}
        same(f"rows({H}, {R}, {stride})", answer.rows(H, R, stride), [len(windows), H - len(seen)])
