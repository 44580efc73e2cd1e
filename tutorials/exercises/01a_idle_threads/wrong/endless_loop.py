def idle(size, threads):
    spare = 0
    while (size + spare) % threads:
        size += threads
    return spare
