def diagnose(run):
    (first, second, third, last) = run["pair_ratio"]
    return "healthy" if last < 0.9 else "codes of others"
