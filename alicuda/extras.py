"""What pip can install to make something work: the extras of pyproject.toml, and the command for each.

alicuda is on no package index, and may have been installed from anywhere. So a command names the packages of an extra,
where `alicuda[numba]` would only do in a checkout.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from alicuda import driver

EXTRAS = {
    "cuda12": ("cupy-cuda12x[ctk]>=13.6", "numba-cuda[cu12]>=0.22"),
    "cuda13": ("cupy-cuda13x[ctk]>=13.6", "numba-cuda[cu13]>=0.22"),
    "numba": ("numba>=0.60", "numba-cuda>=0.22; platform_system != 'Darwin'"),
    "emulator": ("pyelftools>=0.31", "ziglang>=0.13"),
}


class Missing(str):
    """Why something cannot work here, and what it takes, as half a sentence; a str, as which reports print it.
    `extra`: what pip should install; None where that would be no help."""

    extra: str | None

    def __new__(cls, reason: str, extra: str | None = None) -> Missing:
        self = super().__new__(cls, reason)
        self.extra = extra
        return self

    @property
    def pip(self) -> str | None:
        """The command that would help, if there is one."""
        return command(self.extra) if self.extra else None

    @property
    def sentence(self) -> str:
        """The reason, and the command behind it."""
        return f"{self}; {self.pip}" if self.pip else str(self)


def for_gpu() -> str | None:
    """The extra for the GPU here; None if its driver is too old for both. Newer drivers take CUDA 12 too, so that is
    chosen where nobody tells."""
    version = driver.cuda_version() or 12
    return "cuda13" if version >= 13 else "cuda12" if version == 12 else None


def command(extra: str) -> str:
    """What to type. With --upgrade, pip also mends what is installed but does not fit together."""
    return " ".join([python(), "-m pip install --upgrade", *(f'"{package}"' for package in EXTRAS[extra])])


def python() -> str:
    """This Python as one may type it: by its name if that is the one that the shell finds, else by its path."""
    name, path = Path(sys.executable).name, sys.executable
    found = shutil.which(name)
    if found is not None and os.path.abspath(found) == os.path.abspath(path):
        return name
    return f'"{path}"' if " " in path else path
