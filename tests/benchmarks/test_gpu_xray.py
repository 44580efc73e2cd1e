"""The comparison of xray's counts with Nsight Compute's, as far as it can be tried without a GPU."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from alicuda import backends, kernel_source, ladders
from alicuda.xray import machine_code
from benchmarks import gpu_xray
from benchmarks.gpu_xray import Access, Row, Unreadable
from tests.available import checked_build_missing

NAMES = list(gpu_xray.METRICS)
COLUMNS = ("ID", "Process ID", "Process Name", "Host Name", "Kernel Name", "Context", "Stream", "Block Size",
           "Grid Size", "Device", "CC", "device__attribute_display_name", *gpu_xray.METRICS.values())  # fmt: skip


def printed(*launches, columns=COLUMNS):
    """What `ncu --csv --page raw` prints of launches, each a kernel and its counts: in the documented form, by hand."""
    units = ["" for name in columns if "__" not in name] + [
        "sector" if "sum" in n else "" for n in columns if "__" in n
    ]
    rows = [columns, units]
    for number, (kernel, *counts) in enumerate(launches):
        texts = [count if isinstance(count, str) else f"{count:,}" for count in counts]
        rows.append([str(number), "42", "python3.12", "127.0.0.1", kernel, "1", "7", "(32, 32, 1)", "(8, 8, 1)", "0",
                     "9.0", "NVIDIA H100, imagined", *texts])  # fmt: skip
    table = [",".join(f'"{cell}"' for cell in row) for row in rows]
    return "\n".join(["==PROF== Connected to process 42 (/usr/bin/python3.12)", *table,
                      "==PROF== Disconnected from process 42", ""])  # fmt: skip


def test_what_nsight_compute_prints_is_read():
    told = printed(("matmul", 1234567, 8192, 0, 1), ("reduce(const float *, float *, int)", 2, 3, 4, 5))
    first, second = gpu_xray.read(told, ["matmul", "reduce"])
    assert first == dict(zip(NAMES, (1234567, 8192, 0, 1), strict=True))
    assert second == dict(zip(NAMES, (2, 3, 4, 5), strict=True))


@pytest.mark.parametrize(("told", "reason"), [
    ("", "ncu has told no counts: it has printed nothing"),
    ("==WARNING== No kernels were profiled.", "told no counts: ==WARNING== No kernels were profiled"),
    (printed(("other", 1, 2, 3, 4)), r"other launches than were made: \['other'\] instead of \['matmul'\]"),
    (printed(("matmul", 1, 2, 3, 4), ("matmul", 1, 2, 3, 4)), "other launches than were made"),
    (printed(("matmul", 1, "n/a", 3, 4)), "no number for l1tex__t_sectors_pipe_.*_op_st.sum on this GPU, but n/a"),
    (printed(("matmul", 1, 2, 3), columns=COLUMNS[:-1]), "mem_shared_op_st.sum on this GPU, but nothing"),
])  # fmt: skip
def test_what_cannot_be_read_is_said(told, reason):
    with pytest.raises(Unreadable, match=reason):
        gpu_xray.read(told, ["matmul"])


def imagined_ncu(tmp_path, script):
    """A program that takes the place of ncu; `$log` is the file that it is told to write to."""
    tool = tmp_path / "ncu"
    find_log = 'while [ "$1" != --log-file ]; do shift; done; log=$2; shift 2'
    tool.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n{find_log}\n{script}\n', encoding="utf-8")
    tool.chmod(0o755)
    return str(tool)


def test_nsight_compute_is_asked_for_the_metrics_of_the_launches(tmp_path):
    told = gpu_xray.watch(imagined_ncu(tmp_path, 'echo "$LC_ALL $*" > "$log"; echo chatter of the program'))
    assert told == f"C {sys.executable} -m benchmarks.gpu_xray alone\n"
    asked = (tmp_path / "asked").read_text(encoding="utf-8")
    assert f"--metrics {','.join(gpu_xray.METRICS.values())} --csv --page raw --print-units base" in asked


def test_counters_that_may_not_be_read(tmp_path):
    script = 'echo "==ERROR== ERR_NVGPUCTRPERM - The user does not have permission" > "$log"'
    for status in (0, 1):
        with pytest.raises(Unreadable, match=r"may not read the GPU's counters.*--cap-add=SYS_ADMIN"):
            gpu_xray.watch(imagined_ncu(tmp_path, f"{script}; exit {status}"))
    with pytest.raises(Unreadable, match="ncu has ended with exit status 5: no such GPU"):
        gpu_xray.watch(imagined_ncu(tmp_path, "echo no such GPU >&2; exit 5"))


def test_every_launch_is_made(monkeypatch):
    """With as much of CuPy as it takes: the arrays stay where they are, and a kernel is its name."""
    made = []
    module = SimpleNamespace(get_function=lambda name: lambda grid, block, args: made.append((name, grid, block, args)))
    cuda = SimpleNamespace(Device=lambda: SimpleNamespace(synchronize=lambda: made.append("all done")))
    cupy = SimpleNamespace(RawModule=lambda code, options: module, asarray=np.asarray, cuda=cuda)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setattr(ladders, "NAMES", ("transpose", "matmul"))
    gpu_xray.launch_all()
    assert [launch[0] for launch in made[:-1]] == ["transpose"] * 4 + ["matmul"] * 8 and made[-1] == "all done"
    assert made[0][1:3] == ((16, 16, 1), (32, 32, 1))
    assert [type(a) for a in made[0][3]] == [np.ndarray, np.ndarray, np.int32, np.int32]


@pytest.mark.skipif(checked_build_missing() is not None, reason=str(checked_build_missing()))
def test_xray_is_asked_for_each_launch_of_a_step():
    """A transpose reads each sector of the matrix once, and step 1 writes each float by a sector of its own."""
    ladder = ladders.get("transpose")
    rows, columns = ladder.table_size
    naive = gpu_xray.add_up(gpu_xray.xray_counts(ladder, ladder.steps[0]))
    assert list(naive.values()) == [rows * columns // 8, rows * columns, 0, 0]


def access(line, space, op, size, sectors=0, wavefronts=0):
    return Access("<source>", line, space, op, size, sectors, wavefronts)


def test_accesses_are_added_up():
    accesses = [access(1, "global", "load", 4, 10, 99), access(2, "global", "load", 4, 5),
                access(2, "global", "store", 4, 7), access(3, "shared", "load", 4, 99, 2),
                access(4, "shared", "store", 4, 0, 3), access(5, "global", "atomic", 4, 50),
                access(6, "shared", "atomic", 4, 0, 60)]  # fmt: skip
    assert gpu_xray.add_up(accesses) == dict(zip(NAMES, (15, 7, 2, 3), strict=True))


@pytest.mark.parametrize(("count", "xray", "ncu", "widths", "verdict"), [
    (NAMES[0], 100, 100, "", "equal"), (NAMES[0], 102, 100, "", "within 2 %"), (NAMES[0], 98, 100, "", "within 2 %"),
    (NAMES[0], 103, 100, "", "differs"), (NAMES[0], 97, 100, "", "differs"), (NAMES[1], 103, 100, "line 1", "differs"),
    (NAMES[2], 103, 100, "", "differs"), (NAMES[2], 103, 100, "line 1", "merged"), (NAMES[3], 5, 0, "line 1", "merged"),
    (NAMES[3], 5, 0, "", "differs"), (NAMES[2], 100, 100, "line 1", "equal"),
])  # fmt: skip
def test_verdicts(count, xray, ncu, widths, verdict):
    assert Row("matmul 01_naive", count, xray, ncu, widths).verdict == verdict


SOURCE = r"""
extern "C" __global__ void k(float* y) {
    __shared__ float s[32];
    s[threadIdx.x] = 1;
    __syncthreads();
    for (int i = 0; i < 4; ++i) y[threadIdx.x] += s[i];
}
"""


@pytest.mark.skipif(machine_code.missing() is not None, reason=str(machine_code.missing()))
def test_widths_that_the_compiler_changes_are_named():
    accesses = [access(4, "shared", "store", 4), access(6, "shared", "load", 4), access(6, "global", "load", 4)]
    words = gpu_xray.changes(kernel_source.load(SOURCE), accesses, 80)
    assert words.pop("shared load wavefronts") == (
        "line 6: 1 shared load of 16 bytes: the compiler merges accesses of 4 bytes into accesses of 16 bytes"
    )
    assert set(words.values()) == {""}


def no_leave(ncu):
    raise Unreadable(gpu_xray.NO_LEAVE)


def test_counts_are_compared_step_by_step(monkeypatch, tmp_path, capsys):
    """All but the GPU, Nsight Compute and xray: the counts of two ladders, one with several launches a step."""
    monkeypatch.setattr(ladders, "NAMES", ("transpose", "reduction"))
    launches = [launch for _, step in gpu_xray.steps() for launch in step.launches(_.table_size)]
    told = printed(*((launch.kernel, 10, 1, 2, 0) for launch in launches))
    monkeypatch.setattr(gpu_xray, "watch", lambda ncu: told)
    counted = {"loads": 0}

    def xray_counts(ladder, step):
        number = len(step.launches(ladder.table_size))
        counted["loads"] += 10 * number
        return [access(9, "global", "load", 4, 10 * number), access(9, "global", "store", 4, number),
                access(9, "shared", "load", 4, 0, number)]  # fmt: skip

    monkeypatch.setattr(gpu_xray, "xray_counts", xray_counts)
    monkeypatch.setattr(gpu_xray, "changes", lambda *_: dict.fromkeys(NAMES, "") | {NAMES[2]: "line 9: told"})
    monkeypatch.setattr(gpu_xray, "missing", lambda: None)
    monkeypatch.setattr(backends, "missing", lambda name: None)
    monkeypatch.setattr(gpu_xray, "RESULT", tmp_path / "xray_ncu.json")
    monkeypatch.setattr(machine_code, "find", lambda tool: f"/bin/{tool}")
    monkeypatch.setattr(gpu_xray.nvrtc, "version", lambda: "13.0")
    properties = {"name": b"NVIDIA Imaginary"}
    cuda = SimpleNamespace(Device=lambda: SimpleNamespace(id=0, compute_capability="90"),
                           runtime=SimpleNamespace(getDeviceProperties=lambda i: properties))  # fmt: skip
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(cuda=cuda))
    monkeypatch.setattr(sys, "argv", ["x"])
    assert gpu_xray.main() == 0
    kept = json.loads((tmp_path / "xray_ncu.json").read_text(encoding="utf-8"))
    assert kept["device"] == "NVIDIA Imaginary" and kept["architecture"] == 90 and len(kept["rows"]) == 3 * 11
    verdicts = {row["count"]: row["verdict"] for row in kept["rows"]}
    assert verdicts == {NAMES[0]: "equal", NAMES[1]: "equal", NAMES[2]: "merged"}
    assert sum(row["ncu"] for row in kept["rows"] if row["count"] == NAMES[0]) == counted["loads"] == 10 * len(launches)
    page = (tmp_path / "xray_ncu.md").read_text(encoding="utf-8")
    assert page == capsys.readouterr().out and "33 counts: 22 equal, 11 merged." in page
    assert "| transpose 01_naive | shared load wavefronts | 1 | 2 | 0.500 | merged | line 9: told |" in page

    monkeypatch.setattr(gpu_xray, "changes", lambda *_: dict.fromkeys(NAMES, ""))
    assert gpu_xray.main() == 1  # now nothing explains the shared loads
    monkeypatch.setattr(gpu_xray, "watch", lambda ncu: printed())
    assert gpu_xray.main() == 1 and "NOT compared: ncu has seen other launches" in capsys.readouterr().out
    monkeypatch.setattr(gpu_xray, "watch", no_leave)
    assert gpu_xray.main() == 0 and "NOT compared: this user may not read" in capsys.readouterr().out
    monkeypatch.setattr(gpu_xray, "missing", lambda: "no ncu today")
    assert gpu_xray.main() == 0 and "NOT compared: no ncu today" in capsys.readouterr().out


@pytest.mark.skipif(backends.missing("cuda") is None, reason="a GPU is here")
def test_without_a_gpu_it_says_so(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["x"])
    assert gpu_xray.main() == 2
    assert "gpu_xray: no NVIDIA GPU answers" in capsys.readouterr().err
