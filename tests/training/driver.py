"""python driver.py MOMENT ARGUMENTS OF alicuda.train ...: trains, and kills itself with SIGKILL at MOMENT.

MOMENT: a number, to die at that one of the moments, counted from 1; or text, to die at the first moment whose name
begins so; or "never", or "SIGINT STEP" for a Ctrl-C in that step. The name of the moment goes to stderr first.
"slowly" is "never" with a pause at each moment, so that who kills it from outside meets it there, and not at its start.
"""

import os
import signal
import sys
import time
from pathlib import Path

from alicuda import cli, files, train
from alicuda.training import pictures, run_directory
from alicuda.training.schedule import Schedule
from alicuda.training.step import TrainingStep

wanted, arguments = sys.argv[1], sys.argv[2:]
count = 0


def moment(name, act=lambda: None):
    """Die here, after `act`, if this is the moment."""
    global count
    count += 1
    if wanted == "slowly":
        time.sleep(0.02)
    if wanted == str(count) or (not wanted.isdecimal() and name.startswith(wanted)):
        act()
        os.write(2, f"killed: {name}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


def write_whole(path, write, real=files.write_whole):
    def half_then_whole(temporary):
        write(temporary)
        moment(f"{path.name} half-written", lambda: os.truncate(temporary, temporary.stat().st_size // 2))

    real(path, half_then_whole)
    moment(f"{path.name} renamed")


def fsync(file, real=os.fsync):
    name = Path(os.readlink(f"/proc/self/fd/{file}")).name.removesuffix(files.TEMPORARY)
    moment(f"{name} written")
    real(file)
    moment(f"{name} synced")


def unlink(path, missing_ok=False, real=Path.unlink):
    if path.exists():
        moment(f"deleting {path.name}")
    real(path, missing_ok)


def append_metrics(run, line, real=run_directory.append_metrics):
    real(run, line)
    log = run / "metrics.jsonl"
    moment(f"line {line['step']} half-written", lambda: os.truncate(log, log.stat().st_size - 20))


def curves(metrics, path, title):
    """What would be drawn, as text: to draw it takes half a second, at every look."""
    rows = [{key: value for key, value in line.items() if key != "time"} for line in metrics]
    files.write_text(path, f"{title}: {rows}")


def step(self, x, real=TrainingStep.run):
    name = f"step {self.read_step() + 1}"
    moment(f"{name} begins")
    if wanted == f"SIGINT {self.read_step() + 1}":
        os.kill(os.getpid(), signal.SIGINT)
    real(self, x)
    moment(f"{name} ends")


signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore Ctrl-C
files.write_whole, os.fsync, Path.unlink = write_whole, fsync, unlink
run_directory.append_metrics, TrainingStep.run, pictures.curves = append_metrics, step, curves
Schedule.of = staticmethod(lambda steps: Schedule(steps, log_every=2, look_every=4))
cli.run(lambda: train.main(arguments))
