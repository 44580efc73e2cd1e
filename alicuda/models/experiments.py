"""The experiments of Dumoulin et al. 2016 as tables: one row a layer, from the official code's layer lists. And `tiny`.

A cell that differs between paper and code is `either("option", code=..., paper=...)`; the options of that name choose.
The last row of a net has `out=None`: what it must give follows from its role (2 x code numbers, the picture's channels,
one logit). Columns: filter taps, stride, channels that the op makes; then what differs from the defaults
bn=False, act="leaky_relu", bias="none", drop=0.0 (on the layer's input), drop_act=0.0 (before its activation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from alicuda.errors import InputError
from alicuda.models.options import Options
from alicuda.nn import Row


@dataclass(frozen=True)
class either:  # lower case: it reads as a word in the tables
    """A cell whose value an option chooses."""

    option: str
    code: Any
    paper: Any


def _row(op, taps, stride, out, bn=False, act="leaky_relu", bias="none", drop=0.0, drop_act=0.0) -> Row:
    return Row(op, taps, stride, out, bn, act, bias, drop, drop_act)


def conv(taps, stride, out, **rest) -> Row:
    return _row("conv", taps, stride, out, **rest)


def tconv(taps, stride, out, **rest) -> Row:
    return _row("tconv", taps, stride, out, **rest)


def linear(out, **rest) -> Row:
    return _row("linear", 1, 1, out, **rest)


@dataclass(frozen=True)
class Experiment:
    """G2 encodes, G1 decodes; D is the towers `d_image` and `d_code`, and `d_joint` on top of both.

    `shape`: of one example, (H,W,C) or (C,); `encoder`: gaussian (mu and log sigma, then a sample) or noise (the
    encoder takes [x; noise] and gives z itself); `options`: what differs from the defaults of `Options`.
    """

    shape: tuple[int, ...]
    g2: Sequence[Row]
    g1: Sequence[Row]
    d_image: Sequence[Row]
    d_code: Sequence[Row]
    d_joint: Sequence[Row]
    options: dict[str, Any]
    encoder: str = "gaussian"


# Section 3 of the specification; paper, appendix A, table 3.
SVHN = Experiment(
    shape=(32, 32, 3),
    g2=[
        conv(5, 1, 32, bn=True),
        conv(4, 2, 64, bn=True),
        conv(4, 1, 128, bn=True),
        conv(4, 2, 256, bn=True),
        conv(4, 1, 512, bn=True),
        conv(1, 1, 512, bn=True),
        conv(1, 1, None, act="linear", bias="untied"),
    ],
    g1=[
        tconv(4, 1, 256, bn=True),
        tconv(4, 2, 128, bn=True),
        tconv(4, 1, 64, bn=True),
        tconv(4, 2, 32, bn=True),
        tconv(5, 1, 32, bn=True),
        tconv(1, 1, 32, bn=True),
        conv(1, 1, None, act="sigmoid", bias="untied"),
    ],
    d_image=[
        conv(5, 1, 32, bias="tied", drop=0.2),
        conv(4, 2, 64, bn=True, drop=0.2),
        conv(4, 1, 128, bn=True, drop=0.2),
        conv(4, 2, 256, bn=True, drop=0.2),
        conv(4, 1, 512, bn=True, drop=0.2),
    ],
    d_code=[
        conv(1, 1, 512, drop=0.2),
        conv(1, 1, 512, drop=0.2),
    ],
    d_joint=[
        conv(1, 1, 1024, bias="tied", drop=0.2),
        conv(1, 1, 1024, bias="tied", drop=0.2),
        conv(1, 1, None, act="linear", bias="tied", drop=0.2),
    ],
    options={"code": 256, "epochs": 100, "slope": 0.01},
)

# Paper, appendix A, table 4. The code's dropout selector `layers[2::3]` assumes three bricks a block where maxout
# blocks have two, so it misses the inputs of conv 3 and 4 and hits the input of the third maxout instead.
CIFAR10 = Experiment(
    shape=(32, 32, 3),
    g2=SVHN.g2,  # the same rows; only the code is smaller
    g1=SVHN.g1,
    d_image=[
        conv(5, 1, either("maxout", 32, 64), act="maxout2", bias="tied", drop=0.2),
        conv(4, 2, either("maxout", 64, 128), act="maxout2", bias="tied", drop=0.5),
        conv(
            4, 1, either("maxout", 128, 256), act="maxout2", bias="tied",
            drop=either("dropout", 0.0, 0.5), drop_act=either("dropout", 0.5, 0.0),
        ),
        conv(4, 2, either("maxout", 256, 512), act="maxout2", bias="tied", drop=either("dropout", 0.0, 0.5)),
        conv(4, 1, either("maxout", 512, 1024), act="maxout2", bias="tied", drop=0.5),
    ],
    d_code=[
        conv(1, 1, either("maxout", 512, 1024), act="maxout2", drop=0.2),
        conv(1, 1, either("maxout", 512, 1024), act="maxout2", drop=0.5),
    ],
    d_joint=[
        conv(1, 1, either("maxout", 1024, 2048), act="maxout2", bias="tied", drop=0.5),
        conv(1, 1, either("maxout", 1024, 2048), act="maxout2", bias="tied", drop=0.5),
        conv(1, 1, None, act="linear", bias="tied", drop=0.5),
    ],
    options={"code": 64, "epochs": 6475, "slope": 0.1},
)  # fmt: skip

# Paper, appendix A, table 5. Its "D(z) input 512" cannot be built: z has 256 numbers, in the table too.
CELEBA = Experiment(
    shape=(64, 64, 3),
    g2=[
        conv(2, 1, 64, bn=True),
        conv(7, 2, 128, bn=True),
        conv(5, 2, 256, bn=True),
        conv(7, 2, 256, bn=True),
        conv(4, 1, 512, bn=True),
        conv(1, 1, None, act="linear", bias="untied"),
    ],
    g1=[
        tconv(4, 1, 512, bn=True),
        tconv(7, 2, 256, bn=True),
        tconv(5, 2, 256, bn=True),
        tconv(7, 2, 128, bn=True),
        tconv(2, 1, 64, bn=True),
        conv(1, 1, None, act="sigmoid", bias="untied"),
    ],
    d_image=[
        conv(
            2, 1, 64, bn=either("first_bn", False, True), bias=either("first_bn", "tied", "none"),
            drop=either("dropout", 0.2, 0.0),
        ),
        conv(7, 2, 128, bn=True, drop=either("dropout", 0.2, 0.0)),
        conv(5, 2, 256, bn=True, drop=either("dropout", 0.2, 0.0)),
        conv(7, 2, 256, bn=True, drop=either("dropout", 0.2, 0.0)),
        conv(4, 1, 512, bn=True, drop=either("dropout", 0.2, 0.0)),
    ],
    d_code=[
        conv(1, 1, 1024, drop=0.2),
        conv(1, 1, 1024, drop=0.2),
    ],
    d_joint=[
        conv(1, 1, 2048, bias="tied", drop=0.2),
        conv(1, 1, 2048, bias="tied", drop=0.2),
        conv(1, 1, None, act="linear", bias="tied", drop=0.2),
    ],
    options={"code": 256, "epochs": 123, "slope": 0.02},
)  # fmt: skip

# Paper, appendix A, table 6 (125 epochs; the code runs 1000).
TINY_IMAGENET = Experiment(
    shape=(64, 64, 3),
    g2=[
        conv(4, 2, 64, bn=True),
        conv(4, 1, 64, bn=True),
        conv(4, 2, 128, bn=True),
        conv(4, 1, 128, bn=True),
        conv(4, 2, 256, bn=True),
        conv(4, 1, 256, bn=True),
        conv(1, 1, 2048, bn=True),
        conv(1, 1, 2048, bn=True),
        conv(1, 1, None, act="linear", bias="untied"),
    ],
    g1=[
        conv(1, 1, 2048, bn=True),
        conv(1, 1, 256, bn=True),
        tconv(4, 1, 256, bn=True),
        tconv(4, 2, 128, bn=True),
        tconv(4, 1, 128, bn=True),
        tconv(4, 2, 64, bn=True),
        tconv(4, 1, 64, bn=True),
        tconv(4, 2, 64, bn=True),
        conv(1, 1, None, act="sigmoid", bias="untied"),
    ],
    d_image=[
        conv(4, 2, 64, bias="tied", drop=0.2),
        conv(4, 1, 64, bn=True, drop=0.2),
        conv(4, 2, 128, bn=True, drop=0.2),
        conv(4, 1, 128, bn=True, drop=0.2),
        conv(4, 2, 256, bn=True, drop=0.2),
        conv(4, 1, 256, bn=True, drop=0.2),
    ],
    d_code=[
        conv(1, 1, 2048, bias="tied", drop=0.2),
        conv(1, 1, 2048, bias="tied", drop=0.2),
    ],
    d_joint=[
        conv(1, 1, 4096, bias="tied", drop=0.2),
        conv(1, 1, 4096, bias="tied", drop=0.2),
        conv(1, 1, None, act="linear", bias="tied", drop=0.2),
    ],
    options={"code": 256, "epochs": 1000, "batch_size": 128, "slope": 0.01},
)

# Paper, section 4.3; `ali_mixture.py`. Its D takes [x; z] straight away, so both towers are empty.
MIXTURE = Experiment(
    shape=(2,),
    g2=[linear(400, bn=True, act="relu")] * 2 + [linear(None, act="linear", bias="tied")],
    g1=[linear(400, bn=True, act="relu")] * 4 + [linear(None, act="linear", bias="tied")],
    d_image=[],
    d_code=[],
    d_joint=[linear(1000, act="maxout5", bias="tied")] * 3 + [linear(None, act="linear", bias="tied")],
    options={"code": 2, "epochs": 200, "init_std": 0.02, "beta1": 0.2, "output_bias": "zero"},
    encoder="noise",
)

# Not of the paper: every kind of layer, on pictures so small that a debugger can follow a step, and that a simulator
# which takes 0.1 ms for each CUDA thread does one in seconds. Slope, weights and batch norm's eps are so large that no
# gradient hangs on a few numbers: with 300 seeds, float32 and float64 differ by at most 1.3e-5 of a gradient's norm.
TINY = Experiment(
    shape=(8, 8, 3),
    g2=[
        conv(3, 1, 4, bn=True),
        conv(4, 2, 8, bn=True),
        conv(2, 1, 16, bn=True),
        conv(1, 1, None, act="linear", bias="untied"),
    ],
    g1=[
        tconv(2, 1, 8, bn=True),
        tconv(4, 2, 4, bn=True),
        tconv(3, 1, 2, bn=True),
        conv(1, 1, None, act="sigmoid", bias="untied"),
    ],
    d_image=[
        conv(3, 1, 4, act="maxout2", bias="tied", drop=0.2),
        conv(4, 2, 8, bn=True, drop=0.2),
        conv(2, 1, 16, bn=True, drop=0.2),
    ],
    d_code=[
        conv(1, 1, 8, bias="tied", drop=0.2),
        conv(1, 1, 8, drop=0.2),
    ],
    d_joint=[
        conv(1, 1, 32, act="maxout2", bias="tied", drop=0.2),
        conv(1, 1, None, act="linear", bias="tied", drop=0.2),
    ],
    options={"code": 4, "epochs": 1, "batch_size": 3, "slope": 0.3, "init_std": 0.2, "batch_norm_eps": 0.01},
)

EXPERIMENTS = {
    "svhn": SVHN,
    "cifar10": CIFAR10,
    "celeba": CELEBA,
    "tiny_imagenet": TINY_IMAGENET,
    "mixture": MIXTURE,
    "tiny": TINY,
}


def get(name: str) -> Experiment:
    """The experiment of that name. InputError that lists them if there is none."""
    if name not in EXPERIMENTS:
        raise InputError(f"unknown experiment {name!r}: choose one of {', '.join(EXPERIMENTS)}.")
    return EXPERIMENTS[name]


def default_options(name: str) -> Options:
    """What the official code of that experiment does."""
    return Options(**get(name).options)


def rows(table: Sequence[Row], last_out: int, options: Options) -> list[Row]:
    """The table with its cells chosen, its channels scaled by `options.width`, and its last row filled in."""
    built = []
    for row in table:
        choices = {name: cell for name, cell in vars(row).items() if isinstance(cell, either)}
        row = replace(row, **{name: getattr(cell, getattr(options, cell.option)) for name, cell in choices.items()})
        pieces = int(row.act.removeprefix("maxout")) if row.act.startswith("maxout") else 1
        scaled = last_out if row.out is None else max(1, round(row.out / pieces * options.width)) * pieces
        chances = {name: getattr(row, name) * options.dropout_scale for name in ("drop", "drop_act")}
        built.append(replace(row, out=scaled, **chances))
    return built
