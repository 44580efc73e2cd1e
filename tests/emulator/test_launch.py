"""A launch can fail, hang, be interrupted, or meet another one: Python goes on, and the next launch works."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from alicuda import emulator
from alicuda.emulator import KernelError, launching
from alicuda.errors import InputError

SOURCE = """
__device__ int deeper(int n, volatile float* y) {
    volatile int own[64];
    own[n & 63] = n;
    return deeper(n + 1, y) + own[n & 63];
}
extern "C" __global__ void add(const float* x, float* y, int n) {
    __shared__ float s[64];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) s[threadIdx.x] = x[i];
    __syncthreads();
    if (i < n) y[i] += s[threadIdx.x];
}
extern "C" __global__ void segmentation(float* y) { if (blockIdx.x == 7) *(volatile float*)(blockIdx.x * 8ull) = 1; }
extern "C" __global__ void division(int* y, int n) { y[0] = 7 / n; }
extern "C" __global__ void stack(float* y) { __syncthreads(); y[0] = deeper(threadIdx.x, y); }
extern "C" __global__ void endless(float* y) { for (;;) {} }
extern "C" __global__ void barriers(float* y) { for (;;) __syncthreads(); }
extern "C" __global__ void votes(float* y) { for (;;) __any_sync(0xffffffffu, 1); }
extern "C" __global__ void prints(float* y) { for (;;) printf("%f\\n", 1.5); }
extern "C" __global__ void atomics(int* y) { while (atomicAdd(y, 0) == 0) {} }
extern "C" __global__ void hello(int n) { if (threadIdx.x == 0) printf("block %d of %u: %.2f %s\\n", blockIdx.x, gridDim.x, 0.5, "ok"); }
"""
ENDLESS = ("endless", "barriers", "votes", "prints", "atomics")


def program(build="fast", **options):
    return emulator.compile(SOURCE, build=build, **options)


def works(p):
    x, y = np.arange(1000, dtype=np.float32), np.ones(1000, np.float32)
    p.kernel("add")[16, 64](x, y, 1000)
    np.testing.assert_array_equal(y, x + 1)
    return True


@pytest.mark.parametrize("build", ["fast", "checked", "debug"])
@pytest.mark.parametrize("workers", [1, 3])
def test_fifty_failures_one_after_the_other(build, workers):
    p = program(build, workers=workers)
    y, i = np.zeros(8, np.float32), np.zeros(8, np.int32)
    for _ in range(13 if build == "checked" else 50):
        for kernel, launch, args, problem in [
            ("segmentation", (64, 32), (y,), {"SEGMENTATION", "OUT_OF_BOUNDS"}),
            ("division", (4, 64), (i, 0), {"ARITHMETIC"}),
            ("stack", (8, 64), (y,), {"STACK"}),
        ]:
            with pytest.raises(KernelError) as caught:
                p.kernel(kernel)[launch](*args)
            assert caught.value.problem in problem
        assert works(p)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts mappings in /proc")
def test_failed_launches_lose_no_stacks():
    def mappings():
        with open("/proc/self/maps") as file:
            return len(file.readlines())

    text = 'extern "C" __global__ void k() { __syncthreads(); assert(threadIdx.x != 63); }'
    kernel, counts = emulator.compile(text, build="fast").kernel("k"), []
    for _ in range(20):
        with pytest.raises(KernelError):
            kernel[8, 64]()
        counts.append(mappings())
    assert counts[-1] <= counts[2] + 4


@pytest.mark.parametrize("kernel", ENDLESS)
def test_what_does_not_end_is_stopped(kernel, monkeypatch, capsys):
    monkeypatch.setitem(launching.PATIENCE_S, "fast", 0.3)
    p = program(workers=2)
    with pytest.raises(KernelError, match=r'does not end.*build="checked"') as caught:
        p.kernel(kernel)[2**31 - 1, 64](np.zeros(4, np.int32 if kernel == "atomics" else np.float32))
    assert caught.value.problem == "ENDLESS"
    assert works(p)
    capsys.readouterr()


@pytest.mark.parametrize("build", ["fast", "checked"])
def test_a_failure_ends_the_blocks_of_other_workers(build):
    text = """extern "C" __global__ void k(int* begun) {
        if (blockIdx.x > 0) { atomicAdd(begun, 1); for (;;) {} }
        while (atomicAdd(begun, 0) == 0) {}
        assert(*begun > 5);
    }"""
    started = time.monotonic()
    with pytest.raises(KernelError, match="assertion failed"):
        emulator.compile(text, build=build, workers=2).kernel("k")[2, 1](np.zeros(1, np.int32))
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("kernel", ENDLESS)
def test_checked_build_stops_what_does_not_end(kernel, impatient, capsys):
    check_that_it_is_stopped(kernel)
    capsys.readouterr()


@pytest.mark.full
@pytest.mark.parametrize("kernel", ["endless", "barriers"])
def test_checked_build_ends_within_ten_seconds(kernel):
    """The one takes no step at all, the steps of the other take the longest."""
    started = time.monotonic()
    check_that_it_is_stopped(kernel)
    assert time.monotonic() - started < 10


def check_that_it_is_stopped(kernel):
    p = program("checked")
    with pytest.raises(KernelError, match="more steps than the limit") as caught:
        p.kernel(kernel)[2**31 - 1, 256](np.zeros(4, np.int32 if kernel == "atomics" else np.float32))
    assert caught.value.line == SOURCE.split("\n").index(next(s for s in SOURCE.split("\n") if f" {kernel}(" in s)) + 1
    assert works(p)


@pytest.mark.parametrize("build", ["fast", "checked", "debug"])
def test_ctrl_c_ends_a_launch(build, monkeypatch, ctrl_c):
    monkeypatch.setattr("alicuda.emulator.program.STEP_LIMIT", 2**62)
    p = program(build)
    for presses in (1, 3):
        keys = [threading.Timer(0.2 + 0.01 * i, os.kill, (os.getpid(), signal.SIGINT)) for i in range(presses)]
        with pytest.raises(KeyboardInterrupt):
            for key in keys:
                key.start()
            p.kernel("endless")[4, 64](np.zeros(4, np.float32))
        while any(key.is_alive() for key in keys):
            with contextlib.suppress(KeyboardInterrupt):
                time.sleep(0.05)
    assert works(p)


def test_python_threads_take_turns():
    p, failures = program("checked"), []

    def run(kernel, problem):
        try:
            for _ in range(20):
                if problem:
                    with pytest.raises(KernelError, match=problem):
                        p.kernel(kernel)[8, 64](np.zeros(8, np.int32), 0)
                else:
                    works(p)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=("division", "divides" if i % 2 else "")) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def in_another_process(queue):
    queue.put(works(program()))


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_works_in_another_process(method):
    works(program())
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    process = context.Process(target=in_another_process, args=(queue,))
    process.start()
    assert queue.get(timeout=60)
    process.join()


def test_python_keeps_its_own_signals():
    """After a launch SIGSEGV is what it was: here, the end of the process, told by faulthandler."""
    code = (
        "import faulthandler, os, signal; faulthandler.enable()\n"
        "from tests.emulator.test_launch import program, works\n"
        "works(program()); os.kill(os.getpid(), signal.SIGSEGV)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -signal.SIGSEGV and "Fatal Python error: Segmentation fault" in done.stderr


def test_prints_after_the_launch_and_before_the_error(capsys):
    program(workers=1, order="reverse").kernel("hello")[2, 32](0)
    assert capsys.readouterr().out == "block 1 of 2: 0.50 ok\nblock 0 of 2: 0.50 ok\n"
    text = 'extern "C" __global__ void k(int n) { printf("n is %d\\n", n); assert(n > 5); }'
    with pytest.raises(KernelError, match="assertion failed: n > 5"):
        emulator.compile(text).kernel("k")[1, 1](4)
    assert capsys.readouterr().out == "n is 4\n"


ORDERS = """extern "C" __global__ void k(int* next, int* y) {
    int me = blockIdx.x * blockDim.x + threadIdx.x;
    y[atomicAdd(next, 1)] = me;
}"""


@pytest.mark.parametrize("build", ["fast", "checked"])
def test_orders_of_blocks_and_threads(build):
    def order(name, seed=0):
        y = np.zeros(96, np.int32)
        p = emulator.compile(ORDERS, build=build, order=name, seed=seed, workers=1)
        p.kernel("k")[3, 32](np.zeros(1, np.int32), y)
        return y.tolist()

    assert order("forward") == list(range(96))
    assert order("reverse") == list(range(96))[::-1]
    shuffled = order("random", 1)
    assert sorted(shuffled) == list(range(96)) and shuffled not in (order("forward"), order("random", 2))
    assert shuffled == order("random", 1)
    threads = [[i % 32 for i in shuffled[32 * b : 32 * b + 32]] for b in range(3)]
    assert threads[0] != threads[1], "each block has an order of its own"


def test_a_launch_that_no_card_takes():
    k = program().kernel("add")
    x = np.zeros(4, np.float32)
    for size, message in [
        ((0, 32), "grid's x is 0"), ((1, 1025), "block's x is 1025"), ((1, (32, 33)), "1056 threads"),
        (((1, 65536), 32), "grid's y is 65536"), ((1, 32, 49153), "49153 bytes"), ((1, (1, 1, 65)), "block's z"),
        (((1, 1, 1, 1), 32), "one to three sizes"), ((1.5, 32), "whole number"), (("a", 32), "whole number"),
    ]:  # fmt: skip
        with pytest.raises(InputError, match=message):
            k[size](x, x, 4)
    with pytest.raises(InputError, match="launch it as"):
        k[4]
    k[np.int64(1), [32, 1]](x, x, 4)


def test_returning_values_of_a_failed_checked_launch_are_what_was_written():
    text = 'extern "C" __global__ void k(float* y) { y[0] = 1; y[4] = 1; }'
    y = np.zeros(4, np.float32)
    with pytest.raises(KernelError):
        emulator.compile(text).kernel("k")[1, 1](y)
    assert y.tolist() == [1, 0, 0, 0]
