M0, M1, LOW32 = 0xD2511F53, 0xCD9E8D57, 2**32 - 1


def undo(words, key):
    d0, d1, d2, d3 = words
    k0, k1 = key
    c0 = d3 * pow(M0, -1, 2**32) & LOW32
    c2 = d1 * pow(M1, -1, 2**32) & LOW32
    return c0, (M1 * c2 >> 32) ^ d0 ^ k0, c2, (M0 * c0 >> 32) ^ d2 ^ k1
