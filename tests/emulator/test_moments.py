"""What comes at a bad moment does no harm: memory that runs out between two stacks, a signal halfway through.

Each runs in a Python of its own, which a fault would end.
"""

import os
import shutil
import subprocess
import sys
import textwrap

import pytest

from alicuda.emulator import build

HEAD = """
import numpy as np
from alicuda import emulator
from alicuda.emulator import KernelError, launching

SOURCE = '''
extern "C" __global__ void k(int* y, int bad) {
    __shared__ int s[1024];
    s[threadIdx.x] = threadIdx.x;
    __syncthreads();
    assert(threadIdx.x != bad);
    __syncthreads();
    y[threadIdx.x] = s[blockDim.x - 1 - threadIdx.x];
}
extern "C" __global__ void segmentation() { if (threadIdx.x == 3) *(volatile int*)8 = 1; }
'''
program = emulator.compile(SOURCE, build="fast", workers=1)
kernel = program.kernel("k")

def problem(launch, *args, kernel=kernel):
    try:
        kernel[1, launch](*args)
    except KernelError as error:
        return error.problem, error.thread

def works(n):
    y = np.zeros(n, np.int32)
    kernel[1, n](y, -1)
    return y.tolist() == list(range(n))[::-1]
"""


def passes(code, before="", **environment):
    command = [sys.executable, "-c", textwrap.dedent(before) + HEAD + textwrap.dedent(code)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_no_memory_for_the_stacks():
    passes("""
        import resource
        assert works(4)
        used = 4096 * int(open("/proc/self/statm").read().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (used + (120 << 20), resource.RLIM_INFINITY))
        y = np.zeros(1024, np.int32)
        for _ in range(3):
            name, thread = problem(1024, y, -1)
            assert name == "OUT_OF_MEMORY" and thread[0] > 100, (name, thread)
            assert works(64)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert works(1024)
    """)


def slowed(tmp_path, file, after):
    """The emulator's C++ with a pause after a statement, long enough for a signal to come just there."""
    text = (build.CPP / file).read_text()
    assert text.count(after) == 1
    folder = shutil.copytree(build.CPP, tmp_path / "cpp")
    pause = "for (volatile int spin = 0; spin < 100000000; spin = spin + 1) {}"
    (folder / file).write_text(text.replace(after, f"{after}\n{pause}"))
    return f"""
        import pathlib
        from alicuda.emulator import build, launching
        build.CPP = pathlib.Path({str(folder)!r})
        launching.SLICE_MS = 5
    """


@pytest.mark.parametrize("file, after", [
    ("block.cpp", "void run_block(Worker* w, long long number) {"),
    ("threads.cpp", "    ++w->begun;"),
], ids=["before the first block", "as a thread begins"])  # fmt: skip
def test_an_interrupt_gives_no_stack_back_twice(file, after, tmp_path):
    passes(
        """
        y = np.zeros(2, np.int32)
        assert problem(2, y, 1) == ("ASSERTION", (1, 0, 0))
        launching.PATIENCE_S["fast"] = 0.02
        assert problem(2, y, -1)[0] == "ENDLESS"
        launching.PATIENCE_S["fast"] = 60
        assert works(4)
        """,
        before=slowed(tmp_path, file, after),
        ALICUDA_CACHE=str(tmp_path),
    )


def test_a_report_is_filled_before_the_launch_is_stopped(tmp_path):
    passes(
        """
        assert problem(32, kernel=program.kernel("segmentation")) == ("SEGMENTATION", (3, 0, 0))
        """,
        before=slowed(tmp_path, "report.cpp", "void fill_place(Report* report) {"),
        ALICUDA_CACHE=str(tmp_path),
    )
