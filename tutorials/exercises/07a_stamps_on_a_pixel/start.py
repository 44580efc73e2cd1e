def stamps(P, R, stride):
    return [R // stride] * (stride * (P - 1) + R)  # your code: is it the same everywhere?
