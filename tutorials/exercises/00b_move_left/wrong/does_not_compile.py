import numpy as np


def move_left():
    return np.array([0, 0, 0], [0, 0, 1], [0, 0, 0]]).reshape(3, 3, 1, 1)
