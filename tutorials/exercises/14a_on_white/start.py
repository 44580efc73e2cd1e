def on_white(picture):
    return picture[:, :, :3]
