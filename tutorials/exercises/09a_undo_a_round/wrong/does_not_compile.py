M0, M1, LOW32 = 0xD2511F53, 0xCD9E8D57, 2**32 - 1


def undo(words, key)
    return words
