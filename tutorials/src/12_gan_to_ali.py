# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # From GAN to ALI: two kinds of pairs
#
# *What you will learn* (50 minutes, one of them waiting; you need
# [11_batch_norm_maxout_adam](11_batch_norm_maxout_adam.ipynb)):
#
# * what a GAN trains for, and what ALI adds: not only pictures must look right, but pictures *with* codes;
# * what the best D says, and how far it can get;
# * which way the labels go, and why G's loss is flipped;
# * why two players circle each other;
# * how to count what a model covers, on data of which everything is known.

# %% [markdown]
# ## The idea
#
# A **GAN** (generative adversarial network; Goodfellow and others, 2014) has a decoder G1 and a D that looks at
# pictures alone. If D can do no better than guess, pictures from dice are spread like photos. That is all a GAN asks
# for. Which dice made which picture is nobody's business, and there is no way from a photo back to its code.
#
# One could train an encoder besides: any that gives codes which are spread like dice. Then photos look like pictures,
# codes look like codes, and still the two need not fit together. This drawing shows such a pair of machines. To be
# able to draw it, a picture is a single number here, and so is a code.

# %%
from drawings import gan_to_ali as drawings

drawings.two_joints()

# %% [markdown]
# Look along the lower edge of both plots: the pictures are spread alike. Look along the left edge: so are the codes.
# Yet on the left bright photos get large codes, and on the right large codes are painted dark. Encode a photo, decode
# the code, and the photo comes back upside down.
#
# How often each picture comes up *together with* each code is called a **joint distribution**. There are two of them:
#
# | how a pair is made | its joint distribution |
# |---|---|
# | take a photo x, encode it | q(x) q(z\|x) |
# | throw a code z, decode it | p(z) p(x\|z) |
#
# q(x) is how often each photo comes up, p(z) how often each throw. A D that sees pictures alone compares the lower
# edges of the two plots. ALI's D sees pairs, so it compares the clouds. It would laugh at the two above. When it can
# no longer tell them apart, then not only the edges agree: for each picture, the codes that G2 gives it are the
# codes that G1 would have painted it from. Decoding has become the way back of encoding, though no loss ever
# compared a photo with its reconstruction.

# %% [markdown]
# ## The formula and its shapes
#
# D gives one number a pair, its **logit**: log of the odds that the pair begins with a photo. Odds of 3 to 1 are the
# logit log 3 = 1.1, a chance of 1/2 is the logit 0. To get the chance back, take the sigmoid
# $\sigma(t) = 1 / (1 + e^{-t})$.
#
# | name | shape | what it is |
# |---|---|---|
# | x, x̃ = G1(z) | (N, 32, 32, 3) | photos; pictures from dice |
# | ẑ from q(z\|x), z | (N, code) | codes of the photos; dice |
# | d = D(x, ẑ) | (N,) | logits of pairs that begin with a photo |
# | s = D(x̃, z) | (N,) | logits of pairs that begin with dice |
#
# What D should say of a pair is the pair's **label**. The convention is: 1 for photos, 0 for dice. It could be the
# other way round, only both players must mean the same. The loss of D is its surprise at the labels: minus the log of
# the chance that it gave to the right one.
#
# $$ -\log \sigma(d) = \mathrm{softplus}(-d) $$
#
# $$ -\log (1 - \sigma(s)) = \mathrm{softplus}(s) $$
#
# with $\mathrm{softplus}(t) = \log(1 + e^t)$. Averaged over a batch of N pairs of either kind:
#
# $$ \begin{aligned} L_D = {} & \tfrac1N \textstyle\sum \mathrm{softplus}(-d) \\ & + \tfrac1N \textstyle\sum
# \mathrm{softplus}(s) \end{aligned} $$
#
# $$ \begin{aligned} L_G = {} & \tfrac1N \textstyle\sum \mathrm{softplus}(d) \\ & + \tfrac1N \textstyle\sum
# \mathrm{softplus}(-s) \end{aligned} $$
#
# L_G is the same with the labels exchanged: G1 and G2 wish that D took each kind for the other.

# %% [markdown]
# ## As loops, and as it runs

# %%
import math

import numpy as np


