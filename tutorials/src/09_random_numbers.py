# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Random numbers
#
# *What you will learn* (45 minutes; you need [08_autograd](08_autograd.ipynb) and
# [01_one_thread_one_number](01_one_thread_one_number.ipynb)):
#
# * why dice on a GPU must not remember anything;
# * Philox, in twelve lines, and how to find out whether it is right;
# * how 32 bits become a number between 0 and 1, and two such numbers become two of a bell curve;
# * dropout, and how a training step throws the same dice twice without writing them down;
# * mistakes after which the numbers still look random, and what sees them.

# %% [markdown]
# ## The idea
#
# ALI throws dice all the time. The weights it starts with, the codes z that are decoded, the encoder's choice between
# codes that fit, the order of the photos. A computer has no dice. It *computes* numbers which look as if they had been
# thrown.
#
# Most programs do it with a state: some bits that are stirred, again and again, and after each stirring a number is
# taken out. Here is a small one. (It is an old one and not a good one, but they all go like this.)


# %%
class Stirred:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (1_664_525 * self.state + 1_013_904_223) % 2**32
        return self.state / 2**32


dice = Stirred(seed=7)
print([round(dice.next(), 3) for _ in range(6)])
again = Stirred(seed=7)
print([round(again.next(), 3) for _ in range(6)])

# %% [markdown]
# What you give it at the beginning is called the **seed**. The same seed gives the same numbers, and that is a good
# thing: an experiment can be repeated.
#
# *Predict:* what is bad about it on a GPU, where a thousand threads want a number each at the same time? What must be
# saved so that a training of three days can go on after the computer was switched off? And what happens to all numbers
# that follow if somebody adds one throw in the middle of the program?

# %%
from drawings import random_numbers as drawings

drawings.chain_and_table()

# %% [markdown]
# Number 1,000 cannot be had without the 999 before it, so threads must wait for each other, or each needs a state of
# its own. All states must be saved. And after one more throw everything behind it is different.
#
# The way out is to keep nothing at all. Number i shall be a *function* of i, one that mixes so thoroughly that nobody
# sees the i any more. Such dice are called **counter-based**. Any thread can make any number, in any order, as often as
# it likes. Nothing is saved but the seed.
#
# ## The formula and its shapes
#
# The function in this library is **Philox** ([Salmon and others,
# 2011](https://doi.org/10.1145/2063384.2063405)). It is fed with four words of 32 bits, the counter, and with two more,
# the key, and it gives four words. It does the following ten times. Multiply two of the words with fixed numbers:
#
# $$ \begin{aligned} M_0\,c_0 &= 2^{32}\,h_0 + l_0 \\ M_1\,c_2 &= 2^{32}\,h_1 + l_1 \end{aligned} $$
#
# The product of two words has 64 bits; h is its upper half, and l its lower half. Then
#
# $$ \begin{aligned} d_0 &= h_1 \oplus c_1 \oplus k_0 \\ d_1 &= l_1 \\ d_2 &= h_0 \oplus c_3 \oplus k_1 \\ d_3 &= l_0
# \end{aligned} $$
#
# are the four words that go into the next round.
#
# Here $\oplus$ compares bit by bit: 1 where two bits differ, 0 where they do not (`^` in Python and C). After each
# round the key moves on: $k_0$ and $k_1$ grow by two fixed numbers, and what does not fit into 32 bits is dropped.
#
# That is all: multiplications, and bits compared. The upper half of a product depends on *all* bits of the word, which
# is where the mixing comes from.
#
# ## First as plain loops

# %%
LOW32 = 2**32 - 1


def philox(counter, key, rounds=10):
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(rounds):
        product0, product1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            (product1 >> 32) ^ c1 ^ k0,
            product1 & LOW32,
            (product0 >> 32) ^ c3 ^ k1,
            product0 & LOW32,
        )
        k0, k1 = (k0 + 0x9E3779B9) & LOW32, (k1 + 0xBB67AE85) & LOW32
    return c0, c1, c2, c3


