M0, M1, LOW32 = 0xD2511F53, 0xCD9E8D57, 2**32 - 1


def undo(words, key):
    # words[3] is the lower half of M0 c0
    c0 = words[3] * pow(M0, -1, 2**32) & LOW32
    return c0, 0, 0, 0  # your code
