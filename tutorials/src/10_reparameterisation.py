# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Reparameterisation: learning through dice
#
# *What you will learn* (40 minutes; you need [09_random_numbers](09_random_numbers.ipynb)):
#
# * how one can walk backward through a throw of dice;
# * two ways to the same gradient, and why one of them needs fifty times as many throws, or far more;
# * how fast an average over throws comes near the truth, measured where the truth is known;
# * the kernels that do it, which throw the same dice twice and never write them down;
# * what an encoder says when it is not sure.

# %% [markdown]
# ## The idea
#
# The encoder does not write down one code for a picture. For each number of the code it writes down two things: what it
# expects, μ, and how far off that may be, σ. Then the code z is thrown with dice: near μ, and rarely much farther away
# than σ. Page 00 called this answer q(z|x).
#
# What comes behind z judges it, and the loss L is computed from that judgment. For training we must know: if I turn μ
# up by a tiny amount, by how much does L change? Now we are stuck. Between μ and L there are dice. A program that calls
# "throw z from N(μ, σ²)" gets back a number, and a number that fell from the sky has no derivative with respect to
# anything. The walk backward comes to z, and ends there.
#
# The way out is so simple that it is easy to miss: *throw first*. Before anybody knows μ or σ, throw ε from N(0, 1),
# the normal distribution with mean 0 and spread 1. *Then* compute
#
# $$ z = \mu + \sigma \, \varepsilon $$
#
# This z has the same distribution as before: μ moves it, σ stretches it. But now the dice are an *input*, like a pixel.
# The steps from μ and σ to z are one multiplication and one addition, and through those we can walk. Writing a throw as
# a computation on a throw that knows of no parameters is called **reparameterisation** (Kingma and Welling, 2014).

# %%
from drawings import reparameterisation as drawings

drawings.dice_inside_and_beside()

# %% [markdown]
# ## The formula and its shapes
#
# A spread σ must be above 0, while a network's output may be any number. So the encoder says log σ, and
# $e^{\log\sigma}$ is above 0 whatever it says. All arrays have one shape, (N, code): N pictures, and so many
# numbers in a code.
#
# $$ z = \mu + e^{\log\sigma} \, \varepsilon $$
#
# Backward, with dz the cotangent of z. Turn up μ, and z goes up by as much. Turn up log σ, and $e^{\log\sigma}$ goes up
# in proportion to itself:
#
# $$ d\mu = dz $$
#
# $$ d\log\sigma = dz \; e^{\log\sigma} \, \varepsilon $$
#
# ε stands in the last line: the *same* ε that made z. Keep that in mind, it will break later.

# %% [markdown]
# ## First as loops
#
# The digit shall be μ: 256 numbers, each with its own σ. In the upper half σ is 0.1, in the lower half 0.5. So this is
# the answer of somebody who knows the upper half of the picture quite well and the lower half hardly.
#
# One thread has one number, forward and backward:

# %%
import json
from pathlib import Path

import alicuda
import matplotlib.pyplot as plt
import numpy as np
from alicuda import backends, philox
from book import digit, show, show_file, show_kernel, show_source, tell


def sample_kernel(i, mu, log_sigma, eps, z):
    z[i] = mu[i] + np.exp(log_sigma[i]) * eps[i]


def sample_grad_kernel(i, dz, log_sigma, eps, dmu, dlog_sigma):
    dmu[i] = dz[i]
    dlog_sigma[i] = dz[i] * np.exp(log_sigma[i]) * eps[i]


mu = digit().reshape(-1)
sigma = np.where(np.arange(256) < 128, 0.1, 0.5).astype(np.float32)
log_sigma = np.log(sigma)


def thrown(stream, size, dtype=np.float32):
    """`size` numbers from N(0, 1), an even size: page 09's dice, seed 10."""
    return philox.normals(philox.words(10, stream, 0, 0, size), dtype)


draws = []
for stream in range(4):
    eps, z = thrown(stream, 256), np.full(256, np.nan, np.float32)
    for i in range(256):
        sample_kernel(i, mu, log_sigma, eps, z)
    draws.append(z)

