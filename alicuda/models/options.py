"""The settings of a run, each with its meaning. Every place where paper and official code differ is one of them.

The default is what the official code does (github.com/IshmaelBelghazi/ALI at 5f2de51), experiment by experiment.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

from alicuda.errors import InputError


def _option(default: Any, meaning: str, values: tuple[Any, ...] | None = None, low: float = 0.0, high: float = 1e9):
    return field(default=default, metadata={"meaning": meaning, "values": values, "low": low, "high": high})


@dataclass(frozen=True)
class Options:
    """What `--set NAME=VALUE` can set."""

    # the nets
    width: float = _option(1.0, "fraction of the official channel counts", low=1e-3, high=16)
    code: int = _option(256, "numbers in a code z", low=1, high=1 << 16)
    slope: float = _option(0.01, "leaky ReLU below zero", high=0.999)
    dropout_scale: float = _option(1.0, "factor on the chances of D's dropout", high=1.9)
    init_std: float = _option(0.01, "standard deviation of the initial weights", low=1e-9, high=10)
    batch_norm_eps: float = _option(1e-4, "added to the variance inside batch norm's root", low=1e-12, high=1)
    batch_norm_rate: float = _option(0.05, "newest batch's share in batch norm's running averages", low=1e-9, high=1)

    # the optimiser
    lr: float = _option(1e-4, "Adam's learning rate", low=1e-12, high=10)
    beta1: float = _option(0.5, "Adam's beta1; mixture's 0.8 meant 0.2 in the Blocks of its day", high=0.999999)
    beta2: float = _option(0.999, "Adam's beta2; the paper's 10^-3 is 0.999 in an older notation", high=0.99999999)
    adam_eps: float = _option(1e-8, "added to Adam's root, outside the bias correction", low=1e-30, high=1)
    batch_size: int = _option(100, "pictures a step", low=1, high=1 << 20)
    epochs: int = _option(100, "passes over the training pictures", low=1)

    # where paper and official code differ
    dropout: str = _option(
        "code", "where D drops out: CIFAR-10's code misses two layers, CelebA's paper has 0 in Dx", ("code", "paper")
    )
    maxout: str = _option(
        "code", "CIFAR-10's table counts channels before maxout (code) or after (paper)", ("code", "paper")
    )
    first_bn: str = _option(
        "code", "batch norm in the first layer of CelebA's Dx: none (code) or one (paper)", ("code", "paper")
    )
    output_bias: str = _option(
        "log_odds", "G1's first output bias: log-odds of the mean picture (code), or zero (paper)", ("log_odds", "zero")
    )
    d_batch: str = _option(
        "joined", "D's batch norm sees real and fake pairs as one batch (code) or apart", ("joined", "apart")
    )
    update: str = _option(
        "simultaneous", "D and G move from one forward pass (code) or in turn (paper)", ("simultaneous", "alternating")
    )
    train_split: str = _option(
        "extra", "SVHN pictures to train on: extra where it is there (code), or train", ("extra", "train")
    )
    model: str = _option("ali", "ali, or gan: the same decoder and D without an encoder", ("ali", "gan"))
    grid: int = _option(5, "Gaussians a side of the mixture's square grid", low=1, high=100)

    def __post_init__(self):
        for option in fields(self):
            _check(option, getattr(self, option.name))

    def with_assignments(self, assignments: list[str]) -> Options:
        """These options after `NAME=VALUE` each. InputError for an unknown name or a value out of range."""
        known = {option.name: option for option in fields(self)}
        changes = {}
        for assignment in assignments:
            name, equals, text = assignment.partition("=")
            if not equals or name not in known:
                raise InputError(
                    f"--set {assignment}: write NAME=VALUE with one of {', '.join(known)}; --set help explains."
                )
            kind: Any = type(known[name].default)
            try:
                changes[name] = kind(text)
            except ValueError:
                raise InputError(f"--set {assignment}: {name} takes {_kind(known[name])}, not {text!r}.") from None
        return replace(self, **changes)


def _kind(option: Field) -> str:
    values = option.metadata["values"]
    if values:
        return " or ".join(values)
    low, high = option.metadata["low"], option.metadata["high"]
    if isinstance(option.default, int):
        return f"an integer from {int(low)} to {int(high)}"
    return f"a number from {low:g} to {high:g}"


def _check(option: Field, value: Any) -> None:
    values, kind = option.metadata["values"], type(option.default)
    of_its_kind = type(value) is kind or (kind is float and type(value) is int)
    low, high = option.metadata["low"], option.metadata["high"]
    allowed = value in values if values else of_its_kind and low <= value <= high
    if not allowed:
        raise InputError(f"{option.name} takes {_kind(option)}, not {value!r}.")


def describe(defaults: Options) -> str:
    """One line an option: name, default, meaning."""
    lines = []
    for option in fields(defaults):
        default = getattr(defaults, option.name)
        choices = option.metadata["values"]
        shown = f"{default} ({'|'.join(choices)})" if choices else f"{default:g}"
        lines.append(f"  {option.name + '=' + shown:<44} {option.metadata['meaning']}")
    return "\n".join(lines)
