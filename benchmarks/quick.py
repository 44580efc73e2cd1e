"""What runs of `train` reached: `python benchmarks/quick.py RUN [RUN ...] [--save]`.

For each run directory: minutes, the mean `contrast_ratio` and `pair_ratio` of its last three looks, and how varied its
samples were beside the data; then the medians. `--save` writes it to results/quick.json with date, machine, commit and
command.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import fmean, median
from typing import Any

from alicuda.training import run_directory

RESULT = Path(__file__).parent / "results" / "quick.json"
LAST = 3


def summary(run: Path) -> dict[str, Any]:
    config = run_directory.read_config(run)
    looks = [line for line in run_directory.read_metrics(run) if line["kind"] == "health"][-LAST:]
    return {
        "seed": config["seed"],
        "steps": looks[-1]["step"],
        "minutes": round(looks[-1]["time"]["seconds"] / 60, 1),
        "contrast_ratio": round(fmean(look["contrast_ratio"] for look in looks), 3),
        "pair_ratio": round(fmean(look["pair_ratio"] for look in looks), 3),
        "sample_std_over_data": round(fmean(look["sample_std"] / look["data_std"] for look in looks), 2),
        "started": config["time"]["started"],
        "commit": config["commit"],
        "command": config["command"].replace(config["data"], "DIR") if config["data"] else config["command"],
        "pictures": config["pictures"]["note"],
        "machine": config["machine"],
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python benchmarks/quick.py", description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    rows = [summary(run) for run in options.runs]
    columns = ("seed", "steps", "minutes", "contrast_ratio", "pair_ratio", "sample_std_over_data")
    print("  ".join(columns))
    for row in rows:
        print("  ".join(f"{row[name]:>{len(name)}}" for name in columns))
    print("median contrast_ratio", round(median(row["contrast_ratio"] for row in rows), 3))
    if options.save:
        RESULT.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
