def fold(w, scale, shift, mean, std):
    new, bias = w.copy(), shift.copy()
    for k in range(len(scale) + 1):
        new[..., k] *= scale[k] / std[k]
        bias[k] -= mean[k] * scale[k] / std[k]
    return new, bias
