"""The roofline's verdicts, and the cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alicuda.errors import InputError
from alicuda.xray import cards
from alicuda.xray.roofline import verdict

ROUND = cards.Card("round", 1000.0, 100.0, "made up")  # ridge: 10 FLOPs per byte


@pytest.mark.parametrize(
    ("flops", "bytes", "intensity", "bound", "attainable"),
    [
        (2, 12, 1 / 6, "memory", 100 / 6),  # saxpy: two loads and a store
        (99, 10, 9.9, "memory", 990.0),
        (100, 10, 10.0, "compute", 1000.0),  # at the ridge itself
        (10**12, 10, 1e11, "compute", 1000.0),
        (0, 8, 0.0, "memory", 0.0),  # a copy
        (5, 0, None, "compute", 1000.0),
        (0, 0, None, None, None),
        (None, 12, None, None, None),
        (None, 0, None, None, None),
    ],
)
def test_verdict(flops, bytes, intensity, bound, attainable):
    found = verdict(flops, bytes, ROUND)
    assert (found.card, found.ridge, found.bound) == ("round", 10.0, bound)
    assert found.intensity == pytest.approx(intensity) if intensity is not None else found.intensity is None
    if attainable is None:
        assert found.attainable_gflops is None
    else:
        assert found.attainable_gflops == pytest.approx(attainable)
    if bound:
        assert f"{bound}-bound" in found.sentence
    else:
        assert "-bound" not in found.sentence


def test_sentence_says_the_figures():
    assert verdict(2, 12, cards.card("T4")).sentence == (
        "0.167 FLOPs per byte, below the 25.3 at which memory and arithmetic of T4 balance: memory-bound, at most "
        "53.3 GFLOP/s unless a cache helps, 0.658 % of its 8,100."
    )
    assert "unknown" in verdict(None, 12, ROUND).sentence


def test_cards():
    assert cards.card(cards.DEFAULT).ridge == pytest.approx(8100 / 320)
    assert cards.card(" h100 sxm").name == "H100 SXM"
    assert len({known.name.lower() for known in cards.CARDS}) == len(cards.CARDS)
    for known in cards.CARDS:
        assert 5_000 < known.gflops < 200_000, known
        assert 100 < known.gbytes < 10_000, known
        title, address = known.source.split(": ")
        assert title.startswith("NVIDIA ") and address.startswith(("https://www.nvidia.com", "https://images.nvidia"))


@pytest.mark.parametrize(("name", "cores", "clock", "wires", "rate"), [  # GHz; bits; Gbit/s of a wire
    ("T4", 2560, 1.59, 256, 10.0), ("V100 SXM2", 5120, 1.53, 4096, 1.752), ("A100 40GB", 6912, 1.41, 5120, 2.43),
    ("A100 80GB", 6912, 1.41, 5120, 3.186), ("L4", 7424, 2.04, 192, 12.5), ("RTX 3090", 10496, 1.695, 384, 19.5),
    ("RTX 4090", 16384, 2.52, 384, 21.0), ("H100 SXM", 16896, 1.98, 5120, 5.23), ("H200 SXM", 16896, 1.98, 6144, 6.25),
])  # fmt: skip
def test_published_peaks_are_what_the_hardware_comes_to(name, cores, clock, wires, rate):
    """A fused multiply-add a core and cycle is two FLOPs. Catches a figure of the wrong card, or of tensor cores."""
    assert cards.card(name).gflops == pytest.approx(2 * cores * clock, rel=0.01)
    assert cards.card(name).gbytes == pytest.approx(wires * rate / 8, rel=0.01)


def test_cards_with_more_memory_differ_in_bandwidth_only():
    less, more = cards.card("A100 40GB"), cards.card("A100 80GB")
    assert less.gbytes < more.gbytes
    assert replace(more, name=less.name, gbytes=less.gbytes, source=less.source) == less


def test_unknown_card_names_those_there_are():
    with pytest.raises(InputError, match=r"'T5'; choose one of T4, V100 SXM2, .*H200 SXM\.$"):
        cards.card("T5")


@pytest.mark.parametrize(("driver", "known"), [
    ("Tesla T4", "T4"), ("NVIDIA L4", "L4"), ("NVIDIA L40S", None), ("NVIDIA A100-SXM4-40GB", "A100 40GB"),
    ("NVIDIA A100-SXM4-80GB", "A100 80GB"), ("NVIDIA A100 80GB PCIe", None), ("NVIDIA H100 80GB HBM3", "H100 SXM"),
    ("NVIDIA H100 PCIe", None), ("NVIDIA H200", "H200 SXM"), ("NVIDIA GeForce RTX 4090", "RTX 4090"),
    ("NVIDIA GeForce RTX 4090 Laptop GPU", None), ("NVIDIA GeForce RTX 2080", None),
    ("Tesla V100-SXM2-32GB", "V100 SXM2"), ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", None),
])  # fmt: skip
def test_a_driver_s_name_is_that_of_one_card_or_of_none(driver, known):
    found = cards.of_device(driver)
    assert (found and found.name) == known
    assert all(cards.card(name).name == name for name in cards.OF_DRIVER.values())
