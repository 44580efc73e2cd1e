def diagnose(run):
    if max(run["loss_g"]) > 100:
        return "rate too high"
    if run["d_real"][-1] < run["d_fake"][-1]:
        return "labels swapped"
    if all(abs(ratio - 1) < 0.01 for ratio in run["pair_ratio"]):
        return "too slow"
    return "healthy" if min(run["pair_ratio"]) < 0.9 else "codes of others"
