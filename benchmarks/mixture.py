"""ALI beside GAN on the mixture: `python -m benchmarks.mixture [--preset NAME] [--steps N] [--seeds N] [--runs DIR]`.

Trains the official nets on 25 modes with the official settings (`--preset quick`: what `train mixture` takes), each
seed once as ALI and once as GAN, two runs at a time on one core each. Stopped, and started again with the same
arguments, it goes on where it was. Then it writes results/mixture.json (mixture_quick.json): of each run the modes
covered, the share of high-quality samples and the reverse KL (`alicuda.evaluate modes`, PacGAN's protocol) at the end
and over training, and some points to draw.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from queue import Queue
from typing import Any

from alicuda import cli, machine
from alicuda.data import mixture
from alicuda.training import checkpoint, points, presets, run_directory

RESULTS = Path(__file__).parent / "results"
MODELS = ("ali", "gan")
PAPER_STEPS = 40_000  # of the 200,000 of the official code: some 20 minutes a run on one core
DRAWN = 1000  # points of each kind that are kept, in hundredths
FIGURES = ("modes", "high_quality", "reverse_kl", "mse", "own_mode")


def train(run: Path, model: str, seed: int, preset: str, steps: int, cores: Queue[int]) -> None:
    """One run from its start, or from its newest checkpoint, to its end, on a core that no other run has."""
    core = cores.get()
    try:
        if (run / run_directory.CONFIG).exists():
            more = ["--resume", str(run)]
        else:
            settings = {"--preset": preset, "--model": model, "--seed": seed, "--steps": steps, "--out": run}
            more = [str(word) for setting in settings.items() for word in setting]
        subprocess.run(
            [sys.executable, "-m", "alicuda.train", "mixture", "--backend", "numpy", *more],
            check=True, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )  # fmt: skip
    finally:
        cores.put(core)


def summary(run: Path, model: str, seed: int) -> dict[str, Any]:
    config, metrics = run_directory.read_config(run), run_directory.read_metrics(run)
    looks = [line for line in metrics if line["kind"] == "health"]
    trained = checkpoint.load(run)
    data = mixture.load(trained.options.grid)
    seen = points.seen_by(trained, data)
    drawn = {"samples": seen.samples, "data": seen.data, "reconstructions": seen.decoded, "codes_of_data": seen.encoded}
    return {
        "model": model,
        "seed": seed,
        "steps": looks[-1]["step"],
        "seconds": round(looks[-1]["time"]["seconds"]),
        **{name: round(looks[-1][name], 4) for name in FIGURES if name in looks[-1]},
        "over_training": [
            {"step": look["step"], **{name: round(look[name], 4) for name in FIGURES[:3]}} for look in looks
        ],
        "hundredths": {
            name: [[round(100 * float(v)) for v in point] for point in found[:DRAWN]]
            for name, found in drawn.items()
            if found is not None and (name != "data" or not seed)
        },
        "command": config["command"].replace(str(run), "DIR"),
        "commit": config["commit"],
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixture", description=__doc__)
    parser.add_argument("--preset", choices=presets.NAMES, default="paper")
    parser.add_argument("--steps", type=cli.at_least(1), help="of each run (default: 20,000, or those of quick)")
    parser.add_argument("--seeds", type=cli.at_least(1), default=3, help="runs of each model (default: 3)")
    parser.add_argument("--runs", type=Path, default=Path("runs/mixture"), help="where runs are kept")
    args = parser.parse_args()
    steps = args.steps or presets.get(args.preset, "mixture").steps or PAPER_STEPS
    cases = [(args.runs / f"{model}-{seed}", model, seed) for seed in range(args.seeds) for model in MODELS]
    cores: Queue[int] = Queue()
    for core in sorted(os.sched_getaffinity(0))[:2]:
        cores.put(core)
    args.runs.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(cores.qsize()) as pool:
        for _ in pool.map(lambda case: train(*case, args.preset, steps, cores), cases):
            pass
    found = {
        "what": "ALI and GAN, each seed once; figures by PacGAN's protocol over 2,500 samples",
        "command": f"python -m benchmarks.mixture --preset {args.preset} --steps {steps} --seeds {args.seeds}",
        "date": date.today().isoformat(),
        "machine": machine.describe(),
        "runs": [summary(*case) for case in cases],
    }
    result = RESULTS / ("mixture.json" if args.preset == "paper" else f"mixture_{args.preset}.json")
    result.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
    for run in found["runs"]:
        print(
            f"{run['model']} seed {run['seed']}: {run['modes']} modes, {100 * run['high_quality']:.1f} % high quality, "
            f"reverse KL {run['reverse_kl']:.2f}, {run['seconds'] / 60:.0f} min"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
