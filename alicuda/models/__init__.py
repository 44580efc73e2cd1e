"""The models: ALI, and the experiments of its paper as tables."""

from alicuda.models.ali import ALI

__all__ = ["ALI"]
