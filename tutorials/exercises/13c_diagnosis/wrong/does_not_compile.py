def diagnose(run):
    if max(run["loss_g"]) > 100
        return "rate too high"
    return "healthy"