def hexadecimal(words):
    return " ".join(f"{word:08x}" for word in words)


for rounds in (0, 1, 2, 3, 10):
    print(f"{rounds:2} rounds:", hexadecimal(philox((0, 0, 0, 0), (0, 0), rounds)))

# %% [markdown]
# Even out of nothing but zeros come four words that look like nothing in particular. Where do they come from? In the
# first round everything stays zero, but then the key begins to move.
#
# How good is the mixing? Turn a *single* bit of the counter, and count how many of the 128 bits of the result change.
#
# *Predict:* how many should change, ideally: 1, 64, 128? And how many rounds will it take?

# %%
import alicuda
import matplotlib.pyplot as plt
import numpy as np
from alicuda import philox as library
from book import digit, show, show_kernel, show_source, tell

random = np.random.default_rng(0)
counters = random.integers(0, 2**32, (4, 64, 1), dtype=np.uint64)
single_bits = np.zeros((4, 1, 128), np.uint64)
for bit in range(128):
    single_bits[bit // 32, 0, bit] = 1 << bit % 32


def bits_changed(rounds):
    """For 64 counters, and each of their 128 bits: how many bits of the result change with it."""
    before = library.philox4x32(counters, (1, 2), rounds)
    after = library.philox4x32(counters ^ single_bits, (1, 2), rounds)
    return np.unpackbits((before ^ after).view(np.uint8), axis=-1).sum(axis=-1)


changed = [bits_changed(rounds) for rounds in range(11)]
figure, axes = plt.subplots(figsize=(6.2, 3.4), layout="constrained")
axes.fill_between(range(11), [c.min() for c in changed], [c.max() for c in changed], alpha=0.2, label="least to most")
axes.plot(range(11), [c.mean() for c in changed], marker="o", markersize=4, label="mean")
axes.axhline(64, color="black", linestyle=":", linewidth=1)
axes.set(xlabel="rounds", ylabel="bits of the result that change", xticks=range(11), ylim=(0, 128))
axes.set_title("One bit of the counter is turned", fontsize=11)
axes.legend(fontsize=9)
show(figure, "With each round more bits change. From about the fifth on it is half of the 128 bits, more or less.")
for rounds in (1, 2, 3, 5, 10):
    print(f"{rounds:2} rounds: {changed[rounds].mean():4.1f} on average, at least {changed[rounds].min()}")

# %% [markdown]
# Half of them. If a bit *never* changed, or *always*, one could tell something about the counter from the result; the
# best that one can hope for is a coin for each bit. Philox is there after five rounds or so. Ten are a margin.
#
# Another question: can two counters give the same result? No. Each round can be undone, step by step, if one knows the
# key (exercise 09a does it). So different counters have different results, all 2 to the power of 128 of them.
#
# ## Is it right?
#
# A wrong Philox gives numbers that look just as random as those of a right one. No statistics tell them apart. So the
# inventors published results for three inputs, and whoever writes Philox compares. That is called a **known-answer
# test**. (The third input and its key are made of the digits of π behind the point, in a system of sixteen digits.)

# %%
KNOWN_ANSWERS = """
00000000 00000000 00000000 00000000   00000000 00000000   6627e8d5 e169c58d bc57ac4c 9b00dbd8
ffffffff ffffffff ffffffff ffffffff   ffffffff ffffffff   408f276d 41c83b0e a20bc7c6 6d5451fd
243f6a88 85a308d3 13198a2e 03707344   a4093822 299f31d0   d16cfe09 94fdcceb 5001e420 24126ea1
"""


def wrong_answers(function):
    """How many of the three published results a function does not give."""
    wrong = 0
    for line in KNOWN_ANSWERS.split("\n")[1:-1]:
        words = [int(word, 16) for word in line.split()]
        answer = [int(word) for word in function(words[:4], words[4:6])]
        wrong += answer != words[6:]
    return wrong


print("our loops: ", wrong_answers(philox), "of 3 are wrong")
print("alicuda:   ", wrong_answers(library.philox4x32), "of 3 are wrong")
assert wrong_answers(philox) == wrong_answers(library.philox4x32) == 0

# %% [markdown]
# *Predict:* somebody counts the rounds wrongly and makes nine of them. Which of these notices: the plot above, the mean
# of many numbers, the known answers? And what about someone who exchanges the two multipliers?


# %%
def nine_rounds(counter, key):
    return philox(counter, key, rounds=9)


def exchanged(counter, key):
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        product0, product1 = 0xCD9E8D57 * c0, 0xD2511F53 * c2
        c0, c1, c2, c3 = (product1 >> 32) ^ c1 ^ k0, product1 & LOW32, (product0 >> 32) ^ c3 ^ k1, product0 & LOW32
        k0, k1 = (k0 + 0x9E3779B9) & LOW32, (k1 + 0xBB67AE85) & LOW32
    return c0, c1, c2, c3


for function in (philox, nine_rounds, exchanged):
    thrown = np.array([function((i, 0, 0, 0), (5, 6)) for i in range(5000)]) / 2**32
    print(f"{function.__name__:12} mean {thrown.mean():.4f},", end=" ")
    print(f"below 0.1: {(thrown < 0.1).mean():.4f}, wrong answers: {wrong_answers(function)} of 3")

# %% [markdown]
# Only the known answers. Both of the others are perfectly good dice; they are just not the ones that somebody else has.
#
# ## The name of a throw
#
# Four words of counter and two of key: what do we put in? In this library a draw of random numbers has a name:
#
# * the seed of the run: it is the key;
# * the **stream**: the number of the draw within a training step, such as the third one;
# * the step: the number of the training step.
#
# Element i of the draw is one of the four words that belong to the counter
#
# $$ \big(\lfloor i / 4 \rfloor,\; 0,\; \mathit{stream},\; \mathit{step}\big) $$
#
# namely word i mod 4. (The 0 would be the upper half of a very large i / 4.) So an array of any shape is numbered
# through, and each of its elements has a name of its own.


# %%
def element(i, seed, stream, step):
    return philox((i // 4, 0, stream, step), (seed & LOW32, seed >> 32))[i % 4]


some = library.words(seed=7, stream=2, step=300, start=1001, stop=1007)
print("elements 1001 to 1006:", hexadecimal(some))
print("one by one, backwards:", hexadecimal([element(i, 7, 2, 300) for i in range(1006, 1000, -1)]))
assert [*some] == [element(i, 7, 2, 300) for i in range(1001, 1007)]
show_source(library.words)
show_source(library.Rng)

# %% [markdown]
# `words` computes many counters at once in NumPy: two words share an element of 64 bits, and `_mix` holds the rounds.
# `Rng` counts the streams. Nobody else can disturb them: an `Rng` made anew for a step hands out the same names again.
# So a training that was interrupted after step 299 goes on with step 300, as if nothing had happened, and all it needs
# to know is the number 300.
#
# Here are the kernels' versions. `__umulhi` is the upper half of a product. `cuda.jit(device=True)` and `__device__`
# mark functions that kernels call.

# %%
show_kernel("numba/philox.py", "philox", "draw_words")
show_kernel("cuda/philox.cuh", "philox", "draw_words")

# %% [markdown]
# In CUDA C++ a thread has four neighbouring elements, as on page 01: one call of Philox makes just the four words that
# it needs. In Numba a thread has one element; it makes four words and uses one. `step` is an array of one number, since
# a GPU counts its steps itself.
#
# ## From bits to a number between 0 and 1
#
# The obvious way to make a number from 0 to 1 of a word: divide it by 2 to the power of 32. *Predict:* in float32,
# what does that give for the largest word, and what for the smallest? Why would that be bad? (The next thing we shall
# do is to take a logarithm.)

# %%
for word in (0, 1, 2**31, 2**32 - 200, 2**32 - 1):
    print(f"{word:08x} / 2^32 in float32 is {np.float32(word) / np.float32(2**32)!s}")

# %% [markdown]
# It can be 0, whose logarithm is minus infinity. The official training for photos of house numbers throws 3.2 times as
# many numbers that go through a logarithm as there are words: some three infinities in a training of days, and any of
# them would be its end. It can also be 1, for float32 keeps 24 bits, and the last 128 words are all rounded up. Whoever
# makes an index of such a number is out of bounds.
#
# So the library takes the upper 23 bits only, which are a whole number from 0 to 8,388,607, adds one half, and
# multiplies by 2 to the power of -23:
#
# $$ u = \big(\lfloor \mathit{word} / 2^9 \rfloor + \tfrac{1}{2}\big) \cdot 2^{-23} $$
#
# All of it is exact in the 24 bits of a float32. Every u between 0 and 1 has the same chance; such numbers are called
# **uniform**.

# %%
show_source(library.uniforms)
ends = library.uniforms(np.array([0, 2**32 - 1], np.uint32))
print("smallest:", ends[0], "= 2^-24:", ends[0] == 2.0**-24)
print("largest: ", ends[1], "= 1 - 2^-24:", ends[1] == 1 - 2.0**-24)
assert ends[0] == 2.0**-24 and ends[1] == 1 - 2.0**-24

# %% [markdown]
# The kernels say it in the same way, and so all machines get the same bits. Let us see whether it is true: the
# library's array functions in NumPy, in Numba's simulator and in CUDA C++ on the emulator.

# %%
from alicuda import emulator, numba_kernels
from alicuda.philox import Draw, Rng

backends = {"numpy": alicuda.backends.get("numpy")}
if reason := numba_kernels.missing():
    print("The kernels in Numba are left out on this page:", reason)
else:
    backends["numba"] = alicuda.backends.get("numba")
if reason := emulator.missing():
    print("The kernels in CUDA C++ are left out on this page:", reason)
else:
    backends["emulator"] = alicuda.backends.get("emulator")


def uniform_by(name, shape, draw):
    backend = backends[name]
    return backend.to_numpy(backend.uniform(shape, draw, np.float32))


show_kernel("cuda/gaussian.cu", "uniforms", "uniform")
wanted = uniform_by("numpy", (3, 7), Draw(seed=2**40 + 1, stream=3, step=5))
others = [name for name in backends if name != "numpy"]
for name in others:
    same = np.array_equal(uniform_by(name, (3, 7), Draw(2**40 + 1, 3, 5)), wanted)
    print(f"{name:8} has the bits of NumPy: {same}")
    assert same

# %% [markdown]
# ## Box-Muller: numbers of a bell curve
#
# ALI's codes are not uniform. They come from a bell curve, which is called the **normal distribution**. How probable
# numbers near v are is said by its **density**:
#
# $$ \varphi(v) = \frac{1}{\sqrt{2\pi}} \, e^{-v^2/2} $$
#
# How do we get there from uniform numbers? By going to two dimensions. Throw a dart at a board in such a way that its
# place to the right and its place upwards are two independent numbers from the bell curve. Then all *directions* are
# equally likely, and the *distance* from the middle turns out to have a simple law: the chance to be farther away than
# r is $e^{-r^2/2}$. So take a uniform u as that chance and solve for r; and take another one for the direction. That
# is **Box-Muller**:
#
# $$ r = \sqrt{-2 \ln u_1} \qquad a = 2 \pi u_2 $$
# $$ v_1 = r \cos a \qquad v_2 = r \sin a $$
#
# Two uniform numbers go in, two normal ones come out.

# %%
import math


def box_muller(u1, u2):
    r, a = math.sqrt(-2 * math.log(u1)), 2 * math.pi * u2
    return r * math.cos(a), r * math.sin(a)


bits = library.words(1, 0, 0, 0, 1000)
u = library.uniforms(bits)
ours = [v for u1, u2 in zip(u[0::2], u[1::2], strict=True) for v in box_muller(float(u1), float(u2))]
print("largest difference from alicuda:", f"{np.abs(ours - library.normals(bits)).max():.0e}")
assert np.allclose(ours, library.normals(bits), atol=1e-6)

# %% [markdown]
# *Predict:* four million numbers. Which is the largest? How many are farther from 0 than 3? And, with u1 being what it
# is: what is the largest number that can come out *at all*?

# %%
count = 4_000_000
v = library.normals(library.words(1, 0, 0, 0, count))
most = math.sqrt(-2 * math.log(2.0**-24))
print(f"mean {v.mean():.5f}, mean square {np.square(v, dtype=np.float64).mean():.5f}")
print(f"the largest: {np.abs(v).max():.3f}; the largest possible: {most:.3f}")
figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.2), layout="constrained")
grid = np.linspace(-5, 5, 201)
left.hist(v, np.linspace(-5, 5, 51), density=True, color="tab:blue", alpha=0.5, label="4 million numbers")
left.plot(grid, np.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi), color="black", linewidth=1, label="the bell curve")
left.set(xlabel="v", ylabel="density", ylim=(0, 0.56))
left.set_title("The whole", fontsize=11)
left.legend(fontsize=8, loc="upper left")
far = np.linspace(0, 6.4, 65)
beyond = np.array([(np.abs(v) > t).mean() for t in far])
right.semilogy(far[beyond > 0], beyond[beyond > 0], "o", markersize=3, color="tab:blue", label="4 million numbers")
right.semilogy(far, [math.erfc(t / math.sqrt(2)) for t in far], color="black", linewidth=1, label="the bell curve")
right.axvline(most, color="tab:red", linestyle=":", label="largest possible")
right.set(xlabel="t", ylabel="share farther from 0 than t", ylim=(1e-10, 2))
right.set_title("The tails", fontsize=11)
right.legend(fontsize=8, loc="lower left")
show(figure, "The histogram lies on the bell curve; so do the tails, down to one number in a million and 5.77 at most.")
for t in (1, 2, 3, 4):
    wanted = math.erfc(t / math.sqrt(2))
    print(f"farther than {t}: {(np.abs(v) > t).mean():.6f}, should be {wanted:.6f}")
    assert abs((np.abs(v) > t).mean() - wanted) < 5 * math.sqrt(wanted / count)

