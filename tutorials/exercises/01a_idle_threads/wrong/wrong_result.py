def idle(size, threads):
    return threads - size % threads
