"""The choice of tiles: what it promises, and that it counts what the kernels do."""

from dataclasses import replace

import numpy as np
import pytest

from alicuda import emulator, kernel_source
from alicuda.backends.cuda import tiles
from alicuda.backends.cuda.convolution import planned
from alicuda.backends.cuda.tiles import Shape
from alicuda.models.ali import networks
from alicuda.models.cost import convolutions
from alicuda.models.experiments import default_options

DIRECTIONS = ("forward", "input_grad", "weight_grad")


def shape(N, H, W, C, R, S, K, stride):
    return Shape(N, H, W, C, R, S, K, (H - R) // stride + 1, (W - S) // stride + 1, stride)


@pytest.mark.parametrize("experiment", ["svhn", "cifar10", "celeba", "tiny_imagenet"])
def test_little_is_computed_for_nothing(experiment):
    """Over each network, at most 1.15 multiply-adds executed for each that is needed, all directions together."""
    options = default_options(experiment)
    found = convolutions(networks(experiment, options), options.batch_size)
    for network in ("g2", "g1", "d"):
        of = [c.shape for c in found if c.layer.startswith(network)]
        executed = sum(planned(direction, s).executed for s in of for direction in DIRECTIONS)
        assert 1 <= executed / (3 * sum(s.macs for s in of)) <= 1.15


COUNT_TAPS = """#include "conv2d_input_grad.cu"
extern "C" __global__ void count(int* taps, int N, int height, int width, int taps_u, int taps_v, int P, int Q) {
    int first = (int)blockIdx.x * BM, last = min(first + BM, height * width * N) - 1;
    Pixels at = {first / N / width, first / N % width, last / N / width, last / N % width, width};
    for (int u = 0; u < taps_u; ++u)
        for (int v = 0; v < taps_v; ++v) taps[blockIdx.x] += tap_is_inside(at, u, v, P, Q);
}
"""
BORDERED = [shape(100, 13, 13, 64, 4, 4, 128, 1), shape(7, 10, 9, 8, 4, 3, 8, 2), shape(1, 9, 11, 4, 5, 3, 4, 1),
            shape(3, 12, 7, 4, 2, 3, 4, 3), shape(33, 4, 5, 4, 3, 5, 4, 1), shape(2, 40, 3, 4, 2, 2, 4, 1)]  # fmt: skip


@pytest.mark.parametrize("s", BORDERED, ids=str)
def test_taps_are_counted_as_the_kernel_skips_them(s):
    for tile in tiles.TILES[4]:
        source = kernel_source.load(COUNT_TAPS, tile.defines)
        kernel = emulator.compile(source, build="fast").kernel("count")
        for a, b in tiles.phases_of(s):
            height, width = (-(-(n - phase) // s.stride) for n, phase in ((s.H, a), (s.W, b)))
            taps_u, taps_v = (-(-(n - phase) // s.stride) for n, phase in ((s.R, a), (s.S, b)))
            counted = tiles.taps_walked(s, tile.BM, a, b)
            taps = np.zeros(counted.size, np.int32)
            kernel[counted.size, 1](taps, s.N, height, width, taps_u, taps_v, s.P, s.Q)
            np.testing.assert_array_equal(counted, taps)


@pytest.mark.parametrize("s", BORDERED, ids=str)
def test_a_tap_is_walked_exactly_where_one_of_the_blocks_pixels_meets_it(s):
    for a, b in tiles.phases_of(s):
        height, width = (-(-(n - phase) // s.stride) for n, phase in ((s.H, a), (s.W, b)))
        pixel = np.arange(height * width * s.N) // s.N
        expected = 0
        for u in range(-(-(s.R - a) // s.stride)):
            for v in range(-(-(s.S - b) // s.stride)):
                p, q = pixel // width - u, pixel % width - v
                inside = (p >= 0) & (p < s.P) & (q >= 0) & (q < s.Q)
                expected += sum(inside[i : i + 32].any() for i in range(0, pixel.size, 32))
        assert tiles.taps_walked(s, 32, a, b).sum() == expected


def test_a_convolution_that_is_a_matrix_product_is_planned_as_one():
    assert shape(100, 4, 4, 256, 4, 4, 512, 1).as_matrix() == (100, 1, 1, 4096, 1, 1, 512, 1, 1, 1)
    assert shape(2, 4, 4, 3, 4, 4, 5, 3).as_matrix() == (2, 1, 1, 48, 1, 1, 5, 1, 1, 1)
    assert shape(3, 5, 7, 8, 1, 1, 4, 1).as_matrix() == (105, 1, 1, 8, 1, 1, 4, 1, 1, 1)
    assert shape(3, 5, 7, 8, 1, 1, 4, 2).as_matrix() is None
    assert shape(3, 5, 5, 8, 4, 4, 4, 2).as_matrix() is None  # one output pixel, but the filter leaves some out
    assert shape(3, 5, 7, 8, 1, 1, 4, 1).as_matrix().macs == shape(3, 5, 7, 8, 1, 1, 4, 1).macs


def test_the_depth_is_split_where_there_are_few_blocks_and_only_then():
    small, large = shape(100, 1, 1, 4096, 1, 1, 512, 1), shape(100, 28, 28, 32, 5, 5, 32, 1)
    assert planned("forward", small).splits > 4 and planned("forward", large).splits == 1
    assert planned("weight_grad", large).splits > 1
    for direction in DIRECTIONS:
        for s in (small, large, *BORDERED):
            plan = planned(direction, s)
            assert 1 <= plan.splits <= tiles.MOST_SPLITS and plan.grid[2] % plan.splits == 0


def test_a_slower_tile_is_not_chosen():
    s = shape(200, 13, 13, 64, 4, 4, 128, 1)
    chosen = tiles.plan("forward", s)
    slower = tuple(replace(t, speed=t.speed / 10) if t == chosen.tile else t for t in tiles.TILES[4])
    assert tiles.plan("forward", s, slower).tile != chosen.tile