figure, panels = plt.subplots(1, 5, figsize=(7.2, 1.9), layout="constrained")
for panel, title, picture in zip(panels, ["μ, the digit", *"1234"], [mu, *draws], strict=True):
    panel.imshow(picture.reshape(16, 16), cmap="gray", vmin=-0.5, vmax=1.5)
    panel.set_title(title if len(title) > 1 else f"draw {title}", fontsize=10)
    panel.set(xticks=[], yticks=[])
show(figure, "The digit, and four draws around it: their upper halves are alike, their lower halves full of noise.")

# %% [markdown]
# Several draws of one answer show at a glance what it is sure of: whatever stays the same from draw to draw. At the end
# of this page you will read a trained encoder in this way.

# %% [markdown]
# ## The library's kernels
#
# In Numba a thread has one number. `normal_of` and `draw_words` are page 09's: element i of a draw with a name, which
# consists of seed, stream and step.

# %%
show_kernel("numba/gaussian.py", "gaussian_sample", "gaussian_sample_grad")

# %% [markdown]
# And in CUDA C++, four neighbouring numbers a thread. `load`, `store` and `my_element` are those of page 01.

# %%
show_kernel("cuda/gaussian.cu", "gaussian_sample", "gaussian_sample_grad")

# %% [markdown]
# Look at what is *not* there. Forward, ε is made in a variable of the thread, used and forgotten; it never goes to
# memory. Backward needs it again, and makes it again, from the name of the draw. A GPU computes much faster than its
# memory delivers, so throwing twice is meant to be cheaper than writing down. Times of a GPU would stand here; there
# are none yet.
#
# (dmu is dz itself, so no kernel computes it.) This is the op that calls them. A backend that has noise at hand, or is
# given some as `eps`, uses that:

# %%
from alicuda.ops.gaussian_sample import gaussian_sample

show_source(gaussian_sample)

# %% [markdown]
# ## Check it
#
# The same op on all backends of this machine, against NumPy in float64. *Predict:* four implementations throw their own
# dice: NumPy, Numba, C++, and our loops above. In how many of the 256 numbers will they differ visibly?

# %%
eps64 = thrown(0, 256, np.float64)
wanted = mu + sigma.astype(np.float64) * eps64
dz = np.linspace(-1, 1, 256, dtype=np.float32)
wanted_grad = dz * sigma.astype(np.float64) * eps64
print("our loops    z", f"{np.abs(draws[0] - wanted).max():.0e}")

for name, what in (("numpy", "NumPy"), ("numba", "Numba"), ("emulator", "CUDA C++")):
    if reason := backends.missing(name):
        print(f"The kernels in {what} are left out on this page: {reason}")
        continue
    with alicuda.use_backend(name):
        m, s = alicuda.Tensor(mu, requires_grad=True), alicuda.Tensor(log_sigma, requires_grad=True)
        z = alicuda.gaussian_sample(m, s, alicuda.Rng(10))  # seed 10, and the first draw is of stream 0
        dmu, dlog_sigma = (g.numpy() for g in alicuda.grad((z * alicuda.Tensor(dz)).sum(), [m, s]))
    off = [np.abs(z.numpy() - wanted).max(), np.abs(dmu - dz).max(), np.abs(dlog_sigma - wanted_grad).max()]
    print(f"{name:12} z {off[0]:.0e}   dmu {off[1]:.0e}   dlog_sigma {off[2]:.0e}")
    assert max(off) < 1e-5

# %% [markdown]
# In none. They throw the same numbers, since a draw is a function of its name. That makes a check possible at all:
# comparing two programs which throw *different* dice can only be done by statistics, and sees only large mistakes.
#
# Is the gradient right as well? Page 08's check turns the inputs a little and looks what happens. *Predict:* may it be
# used here, where the result is thrown?

# %%
from alicuda.finite_differences import check_gradient

random = np.random.default_rng(0)
inputs = [random.standard_normal((5, 3)), 0.3 * random.standard_normal((5, 3))]
tell(check_gradient(lambda m, s: alicuda.gaussian_sample(m, s, alicuda.Rng(7)), inputs))