# %% [markdown]
# (Beyond 4.7 there are only a few dots' worth of numbers, which lie where luck has put them.) The smallest u1 is 2 to
# the power of -24, so r is never larger than 5.77. A true bell curve has no end. How much does ALI miss? The official
# training for photos of house numbers takes 531,200 steps with 100 codes of 256 numbers each.

# %%
thrown = 531_200 * 100 * 256
print(f"{thrown:,} numbers, of which {thrown * math.erfc(most / math.sqrt(2)):.0f} should be farther than {most:.2f}")

# %% [markdown]
# A hundred numbers, which become a little smaller, in a training of days. Nobody will ever notice. (Programs that
# estimate how probable a catastrophe is must not do this. They spend more bits on u1.)
#
# The kernels. In CUDA C++ a thread makes four numbers, two darts. `sincospif(x)` gives sine and cosine of π x. In Numba
# a thread makes a whole dart and keeps one of its two numbers.

# %%
show_kernel("cuda/gaussian.cu", "normals", "normal")
show_kernel("numba/gaussian.py", "uniform_of", "normal_of", "normal")
wanted = np.asarray(backends["numpy"].normal((5, 5), Draw(7, 1, 2), np.float32))
for name in others:
    backend = backends[name]
    made = backend.to_numpy(backend.normal((5, 5), Draw(7, 1, 2), np.float32))
    print(f"{name:8} largest difference from NumPy: {np.abs(made - wanted).max():.0e}")
    assert np.abs(made - wanted).max() < 2e-6

