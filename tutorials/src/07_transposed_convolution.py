# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Transposed convolution
#
# *What you will learn* (50 minutes; you need [06_convolution](06_convolution.ipynb)):
#
# * how the decoder makes a large picture from a small one: every arrow of a convolution, turned around;
# * what a gradient is, and why this is one: shown by numbers, in two ways;
# * two ways to write the kernel, of which one has a race that no comparison sees;
# * why some such pictures look like a checkerboard;
# * the layers of the decoder, and the third kernel of the family, which makes the gradient of the filters.

# %% [markdown]
# ## The idea
#
# The encoder goes from a large picture to a small one. Its convolutions do that: a window of many pixels becomes *one*
# number. The decoder has to go the other way, from a code, which is a picture of one pixel, to 32 x 32.
#
# So turn every arrow of a convolution around. *One* number becomes a window of many pixels: it is multiplied with the
# filter, and the product is put down on the picture like a stamp. The next number puts its stamp down a stride further
# on. Where stamps meet they are added. This is a **transposed convolution**.

# %%
from drawings import transposed_convolution as drawings

drawings.there_and_back()

# %% [markdown]
# Same pixels, same numbers, same arrows, and on each arrow stands the same number of the filter. Only the direction
# differs.
#
# ## The formula and its shapes
#
# The names are those of the convolution that is turned around. So here y comes *in* and x goes *out*:
#
# $$ x_{n,h,v,c} = \sum_{\substack{p,q,r,s,k \\ pt+r\,=\,h \\ qt+s\,=\,v}} y_{n,p,q,k} \; w_{r,s,c,k} $$
#
# (v is the column of a pixel, since w is the filter.) For the pixel (h, v), add up over all arrows that end there.
#
# | array | shape | |
# |---|---|---|
# | y | (N, P, Q, K) | in |
# | w | (R, S, C, K) | |
# | x | (N, H, W, C) | out |
#
# The last stamp begins at t (P - 1) and is R pixels long:
#
# $$ H = t\,(P - 1) + R $$
#
# *Predict:* windows of 3, stride 2. A convolution makes 7 rows of 16. How many rows does the transposed convolution
# make of 7? Where is the difference?

# %%
import alicuda
import matplotlib.pyplot as plt
import numpy as np
from book import digit, show, show_kernel, show_lines, show_source, tell, without_xray


def places(H, R, stride):
    return (H - R) // stride + 1


def length(P, R, stride):
    return stride * (P - 1) + R


for H in (15, 16, 17):
    P = places(H, 3, 2)
    print(f"{H} rows -> convolution -> {P} rows -> transposed convolution -> {length(P, 3, 2)} rows")

# %% [markdown]
# 15 and 16 rows both become 7. With 16, the last row lies in no window, as on page 06: no arrow begins there, so none
# ends there on the way back. The sizes of the decoder are chosen so that no row is lost.
#
# ## First as plain loops: stamps
#
# One thread for each number of y. Every thread puts down its stamps.


# %%
def scatter_kernel(i, y, w, x, stride):
    (_, P, Q, K), (R, S, C, _) = y.shape, w.shape
    if i >= y.size:
        return
    k, q, p, n = i % K, i // K % Q, i // (K * Q) % P, i // (K * Q * P)
    for r in range(R):
        for s in range(S):
            for c in range(C):
                x[n, p * stride + r, q * stride + s, c] += y[n, p, q, k] * w[r, s, c, k]


