import alicuda


def two_coats(x, p, seed, step):
    return alicuda.dropout(alicuda.dropout(x, p, seed), p, seed + 1)
