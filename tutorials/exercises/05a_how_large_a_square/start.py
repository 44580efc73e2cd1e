def side_for(gflops, gbytes, K):
    side = 1
    while side / 4 < gflops / gbytes:  # your code: C is written, too
        side = 2 * side
    return side