# %% [markdown]
# It may, if each call throws the same: `Rng(7)` is made anew inside. Then z is a plain function of its inputs, and with
# the dice at the side that is just what it is.

# %% [markdown]
# ## Two ways to the gradient
#
# Now a problem with a known answer, to measure with. One number z, thrown from N(μ, σ²), and the loss is its squared
# distance from a target a. Over many throws this is on average
#
# $$ \mathrm{E}\,(z - a)^2 = (\mu - a)^2 + \sigma^2 $$
#
# (E is the mean over infinitely many throws.) So the true derivatives with respect to μ and log σ are
#
# $$ 2(\mu - a) \qquad\text{and}\qquad 2\sigma^2 $$
#
# In general nobody knows them. They must be estimated by averaging over throws, which is the **Monte Carlo** method.
#
# *The first way* is ours: walk backward through each throw, and average. With f(z) the loss and g(z) its
# derivative, each throw gives for μ and for log σ
#
# $$ g(z) \qquad\text{and}\qquad g(z)\,\sigma\,\varepsilon $$
#
# This is the **pathwise gradient**: it follows each throw along its path from μ to f.
#
# *The second way* never looks into f. It is older, and all that is left where z is thrown from a few choices (heads
# or tails do not move a little when μ does). Its idea: turn up μ, and the throws above μ become a bit more *frequent*,
# those below a bit rarer. So weigh each throw's loss with how fast its frequency changes. That weight is the derivative
# of log q, where q(z) says how often z comes; for N(μ, σ²) log q is $-\log\sigma - (z-\mu)^2 / 2\sigma^2$ and a
# constant, so:
#
# $$ f(z)\,\frac{\varepsilon}{\sigma} \qquad\text{and}\qquad f(z)\,(\varepsilon^2 - 1) $$
#
# This is the **score-function gradient**. Both are right on average. *Predict:* for μ = 1.5, σ = 0.5, a = 0, which one
# is closer to the truth with 1,000 throws? By how much? (Think of what each of them knows about f.)

# %%
MU, SIGMA, A = 1.5, 0.5, 0.0
TRUTH = {"μ": 2 * (MU - A), "log σ": 2 * SIGMA**2}


def f(z):
    return (z - A) ** 2


def pathwise(eps):
    slope = 2 * (MU + SIGMA * eps - A)
    return {"μ": slope, "log σ": slope * SIGMA * eps}


def score(eps):
    value = f(MU + SIGMA * eps)
    return {"μ": value * eps / SIGMA, "log σ": value * (eps**2 - 1)}


eps = thrown(20, 1000, np.float64)
print("                 pathwise         score function   truth")
for name, truth in TRUTH.items():
    of_both = [way(eps)[name] for way in (pathwise, score)]
    cells = [f"{each.mean():6.3f} ± {each.std() / 1000**0.5:.3f}" for each in of_both]
    print(f"d / d {name:6}   " + "   ".join(cells) + f"   {truth:.3f}")
    print("variance of one throw:  " + "   ".join(f"{each.var():14.1f}" for each in of_both))
    assert all(abs(each.mean() - truth) < 4 * each.std() / 1000**0.5 for each in of_both)

# %% [markdown]
# Both are near the truth, as far as their ± allows. But look at the variances (the mean square of the distance from the
# mean): for μ it is 1 on the left and over 50 on the right. The score-function gradient sees only *how large* the loss
# was, and has to find out from many throws where it gets smaller. The pathwise gradient reads it off the slope, in each
# throw.

# %% [markdown]
# ## How fast does it get better?
#
# Average n throws, and the error becomes smaller. *Predict:* with 100 times as many throws, is it 100 times smaller, or
# 10 times, or less? And for which of the two ways does it fall faster?
#
# The truth is known, so we can simply measure: for each n, 300 averages of n throws each. What is drawn is the root of
# their mean squared error. It is itself an estimate from 300 numbers, so each point has an error bar. The straight
# lines are no fit: they are the spread of *one* throw, from a million others, divided by √n.

