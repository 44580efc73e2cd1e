def idle(size, threads)
    return -size % threads
