def plan(pictures, batch, epochs, seconds, numbers):
    steps = sum(1 for _ in range(epochs * pictures / batch))
    return steps, steps * seconds / 3600, 16 * numbers