# %% [markdown]
# Logarithm and cosine may be rounded differently on two machines, so the last bit may differ. Uniform numbers, and all
# yes-or-no decisions made from words, are the same everywhere.
#
# ## Dropout
#
# D tends to be too clever: it learns single pixels by heart. A cure is to let it see only a part. In training, each
# number that goes into a layer of D is set to 0 with a chance p, by a throw of its own. That is **dropout**. D cannot
# rely on any single number then. The others are divided by 1 - p:
#
# $$ y_i = \begin{cases} x_i / (1 - p) & \text{with chance } 1 - p \\ 0 & \text{else} \end{cases} $$
#
# x and y have one shape, any. *Predict:* why divide? We drop with p = 0.2, 0.5 and 0.8 and look at the mean of the
# picture. What will it be, before and after?

# %%
x = digit()
figure, panels = plt.subplots(1, 4, figsize=(7.1, 2.3), layout="constrained")
for panel, p in zip(panels, (0, 0.2, 0.5, 0.8), strict=True):
    y = alicuda.dropout(x, p, Rng(seed=3)).numpy()
    image = panel.imshow(y[0, :, :, 0], cmap="gray", vmin=0, vmax=2)
    panel.set_title(f"p = {p}" if p else "the digit", fontsize=11)
    panel.set(xticks=[], yticks=[])
    print(f"p = {p}: {(y != 0).sum():3} pixels are not black; mean {y.mean():.3f}")
