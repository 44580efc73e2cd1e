"""What comes out of a layer, its weights and its work, beside the library's own layers."""

from math import prod

from alicuda.nn import Layer, Row
from alicuda.tutor import require, same

FUNCTIONS = ["layer(kind, H, W, C, R, t, K)"]
HINTS = {
    "wrong_result": "a window visits the small side of a layer: of a convolution that is what comes out, of a "
    "transposed one what comes in. `//` rounds down, as the window must stay inside.",
    "raises": "the function must say for both kinds how high and how wide the result is.",
}
OPS = {"convolution": "conv", "transposed": "tconv"}
NAMES = ("height", "width", "channels", "number of weights", "number of multiply-adds")


def check(answer):
    for kind, *sizes in [
        ("convolution", 32, 32, 3, 5, 1, 32),
        ("convolution", 28, 28, 32, 4, 2, 64),
        ("convolution", 16, 11, 2, 3, 2, 5),  # rows and columns that no window sees
        ("transposed", 13, 13, 64, 4, 2, 32),
        ("transposed", 1, 1, 256, 4, 1, 256),
        ("transposed", 5, 3, 2, 3, 2, 7),
    ]:
        H, W, C, R, t, K = sizes
        made = Layer(Row(OPS[kind], R, t, K, False, "linear", "none", 0.0, 0.0), (H, W, C), 0.0, 0.0)
        call = f"layer({kind!r}, {', '.join(map(str, sizes))})"
        got = answer.layer(kind, *sizes)
        require(isinstance(got, (tuple, list)) and len(got) == 5, f"{call} must give five numbers, not {got!r}.")
        for name, here, wanted in zip(NAMES, got, (*made.out_shape, prod(made.shapes["w"]), made.macs), strict=True):
            same(f"The {name} of {call}", here, wanted)
