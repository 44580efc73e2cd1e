"""`make gpu-bench`: the convolutions beside cuDNN, and the training step beside PyTorch eager, on a GPU.

    python -m benchmarks.gpu_bench [--repeats N] [--json]

Needs a GPU, CuPy and PyTorch (exit status 2 without them). Adds a dated run to results/gpu_bench.json.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from alicuda import backends, machine
from benchmarks import gpu_conv, gpu_step, gpu_timing

RESULT = Path(__file__).resolve().parent / "results" / "gpu_bench.json"


def missing() -> str | None:
    """Why nothing can be measured here."""
    if reason := backends.missing("cuda"):
        return reason
    return None if importlib.util.find_spec("torch") else "PyTorch is not installed, which is what we compare with"


def measure(repeats: int) -> dict[str, Any]:
    import torch

    backend, device = backends.set_backend("cuda"), gpu_timing.device()
    rows = gpu_conv.measure(backend, torch, repeats, device["peak_tflops"])
    hot = gpu_conv.hot(rows)
    return {
        "what": "gpu_bench",
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "commit": machine.commit(),
        "device": device,
        "versions": {**machine.versions(), "torch": torch.__version__, "cudnn": torch.backends.cudnn.version()},
        "repeats": repeats,
        "convolutions": rows,
        "hot_geometric_mean": gpu_conv.geometric_mean(hot),
        "hot_worst": min(row["ratio"] for row in hot),
        "step": gpu_step.measure(torch, repeats),
    }


def tell(run: dict[str, Any]) -> str:
    step = run["step"]
    return "\n".join([
        f"{run['device']['name']}, published float32 peak {run['device']['peak_tflops'] or 'unknown'} TFLOP/s",
        gpu_conv.table(run["convolutions"]),
        f"the nine figures of the three hot shapes: geometric mean {run['hot_geometric_mean']:.2f} of cuDNN's speed, "
        f"the worst {run['hot_worst']:.2f}",
        *(f"one training step, {name}: {ms:.2f} ms" for name, ms in step["median_ms"].items()),
        f"ours takes {step['ratio']:.2f} times as long as {step['fastest_torch']}",
    ])  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=30, help="timed calls of each (default: 30)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    if reason := missing():
        print(f"gpu_bench: {reason}", file=sys.stderr)
        return 2
    run = measure(args.repeats)
    runs = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else []
    RESULT.write_text(json.dumps([*runs, run], indent=1) + "\n", encoding="utf-8")
    print(json.dumps(run) if args.json else tell(run))
    return 0


if __name__ == "__main__":
    sys.exit(main())
