"""A see-through picture on white, beside Pillow's own."""

import numpy as np
from PIL import Image

from alicuda.tutor import require, same

FUNCTIONS = ["on_white(picture)"]
HINTS = {
    "wrong_result": "a share alpha / 255 of the colour, and the rest of white. 200 + 100 in bytes is 44: compute with "
    "floats, and turn the result into bytes at the end.",
    "raises": "alpha has the shape (H, W) and the colours (H, W, 3): picture[:, :, 3:] keeps an axis for that.",
}


def check(answer):
    random = np.random.default_rng(0)
    for name, alpha in [("half see-through", 128), ("wholly see-through", 0), ("hiding all", 255), ("mixed", None)]:
        picture = random.integers(0, 256, (3, 5, 4)).astype(np.uint8)
        if alpha is not None:
            picture[:, :, 3] = alpha
        paper = Image.new("RGBA", (5, 3), "white")
        wanted = np.asarray(Image.alpha_composite(paper, Image.fromarray(picture)).convert("RGB"))
        got = answer.on_white(picture.copy())
        dtype = getattr(got, "dtype", None)
        require(got is None or dtype == np.uint8, f"on_white gives {dtype or type(got).__name__}, not bytes (uint8).")
        same(f"Of a picture that is {name}, on_white", got, wanted, rtol=0, atol=1)
