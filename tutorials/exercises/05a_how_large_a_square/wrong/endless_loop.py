def side_for(gflops, gbytes, K):
    side = 1
    while 2 * side**2 * K / (4 * (2 * side * K + side**2)) < gflops / gbytes:
        side = 2 * side
    return side
