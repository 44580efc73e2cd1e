# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # ALI on SVHN
#
# *What you will learn* (50 minutes, one of them waiting; you need [12_gan_to_ali](12_gan_to_ali.ipynb)):
#
# * how G1, G2 and D are put together, layer by layer, and where their numbers and their work sit;
# * how to train them, on photos of house numbers;
# * how to read what a training run says of itself, and which figure sees which mistake;
# * what to do when it does not converge.
#
# First the photos. The cell below looks for SVHN in `$ALICUDA_DATA` and in your cache. Where there is none it
# downloads nothing, and takes built-in digits that are drawn by a program.

# %%
import json
from dataclasses import replace
from pathlib import Path

from book import digit, show, show_file, show_image, show_kernel, show_source

about = json.loads(Path("pictures/about.json").read_text(encoding="utf-8"))  # about a longer run, for later

from alicuda.data import choose, find

folder = find.find("svhn", None)
data = choose.load("svhn" if folder else "synthetic", folder)
words = data.note.split()
for start in range(0, len(words), 14):
    print(" ".join(words[start : start + 14]))
data = replace(data, test=data.test[:300])  # enough for this page

# %% [markdown]
# <small>SVHN: Netzer et al., *Reading Digits in Natural Images with Unsupervised Feature Learning*, 2011; for
# non-commercial use only. All outputs on this page that are stored with it come from these photos.</small>
#
# The *training* photos are for training. The **test picture**s are never trained on: what the model does with
# those, it has not learned by heart.
#
# ## The idea
#
# Nothing on this page is new. Each net is a list of layers, and each layer is what you know from earlier pages, in
# this order: dropout on its input (in D only), a convolution, a bias (a learned number that is added; few layers
# have one), batch norm, and a bend. What is left is to choose the sizes.
#
# The rule is simple. On its way to a code a picture loses pixels and gains channels: less and less *where*, more
# and more *what*. The decoder goes the same way back.

# %%
from drawings import ali_on_svhn as drawings

drawings.three_nets()

# %% [markdown]
# ## The formula and its shapes
#
# A convolution of a window of R x R pixels with stride t turns H x H pixels into P x P, as on page 00:
#
# $$ P = \lfloor (H - R) / t \rfloor + 1 $$
#
# G1 has to go the other way, from 1 pixel to 32. Its layers are *transposed convolutions*: instead of gathering a
# window into one pixel, they spread one pixel over a window, and add up where windows overlap. So they undo the
# shape:
#
# $$ H = (P - 1)\, t + R $$
#
# A layer with C channels in and K out has R x R x C x K weights, plus a bias or batch norm's scale and shift. And
# how much work is it? Count the multiply-adds: multiply two numbers, add the product to a sum. Each pixel on the
# *small* side of a layer meets each weight once.
#
# In code, as loops. The list is G2's, as the paper has it: window, stride, channels out.

# %%
G2 = [(5, 1, 32), (4, 2, 64), (4, 1, 128), (4, 2, 256), (4, 1, 512), (1, 1, 512), (1, 1, 512)]


def work_of(H, C, layers):
    """Side, channels, weights and multiply-adds behind each layer of a net of convolutions."""
    found = []
    for R, t, K in layers:
        P = (H - R) // t + 1
        weights = R * R * C * K
        found.append((P, K, weights, P * P * weights))
        H, C = P, K
    return found


for P, K, weights, multiply_adds in work_of(32, 3, G2):
    print(f"{P:2} x {P:2} x {K:3}  {weights:9,} weights  {multiply_adds:10,} multiply-adds")

# %% [markdown]
# The last layer's 512 numbers are 256 times mu and 256 times log sigma. So the code has 256 numbers.
#
# The library keeps these lists in [experiments.py](../alicuda/models/experiments.py), a row a layer, as they stand
# in the paper and its authors' code. `networks` gives the nets with all shapes and no memory for weights yet.
#
# *Predict before you run the next cell:*
#
# 1. The model has about 10 million learned numbers. Which *one layer* of G1 or G2 holds the most of them?
# 2. Is that also the layer with the most multiply-adds? If not, which is?
# 3. Which of the three costs most for one picture: G2, G1 or D?

# %%
from math import prod

import alicuda
import matplotlib.pyplot as plt
import numpy as np
from alicuda.models.ali import networks
from alicuda.models.experiments import default_options

nets = networks("svhn", default_options("svhn"))
KINDS = {"conv": "convolution", "tconv": "transposed"}


