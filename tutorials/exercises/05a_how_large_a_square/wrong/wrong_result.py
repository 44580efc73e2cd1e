def side_for(gflops, gbytes, K):
    ridge = gflops / gbytes
    if ridge >= K / 2:
        return 0
    side = 1
    while side / 4 < ridge:
        side = 2 * side
    return side
