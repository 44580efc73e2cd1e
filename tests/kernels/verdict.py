"""Are the kernels of a folder right? `python -m tests.kernels.verdict FOLDER FILE ...` says which check fails first.

It prints one JSON object, {} if all pass. The files' checks run on the emulator, first in the checked build with the
threads in order, where most mistakes show; then in other orders; then in the fast build.
"""

import json
import sys
import traceback
from pathlib import Path

from alicuda.backends.cuda import Cuda
from alicuda.backends.cuda.on_emulator import Emulator
from alicuda.emulator import KernelError
from alicuda.errors import InputError
from tests.kernels.checks import CHECKS

SCHEDULES = [
    ("checked", "forward", 0), ("checked", "reverse", 0), ("checked", "random", 1), ("checked", "random", 2),
    ("checked", "random", 3), ("fast", "forward", 0), ("fast", "random", 4),
]  # fmt: skip


def verdict(folder: Path, files: list[str]) -> dict[str, str]:
    """The first check that fails: {"schedule", "check", "how"}, or an empty dict."""
    for build, order, seed in SCHEDULES:
        backend = Cuda(Emulator(build, order, seed, folder))
        for name, check in (row for file in files for row in CHECKS[file]):
            try:
                check(backend)
            except (AssertionError, KernelError, InputError) as error:
                asserted = traceback.extract_tb(error.__traceback__)[-1].line or ""
                how = (str(error).strip() or asserted).splitlines()[0].replace(f"{folder}/", "")
                return {"schedule": f"{build}, {order}", "check": name, "how": how}
    return {}


if __name__ == "__main__":
    print(json.dumps(verdict(Path(sys.argv[1]), sys.argv[2:])))
