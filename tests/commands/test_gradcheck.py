"""gradcheck: every op on every backend passes, and whatever is wrong is caught."""

import json

import numpy as np
import pytest

from alicuda import backends, cli, gradcheck
from alicuda.backends.numpy_ import NumPy
from alicuda.backends.numpy_fast import NumPyFast
from alicuda.errors import InputError


def test_gradcheck_checks_every_op_and_the_losses_of_ali(capsys):
    assert gradcheck.main(["--backend", "numpy", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["what"] == "gradcheck" and found["passed"] and not found["wrong"] and not found["not_checked"]
    assert [(row["op"], row["backend"]) for row in found["checks"]] == [
        (op, name) for op in gradcheck.OPS for name in ("oracle", "numpy")
    ]
    for row in found["checks"]:
        assert row["passed"] and 0 <= row["worst_error"] <= row["tolerance"] <= 1e-4 and row["kinks"] >= 0
        assert len(row["shapes"]) == sum(case.op == row["op"] for case in gradcheck.CASES)
    assert "numpy" in found["runs_on"] and "python" in found["versions"]


def test_gradcheck_checks_on_every_backend(capsys):
    assert gradcheck.main(["--op", "affine", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    here = [name for name in backends.FACTORIES if backends.missing(name) is None]
    assert [row["backend"] for row in found["checks"]] == ["oracle", *here] and "numpy" in here
    assert set(found["not_checked"]) == set(backends.FACTORIES) - set(here)


def test_gradcheck_table(capsys):
    assert gradcheck.main(["--op", "affine", "--seed", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["op", "oracle", *backends.FACTORIES, "allowed", "shapes"]
    assert lines[1].split()[0] == "affine" and "WRONG" not in lines[1] and lines[-1].endswith("of 1 row passed")
    for name in backends.FACTORIES:
        assert backends.missing(name) is None or any(f"] {name}: " in line for line in lines)
    with pytest.raises(InputError, match=r"unknown op 'conv3d': choose one of conv2d, .*, ali_loss_d, ali_loss_g"):
        gradcheck.main(["--op", "conv3d"])


def test_gradcheck_takes_a_loss_of_ali_for_an_op(capsys):
    assert gradcheck.main(["--op", "ali_loss_d", "--backend", "numpy"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("ali_loss_d ") and lines[-1] == "all 2 checks of 1 row passed"


@pytest.mark.parametrize("wrong", [
    lambda dx: 1.001 * dx, lambda dx: dx * np.nan, lambda dx: dx.astype(np.float64), lambda dx: dx[..., ::-1],
], ids=["scaled", "nan", "float64", "reversed"])  # fmt: skip
def test_gradcheck_catches_a_wrong_backend(wrong, monkeypatch, capsys):
    right = NumPyFast.sigmoid_grad
    monkeypatch.setattr(NumPyFast, "sigmoid_grad", lambda self, dy, y: wrong(right(self, dy, y)))
    assert gradcheck.main(["--op", "sigmoid", "--json"]) == cli.FAILED
    out = capsys.readouterr()
    assert "NaN" not in out.out and "Infinity" not in out.out, "neither is JSON"
    checks = {row["backend"]: row["passed"] for row in json.loads(out.out)["checks"]}
    assert checks.pop("numpy") is False and all(checks.values())
    assert "sigmoid on numpy WRONG" in out.err and "gradient of input 0" in out.err


def test_gradcheck_catches_a_wrong_oracle_and_a_wrong_result(monkeypatch, capsys):
    right = NumPy.exp_grad
    monkeypatch.setattr(NumPy, "exp_grad", lambda self, dy, y: right(self, dy, y) * 1.0001)  # both are wrong alike
    assert gradcheck.main(["--op", "exp"]) == cli.FAILED
    out = capsys.readouterr()
    assert "WRONG" in out.out and "exp on oracle WRONG against finite differences" in out.err
    forward = NumPyFast.leaky_relu
    monkeypatch.setattr(NumPyFast, "leaky_relu", lambda self, x, slope: forward(self, x, slope) * np.float32(1.001))
    assert gradcheck.main(["--op", "leaky_relu"]) == cli.FAILED
    assert ": result, relative error" in capsys.readouterr().err


def test_gradcheck_is_the_checker_of_the_library():
    check = gradcheck.check_gradient(lambda x: x * x, [np.ones(3)])
    assert check.passed and isinstance(check, gradcheck.Check)
