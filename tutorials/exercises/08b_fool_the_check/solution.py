def wrong_backward(dy, x, scale):
    return 0 * x
