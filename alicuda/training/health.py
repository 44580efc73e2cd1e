"""Figures that say whether ALI is learning, in inference mode. None of them touches the training state."""

from __future__ import annotations

import numpy as np

from alicuda import ops, philox
from alicuda.models.ali import ALI
from alicuda.philox import Rng
from alicuda.tensor import no_grad

EVALUATION_PICTURES = 1000  # of the test set, from its front
SAMPLES = 64
BATCH = 100


def evaluate(model: ALI, test: np.ndarray, mean_picture: np.ndarray, data_std: float, step: int) -> dict[str, float]:
    """The health figures of `model` on uint8 pictures `test` (N,H,W,3); the two ratios are NaN where N is 1.

    `mean_picture`: of the training set, in [0, 1]; `data_std`: `pixel_std` of training pictures; `step` names draws.

    loss_d, loss_g, d_real, d_fake: D on (x, z ~ q(z|x)) and (G1(z), z); sigma_*: of q(z|x); mse: of G1(mu(x)) against
    x; mse_mean_image: of the mean picture against x; pair_ratio, contrast_ratio: see `pair_ratio` and
    `without_contrast`; sample_std, data_std: per-pixel standard deviation over 64 samples, and over the training set.
    Of a GAN those that need an encoder are left out: sigma_*, mse and the two ratios.
    """
    x = test[:EVALUATION_PICTURES].astype(np.float32) / 255
    rng = Rng(model.seed, philox.EVALUATION, step)
    parts: dict[str, list[np.ndarray]] = {"real": [], "fake": []}
    if model.encodes:
        parts |= {"sigma": [], "decoded": []}
    with no_grad():
        for start in range(0, len(x), BATCH):
            batch = x[start : start + BATCH]
            z_hat = None
            if model.encodes:
                mu, log_sigma = model.g2(batch)
                z_hat = ops.gaussian_sample(mu, log_sigma, rng)
                parts["sigma"].append(np.exp(log_sigma.numpy()))
                parts["decoded"].append(model.g1(mu).numpy())
            shape = (len(batch), model.options.code)
            z = model.backend.to_numpy(model.backend.normal(shape, rng.draw(), np.float32))
            parts["real"].append(model.d(batch, z_hat).numpy())
            parts["fake"].append(model.d(model.g1(z), z).numpy())
        z = model.backend.to_numpy(model.backend.normal((SAMPLES, model.options.code), rng.draw(), np.float32))
        samples = model.g1(z).numpy()
    whole = {name: np.concatenate(part).astype(np.float64) for name, part in parts.items()}
    real, fake = whole["real"], whole["fake"]
    return {
        "loss_d": float(np.mean(softplus(-real)) + np.mean(softplus(fake))),
        "loss_g": float(np.mean(softplus(real)) + np.mean(softplus(-fake))),
        "d_real": float(np.mean(np.exp(-softplus(-real)))),
        "d_fake": float(np.mean(np.exp(-softplus(-fake)))),
        **(_encoder(x, whole["sigma"], whole["decoded"]) if model.encodes else {}),
        "mse_mean_image": float(np.mean((x - mean_picture) ** 2)),
        "sample_std": pixel_std(samples),
        "data_std": data_std,
    }


def _encoder(x: np.ndarray, sigma: np.ndarray, decoded: np.ndarray) -> dict[str, float]:
    return {
        "sigma_mean": float(sigma.mean()),
        "sigma_min": float(sigma.min()),
        "sigma_max": float(sigma.max()),
        "mse": float(np.mean((x - decoded) ** 2)),
        "pair_ratio": pair_ratio(x, decoded),
        "contrast_ratio": pair_ratio(without_contrast(x), without_contrast(decoded)),
    }


def pair_ratio(x: np.ndarray, y: np.ndarray) -> float:
    """Mean MSE(x_i, y_i) over mean MSE(x_i, y_j), i != j: 1 where y knows nothing of its own x, 0 where it equals it.

    All pairs at once: the sum over i and j of |x_i - y_j|^2 is N sum |x_i|^2 + N sum |y_j|^2 - 2 (sum x_i)(sum y_j).
    """
    N = len(x)
    if N < 2:
        return float("nan")
    x, y = x.reshape(N, -1).astype(np.float64), y.reshape(N, -1).astype(np.float64)
    own = ((x - y) ** 2).sum()
    all_pairs = N * (x**2).sum() + N * (y**2).sum() - 2 * x.sum(axis=0) @ y.sum(axis=0)
    return float((own / N) / ((all_pairs - own) / (N * (N - 1))))


def without_contrast(x: np.ndarray) -> np.ndarray:
    """Each picture (N,H,W,C) less its mean per channel, over its remaining standard deviation + 1e-3.

    What is left is structure: brightness and colour earn nothing. One grey value per picture scores 0.25 in
    `pair_ratio` on SVHN, and 1 after this.
    """
    x = x.astype(np.float64)
    x = x - x.mean(axis=(1, 2), keepdims=True)
    return x / (x.std(axis=(1, 2, 3), keepdims=True) + 1e-3)


def pixel_std(pictures: np.ndarray) -> float:
    """The standard deviation over the pictures of each pixel and channel, averaged: near 0 where all look alike."""
    return float(pictures.std(axis=0, dtype=np.float64).mean())


def softplus(x: np.ndarray) -> np.ndarray:
    """log(1 + exp(x)), which a loss is the mean of."""
    return np.logaddexp(0, x)
