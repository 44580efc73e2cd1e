# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Start here
#
# This is the first page of a book that you can run. It is about one model, and about how that model works all the way
# down to single multiplications.
#
# *What you will learn* (15 minutes; you need Python and a little C, no GPU):
#
# * what ALI is, in plain words and one picture;
# * how to compute a convolution yourself, first with loops, then with `alicuda`;
# * what a trained ALI can do, in five pictures;
# * what your own machine is able to run.
#
# A cell with code runs with Shift + Enter. Run them from top to bottom.

# %% [markdown]
# ## The idea
#
# Think of two things. One is a *picture*: a photo of a house number, 32 by 32 pixels with three colours, so 32 x 32 x
# 3 = 3,072 numbers. The other is a **code**: a short list of numbers, say 256 of them, that says what matters about a
# picture. Which digit? How slanted? Which colours? Nobody tells the program which number means what.
#
# Two machines lead from one to the other:
#
# * the **encoder**, called G2, looks at a picture and writes down a code for it;
# * the **decoder**, called G1, reads a code and paints a picture from it.
#
# If we had pictures *with* their codes, we could train both by showing them the right answers. We have pictures only.
# So a third machine joins the game: the **discriminator**, called D. It is shown a **pair**, a picture *and* a code,
# and has to say where that pair comes from:
#
# * from the encoder: a real picture, and the code that G2 wrote for it;
# * from the decoder: a code thrown with dice, and the picture that G1 painted for it.
#
# D is trained to tell the two kinds of pair apart. G1 and G2 are trained to make D fail. When D can do no better than
# guess, the two kinds of pair look alike, and two good things have happened at once. Painted pictures look like real
# ones. And encoding a picture and decoding its code leads back to something like the same picture, although no one
# ever asked for that directly.
#
# This is **ALI**, *adversarially learned inference* ([Dumoulin et al. 2016](https://arxiv.org/abs/1606.00704)). The
# next cell draws it.

# %%
from drawings import start_here as drawings

drawings.two_pairs()

# %% [markdown]
# ## The formula and its shapes
#
# Pictures travel in a **batch**: N of them in one array of shape (N, H, W, C), which is N pictures, H rows, W columns
# and C **channel**s. A colour photo has three channels, red, green and blue; inside the model there are many more.
#
# | thing | shape | what it holds |
# |---|---|---|
# | x | (N, 32, 32, 3) | pictures, every number from 0 to 1 |
# | z | (N, 256) | codes |
# | G2(x) | (N, 256) | a code for each picture |
# | G1(z) | (N, 32, 32, 3) | a picture for each code |
# | D(x, z) | (N,) | one number a pair: above 0 means "I take it for the first kind" |
#
# How badly D does is one number, its **loss**. So is how badly G1 and G2 do together. Now **training** means: compute
# both losses, find out for each of the model's millions of numbers which way to turn it to make its loss smaller,
# turn all of them a little, and repeat. Page [08_autograd](08_autograd.ipynb) is about the finding out.
#
# All three machines are built from the same few parts. The most important part is next, and you will have computed
# one within a minute.

# %% [markdown]
# ## A first kernel
#
# This digit goes with us through the whole book. It is a batch of one picture with one channel: shape (1, 16, 16, 1).

# %%
import matplotlib.pyplot as plt
import numpy as np
from book import digit, show, show_file

x = digit()
print(x.shape, x.dtype)
print(np.round(x[0, 3:8, 2:14, 0], 1))

# %% [markdown]
# A **convolution** slides a small window over the picture. Everywhere it stops it multiplies the pixels under the
# window with the numbers of a **filter**, and adds up the products. Filter w of shape (R, S, C, K) is R rows, S
# columns, for C channels of the picture; there are K filters at once, and each makes a channel of its own in the
# result y:
#
# $$ y_{n,p,q,k} = \sum_{r,s,c} x_{n,\,p+r,\,q+s,\,c} \; w_{r,s,c,k} $$
#
# The window must stay inside the picture. So y has shape (N, P, Q, K) with P = H - R + 1 and Q = W - S + 1.
#
# Look at the formula once more: *one* element of y needs nothing from the other elements of y. All of them could be
# computed at the same time. A **GPU** is a processor made for just that. You write a function that computes one
# element, which is called a **kernel**, and the GPU runs it thousands of times at once. Each of these runs is a
# **thread**, and it is told which element is its own.
#
# Here is that kernel in Python. Note what it does *not* contain: a loop over the elements of y.


