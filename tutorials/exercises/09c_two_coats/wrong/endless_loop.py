import alicuda


def two_coats(x, p, seed, step):
    rng, coats = alicuda.Rng(seed, step=step), 0
    while coats < 2:
        x = alicuda.dropout(x, p, rng)
    return x