# %%
COUNTS, TRIES = 4 ** np.arange(8), 300


def error_of(averages, truth):
    """The root of the mean squared error, and how well it is known from so many tries."""
    squares = (averages - truth) ** 2
    rms = squares.mean() ** 0.5
    return rms, squares.std() / len(squares) ** 0.5 / (2 * rms)


def slope_of(errors, bars):
    """The slope of the straight line through log(error) against log(n), points weighed by their bars; and its bar."""
    x, y, weight = np.log(COUNTS), np.log(errors), (errors / bars) ** 2
    x = x - (weight * x).sum() / weight.sum()
    return (weight * x * y).sum() / (weight * x * x).sum(), (weight * x * x).sum() ** -0.5


found = {}
million = thrown(21, 1 << 20, np.float64)
for k, n in enumerate(COUNTS):
    eps = thrown(1000 + k, TRIES * n, np.float64).reshape(TRIES, n)
    for way in (pathwise, score):
        for name, throws in way(eps).items():
            found.setdefault((name, way), []).append(error_of(throws.mean(axis=1), TRUTH[name]))

figure, panels = plt.subplots(1, 2, figsize=(7.2, 3.8), layout="constrained", sharey=True)
print("slope of the error on logarithmic axes")
for (name, way), points in found.items():
    errors, bars = np.array(points).T
    one_throw = way(million)[name].std()
    panel, colour = panels[list(TRUTH).index(name)], {pathwise: "tab:blue", score: "tab:orange"}[way]
    label = {pathwise: "pathwise", score: "score function"}[way]
    panel.errorbar(COUNTS, errors, 2 * bars, fmt="o", markersize=4, capsize=3, color=colour, label=label)
    panel.plot(COUNTS, one_throw / COUNTS**0.5, color=colour, linewidth=1)
    slope, bar = slope_of(errors, bars)
    print(f"    d / d {name:6} {label:15} {slope:.3f} ± {bar:.3f}")
    assert abs(slope + 0.5) < 3 * bar < 0.05  # 1 / sqrt(n)
    assert (np.abs(errors - one_throw / COUNTS**0.5) < 4 * bars).all()
for panel, name in zip(panels, TRUTH, strict=True):
    panel.set(xscale="log", yscale="log", xlabel="n, throws in one average")
    panel.set_title(f"estimating d / d {name} = {TRUTH[name]:g}", fontsize=11)
    panel.grid(alpha=0.3)
    panel.legend(fontsize=9)
panels[0].set_ylabel("error (root of the mean square)")
alt = "Errors against n: on logarithmic axes all points lie on straight lines of slope -1/2, the pathwise ones lower."
show(figure, alt)

# %% [markdown]
# 10 times. The slope is -1/2, within its error, for both ways and both derivatives: the error falls as $1/\sqrt n$, and
# no way of throwing independent dice does better. What differs is where the line *begins*. For μ the
# score-function line lies 7.4 times higher. To come down to the other one it must go $7.4^2 \approx 55$ times as far to
# the right: 55 times as many throws for the same answer, for ever.

# %% [markdown]
# ## More numbers, and a constant
#
# Two more experiments on the variance of one throw. First: a code has not one number but D, and the loss adds up the
# squared distances of all. We still ask for the derivative with respect to the *first* μ only. Second: D = 1 again, but
# a constant is added to the loss. That changes no derivative of anything.
#
# *Predict* for each way: does the variance grow?


# %%
def variances(D, constant, throws=4096):
    """Of one throw's derivative with respect to the first of D numbers μ, by both ways."""
    eps = thrown(50, throws * D, np.float64).reshape(throws, D)
    loss = f(MU + SIGMA * eps).sum(axis=1) + constant
    first = eps[:, 0]
    return (2 * (MU + SIGMA * first - A)).var(), (loss * first / SIGMA).var()


print(" D   constant   pathwise   score function")
for D, constant in [(1, 0), (4, 0), (16, 0), (64, 0), (256, 0), (1, -2.5), (1, 10), (1, 100)]:
    of_path, of_score = variances(D, constant)
    print(f"{D:3} {constant:9g} {of_path:10.2f} {of_score:16,.1f}")
    assert 0.9 < of_path < 1.1