def by_stamps(y, w, stride):
    (N, P, Q, _), (R, S, C, _) = y.shape, w.shape
    x = np.zeros((N, length(P, R, stride), length(Q, S, stride), C), y.dtype)
    for i in range(-(-y.size // 64) * 64):  # in blocks of 64 threads
        scatter_kernel(i, y, w, x, stride)
    return x


# %% [markdown]
# And by NumPy, the other way about: all numbers at once, one arrow after the other.


# %%
def by_numpy(y, w, stride):
    (N, P, Q, _), (R, S, C, _) = y.shape, w.shape
    x = np.zeros((N, length(P, R, stride), length(Q, S, stride), C))
    for r in range(R):
        for s in range(S):
            x[:, r : r + stride * P : stride, s : s + stride * Q : stride] += y @ w[r, s].T
    return x


random = np.random.default_rng(0)
some_y, some_w = random.standard_normal((2, 3, 4, 5)), random.standard_normal((3, 2, 6, 5))
for stride in (1, 2, 4):
    x, wanted = by_stamps(some_y, some_w, stride), by_numpy(some_y, some_w, stride)
    library = alicuda.conv_transpose2d(some_y, some_w, stride).numpy()
    assert np.allclose(x, wanted, atol=1e-12) and np.allclose(library, wanted, atol=1e-12)
    print(f"stride {stride}: x {x.shape}; loops, NumPy and alicuda agree")

# %% [markdown]
# Now the digit. We make it small first, 8 x 8 pixels: each the mean of four, by a convolution with a window of 2 and a
# stride of 2. Then we make it large again by stamps, with a stride of 2, and with three filters:
#
# * a square of 2 x 2 ones;
# * a square of 3 x 3 ones (times 4/9, so that the brightness stays);
# * a hill of 4 x 4: 1/4, 3/4, 3/4, 1/4 in each direction.
#
# *Predict:* how large will the three pictures be? What will each look like: blocks, smooth, or something else?

# %%
small = alicuda.conv2d(digit(), np.full((2, 2, 1, 1), 1 / 4, np.float32), 2).numpy()
hill = np.array([1, 3, 3, 1]) / 4
STAMPS = {
    "2 x 2 ones": np.ones((2, 2)),
    "3 x 3 ones": np.full((3, 3), 4 / 9),
    "4 x 4 hill": np.outer(hill, hill),
}
large = {name: by_stamps(small, stamp[:, :, None, None], 2)[0, :, :, 0] for name, stamp in STAMPS.items()}

figure, panels = plt.subplots(1, 4, figsize=(7.1, 2.3), layout="constrained")
for panel, (name, picture) in zip(panels, {"small": small[0, :, :, 0], **large}.items(), strict=True):
    image = panel.imshow(picture, cmap="gray", vmin=0, vmax=1.3)
    panel.set_title(f"{name}\n{picture.shape[0]} x {picture.shape[1]} pixels", fontsize=10)
    panel.set(xticks=[], yticks=[])
figure.colorbar(image, ax=panels, label="value of a pixel", shrink=0.7, ticks=[0, 0.5, 1])
show(
    figure,
    "A small digit of 8 x 8, and three large ones: in blocks; covered by a pattern like a checkerboard; and smooth.",
)

# %% [markdown]
# Blocks, as you may have expected, and a smooth picture. The one in the middle looks as if somebody had laid a net over
# it. We come back to that.
#
# ## What a gradient is
#
# Training wants to know, for each number of an array: if I turn it up a little, how many times as much does the loss
# change? All these answers together, one for each number, are the **gradient** of the loss with respect to that array.
# It has the shape of the array: the gradient with respect to a picture is a picture. It tells where to go. Turn each
# number a little *against* its gradient, and the loss becomes smaller.
#
# Let us find one by trying. The digit goes through a convolution, y = conv(x). As a loss we take some fixed numbers d,
# as many as y has, multiply in pairs, and add up:
#
# $$ L = \sum_{n,p,q,k} d_{n,p,q,k} \; y_{n,p,q,k} $$
#
# So d says how many times as much L changes if a number of y changes. Now turn the pixels of x, one after the other,
# compute L anew each time, and note how many times as much it has changed. (By how far we turn does not matter here: L
# is nothing but products, added up. We take 0.5.)
#
# *Predict:* think of one pixel. Which numbers of y does it touch, and with which numbers of w? So which d will it hear
# of?

# %%
x = digit().astype(np.float64)
w = random.standard_normal((3, 3, 1, 2))
d = random.standard_normal((1, 7, 7, 2))


def conv(x, w, stride=2):
    return alicuda.conv2d(x, w, stride).numpy()


def by_turning(loss, array):
    """How many times as much the loss changes as a number does, for each number of the array."""
    gradient, before = np.zeros(array.shape), loss(array)
    for place in np.ndindex(array.shape):
        turned = array.copy()
        turned[place] += 0.5
        gradient[place] = (loss(turned) - before) / 0.5
    return gradient


turned = by_turning(lambda x: (d * conv(x, w)).sum(), x)
stamped = by_numpy(d, w, 2)
print("turning each pixel:     ", turned.shape)
print("transposed convolution: ", stamped.shape)
print("largest difference:     ", f"{np.abs(turned[:, :15, :15] - stamped).max():.0e}")
print("the last row by turning:", np.abs(turned[:, 15]).max())
assert np.allclose(turned[:, :15, :15], stamped) and not turned[:, 15].any() and not turned[:, :, 15].any()

# %% [markdown]
# They are the same. A pixel touches the numbers of y whose windows it lies in, each through one number of the filter.
# So turning it changes L by d times w, added up over all arrows that *begin* at this pixel. The transposed convolution
# adds up over all arrows that *end* there. They are the same arrows.
#
# The last row and column lie in no window. Their gradient is 0. The library is told how large x was:
#
# * `conv_transpose2d(y, w, stride)` computes the size by the formula above;
# * `conv2d_input_grad(dy, w, (H, W), stride)`, which it calls, makes a picture of the size that it is given. Rows in no
#   window become 0.
#
# That one function serves the decoder on its way from the code to the picture, and the encoder in training.
#
# ## One equation for all of it
#
# For 256 pixels we had to compute L 257 times. Another test needs just one convolution and one transposed convolution.
# Take any x and any d:
#
# $$ \sum \mathrm{conv}(x)\, d \;=\; \sum x \;\mathrm{conv}^T(d) $$
#
# On the left a sum over the numbers of y, on the right one over the pixels. Why is it so? Each arrow from a pixel to a
# number of y gives one product, x · w · d, and the two sides add up the same products: on the left they are sorted by
# where the arrows end, and on the right by where they begin.
#
# *Predict:* will it hold for strides larger than the window, and for rows that lie in no window?

# %%
backend = alicuda.backends.get("numpy")
for N, H, W, C, R, S, K, stride in [(1, 16, 16, 1, 3, 3, 2, 2), (2, 9, 13, 3, 3, 2, 5, 2), (1, 11, 8, 2, 2, 3, 4, 5)]:
    images, filters = random.standard_normal((N, H, W, C)), random.standard_normal((R, S, C, K))
    y = backend.conv2d(images, filters, stride)
    dy = random.standard_normal(y.shape)
    dx = backend.conv2d_input_grad(dy, filters, (H, W), stride)
    left, right = (y * dy).sum(), (images * dx).sum()
    print(f"x {images.shape!s:15} window {R} x {S}, stride {stride}: {left:.12f} and {right:.12f}")
    assert np.isclose(left, right, rtol=1e-10)

# %% [markdown]
# It holds whenever the second function is the first one with its arrows turned around, and for random numbers it fails
# for nearly everything else.
#
# And where does "transposed" come from? Nothing in a convolution is more than multiplying with fixed numbers and adding
# up. So it can be written as one large matrix M, with a row for each number of y and a column for each pixel. Let us
# find its columns: put a 1 into a single pixel, 0 everywhere else, and see what becomes of it. (We do it for one row
# of 15 pixels, or M would have hundreds of columns.)

# %%
tap = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1, 1)
pictures = np.eye(15).reshape(15, 1, 15, 1)  # a batch of 15 pictures, each with one bright pixel
M = conv(pictures, tap).reshape(15, 7).T
numbers = np.eye(7).reshape(7, 1, 7, 1)
M_back = by_numpy(numbers, tap, 2).reshape(7, 15).T

figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.2), layout="constrained", width_ratios=[15, 7])
for panel, matrix, title in [(left, M, "convolution"), (right, M_back, "transposed")]:
    image = panel.imshow(matrix, cmap="Blues", vmin=0, vmax=4)
    for (row, column), value in np.ndenumerate(matrix):
        if value:
            panel.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=9)
    panel.set_title(f"{title}: {matrix.shape[0]} x {matrix.shape[1]}", fontsize=11)
    panel.set(xticks=[], yticks=[])
