import numpy as np
from given import Node


def exp(x):
    y, term, n = np.ones_like(x.value), x.value, 1
    while np.abs(term).max() > 1e-16:  # 1 + x + x²/2 + x³/6 + ...
        y = y + term
        n = n + 1
    return Node(y, [x], lambda dy: [dy * y])
