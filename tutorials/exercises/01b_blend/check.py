"""z = (1 - t) x + t y in Numba, each number by one thread."""

import numpy as np

from alicuda import numba_kernels
from alicuda.tutor import left_out, random, require, same
from alicuda.tutor.expecting import first_difference

if reason := numba_kernels.missing():
    left_out(reason.sentence)
from numba import cuda  # after numba_kernels, which chooses the simulator

FUNCTIONS = ["blend"]
HINTS = {
    "out_of_bounds": "the blocks have more threads than there are numbers. What keeps the spare ones quiet?",
    "wrong_result": "how does a thread find out which number is its own?",
    "race": "each number by one thread, once: `z[i] = ...` with an i that no other thread has.",
}


def check(answer):
    for size in (64, 31, 1, 196):
        x, y = random(size, seed=1), random(size, seed=2)
        t, blocks = np.float32(0.3), (size + 63) // 64
        wanted = 0.7 * x.astype(np.float64) + 0.3 * y
        blocks_of = "1 block" if blocks == 1 else f"{blocks} blocks"
        z, what = np.full(size, np.nan, np.float32), f"With {size} numbers in {blocks_of} of 64 threads, z"
        answer.blend[blocks, 64](x, y, z, size, t)
        same(what, z, wanted, rtol=1e-5, atol=1e-6)
        again = cuda.to_device(x)
        answer.blend[blocks, 64](again, y, again, size, t)  # a number that is made twice comes out wrong now
        told = first_difference("z", again.copy_to_host(), wanted, 1e-5, 1e-6)
        require(not told, f"Some number is made more than once: where z is x itself, {told}", "race")