# %%
def conv2d_kernel(n, p, q, k, x, w, y):
    """What one thread does: compute y[n, p, q, k]."""
    R, S, C, _ = w.shape
    total = 0.0
    for r in range(R):
        for s in range(S):
            for c in range(C):
                total += x[n, p + r, q + s, c] * w[r, s, c, k]
    y[n, p, q, k] = total


def launch(kernel, x, w, y):
    """What the GPU does at once, one thread after the other."""
    N, P, Q, K = y.shape
    for n in range(N):
        for p in range(P):
            for q in range(Q):
                for k in range(K):
                    kernel(n, p, q, k, x, w, y)


# %% [markdown]
# We take two filters of 3 x 3, so w has shape (3, 3, 1, 2). The first compares the right side of the window with the
# left side, the second the lower side with the upper side.
#
# *Predict before you run the next cell.* Write the answers down, it makes a difference:
#
# 1. What is the shape of y?
# 2. How many multiplications will all threads do together?
# 3. Where in the digit will the first filter answer with large numbers? Where with zero?

# %%
w = np.zeros((3, 3, 1, 2), np.float32)
w[:, :, 0, 0] = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
w[:, :, 0, 1] = [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]

y = np.full((1, 14, 14, 2), np.nan, np.float32)
launch(conv2d_kernel, x, w, y)

print("shape of y:", y.shape)
print("multiplications:", y.size, "threads x", w[..., 0].size, "=", y.size * w[..., 0].size)

# %% [markdown]
# y was filled with NaN ("not a number") beforehand. If a thread had forgotten its element, we would see it.
#
# ## Check it
#
# A result that nobody compared with anything is a rumour. So we compute the same thing in two other ways: with plain
# NumPy, and with the function of the library that the real model uses.

# %%
import alicuda

windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))  # (N, P, Q, C, R, S)
by_numpy = np.einsum("npqcrs,rsck->npqk", windows, w)
by_alicuda = alicuda.conv2d(x, w).numpy()

print("largest difference from NumPy:  ", np.abs(y - by_numpy).max())
print("largest difference from alicuda:", np.abs(y - by_alicuda).max())
print("NaN left:", np.isnan(y).any())
assert np.allclose(y, by_numpy, atol=1e-6) and np.allclose(y, by_alicuda, atol=1e-6)

# %% [markdown]
# The last line stops the page if they disagree: a computer should not have to rely on someone reading numbers. The
# differences need not be exactly zero. The three ways may add up the nine products in different orders, and a
# float32 keeps only about seven digits of each sum.
#
# ## Look at it
#
# After a convolution comes a bend. Without it, ten convolutions in a row could be replaced by a single one. The bend
# that this model uses most is the **leaky ReLU**: positive numbers pass, negative numbers are made small.
#
# $$ \mathrm{leaky\_relu}(v) = \begin{cases} v & v > 0 \\ a\,v & \text{otherwise} \end{cases} $$
#
# Here a is 0.1. The shape stays what it was.

# %%
bent = alicuda.leaky_relu(alicuda.conv2d(x, w), 0.1).numpy()
pictures = [
    ("the digit", x[0, :, :, 0]),
    ("filter 1: right minus left", y[0, :, :, 0]),
    ("filter 2: below minus above", y[0, :, :, 1]),
    ("filter 1, then leaky ReLU", bent[0, :, :, 0]),
]
figure, places = plt.subplots(2, 2, figsize=(6, 5.4), layout="constrained")
for place, (title, picture) in zip(places.flat, pictures, strict=True):
    image = place.imshow(picture, cmap="RdBu_r", vmin=-4, vmax=4)
    place.set_title(title, fontsize=11)
    place.set(xticks=[], yticks=[])
