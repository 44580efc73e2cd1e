def plan(pictures, batch, epochs, seconds, numbers)
    steps = epochs * -(-pictures // batch)
    return steps, steps * seconds / 3600, 16 * numbers
