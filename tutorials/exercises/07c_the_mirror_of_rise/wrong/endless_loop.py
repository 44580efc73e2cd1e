def mirror(d):
    x, i = d.copy(), 0
    while i < len(d) - 1:
        x[i] = d[i] - d[i + 1]
    return x
