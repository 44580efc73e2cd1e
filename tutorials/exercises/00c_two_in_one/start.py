import numpy as np


def both(v, w):
    return v  # your code
