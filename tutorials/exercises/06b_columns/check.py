"""im2col whose threads read and write neighbours."""

import numpy as np

from alicuda.tutor import Launch, empty, random, sectors

KERNEL = "im2col(const float* x, float* columns, int N, int H, int W, int C, int R, int S, int P, int Q, int stride)"
HINTS = {"uncoalesced": "the 32 lanes of a warp have 32 numbers i in a row. Which m and d should these be?"}


def launches():
    for N, H, W, C, R, S, stride in [(1, 5, 7, 1, 3, 2, 1), (2, 9, 8, 3, 4, 3, 2), (1, 8, 7, 16, 3, 3, 1)]:
        P, Q = (H - R) // stride + 1, (W - S) // stride + 1
        x = random(N, H, W, C, seed=H)
        windows = np.lib.stride_tricks.sliding_window_view(x, (R, S), axis=(1, 2))[:, ::stride, ::stride]
        columns = windows.transpose(0, 1, 2, 4, 5, 3).reshape(N * P * Q, R * S * C)
        arguments = (x, empty(columns.shape), N, H, W, C, R, S, P, Q, stride)
        yield Launch(-(-columns.size // 128), 128, arguments, expected={"columns": columns})


MEASURED = [sectors()]