def learned(layer):
    return sum(prod(shape) for shape in layer.shapes.values())


for name, net in nets.items():
    print(f"{name:15} window  stride  out              learned  multiply-adds")
    for i, layer in enumerate(net.layers, 1):
        row = layer.row
        out = " x ".join(map(str, layer.out_shape))
        sizes = f"{row.taps:6}  {row.stride:6}  {out:13}"
        print(f"  {i} {KINDS[row.op]:11} {sizes} {learned(layer):10,} {layer.macs:14,}")
    print(f"{'together':46} {sum(map(learned, net.layers)):9,} {sum(layer.macs for layer in net.layers):14,}\n")
everything = sum(learned(layer) for net in nets.values() for layer in net.layers)
print(f"all of it: {everything:,} learned numbers")
assert everything == 10_366_145  # the published lists, added up

# %% [markdown]
# Our loop and the library must agree, and they do:

# %%
ours = [(P, K, macs) for P, K, _, macs in work_of(32, 3, G2)]
assert ours == [(*layer.out_shape[1:], layer.macs) for layer in nets["g2"].layers]

figure, (left, right) = plt.subplots(1, 2, figsize=(7, 4.6), layout="constrained", sharey=True)
bars = [(f"{name.upper()} {i}", learned(layer), layer.macs, colour)
        for name, colour in [("g2", "tab:blue"), ("g1", "tab:red")]
        for i, layer in enumerate(nets[name].layers, 1)]  # fmt: skip
names, numbers, macs, colours = zip(*bars[::-1], strict=True)
for axes, values, title in [(left, numbers, "learned numbers"), (right, macs, "multiply-adds a picture")]:
    axes.barh(names, np.array(values) / 1e6, color=colours)
    axes.set(title=title, xlabel="millions")
    axes.grid(axis="x", alpha=0.3)
show(figure, "Bars for the layers of G2 and G1. Layer 5 of G2 holds most numbers; layer 5 of G1 does most work.")

# %% [markdown]
# The most numbers are in layer 5 of G2: 4 x 4 x 256 x 512, two million. But it looks at one window only, so that is
# little work. The most work is layer 5 of G1: few numbers, at nearly a thousand pixels. Memory and work sit in
# different places, here as in most such nets. And G1 costs most, since it is the one that makes 32 x 32 pixels with
# 32 channels.
#
# How does a layer run? Here it is, from the library's file. With an `rng` it is training: dropout throws dice, and
# batch norm takes the mean and the spread of the batch. Without one, dropout is gone and batch norm uses running
# averages that it has collected.

# %%
from alicuda.nn import Layer

show_source(Layer.__call__)

# %% [markdown]
# ## Laying arrays end to end
#
# Two things have to be put together. D looks at real and fake pairs in *one* batch: B photos, then B painted
# pictures. And its last three layers read 512 numbers about the picture followed by 512 about the code. Both are
# one kernel, which copies columns of a table. One thread copies one number:


# %%
def copy_columns(j, x, y, rows, width, x_start, y_start):
    """What thread j does: copy one of rows x width numbers from the columns of x to those of y."""
    if j < rows * width:
        r = j // width
        c = j % width
        y[r, y_start + c] = x[r, x_start + c]


about_picture, about_code = np.arange(3 * 5).reshape(3, 5), -np.arange(3 * 2).reshape(3, 2)
joined = np.full((3, 7), 99)
for x, y_start in [(about_picture, 0), (about_code, 5)]:  # one launch for each of the two
    for j in range(64):  # a block of 64 threads
        copy_columns(j, x, joined, 3, x.shape[1], 0, y_start)
print(joined)
assert (joined == np.concatenate([about_picture, about_code], axis=1)).all()
assert (joined == alicuda.concat([about_picture * 1.0, about_code * 1.0], axis=1).numpy()).all()

# %% [markdown]
# *Predict:* joining two batches of pictures, each (B, 32, 32, 3), along the first axis is the same kernel. How many
# `rows` has the table then, and how wide is it?
#
# One row: everything behind the axis is one long row of B x 3,072 numbers, and what is before the axis counts the
# rows. Here is the kernel as the library has it, in Python, and in CUDA C++, where a thread copies four numbers
# that are neighbours:

# %%
show_kernel("numba/shapes.py", "copy_columns")
show_kernel("cuda/shapes.cu", "copy_columns")