left.set(xlabel="pixels of x", ylabel="numbers of y")
right.set(xlabel="numbers of y", ylabel="pixels of x")
show(
    figure, "The matrix of a convolution: 1, 2, 3 in each row, two columns further on each time. The other mirrors it."
)
assert np.array_equal(M_back, M.T)

# %% [markdown]
# A row of M is a window, and a column of the other matrix is a stamp. Rows have become columns: it is the transpose of
# page 02. (So it is *not* the inverse, whatever some call it: a transposed convolution does not undo a convolution.)
#
# ## What a gradient is good for
#
# Does it undo a convolution if one asks often enough? Take the edges of the digit, from page 06, and forget the digit.
# Begin with a black picture, and let the loss say how far its edges are from those that we want:
#
# $$ L = \tfrac{1}{2} \sum \big(\mathrm{conv}(x) - \mathit{edges}\big)^2 $$
#
# If a number of conv(x) is turned up a little, L changes by conv(x) - edges times as much. That is our d, and the
# gradient with respect to x is its transposed convolution. We take a step against it, and repeat.
#
# *Predict:* will the digit come back? All of it? What about a picture can its edges not tell?

# %%
sobel = np.zeros((3, 3, 1, 2))
sobel[:, :, 0, 0] = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
sobel[:, :, 0, 1] = sobel[:, :, 0, 0].T
edges = conv(x, sobel, 1)

guess, losses, kept = np.zeros_like(x), [], {}
for step in range(301):
    d = conv(guess, sobel, 1) - edges
    losses.append(0.5 * (d * d).sum())
    if step in (0, 1, 5, 300):
        kept[step] = guess
    guess = guess - 0.02 * by_numpy(d, sobel, 1)

figure, panels = plt.subplots(1, 5, figsize=(7.2, 2.1), layout="constrained", width_ratios=[1, 1, 1, 1, 1.6])
for panel, (step, picture) in zip(panels, kept.items(), strict=False):
    image = panel.imshow(picture[0, :, :, 0], cmap="gray", vmin=-0.4, vmax=1)
    panel.set_title(f"step {step}", fontsize=10)
    panel.set(xticks=[], yticks=[])
panels[4].semilogy(losses)
panels[4].set_title("loss L", fontsize=10)
panels[4].set_xlabel("step", fontsize=9)
panels[4].tick_params(labelsize=8)
show(figure, "A grey picture in which the digit appears: blurred after one step, clear after 5. The loss falls.")
difference = (kept[300] - x)[0]
print(f"loss: {losses[0]:.0f} at first, {losses[-1]:.4f} at last")
print(f"inside, away from the border: darker by {-difference[4:12, 4:12].mean():.3f},", end=" ")
print(f"give or take {difference[4:12, 4:12].std():.3f}")
assert losses[-1] < 1e-5 * losses[0]

# %% [markdown]
# The digit comes back, out of its edges alone, a quarter darker everywhere. How bright a picture is its edges cannot
# tell: the numbers of an edge filter add up to 0, so adding the same number to all pixels changes nothing.
#
# Nobody has told the computer how to undo a convolution. Asking 300 times for the gradient was enough. In training the
# same is done to the filters, not to the picture.
#
# ## Scatter against gather
#
# Back to the kernel. Our loops go over the numbers of y, and each thread puts its products down wherever they belong.
# That is called **scatter**. Here it is in CUDA C++, for one channel and one filter:

# %%
SCATTER = r"""
extern "C" __global__ void scatter(const float* y, const float* w, float* x,
                                   int P, int Q, int R, int S, int stride) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= P * Q) return;
    int p = i / Q, q = i % Q, W = stride * (Q - 1) + S;
    for (int r = 0; r < R; ++r)
        for (int s = 0; s < S; ++s)
            x[(p * stride + r) * W + q * stride + s] += y[i] * w[r * S + s];
}
"""

