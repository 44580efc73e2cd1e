"""What this machine is, in words and versions, for run directories, benchmarks and doctor."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

LIBRARIES = ("numpy", "scipy", "pillow", "safetensors", "matplotlib", "threadpoolctl")


def cpu() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def words() -> str:
    """Processor and cores, as the first line of a run tells them."""
    return f"{cpu()}, {cores()} cores"


def versions() -> dict[str, str]:
    """Python, alicuda and the libraries that results depend on."""
    found = {"python": platform.python_version()}
    for library in ("alicuda", *LIBRARIES):
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            found[library] = "not installed"
    return found


def describe() -> dict[str, object]:
    return {"cpu": cpu(), "cores": cores(), "system": platform.system(), "architecture": platform.machine()}


def commit() -> str | None:
    """The commit of the checkout that this package runs from, with "+" where files differ from it; None elsewhere."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    try:
        run = ["git", "-C", str(root)]
        head = subprocess.run([*run, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run([*run, "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed.strip() else "")
