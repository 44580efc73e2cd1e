import importlib.util
import sys

import pytest


@pytest.fixture(params=["", f"{sys.executable} -m ziglang c++"], ids=["first", "zig"])
def compiler(request, monkeypatch):
    """The compiler that is found here, and zig's; what a test compiles it compiles with this one."""
    if request.param:
        if importlib.util.find_spec("ziglang") is None:
            pytest.skip("ziglang is not installed")
        monkeypatch.setenv("CXX", request.param)
    return request.param
