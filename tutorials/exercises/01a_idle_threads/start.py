def idle(size, threads):
    return 0  # your code