def softplus_loop(t):
    return max(t, 0) + math.log1p(math.exp(-abs(t)))  # log(1 + e^t), and nothing overflows


def losses_loop(d, s):
    loss_d = loss_g = 0.0
    for n in range(len(d)):
        loss_d += softplus_loop(-d[n]) + softplus_loop(s[n])
        loss_g += softplus_loop(d[n]) + softplus_loop(-s[n])
    return loss_d / len(d), loss_g / len(d)


for said, d, s in [("nothing is known, all logits 0", 0.0, 0.0), ("D is right and fairly sure, 3 and -3", 3.0, -3.0)]:
    loss_d, loss_g = losses_loop([d] * 4, [s] * 4)
    print(f"{said:36} L_D {loss_d:.3f}   L_G {loss_g:.3f}")

# %% [markdown]
# The first line is $2 \log 2 = 1.386$ for both, the number that page 00 told you to look for: a D that only
# guesses.
#
# Page 08 showed the kernel of softplus. What the library puts around it is short enough to read whole:

# %%
from alicuda.models import ali
from book import show, show_kernel, show_source

show_kernel("cuda/sigmoid.cu", "softplus")

# %%
show_source(ali.loss_d)

# %%
show_source(ali.loss_g)

# %% [markdown]
# And this is where the pairs are made. `infer` is the encoder with its throw (page 10). Both kinds of pairs go
# through D as *one* batch, so that a D with batch norm, as for photos, cannot tell them apart by their statistics
# (page 11).

# %%
show_source(ali.ALI.pairs)

# %%
show_source(ali.ALI.infer)

# %% [markdown]
# D itself is two towers, one for the picture and one for the code, and a third net on top of what both have found:

# %%
show_source(ali.Discriminator.__call__)

# %% [markdown]
# ## Against NumPy
#
# The library's losses and their gradients against float64 NumPy. The gradients are simple, and worth knowing. For a
# pair that begins with a photo, D is pushed by how much chance it gave to the *wrong* answer:

# %%
import alicuda
from alicuda.models.ali import Pairs

random = np.random.default_rng(12)
d, s = random.normal(1, 2, 7), random.normal(-1, 2, 7)
real, fake = alicuda.Tensor(d, requires_grad=True), alicuda.Tensor(s, requires_grad=True)
pairs = Pairs(real, fake, {})


def sigma(t):
    return 1 / (1 + np.exp(-t))


for name, loss, wanted, by_d, by_s in [
    ("L_D", ali.loss_d(pairs), losses_loop(d, s)[0], -sigma(-d) / 7, sigma(s) / 7),
    ("L_G", ali.loss_g(pairs), losses_loop(d, s)[1], sigma(d) / 7, -sigma(-s) / 7),
]:
    found_d, found_s = (g.numpy() for g in alicuda.grad(loss, [real, fake]))
    assert np.isfinite(found_d).all() and np.allclose(found_d, by_d, rtol=1e-12)
    assert np.isclose(loss.numpy(), wanted, rtol=1e-12) and np.allclose(found_s, by_s, rtol=1e-12)
    print(f"{name} = {float(loss.numpy()):.6f}, and its gradients agree")

# %% [markdown]
# ## What the best D says
#
# Suppose there are only three pictures and three codes, so that a joint distribution is a table of nine numbers. And
# suppose D is free to choose a logit for each of the nine pairs. Train it: plain gradient descent on L_D.
#
# *Predict:* what will it say about a pair that comes up three times as often from photos as from dice?

# %%
q = np.array([[0.27, 0.05, 0.01], [0.03, 0.24, 0.06], [0.03, 0.04, 0.27]])  # photos with their codes
p = np.array([[0.09, 0.15, 0.09], [0.15, 0.03, 0.15], [0.09, 0.15, 0.10]])  # codes with their pictures
assert np.isclose(q.sum(), 1) and np.isclose(p.sum(), 1)
logits = np.zeros((3, 3))
for _ in range(20000):
    logits -= 0.5 * (-q * sigma(-logits) + p * sigma(logits))  # the gradients from above, each as often as it comes up
print(np.round(logits, 3))

# %%
print("log(q / p):")
print(np.round(np.log(q / p), 3))
assert np.allclose(logits, np.log(q / p), atol=1e-3)