# %% [markdown]
# `repeat`, the other kernel of these files, copies one number to several places: that is how one number a channel
# comes to all pixels of a channel.
#
# ## Train it
#
# The full model on half a million photos is for a GPU; two cores would need weeks. A **preset** is a set of choices
# with a name. The preset `quick` has a quarter of the channels, a code of 32 numbers and batches of 32, and other
# settings that teach something within minutes: weights that begin ten times as large, and a learning rate five times
# as high.
#
# The cell below trains it, with the library's own step and its own loop, for 250 steps: about half a minute on two
# idle cores. Passing over all training photos once is an **epoch**, so 1,000 photos in batches of 32 make 32 steps
# an epoch. All goes into a folder that is thrown away at the end.
#
# *Predict*, before you run it:
#
# 1. On average G1's first pictures look all the same. What do they look like? (`set_output_bias`, in the cell, says
#    it.)
# 2. The loss of G1 and G2 begins near 2. Does it fall from there?
# 3. After 250 steps, about eight epochs: will you recognise a digit in the samples? Will a reconstruction at least be
#    as bright as its photo?

# %%
import tempfile

from alicuda.models import ALI
from alicuda.training import presets
from alicuda.training.loop import train
from alicuda.training.schedule import Schedule
from alicuda.training.step import TrainingStep

STEPS = 250
quick = [f"{name}={value}" for name, value in presets.get("quick", "svhn").options.items()]
options = default_options("svhn").with_assignments(quick)


def new_training():
    model = ALI("svhn", options, seed=0)
    model.set_output_bias(data.train[:500].mean(axis=0) / 255)  # G1 begins at the mean photo
    return TrainingStep(model, seed=0, ring_rows=10)


def run(training, steps, look_every):
    """Train, and return what was logged: every 10 steps the losses, and at each look the health figures."""
    metrics = []

    def tell(line):
        if line.startswith("step"):
            look = metrics[-1]
            names = ("pair_ratio", "contrast_ratio", "sample_std")
            print(f"step {look['step']:3}  " + "  ".join(f"{name} {look[name]:.2f}" for name in names), flush=True)

    with tempfile.TemporaryDirectory() as folder:
        outcome = train(training, data, Schedule(steps, 10, look_every), Path(folder), metrics, tell)
    assert outcome.finished, outcome.failure
    return metrics


training = new_training()
model = training.model
print("preset quick:", " ".join(quick))
print(f"{sum(player.size for player in model.players.values()):,} learned numbers")
metrics = run(training, STEPS, 50)

# %% [markdown]
# In a terminal the same is `python -m alicuda.train svhn --steps 250`. It prints more, and keeps its folder.
#
# ## What has it learned?
#
# ### Samples
#
# Codes thrown with dice, decoded. First this run, then the longer run of page 00, with the same preset and the same
# photos but 12,000 steps. (If you have no SVHN, the first is of built-in digits, and the second still of photos.)

# %%
from alicuda.training import pictures


def of_longer_run(name, rows, alt):
    """The first rows of a picture of the longer run, with its caption."""
    from PIL import Image

    picture = Image.open(Path("pictures") / f"{name}.png").convert("RGB")
    show_image(picture.crop((0, 0, picture.width, 22 + 68 * rows)), alt)
    print(about["commands"][name])


samples = pictures.decode(model, pictures.draw_codes(model, 24, seed=0))
sheet = pictures.grid(samples.reshape(3, 8, 32, 32, 3), f"samples after {STEPS} steps")
show_image(sheet, "24 samples of the short run: patches, some light, some dark, with a coarse pattern and no digits.")
of_longer_run("samples", 3, "24 samples of the longer run: blurred house numbers, light and dark, some legible.")
print(f"of: {about['train']}")
print(f"{about['minutes']} minutes on {about['machine']}, {about['date']}")

# %% [markdown]
# <small>Made by models trained on SVHN (Netzer et al. 2011; for non-commercial use only).</small>
#
# ### Reconstructions
#
# Test pictures, and G1(mu) of each beneath. Our digit goes along: as a photo it is white on black, in the same 32 x
# 32 pixels.

# %%
two = np.repeat(np.repeat(digit()[0], 2, axis=0), 2, axis=1)  # 32 x 32
two = np.repeat((two * 255).round().astype(np.uint8), 3, axis=2)
originals = np.concatenate([data.test[:7], two[None]])
mu, log_sigma = pictures.encode(model, originals)
decoded = pictures.decode(model, mu)
print("mu:", mu.shape, " log sigma:", log_sigma.shape, " decoded:", decoded.shape)
sheet = pictures.grid([originals, decoded], f"above: pictures; below: through the code, after {STEPS} steps")
show_image(
    sheet, "Eight pictures above their reconstructions: grey blots, lighter where the photo is light, and no digits."
)
of_longer_run("reconstructions", 3, "Photos with the longer run's reconstructions on their right: strokes come back.")

