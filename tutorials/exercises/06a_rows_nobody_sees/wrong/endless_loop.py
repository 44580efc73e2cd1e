def rows(H, R, stride):
    P, first = 0, 0
    while first + R <= H:
        P += 1
    return P, H - ((P - 1) * min(stride, R) + R)