# %% [markdown]
# It says log 3 = 1.1 where photos are three times as likely, whatever else goes on: the best D says
# log(q / p), pair by pair. (To see why, look at one pair alone: the two pushes $q\,\sigma(-t)$ and $p\,\sigma(t)$ are
# equal just when $e^t = q / p$.) So D is a measuring device. It measures, at the pair it is shown, how the two joint
# distributions differ, and its gradient tells G1 and G2 which way that would be less.
#
# When q = p everywhere it says 0 everywhere, and L_D is 1.386. It cannot be worse than that, since guessing is
# always allowed: so 1.386 less L_D is a measure of how different the two joint distributions are.

# %%
at_best = (q * np.logaddexp(0, -logits) + p * np.logaddexp(0, logits)).sum()
print(f"L_D of the best D: {at_best:.3f}, and 1.386 if q and p were equal")

# %% [markdown]
# ## Why G's loss is flipped
#
# The obvious loss for G1 would be *minus* what D loses: −softplus(s). Goodfellow's paper advises against it at once,
# and everybody follows. Early in training D is right and sure: s is −8, say.
#
# *Predict:* how strongly does either loss push s upward, at s = −8?

# %%
import matplotlib.pyplot as plt

t = np.linspace(-10, 6, 161)
figure, (losses, pushes) = plt.subplots(1, 2, figsize=(7, 2.9), layout="constrained")
for label, loss, push, colour in [
    ("minus D's loss: −softplus(s)", -np.logaddexp(0, t), sigma(t), "tab:grey"),
    ("flipped: softplus(−s)", np.logaddexp(0, -t), sigma(-t), "tab:red"),
]:
    losses.plot(t, loss, label=label, color=colour)
    pushes.plot(t, push, label=label, color=colour)
losses.set(title="G's loss", xlabel="logit s of a pair from dice", ylabel="nats")
pushes.set(title="how hard it pushes s upward", xlabel="logit s of a pair from dice", ylabel="− dL / ds")
losses.legend(fontsize=8)
show(figure, "Two losses against the logit s. Where s is far below 0, one is flat and the other steep.")
print(f"at s = -8: minus D's loss pushes with {sigma(-8.0):.4f}, the flipped loss with {sigma(8.0):.4f}")

# %% [markdown]
# Both fall as s rises, so both want the same. But where G1 is worst, the first is flat: a beginner whose every
# picture is recognised hears nothing. The flipped loss pushes hardest exactly there. ALI flips both halves: the codes
# of G2 are judged in the same way, by d.

# %% [markdown]
# ## Two players do not roll downhill
#
# A single loss can be followed downhill until one lies at the bottom. Two losses that pull on one another are
# different. The smallest example: player one has the number a and the loss a·b, player two has b and the loss −a·b.
# At a = b = 0 nobody can gain anything.
#
# *Predict:* both start at a = b = 1 and go downhill in steps of 0.1, both at once. Where do they end?

# %%
paths = {"at once": [(1.0, 1.0)], "in turn": [(1.0, 1.0)]}
for _ in range(150):
    a, b = paths["at once"][-1]
    paths["at once"].append((a - 0.1 * b, b + 0.1 * a))
    a, b = paths["in turn"][-1]
    a = a - 0.1 * b
    paths["in turn"].append((a, b + 0.1 * a))
figure, axes = plt.subplots(figsize=(4.2, 3.6), layout="constrained")
for (name, path), colour in zip(paths.items(), ("tab:red", "tab:blue"), strict=True):
    axes.plot(*zip(*path, strict=True), label=f"both move {name}", color=colour)
axes.plot(0, 0, "k+", markersize=10)
axes.set(title="150 steps of two players", xlabel="a", ylabel="b", aspect="equal")
axes.legend(fontsize=8, loc="upper left")
show(figure, "Two paths around the origin: one spirals outward, one stays near a circle.")
distance = math.hypot(*paths["at once"][-1])
print(f"moved at once, they are {distance:.1f} from the middle; they began at {math.sqrt(2):.1f}")

