"""What `python -m alicuda.bench emulator` measures: the emulator's fast build, beside Numba's CUDA simulator.

A matrix product with 4 x 4 outputs a thread (`bench_emulator_matmul.cu`), on one core and on all; the time of an empty
launch from Python; and what a thread costs without and with a barrier. Each figure is the best of some repeats.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from alicuda import cli, emulator, machine
from alicuda.emulator.compilers import find

SIZE, SMALL, TILE, EACH = 512, 32, 64, 4
MATMUL = Path(__file__).with_name("bench_emulator_matmul.cu")
BLOCKS, THREADS, LAUNCHES = 10_000, 256, 500
SMALL_KERNELS = """
extern "C" __global__ void empty(const float* x, float* y, int n) {}
extern "C" __global__ void plain(float* y) { y[blockIdx.x * blockDim.x + threadIdx.x] = 1; }
extern "C" __global__ void barrier(float* y) {
    __shared__ float s[256];
    s[threadIdx.x] = threadIdx.x;
    __syncthreads();
    y[blockIdx.x * blockDim.x + threadIdx.x] = s[255 - threadIdx.x];
}
"""


def add_parser(kinds: Any) -> None:
    p = kinds.add_parser(
        "emulator", help="kernels on the CPU", description="Time the emulator, beside Numba's simulator."
    )
    p.add_argument("--repeats", type=cli.at_least(1), default=10, metavar="N", help="the best of so many (default: 10)")
    p.add_argument("--no-numba", action="store_true", help="leave Numba's simulator out: it takes seconds")
    p.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    p.set_defaults(measure=measure, tell=tell)


def measure(args: argparse.Namespace) -> dict[str, Any]:
    cores, repeats = machine.cores(), args.repeats
    with tqdm(total=6, unit=" figures", disable=None, leave=False, file=sys.stderr) as bar:

        def seconds(run: Callable[[], Any]) -> float:
            best = min(_timed(run) for _ in range(repeats))
            bar.update()
            return best

        work = 2 * SIZE**3 / 1e9
        figures = {
            "what": "emulator",
            "matmul_size": SIZE,
            "gflops_one_core": work / seconds(_matmul(SIZE, TILE, 1)),
            "gflops_all_cores": work / seconds(_matmul(SIZE, TILE, cores)),
            "launch_us": 1e6 / LAUNCHES * seconds(_launches()),
            "thread_ns": 1e9 / (BLOCKS * THREADS) * seconds(_threads("plain")),
            "thread_with_barrier_ns": 1e9 / (BLOCKS * THREADS) * seconds(_threads("barrier")),
            "small_matmul_size": SMALL,
            "small_matmul_seconds": seconds(_matmul(SMALL, SMALL, 1)),
            "small_matmul_seconds_numba": None if args.no_numba else numba_seconds(),
            "repeats": repeats,
            "compiler": find().version,
            "machine": machine.describe(),
            "versions": machine.versions(),
            "commit": machine.commit(),
            "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        }
    return figures


def _timed(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _matmul(n: int, tile: int, workers: int) -> Callable[[], Any]:
    kernel = emulator.compile(MATMUL, build="fast", defines={"TILE": tile}, workers=workers).kernel("matmul")
    a, b = np.random.default_rng(0).standard_normal((2, n, n), np.float32)
    c = emulator.empty((n, n))

    def run() -> None:
        kernel[(n // tile, n // tile), (tile // EACH, tile // EACH)](a, b, c, n)

    run()
    assert np.abs(c - a @ b).max() < 1e-6 * n, "the product is wrong, so its time means nothing"
    return run


def _launches() -> Callable[[], Any]:
    launch = emulator.compile(SMALL_KERNELS, build="fast").kernel("empty")[1, 1]
    x, y = np.zeros((2, 4), np.float32)

    def run() -> None:
        for _ in range(LAUNCHES):
            launch(x, y, 4)

    return run


def _threads(name: str) -> Callable[[], Any]:
    kernel = emulator.compile(SMALL_KERNELS, build="fast", workers=1).kernel(name)
    y = np.zeros(BLOCKS * THREADS, np.float32)
    return lambda: kernel[BLOCKS, THREADS](y)


def numba_seconds() -> float | None:
    """What Numba's simulator takes for the small product; None where Numba is not installed."""
    if importlib.util.find_spec("numba") is None:
        return None
    command = [sys.executable, "-m", "alicuda.bench_emulator_numba"]
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def tell(f: dict[str, Any]) -> None:
    m, n, small = f["machine"], f["matmul_size"], f["small_matmul_size"]
    ours, numba = f["small_matmul_seconds"], f["small_matmul_seconds_numba"]
    cli.say(f"the emulator's fast build on {m['cpu']}, {m['cores']} cores, {f['compiler']}; best of {f['repeats']}")
    cli.say(f"matrix product {n} x {n} x {n}, 4 x 4 outputs a thread: {f['gflops_one_core']:.2f} GFLOP/s on one core, "
            f"{f['gflops_all_cores']:.2f} on {m['cores']}")  # fmt: skip
    cli.say(f"an empty launch: {f['launch_us']:.0f} us; a thread: {f['thread_ns']:.0f} ns, "
            f"with a barrier {f['thread_with_barrier_ns']:.0f} ns (on one core)")  # fmt: skip
    beside = f"Numba's simulator {numba:.2f} s ({numba / ours:,.0f} times)" if numba else "Numba was not measured"
    cli.say(f"the same product, {small} x {small} x {small}: {ours * 1e3:.3g} ms; {beside}")
