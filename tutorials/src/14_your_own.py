# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Your own pictures
#
# *What you will learn* (30 minutes; you need [13_ali_on_svhn](13_ali_on_svhn.ipynb)):
#
# * how to train on a folder of your own pictures, and what becomes of them first;
# * how to encode, reconstruct, interpolate and sample, by commands and in Python;
# * what happens when something is wrong with what you gave, or when a run is cut short;
# * how much time and memory to expect, and where to go from here.

# %% [markdown]
# ## The idea
#
# The program takes any folder with pictures, or a `.zip` of one. What it learns from is always the same: an array
# of small square pictures in three colours. Then all goes as on page 13. All that a run leaves lies in one place,
# its **run directory**, and all the other commands start from there.

# %%
from drawings import your_own as drawings

drawings.from_folder_to_pictures()

# %% [markdown]
# ## The formula and its shapes
#
# A picture file has H x W pixels. Of it the middle square is taken, with side s = min(H, W), then made as large as
# the model wants it, n = 32 (or 64):
#
# $$ (H, W, 3) \to (s, s, 3) \to (n, n, 3) $$
#
# Of N pictures, sorted by name, K go to the test set: one in ten, at least 1 and at most 1,000. They lie evenly
# among the others, at the places
#
# $$ \lfloor (k + 1)\, N / K \rfloor - 1, \qquad k = 0 \ldots K - 1 $$
#
# So the same pictures are always split in the same way, and no dice are needed.
#
# ## Some pictures
#
# You may put in your own folder here. The page draws one: 200 small pictures of a disc or a square, dark on light
# or light on dark, none of them quite square itself. Our digit goes along, to be shown to the model later.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from book import digit, show, show_image, show_source
from PIL import Image, ImageDraw

temporary = tempfile.TemporaryDirectory()
here = Path(temporary.name)
folder = here / "shapes"
folder.mkdir()


def draw(dice):
    """A disc or a square, about in the middle."""
    width, height = (int(side) for side in dice.integers(40, 49, 2))
    dark, light = (tuple(map(int, dice.integers(*ends, 3))) for ends in [(0, 90), (165, 256)])
    if dice.random() < 0.5:
        dark, light = light, dark
    picture = Image.new("RGB", (width, height), light)
    r, x, y = int(dice.integers(10, 13)), width // 2 + dice.integers(-2, 3), height // 2 + dice.integers(-2, 3)
    pen = ImageDraw.Draw(picture)
    shape = pen.ellipse if dice.random() < 0.5 else pen.rectangle
    shape((int(x) - r, int(y) - r, int(x) + r, int(y) + r), fill=dark)
    return picture


dice = np.random.default_rng(1)
for i in range(200):
    draw(dice).save(folder / f"{i:03}.png")
Image.fromarray((digit()[0, :, :, 0] * 255).round().astype(np.uint8)).save(here / "digit.png")
print("pictures:", len(list(folder.iterdir())), "  size of the first:", Image.open(folder / "000.png").size)

# %% [markdown]
# ## First as loops
#
# *Predict:* of 200 pictures, which is the first that goes to the test set, and how many go there? Of a picture with
# 40 x 47 pixels, which rows and columns are thrown away?


# %%
def middle_square(picture):
    """The middle square of a picture (H, W, 3), pixel by pixel."""
    H, W, _ = picture.shape
    s = min(H, W)
    top, left = (H - s) // 2, (W - s) // 2
    square = np.zeros((s, s, 3), picture.dtype)
    for i in range(s):
        for j in range(s):
            square[i, j] = picture[top + i, left + j]
    return square


