def fold(w, scale, shift, mean, std):
    gain = scale / std
    return w * gain, shift - mean * gain