figure.colorbar(image, ax=panels, label="value, white: 2 or more", shrink=0.7)
show(figure, "The digit; then with one fifth, half and four fifths of its pixels black, and the others brighter.")

# %% [markdown]
# Fewer pixels, but brighter ones: on average over many throws nothing changes. So in use, when nothing is dropped, the
# layers see numbers of the size that they are used to.
#
# *Predict:* we average the dropped digit over 1, 10, 100 and 1,000 training steps, with p = 0.5. What comes out?


# %%
def average(steps, p=0.5, draw_for=lambda step: Rng(seed=3, step=step)):
    total = np.zeros(x.shape)
    for step in range(steps):
        total += alicuda.dropout(x, p, draw_for(step)).numpy()
    return total / steps


figure, panels = plt.subplots(1, 4, figsize=(7.1, 2.3), layout="constrained")
for panel, steps in zip(panels, (1, 10, 100, 1000), strict=True):
    mean = average(steps)
    image = panel.imshow(mean[0, :, :, 0], cmap="gray", vmin=0, vmax=2)
    panel.set_title(f"{steps:,} steps" if steps > 1 else "1 step", fontsize=11)
    panel.set(xticks=[], yticks=[])
    print(f"{steps:5,} steps: off by {np.sqrt(np.square(mean - x).mean()):.3f} (root of the mean square)")