# %% [markdown]
# *Predict:* the digit, a window of 3 x 3, a stride of 2. Where can two threads meet? Which of these will notice: a
# comparison with NumPy in four orders of threads; xray? And what if the stride is 3?

# %%
from alicuda import emulator, xray
from alicuda.xray.text import hazard_lines

no_xray = without_xray()  # None, where a compiler is at hand

x = digit()
stamp = random.standard_normal((3, 3, 1, 1)).astype(np.float32)


def try_orders(source):
    """Run it for the digit in four orders of threads. How far is it from NumPy, and how many results differ in bits?"""
    wanted, found = by_numpy(x, stamp, 2), []
    for order, seed in (("forward", 0), ("reverse", 0), ("random", 1), ("random", 2)):
        made = np.zeros(wanted.shape, np.float32)
        program = emulator.compile(source, build="fast", order=order, seed=seed, workers=1)
        program.kernel("scatter")[4, 64](x, stamp, made, 16, 16, 3, 3, 2)
        found.append(made)
    off = max(np.abs(made - wanted).max() for made in found)
    bits = len({made.tobytes() for made in found})
    print(f"largest difference from NumPy {off:.0e}; {bits} different results in 4 orders")
    assert off < 1e-5
    return bits


def xrayed(source, stride=2):
    """xray's report for the digit."""
    made = np.zeros((1, length(16, 3, stride), length(16, 3, stride), 1), np.float32)
    kernel = emulator.compile(source, workers=1).kernel("scatter")
    return xray.profile(kernel, 4, 64, (x, stamp, made, 16, 16, 3, 3, stride), card=None)


def say(report):
    for line in hazard_lines(report):
        tell(line, "    ")


if not no_xray:
    try_orders(SCATTER)
    for stride in (2, 3):
        report = xrayed(SCATTER, stride)
        print(f"xray, stride {stride}:")
        say(report)
        assert (report.hazards > 0) == (stride < 3)

# %% [markdown]
# The comparison is content, in every order. xray is not: `+=` reads a number, adds, and writes it back, and two threads
# do that at the same place. With a stride of 3 no stamps overlap, and there is no race.
#
# Why is the result right? The emulator lets a thread run until it ends or waits at a barrier, so nobody comes between
# reading and writing. A GPU promises no such thing. Let us play it: the kernel as a generator, with a `yield` between
# reading and writing, and a launch that chooses at random who takes the next step.
#
# *Predict:* in a launch where all threads go in step, all with the same r and s, how many additions are lost? How many
# pixels are wrong in a random launch?


# %%
def scatter_slowly(i, y, w, x, stride):
    p, q = divmod(i, 16)
    for r in range(3):
        for s in range(3):
            h, v = p * stride + r, q * stride + s
            read = x[0, h, v, 0]
            yield  # anybody may come in here
            x[0, h, v, 0] = read + y[0, p, q, 0] * w[r, s, 0, 0]
            yield


def launch_slowly(choose):
    made = np.zeros((1, 33, 33, 1), np.float32)
    running = [scatter_slowly(i, x, stamp, made, 2) for i in range(256)]
    while running:
        for thread in choose(running):
            if next(thread, "ended") == "ended":
                running.remove(thread)
    return made


shuffled = np.random.default_rng(0)
launches = {
    "in step": lambda running: list(running),
    "at random": lambda running: [running[shuffled.integers(len(running))]],
}
errors_of = {}
for name, choose in launches.items():
    errors_of[name] = launch_slowly(choose) - by_numpy(x, stamp, 2)
    print(f"{name}: {(np.abs(errors_of[name]) > 1e-6).sum()} of {errors_of[name].size} pixels are wrong")

figure, panels = plt.subplots(1, 3, figsize=(7.1, 2.6), layout="constrained")
pictures = {"right": by_numpy(x, stamp, 2), "at random": errors_of["at random"] + by_numpy(x, stamp, 2)}
pictures["what is lost"] = -errors_of["at random"]
for panel, (name, picture) in zip(panels, pictures.items(), strict=True):
    image = panel.imshow(picture[0, :, :, 0], cmap="RdBu_r", vmin=-1.5, vmax=1.5)
    panel.set_title(name, fontsize=11)
    panel.set(xticks=[], yticks=[])
figure.colorbar(image, ax=panels, label="value", shrink=0.8)
show(figure, "The digit stamped by the scatter kernel: right, with additions lost at random, and what is lost.")
assert not (np.abs(errors_of["in step"]) > 1e-6).any() and (np.abs(errors_of["at random"]) > 1e-6).any()

# %% [markdown]
# In step nothing is lost, for with one r and s all threads have different pixels. Only threads that are at different
# places of the loops can meet. The lanes of a warp mostly go in step; different warps do not. So on a GPU such a kernel
# would be right nearly everywhere, nearly always.
#
# The first remedy is page 04's atomic addition. *Predict:* is it free of races? How many different results in four
# orders?

# %%
PLAIN = "x[(p * stride + r) * W + q * stride + s] += y[i] * w[r * S + s];"
ATOMIC = SCATTER.replace(PLAIN, "atomicAdd(&x[(p * stride + r) * W + q * stride + s], y[i] * w[r * S + s]);")
assert ATOMIC != SCATTER
if not no_xray:
    bits = try_orders(ATOMIC)
    say(xrayed(ATOMIC))
    assert bits > 1