def places_in_test(N):
    K = min(max(N // 10, 1), 1000)
    return [(k + 1) * N // K - 1 for k in range(K)]


from alicuda.data import image_folder

data = image_folder.load(folder, 32)
print("places of the first three test pictures:", places_in_test(200)[:3], "of", len(places_in_test(200)))
print("training", data.train.shape, " test", data.test.shape, data.test.dtype)

for k in (0, 1, 2):  # our square, made smaller by Pillow, beside the library's
    with Image.open(folder / f"{places_in_test(200)[k]:03}.png") as opened:
        square = Image.fromarray(middle_square(np.asarray(opened)))
    by_us = np.asarray(square.resize((32, 32), Image.Resampling.LANCZOS, reducing_gap=3.0))
    assert (by_us == data.test[k]).all()
print("our middle squares are the library's")

# %% [markdown]
# The library does a little more. Photos know which side is up, and see-through pixels are laid on white:

# %%
show_source(image_folder._decode)
show_source(image_folder._to_rgb)

# %%
sheet = [data.train[:8], data.train[8:16], data.test[:8]]
from alicuda.training import pictures

show_image(
    pictures.grid(sheet, "two rows to train on, one row to test with"),
    "Three rows of eight small pictures: discs and squares in many colours, dark on light and light on dark.",
)

# %% [markdown]
# ## Train
#
# From here on everything happens by commands, as in a terminal. This cell defines a helper that runs one, and shows
# what it says. (It calls the same function as the terminal does, to save starting Python a dozen times.) Times are
# left out ("..."), so that the page is the same each time it is built.

# %%
import contextlib
import importlib
import io
import os
import re
import shlex
import textwrap

from alicuda import cli

TIMES = r"(?<=about )[\d.]+ (s|min|h|days)\b|(?<=  )[\d.]+ (s|min|h)$"
os.environ["ALICUDA_BACKEND"] = "numpy"


def command(line, keep=lambda text: True):
    """Do what `line` does in a terminal, in this page's folder; print what it says, and return its exit status."""
    module, *arguments = shlex.split(line.removeprefix("python -m "))
    before, said = os.getcwd(), io.StringIO()
    os.chdir(here)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            cli.run(lambda: importlib.import_module(module).main(arguments))
    except SystemExit as end:
        status = end.code
    finally:
        os.chdir(before)
    print("$", line.replace(" --set", " \\\n      --set", 1))
    for text in filter(keep, said.getvalue().splitlines()):
        text = re.sub(TIMES, "...", text.replace(f"{here.resolve()}{os.sep}", ""))
        print(textwrap.fill(re.sub(r"on [^,]+, (\d+) cores?", r"on \1 cores", text), 92, subsequent_indent="    "))
    return status


status = command(
    "python -m alicuda.train images --data shapes --out run --batch-size 16 --steps 240"
    " --set width=0.125 --set code=8 --set lr=0.002",
    keep=lambda text: not re.match(r"step +(?!0 |240 )\d", text),
)
print("status", status)

# %% [markdown]
# Read it from the top. Which backend computes. How large the model is: `--set width=0.125` makes it half as wide as
# the preset `quick` has it, and `code=8` gives it eight numbers a picture, for a page must not take long. How many
# pictures there are, *and a warning*: with so few of them a model learns them by heart. Of the looks it took at
# itself, only the first and the last are shown here. The last line is what the full model would take.
#
# `python -m alicuda.train images --help` lists all options of the command, `--set help` all of the model's. A
# preset is nothing but a choice of these.
#
# ## Cut short, and go on
#
# A run can end at any moment: Ctrl-C, a crash, a power cut. Every so often it writes a checkpoint: all learned
# numbers, and all that Adam and batch norm remember. `--resume` goes on from the newest one.
#
# *Predict:* one run makes 2 steps. Another makes 1, stops, and is resumed to 2. In how many of
# their 150,000 learned numbers will the two differ: in all, in a few, in none?

# %%
few = "--data shapes --batch-size 16 --set width=0.125 --set code=8"
quiet = {"keep": lambda text: "continued" in text or "done" in text}
command(f"python -m alicuda.train images {few} --steps 2 --out at-once", **quiet)
command(f"python -m alicuda.train images {few} --steps 1 --out halves", **quiet)
command("python -m alicuda.train images --resume halves --steps 2", **quiet)

import alicuda

models = [alicuda.load(here / name) for name in ("at-once", "halves")]
ours, others = (np.concatenate([player.values for player in model.players.values()]) for model in models)
print("numbers that differ:", (ours != others).sum(), "of", f"{ours.size:,}")
assert (ours == others).all()

# %% [markdown]
# None, to the last bit. The dice are thrown by a function of the seed and the step's number, so step 2 throws the
# same ones whether or not the program was restarted before it. The order of the pictures is made in the same way.
#
# ## Look at it
#
# Four commands, four pictures. Each takes a run directory.

# %%
for line in (
    "python -m alicuda.sample run -n 16 -o samples.png",
    "python -m alicuda.reconstruct run -n 16 -o reconstructions.png",
    "python -m alicuda.reconstruct run digit.png -o digit-again.png",
    "python -m alicuda.interpolate run -n 2 -o interpolation.png",
):
    assert command(line) == 0

# %%
show_image(Image.open(here / "samples.png"), "16 samples: most are a dark blot on white, one is light.")
show_image(
    Image.open(here / "reconstructions.png"),
    "Test pictures and their reconstructions: dark on light comes back as black on white, light on dark likewise.",
)
show_image(
    Image.open(here / "interpolation.png"), "Two rows that change step by step from one test picture to another."
)

# %% [markdown]
# After 240 steps, some seconds, it has learned one thing about a picture: whether it is light on dark or dark on
# light. Discs and squares are the same to it, and colours are lost. Our digit is white on black, but unlike all
# that it has seen. *Predict* how it comes back.

# %%
show_image(Image.open(here / "digit-again.png"), "The digit 2, white on black, and beside it a dark blot on white.")

# %% [markdown]
# The wrong way round! Nothing in training has ever asked the encoder what to do with thin white strokes, and it
# answers all the same. A code means something for pictures like those that were trained on, and for no others.
#
# ## In Python
#
# `alicuda.load` gives the model of a run directory's newest checkpoint. `g2` encodes, `g1` decodes. `no_grad` says
# that no gradients will be asked for, so nothing is written down for them. Pictures go in as numbers from 0 to 1.

# %%
from alicuda import no_grad

model = alicuda.load(here / "run")
x = data.test[:5] / np.float32(255)
with no_grad():
    mu, log_sigma = model.g2(x)
    again = model.g1(mu)
print("x", x.shape, " mu", mu.shape, " log sigma", log_sigma.shape, " G1(mu)", again.shape)

status = command("python -m alicuda.encode run shapes/009.png shapes/019.png -o codes.npz")
codes = np.load(here / "codes.npz")
print({name: codes[name].shape for name in codes.files})
assert np.allclose(codes["mu"], mu.numpy()[:2], atol=1e-5)

# %% [markdown]
# `encode` writes the codes of pictures into a file for other programs. A code is a description to compute with. For
# example: which training picture is most like a given one, *as the encoder sees it*? Take the one whose code is
# nearest. And which is most like it pixel by pixel?

# %%
every_code = pictures.encode(model, data.train)[0]
all_pixels = data.train.reshape(len(data.train), -1) / 255
rows = []
for i in (0, 3, 7, 11, 14, 18):
    picture = data.test[i]
    code = pictures.encode(model, picture[None])[0]
    by_code = ((every_code - code) ** 2).sum(axis=1).argmin()
    by_pixels = ((all_pixels - picture.reshape(-1) / 255) ** 2).sum(axis=1).argmin()
    rows.append([picture, data.train[by_code], data.train[by_pixels]])
show_image(
    pictures.grid(np.swapaxes(np.array(rows), 0, 1), "test pictures; nearest by code; nearest by pixels"),
    "Six test pictures, below each the training picture with the nearest code, and below that the nearest by pixels.",
)

# %% [markdown]
# By code they agree in what this small model knows, light on dark or dark on light; by pixels they also agree in
# colour. With a model that has trained for longer the codes know more, and shapes too.
#
# `metrics.jsonl` in the run directory holds what was logged, one line an entry, ready to be plotted:

# %%
import json

lines = [json.loads(line) for line in (here / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
looks = [line for line in lines if line["kind"] == "health"]
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for name in ("pair_ratio", "contrast_ratio"):
    axes.plot([look["step"] for look in looks], [look[name] for look in looks], marker="o", markersize=4, label=name)
axes.axhline(1, color="grey", linestyle=":", label="knows nothing of its picture")
axes.set(title="reconstruction error, own picture / others", xlabel="step", ylabel="ratio (0 is best)")
axes.legend(fontsize=9)
axes.grid(alpha=0.3)
show(figure, "Both ratios start at 1, jump up and down, and end below 0.5.")

# %% [markdown]
# ## Break it
#
# First what people give by mistake. *Predict:* which of these four end with an error before anything is computed,
# and which one runs?

# %%
one = here / "one"
one.mkdir()
draw(dice).save(one / "lonely.png")
spoiled = here / "spoiled"
spoiled.mkdir()
for i in range(40):
    draw(dice).save(spoiled / f"{i:02}.png")
(spoiled / "07.png").write_bytes((spoiled / "07.png").read_bytes()[:60])  # a download that broke off
for arguments in (
    "--data shape",
    "--data one",
    "--data shapes --set lr=fast",
    "--data spoiled --batch-size 16 --steps 1 --set width=0.125 --out tried",
):
    status = command(
        f"python -m alicuda.train images {arguments}", keep=lambda text: text.startswith(("alicuda:", "images:"))
    )
    print("status", status, end="\n\n")

# %% [markdown]
# Three are refused, each with one sentence and a way out; status 2 says to other programs that the input was wrong.
# The last runs: one broken file among many is left out, and named.
#
# Worse: the power goes off while a checkpoint is written. We cut the newest one of `halves` in half. *Predict:*
# will `--resume` refuse, start from nothing, or find another way?

# %%
checkpoints = sorted((here / "halves" / "checkpoints").iterdir())
print([path.name for path in checkpoints])
whole = checkpoints[-1].read_bytes()
checkpoints[-1].write_bytes(whole[: len(whole) // 2])
status = command("python -m alicuda.train images --resume halves --steps 3", keep=lambda text: "step  " not in text)
print("status", status)

# %% [markdown]
# It says what is wrong, and goes on from an older checkpoint: three are kept for that. (The library itself never
# leaves half a file: it writes beside, and renames when all is there.)
#
# ## Time and memory
#
# The work of a step can be counted before anything runs, as on page 13. A FLOP is one addition or multiplication; a
# multiply-add is two.

# %%
from dataclasses import replace

from alicuda.models.ali import networks
from alicuda.models.cost import step_flops
from alicuda.models.experiments import default_options
from alicuda.training import presets

PACE = step_flops(networks("svhn", default_options("svhn")), 100) / 0.81  # FLOPs a second: see below
print("preset   pixels   learned numbers   batch   GFLOP a step   seconds a step")
for preset in ("quick", "paper"):
    for pixels, nets in [(32, "svhn"), (64, "celeba")]:
        options = replace(default_options(nets), **presets.get(preset, nets).options)
        made = networks(nets, options)
        numbers = sum(
            np.prod(shape) for net in made.values() for layer in net.layers for shape in layer.shapes.values()
        )
        flops = step_flops(made, options.batch_size)
        seconds = f"{flops / PACE:.2g}" if preset == "paper" else "-"
        print(
            f"{preset}    {pixels} x {pixels}  {numbers:14,} {options.batch_size:9} {flops / 1e9:12.1f} {seconds:>14}"
        )

# %% [markdown]
# The official step at 32 x 32 took 0.81 s on two cores of a processor, with the backend `numpy` (2026-11-23,
# [benchmarks/](../benchmarks/README.md)); the last column is reckoned from that one figure. The preset `quick` at
# 32 x 32 took 0.063 s, which is slower than its FLOPs would tell: small arrays keep a processor less busy. On the
# CUDA kernels, run by the emulator on the same two cores, it took 9.5 times as long. A GPU's figure would stand
# here; no GPU has been at hand yet, so there is none.
#
# Memory (measured on 2026-11-26, the whole program): 0.26 GB for `quick`, 1.1 GB for `paper`, both at 32 x 32. Each
# learned number takes 16 bytes: itself, its gradient, and two numbers that Adam remembers. The rest is what the
# forward pass keeps for the way back, and that grows with the batch.
#
# And pictures? 500 are few, and the model will know them by heart. A few thousand of one kind of thing, taken from
# about the same distance, are a good beginning.

# %%
temporary.cleanup()

# %% [markdown]
# ## Exercises

# %% [markdown]
# {{exercise 14a}}

# %% [markdown]
# {{exercise 14b}}

# %% [markdown]
# {{exercise 14c}}

# %% [markdown]
# ## You can now read
#
# * [alicuda/data/image_folder.py](../alicuda/data/image_folder.py): from a folder or a `.zip` to an array, and
#   [loader.py](../alicuda/data/loader.py): the order of the pictures as a function of the step.
# * [alicuda/train.py](../alicuda/train.py), [sample.py](../alicuda/sample.py),
#   [reconstruct.py](../alicuda/reconstruct.py), [interpolate.py](../alicuda/interpolate.py) and
#   [encode.py](../alicuda/encode.py): the commands.
# * [alicuda/training/run_directory.py](../alicuda/training/run_directory.py) and
#   [checkpoint.py](../alicuda/training/checkpoint.py): what a run leaves, and how it goes on.
# * [alicuda/models/options.py](../alicuda/models/options.py): everything that `--set` can set.
#
# ## Where to go from here
#
# * *Down*, to the kernels: pages [01](01_one_thread_one_number.ipynb) to [07](07_transposed_convolution.ipynb) if
#   you came the other way, then [kernels/](../kernels/README.md) and its [ladders](../kernels/ladders/README.md),
#   where one problem is solved again and again, better each time.
# * *Into the program*: [docs/architecture.md](../docs/architecture.md) is its plan, and
#   [CONTRIBUTING.md](../CONTRIBUTING.md) says how to change it. If you have a GPU, `make gpu-test` is what we would
#   most like to hear about.
# * *Into the papers*. The model: Dumoulin et al. 2016, [Adversarially Learned
#   Inference](https://arxiv.org/abs/1606.00704), and, found at the same time, Donahue et al. 2016, [Adversarial
#   Feature Learning](https://arxiv.org/abs/1605.09782). Where it comes from: Goodfellow et al. 2014, [Generative
#   Adversarial Nets](https://arxiv.org/abs/1406.2661); Radford et al. 2015,
#   [DCGAN](https://arxiv.org/abs/1511.06434); Kingma and Welling 2013, [Auto-Encoding Variational
#   Bayes](https://arxiv.org/abs/1312.6114), the other way to an encoder. Its parts: Ioffe and Szegedy 2015, [Batch
#   Normalization](https://arxiv.org/abs/1502.03167); Goodfellow et al. 2013, [Maxout
#   Networks](https://arxiv.org/abs/1302.4389); Kingma and Ba 2014, [Adam](https://arxiv.org/abs/1412.6980).
#
# Every word in bold is in the [glossary](glossary.md). This was the last page; all of them are listed
# [here](README.md).