# %% [markdown]
# They never arrive. They circle, and moved at once they even drift outward. So the losses of a GAN do not fall
# and come to rest, and a curve that goes up is no sign of failure. Small steps and momentum that is kept short (Adam's
# beta1 = 0.5 on page 11) are what ALI's authors chose against it.
#
# ALI's official program nevertheless moves both at once, and so do we unless `--set update=alternating` is given. The
# reason is cost: one forward pass serves both gradients. Here is that step.

# %%
from alicuda.training.step import TrainingStep

show_source(TrainingStep._run)

# %% [markdown]
# ## Data of which everything is known
#
# Whether a model of photos has forgotten a kind of photo is hard to say. So let us take data where it is easy: points
# in the plane, in nine small round clusters. A cluster is called a *mode*, and to leave modes out is what GANs are
# infamous for: **mode collapse**. The running digit has a rest on this page, since a point is all the picture we need.
#
# The data, the nets and the settings are those of `python -m alicuda.train mixture`, which trains the same thing and
# draws curves besides. Two things differ from the paper's own experiment, which comes below: nine modes instead of
# 25, and nets a sixth as wide that take larger steps. On two cores of a processor the official ones would need hours.
#
# One thing is simpler than for photos: the encoder does not write down μ and σ. It gets the dice as two more inputs,
# beside the point, and gives a code straight away. Such an encoder may believe in any cloud of codes, not only in a
# bell curve.

# %%
from dataclasses import replace

from alicuda import models
from alicuda.data import mixture
from alicuda.data.loader import Loader
from alicuda.models.experiments import default_options
from alicuda.training import points, presets

quick = presets.get("quick", "mixture")
data = mixture.load(quick.options["grid"])
print(data.note.replace(", drawn here", ""))


def options(model):
    return replace(default_options("mixture"), **quick.options, model=model)