# %% [markdown]
# The pathwise gradient does not notice any of this. For the score function all other numbers of the code are noise: the
# loss of this throw was large, but which of the 256 numbers was to blame? ALI's code for SVHN has 256 numbers, and with
# this loss it would need more than a million times as many throws. That is why ALI, and nearly everybody who can,
# reparameterises.
#
# The constant says something else. With -2.5, which is about the mean of the loss with its sign turned, the variance is
# *smaller* than without. So who must use the score function subtracts something like the mean first. Exercise 10b asks
# for that, and shows the trap in it.

# %% [markdown]
# ## An encoder that knows how much it does not know
#
# Now let us learn σ. Somebody holds the digit w into the dark at an unknown brightness z, thrown from N(0, 1), and we
# take a photo with a bad camera (noise of spread s in each pixel): x = z · w + s · noise. What was z? Even below 0 is
# allowed; that is a dark digit on a brighter ground.
#
# Our encoder looks through the digit as a filter and adds up, $m = x \cdot w \,/\, w \cdot w$. Without noise, m would
# be z. It may learn two numbers: how far to believe what it sees (μ = b · m), and how sure to be (log σ). Its loss, for
# one throw z:
#
# $$ L = \frac{|x - z\,w|^2}{2 s^2} + \frac{z^2}{2} - \log\sigma $$
#
# In words: the picture decoded from z shall resemble x, measured in units of the noise; z shall be a likely brightness;
# and it pays to be unsure, so that σ does not shrink to nothing. (ALI has D in place of this loss. This one is a
# cousin's, the variational autoencoder's. It serves us because its best answer can be computed with a pencil.) With t =
# s / |w|, the noise that is left in m, that best answer is:
#
# $$ b = \frac{1}{1 + t^2} \qquad \sigma^2 = \frac{t^2}{1 + t^2} $$
#
# *Predict:* with hardly any noise, what should b and σ become? And with so much that one sees nothing?

# %%
w = digit().reshape(-1).astype(np.float64)
NOISES = (0.5, 4.0, 16.0)


def learn(s, sample=alicuda.gaussian_sample, steps=900, rate=0.006, batch=128):
    """Plain gradient descent on b and log σ, from b = 0 and σ = 1. Returns both, step after step."""
    random, rng = np.random.default_rng(1), alicuda.Rng(11)
    b, log_sigma, history = np.zeros(1), np.zeros(1), []
    for _ in range(steps):
        brightness = random.standard_normal((batch, 1))
        x = brightness * w + s * random.standard_normal((batch, w.size))
        m = alicuda.Tensor(x @ w[:, None] / (w @ w))
        parameters = [alicuda.Tensor(a, requires_grad=True) for a in (b, log_sigma)]
        mu, spread = parameters[0] * m, parameters[1] + 0 * m
        z = sample(mu, spread, rng)
        # |x - z w|^2 = |w|^2 (m - z)^2 and a part that no z changes
        loss = ((m - z) ** 2).mean() * (0.5 * (w @ w) / s**2) + (z**2).mean() * 0.5 - parameters[1].sum()
        db, dlog_sigma = (g.numpy() for g in alicuda.grad(loss, parameters))
        b, log_sigma = b - rate * db, log_sigma - rate * dlog_sigma
        history.append([b[0], log_sigma[0]])
    return np.array(history)


print("   s      b learnt   by pencil      σ learnt   by pencil")
answers = {}
for s in NOISES:
    t2 = s**2 / (w @ w)
    b, log_s = learn(s)[-200:].mean(axis=0)  # the last 200 steps: each step still trembles
    answers[s] = b, np.exp(log_s)
    best_b, best_sigma = 1 / (1 + t2), (t2 / (1 + t2)) ** 0.5
    print(f"{s:4g} {b:13.3f} {best_b:11.3f} {np.exp(log_s):13.3f} {best_sigma:11.3f}")
    assert abs(b - best_b) < 0.03 and abs(np.exp(log_s) / best_sigma - 1) < 0.05

