def fold(w, scale, shift, mean, std):
    return w * scale / std, shift - mean