# %% [markdown]
# <small>Photos: SVHN (Netzer et al. 2011; for non-commercial use only).</small>
#
# ### Interpolations
#
# From the code of one test picture to that of another, in a straight line.

# %%
alphas = np.linspace(0, 1, 8, dtype=np.float32)[:, None]
lines = [mu[a] + alphas * (mu[b] - mu[a]) for a, b in [(0, 5), (2, 6)]]
walks = pictures.decode(model, np.concatenate(lines)).reshape(2, 8, 32, 32, 3)
sheet = pictures.grid(walks, f"from one code to another, after {STEPS} steps")
show_image(sheet, "Two rows of eight pictures that change evenly from one brightness to another.")
of_longer_run("interpolation", 2, "Two rows of the longer run: from photo to photo, the strokes change step by step.")

# %% [markdown]
# <small>Photos: SVHN (Netzer et al. 2011; for non-commercial use only).</small>
#
# G1 began with the mean photo, an even grey. Half a minute later it knows that some photos are lighter than others, and
# roughly where; even the brightness is only half right, and there are no digits. A quarter of an hour teaches strokes.
# That order is the rule: what most pixels agree about comes first.
#
# ## Read the figures
#
# Pictures deceive: one sees what one hopes for. So at every look the library computes **health figure**s on the
# test pictures, in inference mode. Two of them are about reconstructions. `pair_ratio` asks: does a reconstruction
# resemble *its* picture more than other pictures?
#
# $$ \mathrm{ratio} = \frac{\text{mean over } i \text{ of } |x_i - y_i|^2}
#    {\text{mean over } i \neq j \text{ of } |x_i - y_j|^2} $$
#
# Here x are N pictures and y their reconstructions, both of shape (N, H, W, C). It is 1 where y knows nothing of
# its x, and 0 where it equals it. As loops it takes N² comparisons. The library needs none of them:


# %%
from alicuda.training import health


def by_loops(x, y):
    own = [((x[i] - y[i]) ** 2).sum() for i in range(len(x))]
    others = [((x[i] - y[j]) ** 2).sum() for i in range(len(x)) for j in range(len(x)) if i != j]
    return np.mean(own) / np.mean(others)


x, y = originals / 255, decoded / 255
print(f"by loops {by_loops(x, y):.6f}   library {health.pair_ratio(x, y):.6f}")
assert np.isclose(by_loops(x, y), health.pair_ratio(x, y))
show_source(health.pair_ratio)

# %% [markdown]
# The trick: in the sum over *all* pairs the mixed term falls apart into (sum of x) times (sum of y).
#
# `contrast_ratio` is the same after `without_contrast`, which takes from each picture its mean colour and divides
# by what spread is left. *Predict:* imagine a lazy decoder that answers with one flat grey, as bright as the photo
# is on average. What do the two ratios say of it? 0, 0.25, 1?

# %%
x = data.test.astype(np.float64) / 255
grey = np.broadcast_to(x.mean(axis=(1, 2, 3), keepdims=True), x.shape)
lazy = {
    "flat grey of the right brightness": grey,
    "the mean photo, always": np.broadcast_to(x.mean(axis=0), x.shape),
    "the photo turned upside down": x[:, ::-1],
}
print(f"{'a decoder that answers with':36} pair_ratio  contrast_ratio")
for name, y in lazy.items():
    structure = health.pair_ratio(health.without_contrast(x), health.without_contrast(y))
    print(f"{name:36} {health.pair_ratio(x, y):10.2f} {structure:15.2f}")

# %% [markdown]
# Flat grey gets far with `pair_ratio`: photos differ from each other mostly in brightness. `contrast_ratio` gives
# it nothing. So the first sees the beginning of learning, the second what we want in the end. The last line is a
# warning: strokes are mostly upright, so even a photo upside down knows much of itself. The longer run's 0.62 is no
# triumph.
#
# The third figure, `sample_std`, is about variety: for each pixel the standard deviation (the root of the mean
# square of the distance from the mean) over 64 samples. Photos have about 0.2. Near 0, all samples look alike.
#
# Now our run, step by step:

# %%
steps = [line for line in metrics if line["kind"] == "train"]
looks = [line for line in metrics if line["kind"] == "health"]


