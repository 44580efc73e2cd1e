def side_for(gflops, gbytes, K):
    ridge = gflops / gbytes
    side = 1
    while 2 * side**2 * K / (4 * (2 * side * K + side**2) < ridge:
        side = 2 * side
    return side
