"""How long xray takes, races and FLOPs included: `python -m benchmarks.xray_time`.

Beside each stands the same launch in the emulator's checked build, in the same run: machines are noisy, ratios less.
"""

from __future__ import annotations

import time

from alicuda import emulator, ladders, machine, xray

CASES = (("matmul", "03_shared_tile", (512, 512, 512)), ("conv2d", "01_naive", (2, 28, 28, 32, 64, 4, 4, 2)))
RUNS = 3


def main() -> None:
    print(machine.words())
    for name, step_name, size in CASES:
        ladder = ladders.get(name)
        step = next(step for step in ladder.steps if step.name == step_name)
        arrays = step.arrays(ladder.problem(size))
        (launch,) = step.launches(size)
        kernel, values = emulator.compile(step.source(size)).kernel(launch.kernel), launch.arguments(arrays)
        checked, seen = [], []
        xray.profile(kernel, launch.grid, launch.block, values, sample_blocks=1)  # builds what is not there yet
        for _ in range(RUNS):
            started = time.perf_counter()
            kernel[launch.grid, launch.block](*values)
            checked.append(time.perf_counter() - started)
            started = time.perf_counter()
            xray.profile(kernel, launch.grid, launch.block, values)
            seen.append(time.perf_counter() - started)
        ratio = min(seen) / min(checked)
        figures = f"{min(seen):.1f} to {max(seen):.1f} s, {ratio:.1f} times the checked build's {min(checked):.1f} s"
        print(f"{name}/{step_name} {' x '.join(map(str, size))}: {figures}")


if __name__ == "__main__":
    main()
