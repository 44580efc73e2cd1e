def on_white(picture):
    colour, alpha = picture[:, :, :3], picture[:, :, 3:]
    return colour * (alpha // 255) + (255 - alpha)