figure.colorbar(image, ax=panels, label="value of a pixel", shrink=0.7)
show(figure, "Averages of the digit after dropout: with more steps the digit comes out, clean after a thousand.")

# %% [markdown]
# The digit, and the error falls as one over the square root of the number of steps: a hundred times as many steps, a
# tenth of the error.
#
# Who lives and who dies is decided without any float: the word is compared with p times 2 to the power of 32.

# %%
show_source(library.keep_threshold)
show_kernel("numba/dropout.py", "dropout")
show_kernel("cuda/dropout.cu", "dropout")

part = x[:, :9, :7]
wanted = alicuda.dropout(part, 0.5, Rng(seed=3, step=4)).numpy()
for name in others:
    with alicuda.use_backend(name):
        y = alicuda.dropout(part, 0.5, Rng(seed=3, step=4)).numpy()
    print(f"{name:8} drops the same pixels as NumPy: {np.array_equal(y, wanted)}")
    assert np.array_equal(y, wanted)

# %% [markdown]
# ## The same throw twice
#
# Going backward, dropout must know who was dropped: a number that was set to 0 has no influence, so its cotangent is 0,
# and the others' are divided by 1 - p as well. The list of the living is called a mask.
#
# Most programs write the mask into memory and read it again. *Predict:* how many bytes does a mask of one byte a number
# need for D's layers, in a batch of 200 pairs? (D's first tower reads 3,072 numbers a picture, then 25,088, 10,816,
# 12,800 and 4,096.)

# %%
numbers = 3072 + 25_088 + 10_816 + 12_800 + 4096
print(f"{200 * numbers / 1e6:.1f} million bytes to write, and to read again")
show_source(alicuda.dropout)