def column(lines, name):
    return [line[name] for line in lines]


figure, panels = plt.subplots(2, 2, figsize=(7, 5.4), layout="constrained", sharex=True)
(losses, opinions), (ratios, variety) = panels
for name, label in [("loss_d", "D"), ("loss_g", "G1 and G2")]:
    losses.plot(column(steps, "step"), column(steps, name), label=label)
losses.axhline(2 * np.log(2), color="grey", linestyle=":", label="D guesses: 1.386")
losses.set(title="losses", ylabel="loss", ylim=(0, None))
for name, label in [("d_real", "photo, its code"), ("d_fake", "painted, its code")]:
    opinions.plot(column(steps, "step"), column(steps, name), label=label)
opinions.set(title="what D says", ylabel="chance of 'first kind'", ylim=(0, 1))
for name in ("pair_ratio", "contrast_ratio"):
    ratios.plot(column(looks, "step"), column(looks, name), marker="o", label=name)
ratios.axhline(1, color="grey", linestyle=":", label="knows nothing")
ratios.set(title="own picture / others", xlabel="step", ylabel="ratio", ylim=(0.4, 1.2))
variety.plot(column(looks, "step"), column(looks, "sample_std"), marker="o", label="samples")
variety.axhline(looks[0]["data_std"], color="grey", linestyle=":", label="photos")
variety.set(title="variety", xlabel="step", ylabel="standard deviation", ylim=(0, 0.25))
for axes in panels.flat:
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3)
show(figure, "Four plots of the short run. G's loss shoots up and falls; pair_ratio sinks below 1; variety grows.")

# %% [markdown]
# In the beginning D runs away: it tells the pairs apart almost perfectly, and the loss of G1 and G2 shoots up. Then
# they catch up. `pair_ratio` begins to fall once D is no longer sure of itself, `contrast_ratio` does not move yet.
# None of this would be seen in the losses alone: at the end they are *worse* for G1 and G2 than at the beginning.
#
# The longer run shows what comes then:

# %%
show_file("curves.png", "Four plots over 12,000 steps: pair_ratio falls to 0.3, contrast_ratio to 0.65; D grows sure.")
print(about["commands"]["curves"])

# %% [markdown]
# `contrast_ratio` takes thousands of steps. And from step 3,000 on the losses drift apart: with only 1,000 photos D
# begins to know them by heart. That is a lack of photos, not of steps.
#
# ## Break it
#
# A mistake that is easily made: D's labels swapped. D is then rewarded for saying "first kind" to painted pairs.
# One line does it, since the loss of G1 and G2 *is* that of D with the labels exchanged.
#
# *Predict:* both losses, `d_real`, `d_fake` and `sample_std`, after 60 steps. Which of the figures looks *better*
# than in the healthy run?

# %%
from alicuda.training import step

healthy = step.loss_d
step.loss_d = step.loss_g  # the mistake
try:
    broken = run(new_training(), 60, 60)
finally:
    step.loss_d = healthy

print(f"\n{'at step 60':12} loss_d  loss_g  d_real  d_fake")
for name, lines in [("healthy", metrics), ("swapped", broken)]:
    (at_60,) = (line for line in lines if line["kind"] == "train" and line["step"] == 60)
    print(f"{name:12} " + "  ".join(f"{at_60[key]:6.2f}" for key in ("loss_d", "loss_g", "d_real", "d_fake")))

# %% [markdown]
# Both losses are nearly 0! In most of machine learning that would be a triumph. Here it says that the two players
# have stopped playing against each other: D says what G1 and G2 want to hear, and nobody has a reason to move. Two
# figures see it. `d_real` is below `d_fake`, so D takes painted pairs for real ones and photos for fakes. And
# `sample_std` stays near 0.01: the samples are all the mean photo.
#
# The library's tests see it at once: they hold both losses to the formula, and their gradients to finite
# differences.
#
# ## When a number is not a number
#
# What if a loss becomes infinite, or NaN? Somebody has to look at every step, and copying numbers from a GPU to the
# host at every step would make it wait. So the looking is a kernel too. It writes each step's losses into a ring of
# rows, of which the newest overwrites the oldest. And it lowers a flag, `ok`, for good:

# %%
show_kernel("numba/bookkeeping.py", "watch", "advance")
show_kernel("cuda/bookkeeping.cu", "watch", "advance")

