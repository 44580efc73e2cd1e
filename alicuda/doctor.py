"""python -m alicuda.doctor [--json]: what was found, what works, and what to install, in plain words.

Status 0 if the default backend works and no library is missing, else 1.
"""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from alicuda import backend_checks, backends, cli, driver, extras, machine
from alicuda.errors import InputError
from alicuda.gradient_cases import CASES

# What is imported, and the name by which pip knows it.
LIBRARIES = {
    "numpy": "numpy", "scipy": "scipy", "PIL": "pillow", "safetensors": "safetensors", "matplotlib": "matplotlib",
    "threadpoolctl": "threadpoolctl", "tqdm": "tqdm", "pooch": "pooch",
}  # fmt: skip
# What a backend is made of, besides those.
PACKAGES = {
    "cuda": ("cupy", "cupy-cuda12x", "cupy-cuda13x"), "emulator": ("pyelftools", "ziglang"),
    "numba": ("numba", "numba-cuda", "cuda-bindings"),
}  # fmt: skip
TRIED = ("Linux", "x86_64")  # the one platform that this version has run on
DOWNLOAD_GB = 0.25  # SVHN's train and test files
SVHN_BYTES = {"train_32x32.mat": 182_040_794, "test_32x32.mat": 64_275_384}  # the official files
EXPECTED = ("Linux", "Darwin", "Windows")  # systems on which there is no reason known why it should not work


def parser() -> cli.Parser:
    p = cli.parser("doctor", "Say what was found on this machine, what works, and what to install.")
    p.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    report = examine()
    if args.json:
        cli.print_json(report)
    else:
        cli.say(tell(report))
    return cli.DONE if report["works"] else cli.FAILED


# ---- finding out ----


def examine() -> dict[str, Any]:
    libraries = {pip: _version(module) for module, pip in LIBRARIES.items()}
    checks = {name: check_backend(name) for name in backends.NAMES if name != "auto"}
    default = _default_backend(checks)
    report = {
        "what": "doctor",
        "works": default["works"] and all(libraries.values()),
        "python": {"version": platform.python_version(), "path": sys.executable},
        "machine": {**machine.describe(), "system_version": platform.release(), "memory_gb": memory_gb()},
        "platform": platform_sentence(),
        "libraries": libraries,
        "default_backend": default,
        "backends": checks,
        "gpu": find_gpu(),
        "svhn": find_svhn(),
        "disk_free_gb": disk_free_gb(Path.cwd()),
    }
    return {**report, "next": next_steps(report)}


def _version(module: str) -> str | None:
    """None where it cannot be imported."""
    try:
        return str(getattr(importlib.import_module(module), "__version__", "of unknown version")).removeprefix("v")
    except ImportError:
        return None


def check_backend(name: str) -> dict[str, Any]:
    """Whether a small convolution and its gradients on it agree with the oracle, and what executes it.

    `missing`: why it cannot run; `lacks`: what only a part of it cannot do without; `pip`: the command that would
    change that, None where pip is no help. `versions`: of the packages that it is made of.
    """
    check: dict[str, Any] = {"works": False, "missing": None, "lacks": None, "pip": None, "runs_on": None,
                             "simulated": False, "versions": _versions(name)}  # fmt: skip
    if reason := backends.missing(name):
        return check | {"missing": reason, "pip": reason.pip, "detail": reason}
    try:
        backend = backends.get(name)
        check |= {"runs_on": cli.runs_on(backend), "simulated": cli.simulated(backend)}
        result = backend_checks.compare(next(case for case in CASES if case.op == "conv2d"), backend)
    except Exception as error:  # whatever a driver, a compiler or a library raises: the backend does not work here
        extra = extras.for_gpu() if name in ("cuda", "numba") and driver.gpu_answers() else None
        pip = extras.command(extra) if extra else None  # what it takes to compile for a GPU may not be whole
        return check | {"pip": pip, "detail": f"{type(error).__name__}: {error}"}
    check |= {"works": result.passed, "detail": str(result)}
    if name == "emulator" and _version("elftools.elf.elffile") is None:
        lacks = "pyelftools, without which its checked build, the one that names the line of a mistake, does not run"
        check |= {"lacks": lacks, "pip": extras.command("emulator")}
    return check


def _versions(backend: str) -> dict[str, str]:
    found = {}
    for package in PACKAGES.get(backend, ()):
        with suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def _default_backend(checks: dict[str, Any]) -> dict[str, Any]:
    asked = os.environ.get("ALICUDA_BACKEND") or "auto"
    try:
        name = backends.get(asked).name
    except InputError as error:
        return {"asked": asked, "name": None, "works": False, "detail": f"$ALICUDA_BACKEND: {error}"}
    return {"asked": asked, "name": name, **checks[name]}