# %% [markdown]
# This library writes nothing. It keeps the *name* of the draw, and backward throws the same dice again. On the device
# `mask` is None; only the numpy backend keeps its mask, since it has made it already. Look at `dropout_grad` in CUDA:
# it *is* the kernel of the forward pass, launched on dy.

# %%
from alicuda.backends.cuda.elementwise import Elementwise

show_source(Elementwise.dropout)
show_source(Elementwise.dropout_grad)
for name, backend in backends.items():
    draw = Draw(seed=3, stream=1, step=4)
    y, mask = backend.dropout(backend.asarray(x, np.float32), 0.5, draw)
    dx = backend.to_numpy(backend.dropout_grad(backend.asarray(np.ones_like(x), np.float32), 0.5, draw, mask))
    alive = backend.to_numpy(y)[x > 0] != 0
    print(f"{name:9} mask kept: {mask is not None!s:5}  same pixels alive in both: {(dx[x > 0] == 2 * alive).all()}")
    assert (dx[x > 0] == 2 * alive).all()

# %% [markdown]
# (Which is faster, throwing again or reading a mask, only a GPU can tell. Its figures would stand here; no GPU has been
# at hand for this book yet.)
#
# ## Break it
#
# Four mistakes. With each of them Philox itself is right, and every array of numbers by itself is as random as before.
#
# 1. Two layers *share a stream*: both take their first weights from the same draw.
# 2. The step is *forgotten*: each training step throws the dice of step 0.
# 3. Somebody finds two names too many, and takes *seed + stream* as the key.
# 4. Dropout throws *anew* going backward, with the next stream.
#
# *Predict:* which check would see each? Known answers; mean and spread; a comparison of two arrays with each other; the
# gradient check of page 08?
#
# To compare arrays we need a number that says whether they know of each other. Take how far each number is from the
# mean of its array, multiply in pairs, take the mean, and divide by both spreads. That is the **correlation**: 1 if
# the two go together, -1 if they go against each other, and about one over the square root of n for n pairs that know
# nothing of each other.


# %%
def correlation(a, b):
    return ((a - a.mean()) * (b - b.mean())).mean() / (a.std() * b.std())


def weights(stream, size=2500):
    return library.normals(library.words(11, stream, 0, 0, size))


pairs = {"two streams": (weights(0), weights(1)), "a shared stream": (weights(0), weights(0))}
figure, panels = plt.subplots(1, 3, figsize=(7.1, 2.9), layout="constrained")
for panel, (name, (a, b)) in zip(panels, pairs.items(), strict=False):
    panel.plot(a, b, ".", markersize=2)
    panel.set(xlabel="weight of layer 1", ylabel="weight of layer 2", xlim=(-4, 4), ylim=(-4, 4), aspect="equal")
    panel.set_title(f"1. {name}", fontsize=10)
    print(f"{name:16} means {a.mean():6.3f} and {b.mean():6.3f}, spreads {a.std():.3f} and {b.std():.3f},", end=" ")
    print(f"correlation {correlation(a, b):.3f}")
forgotten = average(1000, draw_for=lambda step: Rng(seed=3))
panels[2].imshow(forgotten[0, :, :, 0], cmap="gray", vmin=0, vmax=2)
panels[2].set_title("2. average of 1,000 steps", fontsize=10)
panels[2].set(xticks=[], yticks=[])
show(
    figure,
    "Weights of two layers: a round cloud with two streams, a straight line with a shared one. On the right the "
    "average over a thousand steps whose number was forgotten: half of the digit is missing.",
)
assert abs(correlation(*pairs["two streams"])) < 5 / 50 and correlation(*pairs["a shared stream"]) > 0.999
print(f"step forgotten: after 1,000 steps off by {np.sqrt(np.square(forgotten - x).mean()):.3f}")

