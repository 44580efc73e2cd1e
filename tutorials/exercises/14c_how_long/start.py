def plan(pictures, batch, epochs, seconds, numbers):
    steps = pictures * epochs // batch
    return steps, steps * seconds / 3600, 4 * numbers