# %% [markdown]
# The encoder found both, through dice: nobody told it how much noise there was. With little noise it believes what it
# sees and is sure. With much it says "0, give or take 1", which is what one knows about a brightness without looking.
#
# Now *look*: one brightness, z = 1, through the three cameras, and below each photo what the encoder says. *Predict:*
# in which of them will you see a digit?

# %%
random = np.random.default_rng(5)
z_axis = np.linspace(-3.2, 3.2, 401)
figure, panels = plt.subplots(2, 3, figsize=(7.2, 4), layout="constrained", height_ratios=[1.2, 1])
for (above, below), s in zip(panels.T, NOISES, strict=True):
    x = 1.0 * w + s * random.standard_normal(w.size)
    b, sigma_s = answers[s]
    center = b * (x @ w) / (w @ w)
    above.imshow(x.reshape(16, 16), cmap="gray", vmin=x.min(), vmax=x.max())
    above.set(xticks=[], yticks=[])
    above.set_title(f"noise s = {s:g}", fontsize=10)
    below.plot(z_axis, np.exp(-0.5 * ((z_axis - center) / sigma_s) ** 2) / sigma_s / (2 * np.pi) ** 0.5)
    below.axvline(1, color="tab:red", linestyle="--", label="the truth")
    below.set(xlabel="brightness z", yticks=[])
    below.set_title(f"q(z|x): {center:.2f} ± {sigma_s:.2f}", fontsize=10)
panels[1, 0].set_ylabel("how likely")
panels[1, 0].legend(fontsize=8, loc="upper left")
show(figure, "Three photos with more and more noise; below each a bell curve, narrow for the first, wide for the last.")

# %% [markdown]
# In the second photo our eyes see nothing, while the encoder still has an opinion: it knows where to look. In the third
# its guess is on the wrong side of 0, and its ± says that this may well be.
#
# ## Several draws of one photo
#
# And a trained ALI? Here are page 00's draws again. In each row the photo stands on the left. Then q(z|x) was asked for
# seven codes, z = μ + σ · ε with seven different ε, and each was decoded. *Predict* what would differ along a row if
# the encoder knew the figure but not the colour, and what if it could not tell a 3 from an 8.

# %%
show_file("draws.png", "Photos on the left; to the right of each, pictures decoded from seven codes drawn for it.")
about = json.loads(Path("pictures/about.json").read_text(encoding="utf-8"))
print(about["commands"]["draws"])
print(f"RUN: {about['train']}, {about['steps']:,} steps, {about['date']}")

# %% [markdown]
# <small>Photos: SVHN (Netzer et al. 2011; for non-commercial use only).</small>
#
# Hardly anything differs within a row. So this encoder is sure of itself, and as you see in the third row or the
# fourth, being sure is not being right. Page 00 named the reason: it has seen the same 1,000 photos hundreds of times.
# σ is what the encoder *says* about its doubt. It has learnt to say it about photos that it knew, and nothing made it
# say more in front of others.

# %% [markdown]
# ## Break it
#
# First the obvious mistake: μ and σ go to NumPy, NumPy throws, and the numbers come back as a new tensor. The values
# are perfectly right. *Predict:* what does `grad` answer?


# %%
def thrown_outside(mu, log_sigma, rng):
    z = np.random.default_rng(3).normal(mu.numpy(), np.exp(log_sigma.numpy()))
    return alicuda.Tensor(z)


try:
    learn(4.0, thrown_outside)
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# It refuses, because no way leads from z back to b. (A library that answered 0 here would train on, and nothing would
# move. b does stand in no other part of the loss.)
#
# The second mistake is sly. Backward throws *again*, instead of throwing the same: new dice on the way back. *Predict:*
# what is the mean of dz · σ · ε' when ε' has nothing to do with z? What will become of σ in training? And will the
# gradient check see it?


