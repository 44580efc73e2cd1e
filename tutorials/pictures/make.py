"""python tutorials/pictures/make.py RUN [--data DIR]: the five pictures of page 00_start_here, from a finished run.

Each is made by the command that the page shows beneath it. about.json says what the run was, and when and where.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

from alicuda.training import run_directory

HERE = Path(__file__).resolve().parent
COMMANDS = {
    "samples": "python -m alicuda.sample RUN -n 64 -o samples.png",
    "reconstructions": "python -m alicuda.reconstruct RUN -n 24 -o reconstructions.png",
    "interpolation": "python -m alicuda.interpolate RUN -n 4 -o interpolation.png",
    "draws": "python -m alicuda.reconstruct RUN -n 6 --draws 7 -o draws.png",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tutorials/pictures/make.py", description=__doc__)
    parser.add_argument("run", type=Path, metavar="RUN", help="the directory of a finished run of `train svhn`")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where SVHN is now (default: where the run found it)")
    options = parser.parse_args()
    run, data = options.run.resolve(), options.data and options.data.resolve()
    config, metrics = run_directory.read_config(run), run_directory.read_metrics(run)
    last = [line for line in metrics if line["kind"] == "health"][-1]

    for name, command in COMMANDS.items():
        arguments = [str(run) if word == "RUN" else word for word in command.split()[1:]]
        if data and name != "samples":
            arguments += ["--data", str(data)]
        print(command, flush=True)
        subprocess.run([sys.executable, *arguments], cwd=HERE, check=True)
    shutil.copyfile(run / "curves.png", HERE / "curves.png")

    machine = config["machine"]
    about = {
        "train": _without_places(config["command"]),
        "data": config["pictures"]["note"],
        "licence": config["pictures"]["licence"],
        "steps": last["step"],
        "minutes": round(last["time"]["seconds"] / 60, 1),
        "contrast_ratio": round(last["contrast_ratio"], 3),
        "machine": f"{machine['cpu']}, {machine['cores']} cores",
        "date": date.fromtimestamp((run / "curves.png").stat().st_mtime).isoformat(),
        "commands": {**COMMANDS, "curves": "(the run's own curves.png)"},
    }
    (HERE / "about.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return 0


def _without_places(command: str) -> str:
    """The command, with `DIR` for folders that exist on one machine only."""
    words = command.split()
    return " ".join("DIR" if before in ("--data", "--out") else word for before, word in zip(["", *words], words))  # noqa: B905


if __name__ == "__main__":
    sys.exit(main())
