def fold(w, scale, shift, mean, std):
    new, bias, k = w.copy(), shift.copy(), 0
    while k < len(scale):
        new[..., k] *= scale[k] / std[k]
        bias[k] -= mean[k] * scale[k] / std[k]
    return new, bias
