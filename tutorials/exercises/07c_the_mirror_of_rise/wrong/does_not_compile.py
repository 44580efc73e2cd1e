def mirror(d):
    return [a - b for a, b in zip(d, [*d[1:], 0])