def train(model, steps):
    """What the model makes at ten moments of its training."""
    training = TrainingStep(model, seed=model.seed, ring_rows=100)
    loader = Loader(data.train, model.options.batch_size, model.seed)
    seen = {}
    for step in range(1, steps + 1):
        training.run(loader.batch(step - 1))
        if step % (steps // 10) == 0:
            seen[step] = points.seen_by(model, data)
    assert training.healthy()
    return seen


both = {}
for name in ("ali", "gan"):
    model = models.create("mixture", options(name), seed=0)
    both[name] = train(model, quick.steps)
    parameters = sum(player.size for player in model.players.values())
    print(f"{name}: {parameters:,} numbers, {quick.steps:,} steps of {model.options.batch_size} points")

# %% [markdown]
# How does one count modes? By a protocol that several papers share: draw 2,500 samples from codes that are always the
# same. A sample within three standard deviations of its nearest cluster's middle is of *high quality*. A mode is
# covered if it is the nearest of at least one such sample.

# %%
show_source(mixture.count_modes)

# %% [markdown]
# A check of the ruler before it measures. The data itself must cover all, with 98.9 % of high quality: that is how
# much of a two-dimensional bell lies within three standard deviations.

# %%
print(mixture.count_modes(data.test[:2500], data.centres))
print(mixture.count_modes(np.repeat(data.centres[:1], 2500, axis=0), data.centres))
assert mixture.count_modes(data.test[:2500], data.centres).modes == 9

# %% [markdown]
# *Predict:* which of the two will cover more modes at the end: ALI, or the GAN, whose D has less to look at?

# %%
print("             ALI                 GAN")
print("  step   modes  quality      modes  quality")
for step in both["ali"]:
    row = [mixture.count_modes(both[name][step].samples, data.centres) for name in ("ali", "gan")]
    figures = "        ".join(f"{m.modes:5d}  {100 * m.high_quality:5.1f} %" for m in row)
    print(f"{step:6,}   {figures}")

# %% [markdown]
# Both find all nine, and the GAN is quicker at it. That is no wonder: its D has points to judge and nothing else, and
# its G has no second net to agree with. So this small problem does not show mode collapse, and it does not show ALI to
# be better at samples.
#
# Seed 0 is one throw. The same for five seeds of each, by `python -m benchmarks.mixture --preset quick --seeds 5`:

# %%
import json
from pathlib import Path


def results(name):
    return json.loads(Path("../benchmarks/results", name).read_text(encoding="utf-8"))


FIGURES = [("modes", "modes", 1), ("high quality, %", "high_quality", 100), ("reverse KL", "reverse_kl", 1)]


def table(found):
    print(f"{found['date']}, {found['machine']['cpu']}, {found['runs'][0]['steps']:,} steps a run")
    for name in ("ali", "gan"):
        runs = [run for run in found["runs"] if run["model"] == name]
        print(f"{name.upper()}, seeds {runs[0]['seed']} to {runs[-1]['seed']}")
        for title, key, scale in FIGURES:
            values = [scale * run[key] for run in runs]
            listed = "  ".join(f"{value:6.{0 if key == 'modes' else 2}f}" for value in values)
            print(f"  {title:16} {listed}   mean {np.mean(values):.2f} ± {np.std(values, ddof=1):.2f}")


table(results("mixture_quick.json"))

# %% [markdown]
# *Reverse KL* says how evenly the samples are shared out among the modes, in nats: 0 if each gets its share.
# The ± is the standard deviation over seeds.

# %% [markdown]
# ## What the encoder buys
#
# Now look at the points themselves. A point of the data, its code, and its reconstruction have one colour.

# %%
last = quick.steps
show(
    points.figure(both["ali"][last], data.centres, f"ALI, seed 0, step {last:,}"),
    "Five plots: data, samples, reconstructions; thrown codes, and codes of data, which form regions of one colour.",
)

# %%
show(
    points.figure(both["gan"][last], data.centres, f"GAN, seed 0, step {last:,}"),
    "Three plots: data, samples, and the thrown codes they came from.",
)

# %% [markdown]
# ALI has cut the plane of codes into regions, one for each cluster, and the two lower plots show the *same* regions:
# the codes from which G1 paints a cluster are the codes that G2 gives its points. So what comes back through the
# code lands where it started. The GAN has regions, too. But it has no way to tell you the code of a point.


# %%
def back_home(seen):
    """The share of reconstructions whose nearest cluster is their own point's."""
    return np.mean(mixture.nearest(seen.data, data.centres)[0] == mixture.nearest(seen.decoded, data.centres)[0])


print(f"reconstructions that land in their own point's cluster: {100 * back_home(both['ali'][last]):.1f} %")
print(f"by chance it would be {100 / 9:.1f} %")

# %% [markdown]
# ## Break it
#
# Let us break the one thing that makes ALI more than a GAN with an encoder beside it: the *pairs*. In training, D
# shall see each point with the code of *another* point. Nothing else changes.
#
# *Predict:* which figures will notice: the losses, the modes covered, their quality, or the reconstructions?

# %%
from alicuda import ops


class Shuffled(models.ALI):
    """Each code goes to the next point of the batch."""

    def infer(self, x, rng, training=False, eps=None):
        z = super().infer(x, rng, training, eps)
        if not training:
            return z
        first, rest = ops.split(z, [1, z.shape[0] - 1], axis=0)
        return ops.concat([rest, first], 0)


half = quick.steps // 2
broken = train(Shuffled("mixture", options("ali"), seed=0), half)[half]
right = both["ali"][half]
print(f"after {half:,} steps       pairs as they are   pairs broken")
for name, figure in [
    ("modes covered", lambda seen: f"{mixture.count_modes(seen.samples, data.centres).modes:8d}  "),
    ("high quality", lambda seen: f"{100 * mixture.count_modes(seen.samples, data.centres).high_quality:8.1f} %"),
    ("back in their own cluster", lambda seen: f"{100 * back_home(seen):8.1f} %"),
]:
    print(f"{name:26}   {figure(right)}       {figure(broken)}")
assert back_home(broken) < 0.3 < back_home(right)

# %% [markdown]
# Reconstructions land nearly anywhere: hardly more of them are right than by chance, 11 in a hundred. And there is
# nothing G can do about it: a code of another point says nothing of this one, so D finds true pairs out more and more
# surely, and samples suffer as well. A low quality could have many reasons. But each net's gradient is right, every
# test of a *part* passes, and what says *where* to look is the figure that compares a point with its own
# reconstruction. For photos that is `pair_ratio`, on the next page.

# %% [markdown]
# ## The paper's experiment: 25 modes
#
# The same with the official nets and settings on the official data: 25 clusters, 5 by 5. Trained by `python -m
# benchmarks.mixture`, each run for some 20 minutes on one core. The paper's own program takes 200,000 steps and
# PacGAN's authors 400,000, so this is the beginning of such a run.
#
# *Predict:* on nine modes the GAN was quicker. Which of the two covers more of the 25 after 10,000 steps? And after
# 40,000?

# %%
found = results("mixture.json")
table(found)

# %%
figure, (counts, quality) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
for run in found["runs"]:
    colour = {"ali": "tab:red", "gan": "tab:grey"}[run["model"]]
    style = ["-", "--", ":"][run["seed"] % 3]
    steps = [look["step"] for look in run["over_training"]]
    label = f"{run['model'].upper()}, seed {run['seed']}"
    counts.plot(steps, [look["modes"] for look in run["over_training"]], style, color=colour, label=label)
    quality.plot(steps, [100 * look["high_quality"] for look in run["over_training"]], style, color=colour)
counts.axhline(25, color="black", linewidth=0.6)
counts.set(title="modes covered, of 25", xlabel="step", ylabel="modes", ylim=(0, 26))
quality.set(title="samples of high quality", xlabel="step", ylabel="percent", ylim=(0, 100))
counts.legend(fontsize=7)
show(figure, "Modes covered and share of high-quality samples against the step, three seeds of ALI and of a GAN.")

# %%
figure, places = plt.subplots(2, 3, figsize=(7, 4.8), layout="constrained", sharex=True, sharey=True)
for row, name in zip(places, ("ali", "gan"), strict=True):
    for axes, run in zip(row, [run for run in found["runs"] if run["model"] == name], strict=False):
        axes.scatter(*np.array(run["hundredths"]["samples"]).T / 100, s=1, color="tab:blue", linewidths=0)
        axes.set(title=f"{name.upper()}, seed {run['seed']}: {run['modes']} modes", aspect="equal")
        axes.set(xlim=(-6, 6), ylim=(-6, 6))
        axes.title.set_fontsize(9)
for axes in places[1]:
    axes.set_xlabel("x")
for axes in places[:, 0]:
    axes.set_ylabel("y")
show(figure, "Samples of six runs in the plane: ALI above, the GAN below, one column a seed.")

# %% [markdown]
# For the first ten thousand steps the GAN leads, as it did on nine modes. Whoever stops there will say that an
# encoder costs modes. Then the red curves overtake the grey ones. At the end ALI covers 25, 24 and 25 modes, the GAN
# 22, 21 and 24: ALI is ahead with every seed, and shares its samples out more evenly (the lower reverse KL). In the
# quality of samples the two differ less than seeds do.
#
# Three seeds are few, and 40,000 steps are a fifth of the official training. But what others report of the full
# training with the same nets points the same way (standard errors; 10 runs each): ALI 24.1 ± 0.4 modes with 95.7 % of
# high quality, a GAN 17.3 ± 0.8 with 94.8 % ([Lin and others 2018](https://arxiv.org/abs/1712.04086), table 1). ALI's
# own paper tried random settings and another way to count, and found 13.4 ± 5.8 against 10.4 ± 9.2. Numbers of modes
# from different papers cannot be compared: the protocol is most of the number.
#
# A GPU's figures would stand here; no GPU has been at hand yet.

# %% [markdown]
# ## Exercises

# %% [markdown]
# {{exercise 12a}}

# %% [markdown]
# {{exercise 12b}}

# %% [markdown]
# {{exercise 12c}}

# %% [markdown]
# ## You can now read
#
# * [alicuda/models/ali.py](../alicuda/models/ali.py): G1, G2, D and both losses, from top to bottom
# * [alicuda/models/gan.py](../alicuda/models/gan.py): what is left without the encoder
# * [alicuda/training/step.py](../alicuda/training/step.py): one step
# * [alicuda/data/mixture.py](../alicuda/data/mixture.py) and
#   [alicuda/training/points.py](../alicuda/training/points.py): the mixture, the count of modes, the plots
# * [alicuda/evaluate.py](../alicuda/evaluate.py): `python -m alicuda.evaluate modes RUN`
# * [benchmarks/mixture.py](../benchmarks/mixture.py): how the comparison was made
#
# Next: [13_ali_on_svhn](13_ali_on_svhn.ipynb).