figure.colorbar(image, ax=places, shrink=0.7, label="value: blue below 0, red above")
show(figure, "The digit 2; its left and right edges; its upper and lower edges; the first again after the leaky ReLU.")

# %% [markdown]
# The first filter finds edges that you cross from left to right: red where it gets brighter, blue where it gets
# darker. It answers zero inside the strokes, and outside. The leaky ReLU keeps the red edges and almost wipes out the
# blue ones.
#
# Nobody will choose filters in the model: they start as random numbers, and training turns them into something
# useful.
#
# ## How long does it take?
#
# *Predict:* the loops above and `alicuda.conv2d` do the same 3,528 multiplications. How many times faster is the
# library on your machine: 2, 20, 200?

# %%
import timeit

loops = min(timeit.repeat(lambda: launch(conv2d_kernel, x, w, y), number=1, repeat=3))
library = min(timeit.repeat(lambda: alicuda.conv2d(x, w), number=10, repeat=3)) / 10
print(f"loops:   {loops * 1e6:7.0f} microseconds")
print(f"library: {library * 1e6:7.0f} microseconds, {loops / library:.0f} times faster")

# %% [markdown]
# Both do the same arithmetic. Python spends nearly all of its time on finding out, again and again, what `*` and `+`
# are to mean. The library asks once and leaves the loops to compiled code. Whoever does that work for the library is
# called a **backend**. The one that you have just used is `numpy`; it runs on any computer.
#
# ## Break it
#
# Every page breaks something on purpose, to see which check notices. Here two letters have been exchanged: s and r.


# %%
def broken_kernel(n, p, q, k, x, w, y):
    R, S, C, _ = w.shape
    total = 0.0
    for r in range(R):
        for s in range(S):
            for c in range(C):
                total += x[n, p + s, q + r, c] * w[r, s, c, k]  # r and s exchanged
    y[n, p, q, k] = total


def largest_error(kernel, w):
    y = np.full((1, 14, 14, w.shape[3]), np.nan, np.float32)
    launch(kernel, x, w, y)
    return np.abs(y - alicuda.conv2d(x, w).numpy()).max()


blur = np.full((3, 3, 1, 1), 1 / 9, np.float32)
for name, filters in [("blur", blur), ("edge", w)]:
    right, broken = largest_error(conv2d_kernel, filters), largest_error(broken_kernel, filters)
    print(f"{name} filter: our kernel is off by {right:.6f}, the broken one by {broken:.6f}")
    assert right < 1e-5

# %% [markdown]
# With the blur filter the broken kernel is right! All nine numbers of that filter are equal, so it does not matter
# which is which. The check was not wrong, but it could not fail. A good check uses numbers that are all different,
# and sizes that are odd and unequal. The tests of this library do, and now you know why.

# %% [markdown]
# ## A trained ALI in five pictures
#
# The pictures below come from one training run on photos of house numbers. The next cell says which. It was a quarter
# of an hour with a small model on two cores of a processor, so do not expect miracles; look for what it has understood.

# %%
import json
from pathlib import Path

about = json.loads(Path("pictures/about.json").read_text(encoding="utf-8"))
print(f"trained with   {about['train']}")
print(f"on             {about['data']}")
print(f"steps, time    {about['steps']:,} steps in {about['minutes']} minutes")
print(f"machine, date  {about['machine']}, {about['date']}")

# %% [markdown]
# ### 1. Samples
#
# Throw a code, decode it: that gives a **sample**. None of these pictures was ever taken with a camera.

# %%
show_file("samples.png", "A grid of 64 samples: pictures of house numbers that the decoder painted from thrown codes.")
print(about["commands"]["samples"])

# %% [markdown]
# <small>Made by a model trained on SVHN (Netzer et al., *Reading Digits in Natural Images with Unsupervised Feature
# Learning*, 2011; for non-commercial use only).</small>
#
# ### 2. Reconstructions
#
# Take a photo that was not used for training, encode it, decode the code: that gives a **reconstruction**. On the
# left of each pair is the photo, on the right what came back through the code. Look at what survives. Light and
# dark do, and often the course of the strokes; rare colours, like the green plate, and fine detail do not. Nothing in
# the losses ever compared pixels with pixels.

