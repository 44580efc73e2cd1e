def diagnose(run):
    if run["loss_g"][-1] > 2:
        return "too slow"
    return "healthy"