def memory_gb() -> float | None:
    """What this process may use: the machine's, or less where a container allows less. None where it is not told."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    with suppress(OSError, ValueError):  # no container, or "max"
        found = min(found, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="utf-8")))
    return round(found / 1e9, 1)


def disk_free_gb(folder: Path) -> float:
    """Of the disk that holds `folder`, or will hold it."""
    while not folder.exists():
        folder = folder.parent
    return round(shutil.disk_usage(folder).free / 1e9, 1)


def platform_sentence() -> str:
    system, architecture = platform.system(), platform.machine()
    if (system, "x86_64" if architecture == "AMD64" else architecture) == TRIED:
        return "Linux on x86-64 is where alicuda is tested"
    hope = ", but is expected to work here" if system in EXPECTED else ""
    return f"never run on {system} {architecture}: alicuda is tested on Linux x86-64 only{hope}"


def find_gpu() -> dict[str, Any]:
    """What nvidia-smi says. Nothing is done with it."""
    command = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()
    except FileNotFoundError:
        return {"answers": False, "gpus": [], "detail": "no nvidia-smi here"}
    except (OSError, subprocess.SubprocessError) as error:
        return {"answers": False, "gpus": [], "detail": f"nvidia-smi does not answer ({type(error).__name__})"}
    return {"answers": bool(answer), "gpus": answer.splitlines(), "detail": "nvidia-smi answers"}


def find_svhn() -> dict[str, Any]:
    """Where a run without --data would read SVHN, and whether its files are the whole ones, by their sizes."""
    report: dict[str, Any] = {"folder": None, "from": None, "files": {}, "problem": None}
    try:
        from alicuda.data import find  # here, not above: doctor must be able to say what is missing
    except ImportError as error:
        return {**report, "problem": f"cannot be looked for ({error})"}
    folder, cached, variable = find.find("svhn", None), find.cache("svhn"), os.environ.get(find.VARIABLE)
    if cached is None:
        report["problem"] = "where downloads go is not known without pooch"
    if variable and (folder is None or folder == cached):
        report["problem"] = f"${find.VARIABLE} is {variable}, but no SVHN is there"
    if folder is not None:
        report["folder"] = str(folder)
        report["from"] = "the user's cache" if folder == cached else f"${find.VARIABLE}"
        for name, official in SVHN_BYTES.items():
            size = (folder / name).stat().st_size if (folder / name).is_file() else None
            part = f"{(size or 0) / 1e6:.1f} of the official {official / 1e6:.1f} MB: a subset, or cut short"
            state = "missing" if size is None else "whole" if size == official else part
            report["files"][name] = {"bytes": size, "state": state}
    free = None if cached is None else disk_free_gb(cached)
    return {**report, "cache": cached and str(cached), "cache_disk_free_gb": free}


def next_steps(report: dict[str, Any]) -> list[str]:
    missing = [pip for pip, version in report["libraries"].items() if version is None]
    if missing:
        return [f"install what is missing: {extras.python()} -m pip install {' '.join(missing)}"]
    default = report["default_backend"]
    if default["name"] is None:
        here = [name for name, check in report["backends"].items() if check["works"]]
        return [f"unset ALICUDA_BACKEND, or set it to what works here: {', '.join(here)}"]
    if not default["works"]:
        return [f"python -m alicuda.gradcheck --backend {default['name']} shows which ops are wrong; please report it"]
    svhn = report["svhn"]
    steps = ["python -m alicuda.train svhn    trains for some minutes and leaves pictures in runs/"]
    if svhn["folder"] is None:
        steps.append(f"it will first try to download SVHN ({DOWNLOAD_GB:g} GB); where that fails it trains on built-in "
                     "digits (synthetic), and says so; if you have the files: --data DIR")  # fmt: skip
        if svhn["cache_disk_free_gb"] < 2 * DOWNLOAD_GB:
            steps.append(f"make room for it: {svhn['cache_disk_free_gb']} GB are free where {svhn['cache']} lies")
    elif any(file["state"] == "missing" for file in svhn["files"].values()):
        steps.append(f"{svhn['folder']} lacks a file of SVHN: put it there, or name another folder with --data DIR")
    if report["disk_free_gb"] < 1:
        steps.append(f"make room: {report['disk_free_gb']} GB free here, and a run of the official size takes 0.6 GB")
    return steps


# ---- telling ----

INDENT = " " * 11


def tell_backend(name: str, check: dict[str, Any], default: bool) -> list[str]:
    if check["missing"]:
        verdict = f"not here: {check['missing']}"
    elif not check["works"]:
        verdict = f"DOES NOT WORK: {check['detail']}"
    else:
        verdict = f"works on {check['runs_on']}"
        if check["simulated"]:
            verdict = f"works in {check['runs_on']}: tiny sizes only"
    if check["versions"]:
        verdict += f" ({', '.join(f'{package} {version}' for package, version in check['versions'].items())})"
    lines = [f"backend    {name}{' (the default)' if default else ''} {verdict}"]
    if check["lacks"]:
        lines.append(f"{INDENT}lacks {check['lacks']}")
    if check["pip"]:
        lines.append(f"{INDENT}{check['pip']}")
    return lines


def tell(report: dict[str, Any]) -> str:
    m, default, svhn = report["machine"], report["default_backend"], report["svhn"]
    memory = "of unknown size" if m["memory_gb"] is None else f"{m['memory_gb']} GB"
    lines = [
        f"Python     {report['python']['version']} ({report['python']['path']})",
        f"system     {m['system']} {m['system_version']} on {m['architecture']}; {report['platform']}",
        f"processor  {m['cpu']}, {m['cores']} cores; memory {memory}",
        "libraries  " + ", ".join(f"{pip} {version or 'MISSING'}" for pip, version in report["libraries"].items()),
    ]
    for name, check in report["backends"].items():
        lines += tell_backend(name, check, name == default["name"])
    lines.append(f"{INDENT}(works: a convolution and its gradients agree with the definition)")
    if default["name"] is None:
        lines.append(f"backend    the default DOES NOT WORK: {default['detail']}")
    gpu = "; ".join(report["gpu"]["gpus"]) or report["gpu"]["detail"]
    lines.append(f"GPU        {gpu}")
    if svhn["folder"] is None:
        lines.append("SVHN       not here" + (f": {svhn['problem']}" if svhn["problem"] else ""))
    else:
        files = "; ".join(f"{name} {file['state']}" for name, file in svhn["files"].items())
        lines.append(f"SVHN       {svhn['folder']}, from {svhn['from']}: {files}")
    lines.append(f"disk       {report['disk_free_gb']} GB free here")
    return "\n".join([*lines, "", "what to do next:", *(f"  {step}" for step in report["next"])])


if __name__ == "__main__":
    cli.run(main)
