import alicuda


def two_coats(x, p, seed, step):
    rng = alicuda.Rng(seed, step=step)
    return alicuda.dropout(alicuda.dropout(x, p, rng), p, rng)
