"""A compiler's message about a kernel shows the kernel, and nothing of the headers that it is compiled with."""

import importlib.util
import re
import sys

import pytest

from alicuda import emulator
from alicuda.emulator import compiler_message
from alicuda.errors import InputError

pytestmark = pytest.mark.skipif(emulator.missing() is not None, reason=str(emulator.missing()))

WRONG = {  # line 2 of each, and what the message must tell
    "short s; atomicAdd(&s, 1);": "atomicAdd",
    "y[0] = __shfl_sync(1);": "no matching function",
    "y[0] = max(1, 2.0f);": "ambiguous",
    "struct S { int a[5]; } s; __shfl_sync(~0u, s, 0);": "a shuffle moves 4 or 8 bytes",
    "__syncthreads(1);": "__syncthreads",
    "y[0] = make_float4(1, 2, 3, 4, 5).x;": "make_float4",
    "y[0] = TWICE(z);": "'?‘?z",
}


@pytest.fixture(params=["", f"{sys.executable} -m ziglang c++"], ids=["first", "zig"], autouse=True)
def compiler(request, monkeypatch):
    if request.param:
        if importlib.util.find_spec("ziglang") is None:
            pytest.skip("ziglang is not installed")
        monkeypatch.setenv("CXX", request.param)


@pytest.mark.parametrize("statement", WRONG)
def test_every_line_is_of_the_kernel(statement, tmp_path):
    file = tmp_path / "mine.cu"
    above = '#define TWICE(a) (2 * (a))\nextern "C" __global__ void k(float* y) {\n'
    file.write_text(f"{above}    {statement}\n}}\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        emulator.compile(file, build="fast")
    message = str(error.value)
    assert re.search(rf"^{re.escape(str(file))}:3:\d+: error: .*{WRONG[statement]}", message, re.MULTILINE), message
    assert not re.search(r"ALICUDA_|emulator/cpp|kernel\.cpp|scratch", message), message
    shown = re.findall(r"^ *(\d+) \| (.*)", message, re.MULTILINE)
    assert {int(number) for number, _ in shown} <= {1, 2, 3}, message
    lines = file.read_text(encoding="utf-8").splitlines()
    assert all(text == lines[int(number) - 1] for number, text in shown)
    assert len(message.splitlines()) <= 14, message


def test_a_header_beside_the_kernel_is_shown_whatever_its_name(tmp_path):
    (tmp_path / "vectors.h").write_text("float wrong() { return nowhere; }\n", encoding="utf-8")
    file = tmp_path / "mine.cu"
    file.write_text('#include "vectors.h"\nextern "C" __global__ void k(float* y) {}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"vectors\.h:1:\d+: error: .*nowhere"):
        emulator.compile(file, build="fast")


def test_a_message_of_our_headers_alone_stays_as_it_is():
    alone = "ours.h:3:1: note: this and no more\n    3 | x"
    assert compiler_message.without_ours(alone, lambda file: file == "ours.h") == alone
