"""The autograd of page 08, as the page builds it."""

import numpy as np


class Node:
    """A value, the nodes it was computed from, and the rule that carries a cotangent back to them."""

    def __init__(self, value, inputs=(), backward=None):
        self.value, self.inputs, self.backward = value, inputs, backward

    def __add__(self, other):
        return Node(self.value + other.value, [self, other], lambda d: [d, d])

    def __mul__(self, other):
        return Node(self.value * other.value, [self, other], lambda d: [d * other.value, d * self.value])


def times(number, a):
    return Node(number * a.value, [a], lambda d: [d * number])


def topological_order(output):
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))  # come back to it when its inputs are done
            stack.extend((parent, False) for parent in node.inputs)
    return order


def grad(output, inputs):
    cotangents = {output: np.ones_like(output.value)}
    for node in reversed(topological_order(output)):
        if node.inputs:
            for parent, cotangent in zip(node.inputs, node.backward(cotangents[node]), strict=True):
                cotangents[parent] = cotangents.get(parent, 0.0) + cotangent
    return [cotangents[node] for node in inputs]


def sum_all(x):
    return Node(x.value.sum(), [x], lambda dy: [dy * np.ones_like(x.value)])
