"""Would the checks notice? Breaks the kernels in one place after the other and says which check rejects each.

    python -m tests.mutate                  every mutant of every file; writes benchmarks/results/mutants.md
    python -m tests.mutate bias.cu          those of some files, and writes nothing
    python -m tests.mutate --sample 40      all barriers and guards, and 40 others, the same for the same commit

`tests/kernels/mutants.py` has the rules, `checks.py` what is checked, `equivalent.py` those that change nothing. Exit
status 1 if a mutant gets past all checks and is not listed there, or if the list holds what it should not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from alicuda import kernel_source, machine
from tests.kernels.equivalent import AT_MOST, EQUIVALENT
from tests.kernels.mutants import RULES, Mutant, mutants

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "mutants.md"
PATIENCE_S = 120  # for one mutant; most take one or two seconds


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant. `found` is the check that failed (see verdict.py), empty if none did."""

    mutant: Mutant
    found: dict[str, str]

    @property
    def equivalent(self) -> bool:
        return self.mutant.key in EQUIVALENT

    @property
    def survived(self) -> bool:
        return not self.found and not self.equivalent

    def __str__(self) -> str:
        m = self.mutant
        became = "{schedule}: {check}: {how}".format_map(self.found) if self.found else "NO CHECK NOTICED"
        if self.equivalent and not self.found:
            became = f"equivalent: {EQUIVALENT[m.key]}"
        return f"{m.file}:{m.line} {m.rule} {m.nth} `{m.text}`: {became}"


def folder() -> Path:
    return kernel_source.kernels_folder() / "cuda"


def all_mutants(files: Iterable[str] = ()) -> list[Mutant]:
    """The mutants of the files, or of all kernel files."""
    chosen = set(files)
    paths = sorted(path for path in folder().iterdir() if path.suffix in (".cu", ".cuh"))
    return [m for path in paths if not chosen or path.name in chosen for m in mutants(path)]


def sample(found: Sequence[Mutant], others: int, seed: str) -> list[Mutant]:
    """All barriers and guards, and a random choice of the rest that the seed decides."""
    first = [m for m in found if m.rule in ("barrier", "guard")]
    rest = [m for m in found if m.rule not in ("barrier", "guard")]
    return first + random.Random(seed).sample(rest, min(others, len(rest)))


def users(file: str) -> list[str]:
    """The `.cu` files that a file is part of."""
    name = f'/{file}"'
    return [path.name for path in sorted(folder().glob("*.cu")) if name in kernel_source.load(path).text]


def run(chosen: Sequence[Mutant], processes: int = 2) -> Iterator[Outcome]:
    """Each mutant in a process of its own: whatever it does, it does not do to us.

    The unbroken kernels come first: checks that reject those would say nothing about the others.
    """
    with tempfile.TemporaryDirectory(prefix="alicuda-mutants-") as temporary:
        home = Path(temporary)
        if found := verdict(folder(), sorted({user for m in chosen for user in users(m.file)}), home / "cache"):
            raise RuntimeError("the kernels are wrong as they are: {schedule}: {check}: {how}".format_map(found))
        with ThreadPoolExecutor(processes) as pool:
            yield from pool.map(lambda job: _try(home / str(job[0]), job[1], home / "cache"), enumerate(chosen))


def _try(place: Path, mutant: Mutant, cache: Path) -> Outcome:
    shutil.copytree(folder(), place)
    broken = place / mutant.file
    broken.write_text(mutant.apply(broken.read_text(encoding="utf-8")), encoding="utf-8")
    try:
        return Outcome(mutant, verdict(place, users(mutant.file), cache))
    finally:
        shutil.rmtree(place)


def verdict(place: Path, files: Sequence[str], cache: Path) -> dict[str, str]:
    """`tests/kernels/verdict.py` on the kernels of a folder, in another process."""
    command = [sys.executable, "-m", "tests.kernels.verdict", str(place), *files]
    environment = {**os.environ, "ALICUDA_CACHE": str(cache)}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return {"schedule": "any", "check": "time", "how": f"no verdict after {PATIENCE_S} s"}
    if done.returncode < 0:
        return {"schedule": "any", "check": "exit", "how": f"signal {-done.returncode}"}
    if done.returncode:
        raise RuntimeError(f"the verdict itself failed:\n{done.stderr}")
    found: dict[str, str] = json.loads(done.stdout)
    return found


def complaints(outcomes: Sequence[Outcome], every: Sequence[Mutant]) -> list[str]:
    """What is wrong: survivors, entries of the list that are stale or that a check does notice, too long a list."""
    keys = {m.key for m in every}
    wrong = [str(o) for o in outcomes if o.survived]
    wrong += [f"listed as equivalent, but a check notices: {o}" for o in outcomes if o.equivalent and o.found]
    wrong += [f"listed as equivalent, but there is no such mutant: {key}" for key in EQUIVALENT if key not in keys]
    if len(EQUIVALENT) > AT_MOST * len(every):
        wrong.append(f"{len(EQUIVALENT)} of {len(every)} mutants are listed as equivalent; {AT_MOST:.0%} may be")
    return wrong


def table(outcomes: Sequence[Outcome], seconds: float) -> str:
    """The page of results, in Markdown."""
    rejected, schedules = (
        Counter(o.mutant.rule for o in outcomes if o.found),
        Counter(o.found["schedule"] for o in outcomes if o.found),
    )
    counts = Counter(o.mutant.rule for o in outcomes)
    lines = [
        "# Mutants of the CUDA kernels, and the check that rejects each", "",
        f"`make mutants`, {date.today().isoformat()}, commit {machine.commit() or 'unknown'}, {machine.cpu()}, "
        f"{machine.cores()} cores, {seconds:.0f} s.", "",
        f"{len(outcomes)} mutants: {sum(rejected.values())} rejected, "
        f"{sum(o.equivalent for o in outcomes)} equivalent (listed with the reason), "
        f"{sum(o.survived for o in outcomes)} that no check noticed.", "",
        "| rule | mutants | rejected |", "|---|---|---|",
        *(f"| {rule} | {counts[rule]} | {rejected[rule]} |" for rule in RULES), "",
        "Rejected by build and order of threads: "
        + ", ".join(f"{name} {count}" for name, count in schedules.most_common()) + ".", "",
        "| file | function | line | rule | caught by | how |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for o in outcomes:
        m, nth = o.mutant, f" ({o.mutant.nth + 1})" if o.mutant.nth else ""
        caught = "{schedule}: {check}".format_map(o.found) if o.found else "nothing"
        how = o.found.get("how") or f"equivalent: {EQUIVALENT.get(m.key, '')}"
        cells = (m.file, m.function, f"`{m.text}`", m.rule + nth, caught, how)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="of kernels/cuda (default: all)")
    parser.add_argument("--sample", type=int, metavar="N", help="all barriers and guards, and N others")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    every = all_mutants()
    chosen = [m for m in every if m.file in args.files] if args.files else every
    if args.sample is not None:
        chosen = sample(chosen, args.sample, machine.commit() or "")
    started = time.monotonic()
    outcomes = []
    for outcome in run(chosen, args.processes):
        print(outcome, flush=True)
        outcomes.append(outcome)
    seconds = time.monotonic() - started
    wrong = complaints(outcomes, every)
    print(f"\n{len(outcomes)} mutants in {seconds:.0f} s; complaints: {len(wrong)}")
    print("\n".join(wrong))
    if chosen == every:
        RESULT.write_text(table(outcomes, seconds), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