# %%
show_file("reconstructions.png", "Photos of house numbers, each with its reconstruction on its right.")
print(about["commands"]["reconstructions"])

# %% [markdown]
# <small>Photos: SVHN (Netzer et al. 2011; for non-commercial use only).</small>
#
# ### 3. Interpolations
#
# Encode two photos and walk from one code to the other in a straight line, decoding at every step: an
# **interpolation**. If the model had only learned its photos by heart, the middle would look like one photo laid over
# the other. Does it?

# %%
show_file("interpolation.png", "Rows that change step by step from the reconstruction of one photo to that of another.")
print(about["commands"]["interpolation"])

# %% [markdown]
# <small>Photos: SVHN (Netzer et al. 2011; for non-commercial use only).</small>
#
# ### 4. Several answers to one question
#
# A blurred photo may be a 3 or an 8. So the encoder does not write down one code. For each number of the code it says
# what it expects and how sure it is, written **q(z|x)**: which codes z fit the picture x, and how well. Below,
# several codes were drawn for each photo and decoded. What changes along a row is what the encoder is not sure about:
# here next to nothing. Having seen the same 1,000 photos hundreds of times, this encoder has become very sure of
# itself, even where it is wrong.

# %%
show_file("draws.png", "Photos on the left; to the right of each, pictures decoded from several codes drawn for it.")
print(about["commands"]["draws"])

# %% [markdown]
# <small>Photos: SVHN (Netzer et al. 2011; for non-commercial use only).</small>
#
# ### 5. Curves
#
# How the training went, step after step. Two players work against each other, so the losses do not simply fall as
# they do elsewhere. A loss of D near 1.386, which is 2 ln 2, means that D can only guess: for each
# of the two kinds of pair, "one half" costs ln 2. The lower two plots are more telling: whether a
# reconstruction resembles *its* photo more than other photos (below 1 it does), and whether samples differ from each
# other as much as photos do.

# %%
show_file("curves.png", "Four plots against the step: losses, D's opinions, reconstruction error, variety of samples.")
print(about["commands"]["curves"])

# %% [markdown]
# ## What your machine can run
#
# `doctor` looks around and says in plain words what it found, what works, and what you could install. Run the cell:
# what you see before is the machine that built this page. In a terminal: `python -m alicuda.doctor`.

# %%
from alicuda import doctor

report = doctor.examine()
report["python"]["path"] = "the one that runs this page"
print(doctor.tell(report))

# %% [markdown]
# ## Exercises
#
# An answer is a text: what you write stands between the quotes. Run the cell, and `check` tries your answer with
# numbers of its own. It says what is wrong and at which line (the lines are counted as in the cell), or "right".
# Change the text and run the cell again. The answer that stands there is the one to begin with; it is never right.

# %% [markdown]
# {{exercise 00a}}

# %% [markdown]
# {{exercise 00b}}

# %% [markdown]
# {{exercise 00c}}

# %% [markdown]
# ## You can now read
#
# * [alicuda/ops/conv2d.py](../alicuda/ops/conv2d.py): the op that you called. Its first line is the formula above.
# * [alicuda/ops/leaky_relu.py](../alicuda/ops/leaky_relu.py): the bend.
# * [alicuda/backends/numpy_.py](../alicuda/backends/numpy_.py): look for `def conv2d`. It is the same sum with the
#   loops in another order: only R x S of them are left to Python.
# * [kernels/cuda/leaky_relu.cu](../kernels/cuda/leaky_relu.cu): the bend as a real GPU kernel. One thread has four
#   elements; `python -m alicuda.train svhn --backend emulator` trains with this file and its neighbours, on your CPU.
#
# Every word in bold is in the [glossary](glossary.md). All pages are listed [here](README.md); the next one is
# [01_one_thread_one_number](01_one_thread_one_number.ipynb).
