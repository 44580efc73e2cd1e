"""What `python -m alicuda.xray` is told in words, and what it answers to words that it does not understand."""

import argparse

import numpy as np
import pytest

from alicuda import kernel_source
from alicuda.errors import InputError
from alicuda.xray import arguments

SIGNATURES = kernel_source.load("""
extern "C" __global__ void all(
    const float* x, double* d, unsigned char* b, const float4* v, long long n, float a, bool on) {}
extern "C" __global__ void none() {}
""").kernels  # fmt: skip
GOOD = ["f32:3x5:random", "f64:7:empty", "u8:300:arange", "f32:2x2:ones", "i64=0x10", "f32=-0.5", "bool=1"]


def values(texts, kernel="all"):
    return arguments.for_kernel(SIGNATURES[kernel], [arguments.argument(text) for text in texts])


def test_arrays_and_numbers_fit_the_signature():
    x, d, b, v, n, a, on = values(GOOD)
    assert (x.dtype, x.size, d.dtype, d.size, b.dtype, v.size) == (np.float32, 15, np.float64, 7, np.uint8, 4)
    assert np.isfinite(x).all() and 0.1 < x.std() < 3 and (v == 1).all()
    assert (b == np.arange(300) % 256).all()
    assert (n, a, on) == (16, np.float32(-0.5), True) and type(n) is np.int64
    assert values([], "none") == []


def test_random_is_the_same_each_time_and_differs_between_arguments():
    first, second = values(GOOD), values(GOOD)
    assert (first[0] == second[0]).all()
    x, *_, v = values([*GOOD[:3], "f32:3x4:random", *GOOD[4:]])[:4]
    assert not np.array_equal(x[:12], v)


@pytest.mark.parametrize("kind", arguments.TYPES)
@pytest.mark.parametrize("fill", arguments.FILLS)
def test_every_type_has_every_fill(kind, fill):
    array = arguments.filled(arguments.argument(f"{kind}:2x11:{fill}"), np.random.default_rng(0))
    assert array.dtype == arguments.TYPES[kind] and array.shape == (22,)
    if fill == "random":
        assert len(set(array.tolist())) > 1
    elif fill != "empty":
        assert (array == {"zeros": np.zeros, "ones": np.ones, "arange": np.arange}[fill](22).astype(array.dtype)).all()


@pytest.mark.parametrize(("read", "text", "value"), [
    (arguments.size, "7", (7,)), (arguments.size, "32,8", (32, 8)), (arguments.size, "1,2,3", (1, 2, 3)),
    (arguments.block_and_warp, "12,3", (12, 3)), (arguments.define, "TILE=32", ("TILE", "32")),
    (arguments.define, "F(x)=x", None), (arguments.define, "EMPTY=", ("EMPTY", "")),
    (arguments.define, "A=b=c", ("A", "b=c")),
    (arguments.size, "", None), (arguments.size, "1,2,3,4", None), (arguments.size, "1x2", None),
    (arguments.size, "-1", None), (arguments.size, "1,", None), (arguments.size, "²", None),
    (arguments.block_and_warp, "1", None), (arguments.block_and_warp, "1,2,3", None), (arguments.define, "TILE", None),
    (arguments.define, "3=4", None), (arguments.argument, "f32", None), (arguments.argument, "f32:4", None),
    (arguments.argument, "f32:4:4", None), (arguments.argument, "f32:4,4:ones", None),
    (arguments.argument, "float:4:ones", None), (arguments.argument, "i32=", None), (arguments.argument, "f16=1", None),
    (arguments.argument, "i32=1.5", None), (arguments.argument, "f32=one", None),
    (arguments.argument, "f32:-4:ones", None),
])  # fmt: skip
def test_words(read, text, value):
    """What is wrong is answered with an example of what is right."""
    if value is not None:
        assert read(text) == value
        return
    with pytest.raises(argparse.ArgumentTypeError, match=r"example|such as") as error:
        read(text)
    assert repr(text) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(("place", "text", "said"), [
    (0, "f64:3x5:random", r"argument 1 is `const float\* x`.*write --arg f32:3x5:random\.$"),
    (0, "f32=1", r"argument 1 .* --arg f32:1024:random\.$"),
    (3, "i32:4:ones", r"argument 4 is `const float4\* v`.* --arg f32:4:ones\.$"),
    (3, "f32:6:ones", "divides by 4"),
    (4, "i32=1", r"argument 5 is `long long n`.*write --arg i64=1\.$"),
    (4, "i64:4:ones", r"argument 5 .*write --arg i64=1\.$"),
    (5, "i32=1", r"argument 6 is `float a`.*write --arg f32=0\.5\.$"),
    (6, "bool=2", "takes a whole number|does not fit"),
    (4, f"i64={2**63}", "does not fit"),
    (1, "f64:999999x999999:zeros", "smaller problem"),
])  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_would(place, text, said):
    with pytest.raises(InputError, match=said):
        values([*GOOD[:place], text, *GOOD[place + 1 :]])


def test_a_wrong_count_shows_the_signature_and_a_line_that_fits():
    with pytest.raises(InputError) as error:
        values(GOOD[:-1])
    message = str(error.value)
    assert message.startswith("all(const float* x, double* d, ") and "takes 7 --arg, not 6" in message
    example = message.split("for example ")[1].rstrip(".").replace("--arg ", "").split()
    assert len(values(example)) == 7
    with pytest.raises(InputError, match=r"none\(\) takes 0 --arg, not 1\.$"):
        values(GOOD[:1], "none")
