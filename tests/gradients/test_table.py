"""Every op and both losses of ALI: against finite differences, and on every backend against the oracle. The cells of
the table that `make gradcheck` prints and stores."""

import pytest

from alicuda import backend_checks, ops
from alicuda.gradient_table import CASES, OPS


def name(case):
    return f"{case.op}-{case.tried.replace(', ', '-')}"


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("case", CASES, ids=name)
def test_finite_differences(case, seed, into_table):
    into_table(backend_checks.check_oracle(case, seed))


@pytest.mark.parametrize("case", CASES, ids=name)
def test_on_every_backend(case, backend, into_table):
    into_table(backend_checks.compare(case, backend))


def test_every_op_has_a_case():
    differentiable = set(ops.__all__) - {"batch_norm_with_statistics"}  # batch_norm, with its statistics beside it
    assert differentiable | {"ali_loss_d", "ali_loss_g"} == set(OPS)
