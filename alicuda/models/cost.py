"""What one training step costs, in multiply-adds of its convolutions and matrix products.

Weight gradient and input gradient each cost as much as the forward pass of their layer. No input gradient is needed
below the first layer of G2 (x is data), of G1 (z is noise) and, for L_D, of D's towers; L_G goes through D again, since
its cotangents differ, and needs the towers' first layers only where a picture or code was made by G. This counts what
is needed; the program computes those first layers for both halves and throws one away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from alicuda.backends.cuda.tiles import Shape
from alicuda.nn import Layer, Network


def _macs(network: Network) -> int:
    return sum(layer.macs for layer in network.layers)


def _first(network: Network) -> int:
    return network.layers[0].macs if network.layers else 0


def step_macs(networks: Mapping[str, Network], batch_size: int) -> dict[str, int]:
    """Multiply-adds of one step of a model's `networks`, part by part; their sum is the step's."""
    B = batch_size
    g1, joint = networks["g1"], networks["d.joint"]
    towers = [networks[name] for name in ("d.image", "d.code") if name in networks]
    d_all = sum(_macs(network) for network in (*towers, joint))
    encodes = "g2" in networks
    halves = 2 if encodes else 1  # of D's batch that lead back to something G made: of a GAN the fake one
    first = sum(_first(tower) for tower in towers)
    made_by_g = B * first
    if not first:  # the mixture: no towers, so [x; z] reaches one layer, where both halves hold something G made
        first = _first(joint)
        made_by_g = halves * B * first
    g2 = _macs(networks["g2"]) if encodes else 0
    g2_first = _first(networks["g2"]) if encodes else 0
    return {
        "forward G2": B * g2,
        "forward G1": B * _macs(g1),
        "forward D": 2 * B * d_all,
        "loss D: weight gradients": 2 * B * d_all,
        "loss D: input gradients": 2 * B * (d_all - first),
        "loss G: input gradients inside D": halves * B * (d_all - first),
        "loss G: input gradients of D's first layers": made_by_g,
        "loss G: weight gradients of G1": B * _macs(g1),
        "loss G: input gradients of G1": B * (_macs(g1) - _first(g1)),
        "loss G: weight gradients of G2": B * g2,
        "loss G: input gradients of G2": B * (g2 - g2_first),
    }


def step_flops(networks: Mapping[str, Network], batch_size: int) -> int:
    """Floating-point operations of one step, two a multiply-add."""
    return 2 * sum(step_macs(networks, batch_size).values())


class Convolution(NamedTuple):
    """A layer's convolution. Of a transposed one the forward pass is the convolution's input gradient."""

    layer: str
    transposed: bool
    shape: Shape


def convolutions(networks: Mapping[str, Network], batch_size: int) -> list[Convolution]:
    """Every convolution of one training step of `networks`: D's nets see the real and the fake pairs together."""
    found = []
    for name, network in networks.items():
        N = (2 if name.startswith("d.") else 1) * batch_size
        for i, layer in enumerate(network.layers, 1):
            found.append(Convolution(f"{name} {i}", layer.row.op == "tconv", _shape(layer, N)))
    return found


def _shape(layer: Layer, N: int) -> Shape:
    transposed = layer.row.op == "tconv"
    large, small = (layer.op_shape, layer.in_shape) if transposed else (layer.in_shape, layer.op_shape)
    (H, W, C), (P, Q, K) = ((1, 1, *shape)[-3:] for shape in (large, small))
    return Shape(N, H, W, C, layer.row.taps, layer.row.taps, K, P, Q, layer.row.stride)
