import alicuda


def two_coats(x, p, seed, step):
    first = alicuda.dropout(x, p, alicuda.Rng(seed, step=step))
    return alicuda.dropout(first, p, alicuda.Rng(seed, step=step))  # your code: what is wrong here?