# %% [markdown]
# No race, and other bits each time. That is what this library does not want.
#
# The better remedy is to ask the other way about. One thread for each *pixel* of x: which arrows end at me? It adds
# them up and writes once, to a place that nobody else has. That is called **gather**. The formula above is one
# already.
#
# The pixel is in row h. Which p has it in row r of its window? p t + r = h, so p = (h - r) / t, *if* that is a whole
# number from 0 to P - 1. Else there is none.


# %%
def gather_kernel(i, y, w, x, stride):
    (_, H, W, C), (R, S, _, K) = x.shape, w.shape
    if i >= x.size:
        return
    c, v, h, n = i % C, i // C % W, i // (C * W) % H, i // (C * W * H)
    total = 0.0
    for r in range(R):
        p, rest = divmod(h - r, stride)
        if rest or p < 0 or p >= y.shape[1]:
            continue
        for s in range(S):
            q, rest = divmod(v - s, stride)
            if rest or q < 0 or q >= y.shape[2]:
                continue
            for k in range(K):
                total += y[n, p, q, k] * w[r, s, c, k]
    x[n, h, v, c] = total


def by_gathering(y, w, stride, size):
    x = np.full((y.shape[0], *size, w.shape[2]), np.nan, y.dtype)
    for i in range(-(-x.size // 64) * 64):
        gather_kernel(i, y, w, x, stride)
    return x


for stride in (1, 2, 4):
    wanted = by_stamps(some_y, some_w, stride)
    assert np.allclose(by_gathering(some_y, some_w, stride, wanted.shape[1:3]), wanted, atol=1e-12)
print("gather and scatter agree for strides 1, 2 and 4")

# %% [markdown]
# In Numba the library has just this kernel (its column is called `w_`):

# %%
show_kernel("numba/conv2d_input_grad.py", "conv2d_input_grad")

# %%
from alicuda import numba_kernels

if reason := numba_kernels.missing():
    print("The kernels in Numba are left out on this page:", reason)
else:
    kernel = numba_kernels.load("conv2d_input_grad").conv2d_input_grad
    y, wanted = small, by_numpy(small, stamp, 2)
    made = np.full(wanted.shape, np.nan, np.float32)
    H = made.shape[1]
    kernel[-(-made.size // 64), 64](y, stamp, made, 1, H, H, 1, 3, 3, 1, 8, 8, 2)  # N, H, W, C, R, S, K, P, Q, stride
    print("largest difference from NumPy:", f"{np.abs(made - wanted).max():.0e}")
    assert np.allclose(made, wanted, atol=1e-5)

# %% [markdown]
# ## Phases
#
# Most of the questions are answered with no. *Predict:* a window of 4 x 4 and a stride of 2: how many of its 16 arrows
# end at a pixel in the middle of the picture? Is it the same number for all pixels? And for 3 x 3 and 5 x 5?

# %%
for R in (4, 3, 5):
    print(f"{R} x {R}: arrows that end at a pixel")
    for a in range(2):
        for b in range(2):
            rows, columns = [*range(a, R, 2)], [*range(b, R, 2)]
            print(f"  ({a}, {b}): r in {rows!s:9}  s in {columns!s:9} {len(rows) * len(columns)}")

# %% [markdown]
# ("(0, 1)" stands for the pixels in rows 0, 2, 4 ... and columns 1, 3, 5 ...) For a whole number p, h and r must leave
# the same rest when they are divided by the stride. So the pixels fall into t x t **phase**s, and all pixels of a
# phase have the same arrows. Within a phase it is a plain convolution with stride 1, by a small filter: every t-th row
# and column of w, turned by half a circle.
#
# *Predict:* why turned?

# %%
y, w = random.standard_normal((1, 5, 6, 3)), random.standard_normal((4, 4, 2, 3))
x = by_numpy(y, w, 2)
for a in range(2):
    for b in range(2):
        part = w[a::2, b::2].transpose(0, 1, 3, 2)  # (2, 2, K, C): now K is what comes in
        with_border = np.pad(y, ((0, 0), (1, 1), (1, 1), (0, 0)))
        assert np.allclose(x[:, a::2, b::2], conv(with_border, part[::-1, ::-1], 1))
print("each of the four phases is a convolution with 2 x 2 of the 4 x 4 numbers")

# %% [markdown]
# Because p = (h - r) / t: a *larger* r belongs to a *smaller* p. In a convolution both grow together.
#
# That is how [conv2d_input_grad.cu](../kernels/cuda/conv2d_input_grad.cu) works. It is page 06's kernel: an implicit
# GEMM, 16 bytes a request, two slabs. A block has pixels of one phase, and its depth is that phase's taps (places (r,
# s) of the filter) times the channels K. Nothing is multiplied in vain. Here a block finds out its phase, how many
# pixels that has and how many taps (`a` and `b` as above; u counts the taps of a phase, r = a + u t):

# %%
show_lines("cuda/conv2d_input_grad.cu", "int split = ", "int M = ")
show_lines("cuda/conv2d_input_grad.cu", "int k0 = ", "if (A::mine(c) && k < K && inside)")

# %% [markdown]
# `p = row_i[c] - u` is the rest of the question: within a phase it is always a whole number. It must still lie inside
# of y, or zeros are multiplied. Near the border of the picture many taps lie outside for *all* rows of a block, and
# then it skips the tap:

# %%
show_kernel("cuda/conv2d_input_grad.cu", "meet", "tap_is_inside")

# %% [markdown]
# That works well because the rows of a block are ordered with the *pictures* fastest: a block's rows are few pixels, of
# many pictures, and the same pixel of all pictures has the same taps.
#
# And xray? The kernel of the library, for the digit and for the second layer of the decoder:

# %%
from alicuda.backends.cuda.convolution import launched
from alicuda.backends.cuda.tiles import Shape


def launch_library(direction, shape, first, second, out_shape):
    """Launch the library's kernel as its backend does, under xray. Returns what it makes, and the report."""
    plan, defines, numbers = launched(direction, shape)
    out = np.full((plan.splits, *out_shape), np.nan, np.float32)
    kernel = emulator.compile(f"conv2d_{direction}.cu", defines=defines).kernel(f"conv2d_{direction}")
    report = xray.profile(kernel, plan.grid, plan.tile.threads, (first, second, out, *numbers), card=None)
    return out.sum(axis=0), report


if not no_xray:
    for name, P, C, K, R in [("the digit", 16, 1, 1, 3), ("layer 2 of G1", 4, 128, 256, 4)]:
        y = digit() if K == 1 else random.standard_normal((1, P, P, K), np.float32)
        filters = random.standard_normal((R, R, C, K), np.float32)
        H = length(P, R, 2)
        made, report = launch_library("input_grad", Shape(1, H, H, C, R, R, K, P, P, 2), y, filters, (1, H, H, C))
        off = np.abs(made - by_numpy(y, filters, 2)).max()
        print(f"{name}: {np.prod(report.grid)} blocks, largest difference from NumPy {off:.0e}")
        say(report)
        assert report.hazards == 0 and off < 1e-3

# %% [markdown]
# No hazards. (A GPU's times would stand here. No GPU has been at hand for this book yet.)
#
# ## The checkerboard
#
# Now the net over the digit. *Predict:* stamps of ones, put down by ones: each pixel counts how many stamps cover it.
# What do you expect for 2 x 2, 3 x 3 and 4 x 4 with a stride of 2, in the middle of the picture? (You have met some of
# the answers further up, as numbers of arrows.)

# %%
figure, panels = plt.subplots(1, 3, figsize=(7.1, 2.7), layout="constrained")
for panel, R in zip(panels, (2, 3, 4), strict=True):
    counts = by_numpy(np.ones((1, 5, 5, 1)), np.ones((R, R, 1, 1)), 2)[0, :, :, 0]
    image = panel.imshow(counts, cmap="viridis", vmin=0, vmax=4)
    for (row, column), count in np.ndenumerate(counts):
        colour = "black" if count > 2 else "white"
        panel.text(column, row, f"{count:.0f}", ha="center", va="center", fontsize=8, color=colour)
    panel.set_title(f"{R} x {R} with stride 2", fontsize=11)
    panel.set(xticks=[], yticks=[])
    print(f"{R} x {R}, in the middle: {sorted({int(count) for count in counts[3:-3, 3:-3].flat})}")
figure.colorbar(image, ax=panels, label="stamps on a pixel", shrink=0.8, ticks=range(5))
show(figure, "How many stamps cover each pixel: 1 everywhere for 2 x 2; 1, 2 and 4 by turns for 3 x 3; 4 for 4 x 4.")

# %% [markdown]
# With 3 x 3 the four phases have 4, 2, 2 and 1 arrows, and they lie side by side like the fields of a **checkerboard**.
# Where the window divides by the stride, all phases have the same number.
#
# Training can learn filters that even it out. But a model begins with filters that are thrown with dice, and those do
# not. So check the sizes before you choose them. The official nets of ALI (4/2 is a window of 4 x 4 with a stride of
# 2):

# %%
from alicuda.models import experiments

for name in ("svhn", "cifar10", "celeba", "tiny_imagenet"):
    wide = [(row.taps, row.stride) for row in experiments.get(name).g1 if row.op == "tconv" and row.stride > 1]
    print(f"{name:14}", ", ".join(f"{R}/{t} {'uneven' if R % t else 'even'}" for R, t in wide))

# %% [markdown]
# ## The layers of the decoder
#
# Here is G1 for photos of house numbers, taken from the table that the library builds it from. *Predict* the sizes of
# the pictures: it begins with 1 x 1 x 256, and the first layer has a window of 4 and a stride of 1.

# %%
from alicuda.models import ali

nets = ali.networks("svhn", experiments.default_options("svhn"))
print("layer        reads       makes        MMACs")
for number, layer in enumerate(nets["g1"].layers, 1):
    reads, makes = ("x".join(map(str, shape)) for shape in (layer.in_shape, layer.op_shape))
    print(
        f"{number} {layer.row.op:5} {layer.row.taps}/{layer.row.stride}"
        f"  {reads:10}  {makes:10}  {layer.macs / 1e6:6.2f}"
    )
    if layer.row.op == "tconv":
        assert layer.op_shape[0] == length(layer.in_shape[0], layer.row.taps, layer.row.stride)
assert nets["g1"].out_shape == (32, 32, 3)
print("G2 reads:", ", ".join(str(layer.in_shape[0]) for layer in nets["g2"].layers))
print("w of layer 2 of G1:", nets["g1"].layers[1].shapes["w"])

# %% [markdown]
# (The last column has millions of multiply-adds, of one picture.) Compare with what the encoder reads, layer by layer:
# it is the same way back. And look at the filters of layer 2, in the order (R, S, C, K): they make 128 channels of
# 256. The filter of a transposed convolution has the shape of the convolution that it turns around, which would read
# 128 channels and make 256.
#
# A transposed convolution has as many multiply-adds as its convolution: an arrow is an arrow. Here is the function that
# the model calls.

# %%
show_source(alicuda.conv_transpose2d)

# %% [markdown]
# Its own gradient is asked for in `backward` (page [08_autograd](08_autograd.ipynb) is about that). With respect to y
# it is, of course, `conv2d`: whoever turns the arrows around twice is where he began.
#
# ## The third of the family
#
# Three arrays meet at each arrow: x, w and y. `conv2d` makes y of the other two; `conv2d_input_grad` makes x. What is
# left is w: the gradient of the loss with respect to the *filters*, which training turns.
#
# A number of w stands on many arrows, one for each place of the window, in each picture. So
#
# $$ \mathit{dw}_{r,s,c,k} = \sum_{n,p,q} x_{n,\,pt+r,\,qt+s,\,c} \; \mathit{dy}_{n,p,q,k} $$
#
# *Predict:* layer 3 of G2 has windows of 4 x 4, 64 channels, 128 filters, 10 x 10 places, and 100 pictures. If each
# thread makes one number of dw: how many threads, and how many multiply-adds has each?

# %%
print(f"{4 * 4 * 64 * 128:,} threads, {100 * 10 * 10:,} multiply-adds each")
show_kernel("numba/conv2d_weight_grad.py", "conv2d_weight_grad")

# %% [markdown]
# We hold it to the same two tests. By turning each number of w; and by the equation, which has a third side now:
#
# $$ \sum \mathrm{conv}(x)\, d \;=\; \sum w \; \mathit{dw}(x, d) $$

# %%
x, w = digit(), random.standard_normal((3, 3, 1, 2), np.float32)
d = random.standard_normal((1, 7, 7, 2), np.float32)
turned = by_turning(lambda w: (d * conv(x.astype(float), w)).sum(), w.astype(float))
left = (d * conv(x, w)).sum()
dw = {"numpy": backend.conv2d_weight_grad(x, d, (3, 3), 2)}
if not numba_kernels.missing():
    dw["Numba"] = np.full(w.shape, np.nan, np.float32)
    kernel = numba_kernels.load("conv2d_weight_grad").conv2d_weight_grad
    kernel[1, 32](x, d, dw["Numba"], 1, 16, 16, 1, 3, 3, 2, 7, 7, 2)
if not no_xray:
    shape = Shape(1, 16, 16, 1, 3, 3, 2, 7, 7, 2)
    dw["CUDA C++"], report = launch_library("weight_grad", shape, x, d, w.shape)
    assert report.hazards == 0
for name, gradient in dw.items():
    right = (w * gradient).sum()
    print(f"{name:9} largest difference from turning: {np.abs(gradient - turned).max():.0e},", end=" ")
    print(f"the two sides: {left:.4f} and {right:.4f}")
    assert np.allclose(gradient, turned, atol=1e-4) and np.isclose(left, right, rtol=1e-4)

# %% [markdown]
# In CUDA C++ it is a matrix product once more. A has a row for each weight (r, s, c), and its depth is all places of
# all pictures: A is the matrix of im2col, *transposed*, and again nobody writes it down.

# %%
show_lines("cuda/conv2d_weight_grad.cu", "int offsets[A::COUNT];", "}")
show_lines("cuda/conv2d_weight_grad.cu", "int k = slab * BK + A::k(i);", "if (A::mine(i)")

# %% [markdown]
# dw is small and the depth is long. So there would be few blocks, each with very much to do. Therefore several blocks
# share the depth, each writes a dw of its own, and a second launch adds those up in their order. (Why not with atomic
# additions? You know why.)

# %%
from alicuda.backends.cuda.convolution import planned

for number in (2, 5):
    layer = nets["g2"].layers[number - 1]
    (H, W, C), (P, Q, K), R = layer.in_shape, layer.op_shape, layer.row.taps
    plan = planned("weight_grad", Shape(100, H, W, C, R, R, K, P, Q, layer.row.stride))
    rows, depth = R * R * C, 100 * P * Q
    print(
        f"layer {number} of G2: dw {rows} x {K}, depth {depth:,}: shared by {plan.splits}, {np.prod(plan.grid)} blocks"
    )

# %% [markdown]
# ## Copies have a mirror, too
#
# The equation holds for everything that multiplies with fixed numbers and adds up. The simplest such thing is a copy.
# D is shown a pair, so two arrays are laid end to end. And when a trained model is used, each channel has one mean and
# one spread, which are repeated at every pixel. Two kernels do that:

# %%
show_kernel("numba/shapes.py", "copy_columns", "repeat")
show_kernel("cuda/shapes.cu", "copy_columns", "repeat")

# %% [markdown]
# (In CUDA C++ a thread copies VECTOR neighbours, as on page 01.) Turn their arrows around. *Predict:* what is the
# mirror of "lay end to end"? What is the mirror of "repeat", where many arrows begin at one number?

# %%
for name in ["numpy"] if no_xray else ["numpy", "emulator"]:
    b = alicuda.backends.get(name)
    one, two, both = (random.standard_normal((5, width), np.float32) for width in (3, 4, 7))
    to = [b.asarray(part, np.float32) for part in (one, two, both)]
    laid = b.to_numpy(b.concat(to[:2], 1))
    cut = [b.to_numpy(part) for part in b.split(to[2], [3, 4], 1)]
    left, right = (laid * both).sum(), (one * cut[0]).sum() + (two * cut[1]).sum()
    print(f"{name:9} end to end, and cut in two: {left:.4f} and {right:.4f}")
    assert np.isclose(left, right, rtol=1e-5)
    few, many = random.standard_normal((1, 3), np.float32), random.standard_normal((6, 3), np.float32)
    repeated = b.to_numpy(b.broadcast_to(b.asarray(few, np.float32), (6, 3)))
    summed = b.to_numpy(b.sum(b.asarray(many, np.float32), (0,)))
    left, right = (repeated * many).sum(), (few * summed).sum()
    print(f"{name:9} repeat, and add up:         {left:.4f} and {right:.4f}")
    assert np.isclose(left, right, rtol=1e-5)

# %% [markdown]
# Cutting in two; and adding up. (That is why `bias_grad`, on page 06, adds up columns: a bias is used at every pixel.)
#
# ## Break it
#
# Four mistakes in the gather kernel of our loops:
#
# 1. it does not ask whether p and q are whole numbers;
# 2. it does not ask whether they are below 0;
# 3. it does not ask whether they are too large;
# 4. the filter is turned by half a circle, as in the phases.
#
# And three checks: the digit against NumPy; random numbers against NumPy; and the equation, with random numbers.
# *Predict:* which check sees which mistake? (In Python y[-1] is the last row.)


# %%
def broken_gather(mistake):
    def kernel(y, w, stride, size):
        (R, S), x = w.shape[:2], np.zeros((y.shape[0], *size, w.shape[2]))
        if mistake == 4:
            w = w[::-1, ::-1]
        for n, h, v, r, s in np.ndindex(*x.shape[:3], R, S):
            (p, rest_p), (q, rest_q) = divmod(h - r, stride), divmod(v - s, stride)
            if mistake != 1 and (rest_p or rest_q):
                continue
            if mistake != 2 and min(p, q) < 0:
                continue
            if mistake != 3 and (p >= y.shape[1] or q >= y.shape[2]):
                continue
            x[n, h, v] += w[r, s] @ y[n, p, q]
        return x

    return kernel


def outcome(check, kernel):
    try:
        return "nothing" if check(kernel) else "different"
    except IndexError:
        return "IndexError"


def on_the_digit(kernel):
    return np.allclose(kernel(digit(), stamp, 2, (33, 33)), by_numpy(digit(), stamp, 2))


def on_random_numbers(kernel):
    y, w = random.standard_normal((1, 5, 6, 2)), random.standard_normal((3, 2, 4, 2))
    return np.allclose(kernel(y, w, 2, (11, 12)), by_numpy(y, w, 2))


def by_equation(kernel):
    images = random.standard_normal((1, 9, 7, 2))
    filters, dy = random.standard_normal((3, 4, 2, 3)), random.standard_normal((1, 4, 2, 3))
    dx = kernel(dy, filters, 2, (9, 7))
    return np.isclose((conv(images, filters) * dy).sum(), (images * dx).sum())


table = {}
print("mistake   the digit    random       the equation")
for mistake in (0, 1, 2, 3, 4):
    kernel = broken_gather(mistake)
    table[mistake] = [outcome(check, kernel) for check in (on_the_digit, on_random_numbers, by_equation)]
    print(f"{mistake or 'none':7}   " + "".join(f"{word:13}" for word in table[mistake]))
assert set(table[0]) == {"nothing"} and table[2][0] == "nothing"
assert all("nothing" not in words[1:] for mistake, words in table.items() if mistake)

# %% [markdown]
# The digit does not see mistake 2. p = -1 means its last row in Python, and that row is black, as the last column is.
# (In C++ it is what lies in memory before y; the checked build refuses to read it.)
#
# The equation sees all four, and nobody had to write a second implementation for it to compare with.
#
# ## Exercises

# %% [markdown]
# {{exercise 07a}}

# %% [markdown]
# {{exercise 07b}}

# %% [markdown]
# {{exercise 07c}}

# %% [markdown]
# ## You can now read
#
# * [alicuda/ops/conv_transpose2d.py](../alicuda/ops/conv_transpose2d.py): all of it.
# * [kernels/numba/conv2d_input_grad.py](../kernels/numba/conv2d_input_grad.py) and
#   [conv2d_weight_grad.py](../kernels/numba/conv2d_weight_grad.py): all of both.
# * [kernels/cuda/conv2d_input_grad.cu](../kernels/cuda/conv2d_input_grad.cu) and
#   [conv2d_weight_grad.cu](../kernels/cuda/conv2d_weight_grad.cu), with page 06 and its
#   [tile.cuh](../kernels/cuda/tile.cuh) beside them.
# * [kernels/cuda/shapes.cu](../kernels/cuda/shapes.cu) and [kernels/numba/shapes.py](../kernels/numba/shapes.py): all
#   of both. Who launches them: [backends/cuda/shapes.py](../alicuda/backends/cuda/shapes.py).
# * [alicuda/backends/cuda/convolution.py](../alicuda/backends/cuda/convolution.py): how all three directions are
#   launched.
# * In [alicuda/models/experiments.py](../alicuda/models/experiments.py) the tables of G1 and G2.
#
# Every word in bold is in the [glossary](glossary.md). The next page is [08_autograd](08_autograd.ipynb).