# %% [markdown]
# A single thread runs it; four losses are not worth a second one. Once `ok` is 0, nothing moves any more: not the
# step counter, not the weights, not the running averages (`lerp`, in the same file). So whoever looks later finds
# the scene as it was.
#
# *Predict:* we put one infinite number into the weights of G1's last layer, and train three steps. How many does
# the counter count? (G1 ends in a sigmoid. What is the sigmoid of infinity?)

# %%
import warnings

spoiled = new_training()
spoiled.model.networks["g1"].layers[-1].parameters["w"].array[0, 0, 0, 0] = np.inf
batch = data.train[:32].astype(np.float32) / 255
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # NumPy would warn, too
    for number in (1, 2, 3):
        spoiled.run(batch)
        print(f"after {number} runs: steps done {spoiled.read_step()}, healthy {spoiled.healthy()}")
    print("the first tensor that is not finite:", spoiled.first_non_finite(batch))

# %% [markdown]
# One! The first step looks well: the sigmoid makes 0 or 1 of plus or minus infinity, so all losses are finite.
# Going backward, its slope is 0 there, and 0 times infinity is NaN. So the weights are spoiled, the second step's
# losses are NaN, and the flag falls. From then on the counter stands still.
#
# Two things follow. Whoever has to explain it repeats the failing step, tensor by tensor, until the first bad one
# is found. And a stored copy of the model, a **checkpoint**, of step 1 would have been worthless. So before the
# loop writes one, it looks at *all* learned numbers, and not only at the flag.

# %% [markdown]
# ## When it does not converge
#
# What is measured below was measured with the preset `quick` on the 1,000 photos, this page's and the ones of
# [benchmarks/](../benchmarks/README.md).
#
# | what you see | likely cause | what to try |
# |---|---|---|
# | both losses at 0, samples do not move | D plays along: labels or signs | is `d_real` below `d_fake`? |
# | first 100 steps: G's loss at 10 | D learns faster | wait: here it was at 5 after 400 steps |
# | later: losses drift apart | D knows the photos by heart | more photos; more of D's dropout; stop earlier |
# | `pair_ratio` at 1 or above, samples varied | D sees codes of *other* photos | follow one pair (exercise 13c) |
# | nothing moves in 200 steps | settings for long runs: rate 1e-4, first weights 0.01 | the preset `quick` |
# | `contrast_ratio` at 0.9 and more after 2,400 steps | first weights or slope too small | 0.1 and 0.2: 0.79 |
# | losses in the thousands, or not finite | a rate far too high (here 100 times) | a tenth of the rate |
#
# Two warnings. One look scatters, and another seed does so too: of three healthy runs, one ends its 400 steps with
# a `pair_ratio` of 1.01. Compare three runs, not two. And a short run may prefer what a long one regrets. With ten
# times the rate `pair_ratio` falls to 0.56 within 50 steps, where ours has not begun to move; but after 2,400 steps
# it is back at 0.88, with a `contrast_ratio` of 0.97. At the rate of the preset they reach 0.36 and 0.77 after
# 3,000.

# %% [markdown]
# ## Exercises

# %% [markdown]
# {{exercise 13a}}

# %% [markdown]
# {{exercise 13b}}

# %% [markdown]
# {{exercise 13c}}

# %% [markdown]
# ## You can now read
#
# * [alicuda/models/experiments.py](../alicuda/models/experiments.py): the lists of layers, of all the paper's
#   experiments, and [cost.py](../alicuda/models/cost.py): the work of a whole training step, counted as we did.
# * [alicuda/nn.py](../alicuda/nn.py): a layer, a net, and the flat arrays in which all learned numbers live.
# * [alicuda/models/ali.py](../alicuda/models/ali.py), once more: now you know every shape in it.
# * [kernels/cuda/shapes.cu](../kernels/cuda/shapes.cu) and [kernels/numba/shapes.py](../kernels/numba/shapes.py):
#   laying end to end, cutting up, repeating.
# * [kernels/cuda/bookkeeping.cu](../kernels/cuda/bookkeeping.cu) and
#   [kernels/numba/bookkeeping.py](../kernels/numba/bookkeeping.py): the ring, the flag and the step counter.
# * [alicuda/training/health.py](../alicuda/training/health.py): the figures, and
#   [step.py](../alicuda/training/step.py) and [loop.py](../alicuda/training/loop.py): what the cell above called.
# * [alicuda/training/presets.py](../alicuda/training/presets.py): what `quick` means.
#
# Every word in bold is in the [glossary](glossary.md). The next page is [14_your_own](14_your_own.ipynb).
