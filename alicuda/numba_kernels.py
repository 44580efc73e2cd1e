"""The kernels of `kernels/numba/`, and Numba to run them: on a GPU where one answers, else in Numba's simulator.

    from alicuda import numba_kernels
    numba_kernels.load("leaky_relu").leaky_relu[blocks, threads](x, y, size, slope)

Numba decides between the two when `numba.cuda` is first imported, and never again in that process. So whoever wants
kernels imports it through this file; `docs/numba.md` tells what else the simulator asks of a kernel.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from types import ModuleType
from typing import Any

from alicuda import extras
from alicuda.driver import gpu_answers
from alicuda.errors import InputError
from alicuda.extras import Missing
from alicuda.kernel_source import kernels_folder

VARIABLE = "NUMBA_ENABLE_CUDASIM"
# The kernels form a package of this name, whose folder is kernels/numba/: so they can import each other, and nothing on
# sys.path is called numba but Numba.
PACKAGE = "alicuda_numba_kernels"


def missing() -> Missing | None:
    """Why Numba can run no kernel here, as half a sentence; None where it can. Imports Numba, and so decides."""
    gpu = gpu_answers()
    try:
        cuda = _numba_cuda(simulate=not gpu)
    except Exception as error:  # ImportError, mostly; but a library that does not fit may raise anything
        extra = extras.for_gpu() if gpu else "numba"
        if isinstance(error, ImportError) and error.name == "numba":
            return Missing("Numba is not installed", extra)
        return Missing(f"Numba does not load ({str(error).partition(chr(10))[0] or type(error).__name__})", extra)
    if simulated():
        return None
    if not gpu:
        return Missing(
            "numba.cuda was imported earlier in this program, without Numba's simulator, and cannot become it now: "
            f"choose this backend before that import, or start Python with {VARIABLE}=1"
        )
    if not cuda.is_available():
        return _not_to_numba(cuda)
    return None


def _numba_cuda(simulate: bool) -> Any:
    """`numba.cuda`; if it was not imported yet, then as the simulator where that is asked for.

    Numba itself may have been imported before, and has read the variable then. So it is told directly; and programs
    that this one starts decide for themselves.
    """
    import numba

    config: Any = numba.config
    if simulate and "numba.cuda" not in sys.modules:
        config.ENABLE_CUDASIM = 1
    # on a GPU it would warn of each launch of few blocks, and of each array that it copies there and back
    config.CUDA_LOW_OCCUPANCY_WARNINGS = config.CUDA_WARN_ON_IMPLICIT_COPY = 0
    from numba import cuda

    return cuda


def _not_to_numba(cuda: Any) -> Missing:
    if sys.modules["numba"].config.DISABLE_CUDA:
        return Missing("a GPU answers, but NUMBA_DISABLE_CUDA is set; unset it")
    problem = " ".join(str(cuda.cuda_error() or "its compiler, NVVM, is not found").split())
    return Missing(f"a GPU answers, but not to Numba ({problem})", extras.for_gpu())


def simulated() -> bool:
    """Whether Numba, which is imported, runs kernels in its simulator. Its variable may have changed since."""
    return sys.modules["numba.cuda"].jit.__module__.startswith("numba.cuda.simulator")


@cache
def load(name: str) -> ModuleType:
    """The module kernels/numba/NAME.py. Raises InputError if Numba cannot run here, or if there is no such file."""
    if reason := missing():
        raise InputError(f"kernels in Numba cannot run here: {reason.sentence}")
    folder = kernels_folder() / "numba"
    names = sorted(path.stem for path in folder.glob("*.py"))
    if name not in names:
        raise InputError(f"there is no kernel file {name}.py in {folder}: choose one of {', '.join(names)}.")
    if PACKAGE not in sys.modules:
        sys.modules[PACKAGE] = ModuleType(PACKAGE)
        sys.modules[PACKAGE].__path__ = [str(folder)]
    module = importlib.import_module(f"{PACKAGE}.{name}")
    if simulated():
        from alicuda import numba_simulator

        for loaded in [loaded for key, loaded in sys.modules.items() if key.startswith(f"{PACKAGE}.")]:
            numba_simulator.prepare(loaded)
    return module