# %% [markdown]
# The shared stream is a straight line, although mean and spread are perfect. Two layers that begin with the same
# weights do the same work twice.
#
# With the step forgotten, half of the pixels are never seen in the whole training. In a single step nobody can notice.
# Two steps have to be compared.
#
# Number 3. Somebody repeats an experiment with the seeds 0 to 4, to see how much of the result is luck. Each run makes
# ten draws. *Predict:* how many of the 50 draws are different?

# %%
by_name = [library.words(seed, stream, 0, 0, 8).tobytes() for seed in range(5) for stream in range(10)]
by_sum = [library.words(seed + stream, 0, 0, 0, 8).tobytes() for seed in range(5) for stream in range(10)]
print("seed as key, stream in the counter:", len(set(by_name)), "different draws")
print("seed + stream as key:              ", len(set(by_sum)), "different draws")
assert len(set(by_name)) == 50 and len(set(by_sum)) == 14

# %% [markdown]
# Seed 3 and stream 2 are seed 2 and stream 3. Within a run nothing is wrong. But the runs share most of their dice, and
# when they agree it means less than one thinks.
#
# Number 4, built as an op of the library:

# %%
from alicuda import tensor
from alicuda.finite_differences import check_gradient


def dropout_anew(x, p, rng):
    backend, draw = x.backend, rng.draw()
    y, _ = backend.dropout(x.array, p, draw)

    def backward(dy, wanted):
        again = rng.draw()  # wrong: this names the next draw
        return (backend.dropout(dy, p, again)[0],)

    return tensor.record("dropout_anew", y, [x], backward)


thrown = random.standard_normal((5, 7))
one_for_all = Rng(seed=3)
functions = {
    "dropout, an Rng each time": lambda x: alicuda.dropout(x, 0.5, Rng(seed=3)),
    "thrown anew, backward": lambda x: dropout_anew(x, 0.5, Rng(seed=3)),
    "dropout, one Rng for all": lambda x: alicuda.dropout(x, 0.5, one_for_all),
}
verdicts = {}
for name, function in functions.items():
    try:
        report = check_gradient(function, [thrown])
        verdicts[name] = str(report)
    except ValueError as error:
        verdicts[name] = f"ValueError: {error}"
    print(f"{name}:")
    tell(verdicts[name], "    ")

# %% [markdown]
# The check sees mistake 4. The last line is a mistake of whoever checks: the check computes the function several times,
# with inputs that differ a little, and an `Rng` that lives outside throws other dice each time. So the function jumps
# between any two inputs, and the check takes it for a kink. Make the `Rng` anew, with the same name, and it is fine.
#
# That is how one tests a program that throws dice: by giving it the same dice.
#
# ## Exercises

# %% [markdown]
# {{exercise 09a}}

# %% [markdown]
# {{exercise 09b}}

# %% [markdown]
# {{exercise 09c}}

# %% [markdown]
# ## You can now read
#
# * [alicuda/philox.py](../alicuda/philox.py): all of it. At its end stand the numbers at which each user of dice begins
#   to count its streams, so that training, pictures and first weights never meet.
# * [kernels/numba/philox.py](../kernels/numba/philox.py) and [kernels/cuda/philox.cuh](../kernels/cuda/philox.cuh).
# * [alicuda/ops/dropout.py](../alicuda/ops/dropout.py), with its kernels
#   [kernels/numba/dropout.py](../kernels/numba/dropout.py) and [kernels/cuda/dropout.cu](../kernels/cuda/dropout.cu).
# * In [kernels/numba/gaussian.py](../kernels/numba/gaussian.py) and
#   [kernels/cuda/gaussian.cu](../kernels/cuda/gaussian.cu) `uniform` and `normal`; the two others are page 10's.
# * [alicuda/data/loader.py](../alicuda/data/loader.py): the order of the photos. It draws a word for each photo,
#   under the number of the pass through all photos, and sorts the photos by their words.
# * [tests/test_philox.py](../tests/test_philox.py): the known answers, and that no two names have the same numbers.
#
# Every word in bold is in the [glossary](glossary.md). The next page is
# [10_reparameterisation](10_reparameterisation.ipynb).
