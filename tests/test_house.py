"""The house: one entry of the same name in each room, imports that run downward, small files."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from alicuda import ops
from alicuda.backends.contract import Fused, Primitives
from alicuda.backends.numpy_ import NumPy

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "alicuda"
FILES = sorted(PACKAGE.rglob("*.py"))

# Rooms from the top of the house to its foundation. A file may import from its own room and from those below.
ROOMS = [
    "commands", "tutor", "training", "models", "data", "nn", "ops", "tensor", "ladders", "backends", "xray",
    "emulator", "philox", "foundation",
]  # fmt: skip
COMMANDS = {
    "train", "sample", "reconstruct", "encode", "interpolate", "evaluate", "gradcheck", "bench", "bench_conv",
    "bench_ladder", "bench_emulator", "bench_emulator_numba", "doctor", "exercise", "cli", "trained", "gradient_table",
}  # fmt: skip
ROOM_OF_FILE = {
    "nn": "nn", "optim": "nn", "finite_differences": "nn", "gradient_cases": "nn", "backend_checks": "nn",
    "tensor": "tensor", "philox": "philox",
    "errors": "foundation", "files": "foundation", "machine": "foundation", "tolerances": "foundation",
    "kernel_source": "foundation", "launch_limits": "foundation", "numba_kernels": "foundation", "nvrtc": "foundation",
    "driver": "foundation", "extras": "foundation", "numba_simulator": "foundation",
}  # fmt: skip

# The op is named for what it does to images, the primitive for what it is in the contract.
PRIMITIVE_OF_OP = {"conv_transpose2d": "conv2d_input_grad"}


def room(module):
    parts = module.split(".")[1:]
    if not parts:
        return "commands"  # the package itself offers the public names of all rooms
    if parts[-1] == "__main__":
        return "commands"  # `python -m` of a room
    name = "commands" if parts[0] in COMMANDS else ROOM_OF_FILE.get(parts[0], parts[0])
    assert name in ROOMS, f"{module} belongs to no room: say in tests/test_house.py where it stands"
    return name


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path):
    """Modules of ours that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "alicuda":
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                is_module = (ROOT / Path(*deeper.split("."))).with_suffix(".py").exists() or (
                    ROOT / Path(*deeper.split("."))
                ).is_dir()
                yield deeper if is_module else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "alicuda")


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_run_downward(path):
    here = room(module_name(path))
    for imported in imports(path):
        if module_name(path) != "alicuda":
            assert imported != "alicuda", f"{path.name} imports the whole package"
            assert ROOMS.index(room(imported)) >= ROOMS.index(here), f"{module_name(path)} imports upward: {imported}"


def test_tensor_imports_no_op():
    assert not any(name.startswith("alicuda.ops") for name in imports(PACKAGE / "tensor.py"))


def op_files():
    return sorted(path.stem for path in (PACKAGE / "ops").glob("*.py") if not path.stem.startswith("_"))


def test_an_op_is_one_file_and_one_public_name():
    assert op_files() == sorted(set(ops.__all__) - {"batch_norm_with_statistics"})


@pytest.mark.parametrize("op", op_files())
def test_an_op_has_its_primitive_in_the_contract_and_in_the_oracle(op):
    primitive = PRIMITIVE_OF_OP.get(op, op)
    assert hasattr(Primitives, primitive) or hasattr(Fused, primitive)
    assert callable(getattr(NumPy, primitive))


def test_the_oracle_defines_the_contract_and_nothing_else():
    contract = {name for name in vars(Primitives) if not name.startswith("_")}
    defined = {name for name in vars(NumPy) if not name.startswith("_")} - {"name"}
    assert contract == defined
    assert not defined & set(vars(Fused)), "a fused primitive has its meaning in the contract"


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "tests").rglob("*.py"))], ids=lambda path: path.stem)
def test_files_are_small(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    limit = 400
    if path.parent == PACKAGE / "ops" and not path.stem.startswith("_"):
        limit = 120 if path.stem == "__init__" else 80
    elif path == PACKAGE / "tensor.py":
        limit = 275
    elif path == PACKAGE / "backends" / "numpy_.py":
        limit = 300
    assert lines <= limit


def test_tests_mirror_the_house():
    """Every folder of the package has its folder of tests."""
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders - {"ops"} <= {path.name for path in (ROOT / "tests").iterdir()}
    assert (ROOT / "tests" / "gradients").is_dir()  # of the ops


def test_nothing_is_unpickled():
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text and "allow_pickle=True" not in text, path


def test_commands_load_where_there_is_no_fork():
    """On Windows NumPy trains, though the emulator does not run: importing it must do no harm."""
    code = "import os; del os.register_at_fork, os.fork; import alicuda.train, alicuda.bench, alicuda.doctor"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
