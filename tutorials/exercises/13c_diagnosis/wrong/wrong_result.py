def diagnose(run):
    if max(run["loss_g"]) > 100:
        return "rate too high"
    if run["d_real"][-1] < run["d_fake"][-1]:
        return "labels swapped"
    if run["sample_std"][-1] < 0.05:
        return "too slow"
    return "healthy" if run["pair_ratio"][-1] < 0.9 else "codes of others"  # one look only
