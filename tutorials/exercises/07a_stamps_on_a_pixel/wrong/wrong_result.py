def stamps(P, R, stride):
    H = stride * (P - 1) + R
    return [len(range(h % stride, R, stride)) for h in range(H)]