# %%
def other_dice(mu, log_sigma, rng):
    """gaussian_sample, with new dice on the way back."""
    forward, backward = (philox.Rng(rng.seed, stream) for stream in (rng.stream, rng.stream + 1))
    rng.draw(), rng.draw()
    z = alicuda.gaussian_sample(mu, log_sigma, forward).array
    eps = backends.current().normal(mu.shape, backward.draw(), mu.dtype.type)
    wrong = np.exp(log_sigma.array) * eps
    return alicuda.tensor.record("other_dice", z, [mu, log_sigma], lambda dz, wanted: (dz, dz * wrong))


histories = {"the same dice": learn(4.0), "other dice": learn(4.0, other_dice)}
exact = np.log((4.0**2 / (w @ w + 4.0**2)) ** 0.5)
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
for (name, history), style in zip(histories.items(), ("-", "--"), strict=True):
    axes.plot(history[:, 1], style, label=name)
axes.axhline(exact, color="grey", linestyle=":", label="the best answer")
axes.set(xlabel="step of training", ylabel="log σ")
axes.set_title("Noise s = 4: what the encoder learns to say", fontsize=11)
axes.legend(fontsize=9)
show(figure, "With the same dice log sigma settles at the best answer; with other dice it rises and never rests.")
tell(check_gradient(lambda m, s: other_dice(m, s, alicuda.Rng(7)), inputs))

# %% [markdown]
# On average 0. So nothing holds σ back, and it grows as fast as "it pays to be unsure" pulls it, until z is so far off
# that single steps throw it about. It never comes to rest. Every z is right, to the last bit; a comparison of z with
# NumPy sees nothing. In a large model nobody may notice for days: the gradient is not absurd, it is only noise. The
# gradient check sees it at once.
#
# Is that a mistake anybody makes? In this library one could make it in one line. Kernels read the step, the last part
# of a draw's name, from the GPU's memory, where the training step itself counts it up. *Predict:* what if it is counted
# up a moment too early, between forward and backward?

# %%
if reason := backends.missing("emulator"):
    print(f"The kernels in CUDA C++ are left out on this page: {reason}")
else:
    for name in ("in time", "too early"):
        with alicuda.use_backend("emulator"):
            backend = backends.current()
            step, ok = backend.full((1,), 0, np.int64), backend.full((1,), 1, np.int64)
            m, s = alicuda.Tensor(mu, requires_grad=True), alicuda.Tensor(log_sigma, requires_grad=True)
            z = alicuda.gaussian_sample(m, s, alicuda.Rng(10, 0, step))
            if name == "too early":
                backend.advance(step, ok)
            got = alicuda.grad((z * alicuda.Tensor(dz)).sum(), s).numpy()
            backend.advance(step, ok)
        alike = np.corrcoef(got, wanted_grad)[0, 1]
        print(f"counted {name:9}: dlog_sigma is off by {np.abs(got - wanted_grad).max():.0e}, correlation {alike:.2f}")
        assert (alike > 0.999) == (name == "in time")

# %% [markdown]
# So it matters *where* in a training step the counter moves: at the very end
# ([alicuda/training/step.py](../alicuda/training/step.py), the last line of `_run`). Dice that can be thrown again are
# good for as long as nobody changes their name.

# %% [markdown]
# ## Exercises

# %% [markdown]
# {{exercise 10a}}

# %% [markdown]
# {{exercise 10b}}

# %% [markdown]
# {{exercise 10c}}

# %% [markdown]
# ## You can now read
#
# * [alicuda/ops/gaussian_sample.py](../alicuda/ops/gaussian_sample.py): all of it.
# * [kernels/cuda/gaussian.cu](../kernels/cuda/gaussian.cu) and
#   [kernels/numba/gaussian.py](../kernels/numba/gaussian.py): the last two kernels of each; page 09 has the others.
# * [alicuda/backends/cuda/random.py](../alicuda/backends/cuda/random.py): who launches them, and what "noise is never
#   stored" looks like from Python.
# * [alicuda/reconstruct.py](../alicuda/reconstruct.py): where the draws of a photo come from.
#
# Every word in bold is in the [glossary](glossary.md). The next page is
# [11_batch_norm_maxout_adam](11_batch_norm_maxout_adam.ipynb).
