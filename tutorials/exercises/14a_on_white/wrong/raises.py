import numpy as np


def on_white(picture):
    colour, alpha = picture[:, :, :3].astype(float), picture[:, :, 3] / 255
    return np.round(alpha * colour + (1 - alpha) * 255).astype(np.uint8)
