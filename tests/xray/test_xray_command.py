"""python -m alicuda.xray: what it prints, draws and exits with. One small source is compiled for all tests."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alicuda import cli, emulator, kernel_source, xray
from alicuda.errors import InputError
from alicuda.xray import __main__ as command
from alicuda.xray import picture, text, trace_text
from alicuda.xray.report import Step
from alicuda.xray.text import as_text
from tests.available import checked_build_missing

pytestmark = pytest.mark.skipif(checked_build_missing() is not None, reason=str(checked_build_missing()))

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = r"""// Two kernels for the tests of the command.

extern "C" __global__ void moves(const float* x, float* y, int n) {
    __shared__ float s[128];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    s[threadIdx.x * 2] = x[i * STRIDE];
    __syncthreads();
    if (threadIdx.x & 1) y[i] = s[threadIdx.x * 2];
}

extern "C" __global__ void wrong(float* y, int what) {
    if (what == 0) y[0] = threadIdx.x;
    if (what == 1 && threadIdx.x == 5) y[10] = 1;
    if (what == 2 && threadIdx.x == 5) y[1] = y[4];
    if (what == 3) {
        if (threadIdx.x < 33) __syncthreads();
        else
            __syncthreads();
    }
    while (what == 4) {}
    if (what == 5 && threadIdx.x == 0) printf("hello\n");
}
"""
MOVES = [
    "moves",
    "--grid",
    "2",
    "--block",
    "64",
    "--arg",
    "f32:256:random",
    "--arg",
    "f32:128:empty",
    "--arg",
    "i32=128",
]
SIZE = ["--grid", "1", "--block", "64"]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("xray") / "two.cu"
    path.write_text(SOURCE, encoding="utf-8")
    return str(path)


def run(file, *args):
    return command.main([file, *map(str, args), "--define", "STRIDE=2"])


def wrong(file, what, *args, y="f32:10:zeros"):
    return run(file, "wrong", *SIZE, "--arg", y, "--arg", f"i32={what}", *args)


@pytest.fixture(scope="module")
def report(file):
    kernel = emulator.compile(kernel_source.load(file, {"STRIDE": "2"})).kernel("moves")
    return xray.profile(kernel, 2, 64, (np.ones(256, np.float32), emulator.empty(128), 128), trace=(1, 1))


def test_the_source_annotated(file, capsys):
    assert run(file, *MOVES, "--check") == cli.DONE
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0] == "moves: grid 2, block 64; 128 threads."
    assert lines[2:14] == [
        file,
        ' 3 | extern "C" __global__ void moves(const float* x, float* y, int n) {',
        " 4 |     __shared__ float s[128];",
        " 5 |     int i = blockIdx.x * blockDim.x + threadIdx.x;",
        " 6 |     s[threadIdx.x * 2] = x[i * STRIDE];",
        "   ! store s, 4 B  4 requests  32 lanes  2-way bank conflict (worst 2)",
        "   X load x, 4 B   4 requests  32 lanes  8 sectors a request (at best 4)",
        " 7 |     __syncthreads();",
        " 8 |     if (threadIdx.x & 1) y[i] = s[threadIdx.x * 2];",
        "   ! store y, 4 B  4 requests  16 lanes  4 sectors a request (at best 2)",
        "   ! load s, 4 B   4 requests  16 lanes  2-way bank conflict (worst 2)",
        " 9 | }",
    ]
    assert "Global memory: 1,536 bytes moved, 6 sectors a request; 1,536 bytes lie in the sectors touched." in out
    assert "Shared memory: 16 wavefronts for 8 requests; the worst conflict is 2-way." in out
    assert "Barriers: 1 a thread." in out and "Hazards: none found." in out
    assert "wrong" not in out and "\033" not in out  # the other kernel; colours


def test_the_mark_is_for_what_is_wasteful(report):
    """A line that wastes more, as it does so much more, and is good for all that, is none."""
    x, *_ = [line for line in report.lines if line.array == "x"]
    long = replace(x, array="long", requests=1000, sectors=4100, ideal_sectors=4000)
    assert long.wasted > x.wasted and not long.wasteful
    lines = [*report.lines, long]
    assert [line.array for line in lines if text._mark(line, lines) == "X"] == ["x"]
    assert text._mark(long, lines) == "|" and picture.worst_line(replace(report, lines=lines)).array == "x"


def test_words_with_a_hyphen_stay_together(report):
    sentence = f"{'x' * 81} memory-bound"
    told = as_text(replace(report, totals=report.totals | {"roofline": {"sentence": sentence}}))
    assert "\nmemory-bound\n" in told


def test_nothing_of_a_small_picture_is_cut(report):
    few = replace(report, trace=report.trace[:2], steps_left_out=0)
    figure = picture.draw(few, (1, 1))
    figure.draw_without_rendering()
    whole = figure.bbox
    for axes in figure.axes:
        for words in (axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.get_yticklabels()):
            box = words.get_window_extent()
            assert not words.get_text() or (box.y0 >= whole.y0 - 1 and box.y1 <= whole.y1 + 1), words.get_text()


def test_colours_on_a_terminal_that_wants_them(file, capsys, monkeypatch):
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    run(file, *MOVES)
    out = capsys.readouterr().out
    assert out.count(text.RED) == 1 and out.count(text.YELLOW) == 3 and out.count(text.PLAIN) == 4
    assert "load x" in out.split(text.RED)[1].split(text.PLAIN)[0]
    monkeypatch.setenv("NO_COLOR", "1")
    run(file, *MOVES)
    assert "\033" not in capsys.readouterr().out


def test_json(file, capsys):
    assert run(file, *MOVES, "--json", "--trace", "1,1") == cli.DONE
    told = json.loads(capsys.readouterr().out)
    x = next(line for line in told["lines"] if line["array"] == "x")
    column = SOURCE.splitlines()[5].index("[i") + 1
    assert x.pop("column") in range(column - 1, column + 12)  # compilers point at different ends of an access
    assert x == {
        "file": file, "line": 6, "source": "s[threadIdx.x * 2] = x[i * STRIDE];", "array": "x", "space": "global",
        "op": "load", "bytes": 4, "requests": 4, "lanes": 128, "sectors": 32, "sectors_per_request": 8.0,
        "ideal_sectors_per_request": 4.0, "bank_ways_max": None, "bank_ways_mean": None, "wavefronts": None,
        "ideal_wavefronts": None, "efficiency": 0.5,
    }  # fmt: skip
    s = next(line for line in told["lines"] if line["array"] == "s" and line["op"] == "store")
    assert (s["sectors_per_request"], s["bank_ways_max"], s["bank_ways_mean"], s["space"]) == (None, 2, 2.0, "shared")
    assert told["kernel"] == "moves" and told["grid"] == [2, 1, 1] and told["block"] == [64, 1, 1]
    assert told["totals"]["global_bytes"] == 1536
    assert all(told[name] == [] for name in ("races", "out_of_bounds", "uninitialised", "divergent_barriers"))
    assert told["steps_left_out"] == 0
    load = next(step for step in told["trace"] if step["what"] == "load" and step["array"] == "x")
    assert load["offsets"] == list(range(192, 256, 2)) and load["lanes"] == list(range(32))
    assert told["trace"][load["step"] - 1] == load
    assert run(file, *MOVES, "--json") == cli.DONE
    assert "trace" not in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("what", "y", "key", "fields", "said"), [
    (0, "f32:10:zeros", "races", {"line": 12, "other_line": 12, "array": "y", "offset": 0, "kind": "write-write"},
     ":12: write-write race with itself on y[0]: threads ("),
    (1, "f32:10:zeros", "out_of_bounds", {"line": 13, "op": "store", "array": "y", "offset": 10, "thread": [5, 0, 0]},
     ":13: store of y[10], outside of it: thread (5,0,0) of block (0,0,0); once"),
    (2, "f32:10:empty", "uninitialised", {"line": 14, "op": "load", "array": "y", "offset": 4, "block": [0, 0, 0]},
     ":14: load of y[4], which nobody has written: thread (5,0,0) of block (0,0,0); once"),
    (3, "f32:10:zeros", "divergent_barriers", {"lines": [16, 18], "block": [0, 0, 0]},
     ":16: divergent barrier: thread ("),
])  # fmt: skip
def test_hazards(file, capsys, what, y, key, fields, said):
    assert wrong(file, what, "--json", "--check", y=y) == cli.FAILED
    told = json.loads(capsys.readouterr().out)
    assert len(told[key]) == 1 and fields.items() <= told[key][0].items()
    assert wrong(file, what, y=y) == cli.DONE  # without --check it is told, and no more
    line = capsys.readouterr().out.split("Hazards: 1.\n")[1].splitlines()[0]
    assert line.startswith(file + said)


def test_a_trace(file, capsys, monkeypatch):
    assert run(file, *MOVES, "--trace", "1,1") == cli.DONE
    out = capsys.readouterr().out
    steps = [line.split() for line in out.split("Block 1, warp 1, step by step:\n")[1].splitlines()]
    assert ["6", "0..31", "load", "x[192,194,..254]"] in [step[1:5] for step in steps]
    assert ["6", "0..31", "store", "s[64,66,..126]"] in [step[1:5] for step in steps]
    assert ["7", "0..31", "barrier"] in [step[1:4] for step in steps]
    assert ["8", "1,3,..31", "store", "y[97,99,..127]"] in [step[1:5] for step in steps]
    assert max(map(len, out.splitlines()[1:])) <= max(100, len(file))
    monkeypatch.setattr(trace_text, "SHOWN", 3)
    run(file, *MOVES, "--trace", "1,1")
    shown = capsys.readouterr().out.split("step by step:\n")[1].splitlines()
    assert len(shown) == 1 + 3 + 1
    last = int(shown[3].split()[0])
    run(file, *MOVES, "--trace", "1,1", "--json")
    whole = len(json.loads(capsys.readouterr().out)["trace"])
    assert shown[-1].startswith(f"{whole - last} more steps are left out")


def test_steps_that_tell_nothing_are_left_out(report):
    def step(line, what="", lanes=15):
        return Step("f.cu", line, what, lanes, None, [None] * 32)

    silent_ones = [step(1), step(1), step(2), step(2, "load"), step(2), step(2, lanes=3), step(2), step(2), step(3)]
    kept, left_out = trace_text.shown_steps(replace(report, trace=silent_ones, steps_left_out=4))
    assert [number for number, _ in kept] == [2, 4, 6, 8, 9] and left_out == 4


@pytest.mark.parametrize(("numbers", "few"), [
    ([], ""), ([7], "7"), ([1, 2], "1,2"), (range(32), "0..31"), (range(0, 64, 2), "0,2,..62"), ([5] * 32, "5 x32"),
    ([3, 2, 1], "3..1"), ([0, 1, 2, 7, 9], "0..2,7,9"), ([0] * 4 + [1] * 4, "0 x4,1 x4"), ([1, 5, 6, 7], "1,5..7"),
    ([1, 1, 5], "1 x2,5"), ([0, 9, 1, 8, 2, 7, 3], "0,9,1,8,2,7,..."),
])  # fmt: skip
def test_few_characters_for_many_numbers(numbers, few):
    assert trace_text.compact(list(numbers)) == few


def test_pictures(file, tmp_path, capsys):
    for name, more in (("worst", []), ("trace", ["--trace", "0,0"])):
        path = tmp_path / "new" / f"{name}.png"
        assert run(file, *MOVES, "--png", path, *more) == cli.DONE
        with Image.open(path) as image:
            assert image.format == "PNG" and image.width == 1000 and 200 < image.height < 1500
        assert capsys.readouterr().out.endswith(f"wrote {path}\n")


def test_the_picture_of_the_worst_line_shows_its_sectors(report):
    axes = picture.draw(report).axes[0]
    said = [words.get_text() for words in axes.texts]
    assert said[:32] == [str(lane) for lane in range(32)]
    assert said[33:41] == [str(sector) for sector in range(8)]  # 32 lanes, 8 bytes apart
    title = axes.get_title(loc="left")
    assert (
        "two.cu:6" in title and "8 sectors of 32 bytes move" in title and "128 of 256 bytes are wanted (50%)" in title
    )
    assert len(axes.lines) == 32
    for sector in range(8):  # below each other: a sector's number, and the middle of the four lanes' ends
        middle = axes.texts[33 + sector].get_position()[0]
        ends = [line.get_xdata()[1] for line in axes.lines[4 * sector : 4 * sector + 4]]
        assert abs(np.mean(ends) - middle) < 0.02 and np.ptp(ends) > 0.05


def test_a_picture_of_banks_shows_what_is_served_together(report):
    line = next(line for line in report.lines if line.array == "s" and line.op == "store")
    axes = picture._banks(report, line).axes[0]
    assert "2 turns: 2 different words lie in one bank" in axes.get_title(loc="left") and len(axes.lines) == 32
    wide = np.arange(32) * 32  # bytes; 16 of each, so that words 0 to 3 of every 8 are wanted
    seen = picture.together(_replace(line, bytes=16, at=[int(first) for first in wide]))
    assert len(seen) == 8
    lone = picture.together(_replace(line, bytes=8, at=[None] * 20 + [0] * 12))
    assert sorted(lone) == list(range(20, 32))


def _replace(line, bytes, at):
    return replace(line, bytes=bytes, worst=replace(line.worst, bytes=at))


def test_long_functions_are_shown_around_their_accesses():
    source = ["void f() {", *["    x;"] * 200, "}", "void g() {", "    y;", "}"]
    assert text.shown_lines(source, [100]) == [1, 98, 99, 100, 101, 102]
    assert text.shown_lines(source, [204]) == [203, 204, 205]
    assert text.shown_lines(["extern void", "f(int a) {", "x;", "}"], [3]) == [2, 3, 4]


def test_what_the_kernel_prints_is_no_json_and_a_hazard_ends_with_1(file):
    args = ["wrong", *SIZE, "--arg", "f32:10:zeros", "--json", "--check", "--define", "STRIDE=2"]
    started = [sys.executable, "-m", "alicuda.xray", file, *args, "--arg", "i32=5"]
    done = subprocess.run(started, capture_output=True, text=True, env={**os.environ, "NO_COLOR": ""}, timeout=120)
    assert done.returncode == 0 and json.loads(done.stdout)["kernel"] == "wrong"
    assert "hello\n" in done.stderr


def test_an_endless_loop_is_one_sentence(file, capsys):
    assert wrong(file, 4, "--json") == cli.FAILED
    said = capsys.readouterr()
    assert not said.out and len(said.err.splitlines()) == 1 and "does not end" in said.err


def test_bad_input(file, tmp_path):
    for args, said in (
        (["nope", *SIZE], "no kernel named nope; it has: moves, wrong"),
        (["moves", *SIZE], r"moves\(const float\* x, float\* y, int n\) takes 3 --arg, not 0"),
        ([*MOVES[:2], "2,0", *MOVES[3:]], "the grid's y is 0"),
        ([*MOVES, "--shared", "99999"], "99999 bytes of dynamic shared memory"),
        ([*MOVES, "--trace", "2,0"], "there is no block 2, warp 0"),
    ):
        with pytest.raises(InputError, match=said):
            run(file, *args)
    with pytest.raises(InputError, match="no kernel file"):
        run(str(tmp_path / "none.cu"), "moves", *SIZE)


def test_a_compiler_s_message_has_the_kernel_s_lines(file, capsys):
    with pytest.raises(InputError) as error:
        command.main([file, *MOVES])  # without STRIDE
    message = str(error.value)
    assert f"{file}:6:" in message and "STRIDE" in message and "device.h" not in message


@pytest.mark.parametrize("args", [
    [], ["two.cu"], ["two.cu", "moves", "--grid", "1"], ["two.cu", "moves", "--grid", "1x", "--block", "1"],
    ["two.cu", "moves", *SIZE, "--arg", "f32:1:one"], ["two.cu", "moves", *SIZE, "--define", "4"],
    ["two.cu", "moves", *SIZE, "--sample-blocks", "0"], ["two.cu", "moves", *SIZE, "--shared", "-1"],
    ["two.cu", "moves", *SIZE, "--trace", "0"],
], ids=str)  # fmt: skip
def test_usage_of_xray(args, capsys):
    with pytest.raises(SystemExit) as exit:
        command.main(args)
    assert exit.value.code == cli.USAGE
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1 and "--help" in err


def test_the_page_tells_every_field_and_what_is_really_printed(file, capsys, tmp_path, monkeypatch):
    page = (ROOT / "docs" / "xray.md").read_text(encoding="utf-8")
    words = set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", page, flags=re.S)))
    told = []
    for what, y in enumerate(("f32:10:zeros", "f32:10:zeros", "f32:10:empty", "f32:10:zeros")):
        wrong(file, what, "--json", "--trace", "0,0", y=y)
        told.append(json.loads(capsys.readouterr().out))
    assert {name for one in told for name in fields(one)} <= words
    source, printed = (re.search(rf"```{kind}\n(.*?)```", page, re.S)[1] for kind in ("cuda", "text"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "strided.cu").write_text(source, encoding="utf-8")
    line = next(line for line in page.splitlines() if line.startswith("python -m alicuda.xray strided.cu"))
    command.main(shlex.split(line)[3:])
    out = capsys.readouterr().out
    assert all(part.strip() in out for part in printed.split("...\n"))


def fields(value):
    """The names of all fields of an object of JSON, however deep."""
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from fields(inner)
