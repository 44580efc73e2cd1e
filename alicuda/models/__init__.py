"""The models: ALI, the GAN beside it, and the experiments of ALI's paper as tables."""

from alicuda.models.ali import ALI
from alicuda.models.gan import GAN, create

__all__ = ["ALI", "GAN", "create"]
