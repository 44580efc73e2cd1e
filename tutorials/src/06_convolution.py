# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Convolution
#
# *What you will learn* (50 minutes; you need [05_matmul](05_matmul.ipynb) and
# [04_reduction_and_warps](04_reduction_and_warps.ipynb)):
#
# * the whole formula of a convolution: stride, several channels, several filters, and how large the result is;
# * why it is a matrix product in disguise, and why nobody writes that matrix down;
# * in which order pictures and filters lie in memory here, and what another order would cost;
# * the kernels that train the model, in Numba and in CUDA C++, and how much work each layer of ALI is.

# %% [markdown]
# ## The idea
#
# On page 00 a small window went over the digit. Wherever it stopped, nine pixels were multiplied with nine numbers of a
# filter and added up. Page 05 was about a row of A that meets a column of B: numbers multiplied in pairs, and added up.
#
# These are the same thing. Take the nine pixels of a window and write them in one line. Do that for each place where
# the window stops, line below line: that is a matrix A. Write each filter as a column: that is B. Then the product is
# the convolution, and all of page 05 is of use.

# %%
from drawings import convolution as drawings

drawings.window_to_row()

# %% [markdown]
# Look at the colours. The row of A consists of three pieces, and each piece lies in one line of the picture. That will
# matter.
#
# ## The formula and its shapes
#
# x holds N pictures of H x W pixels with C channels each. w holds K filters. Each filter covers a window of R x S
# pixels with *all* C channels. The window moves by t pixels at a time, the stride.
#
# $$ y_{n,p,q,k} = \sum_{r,s,c} x_{n,\,pt+r,\,qt+s,\,c} \; w_{r,s,c,k} $$
#
# | array | shape |
# |---|---|
# | x | (N, H, W, C) |
# | w | (R, S, C, K) |
# | y | (N, P, Q, K) |
#
# The window stays inside the picture; that is called a **valid convolution**. Its upper edge may stand in the rows 0 to
# H - R, and it stands in every t-th of those. So
#
# $$ P = \lfloor (H - R) / t \rfloor + 1 $$
#
# and Q likewise, from W and S.
#
# *Predict before you run the next cell:* the digit has 16 x 16 pixels, the window 3 x 3. How large is y for a stride of
# 1, 2, 3 and 4? For which of these are there rows at the lower edge that no window ever sees?

# %%
import alicuda
import matplotlib.pyplot as plt
import numpy as np
from book import digit, show, show_kernel, show_lines, show_source, tell, without_xray


def places(H, R, stride):
    return (H - R) // stride + 1


for stride in (1, 2, 3, 4):
    P = places(16, 3, stride)
    last = (P - 1) * stride + 2  # the lowest row of the lowest window
    print(f"stride {stride}: {P:2} x {P:2} pixels; the last window ends in row {last} of 0 to 15")

# %% [markdown]
# ## First as plain loops
#
# One thread makes one number of y. Threads are only numbered, 0, 1, 2 and so on. So a thread takes its number apart, as
# one takes seconds apart into hours, minutes and seconds. y lies in memory with k counting fastest, then q, p, n.


# %%
def conv2d_kernel(i, x, w, y, stride):
    (R, S, C, K), (N, P, Q, _) = w.shape, y.shape
    if i >= N * P * Q * K:
        return
    k = i % K
    q = i // K % Q
    p = i // (K * Q) % P
    n = i // (K * Q * P)
    total = 0.0
    for r in range(R):
        for s in range(S):
            for c in range(C):
                total += x[n, p * stride + r, q * stride + s, c] * w[r, s, c, k]
    y[n, p, q, k] = total


def by_loops(x, w, stride):
    (N, H, W, _), (R, S, _, K) = x.shape, w.shape
    y = np.full((N, places(H, R, stride), places(W, S, stride), K), np.nan, np.float32)
    for i in range(-(-y.size // 64) * 64):  # in blocks of 64 threads
        conv2d_kernel(i, x, w, y, stride)
    return y


def by_numpy(x, w, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(1, 2))
    return np.einsum("npqcrs,rsck->npqk", windows[:, ::stride, ::stride], w)


x = digit()
w = np.zeros((3, 3, 1, 2), np.float32)
w[:, :, 0, 0] = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]  # right minus left
w[:, :, 0, 1] = w[:, :, 0, 0].T  # below minus above

edges = {stride: by_loops(x, w, stride) for stride in (1, 2, 3)}
for stride, y in edges.items():
    print(f"stride {stride}: {y.shape}, largest difference from NumPy:", np.abs(y - by_numpy(x, w, stride)).max())
    assert np.allclose(y, by_numpy(x, w, stride), atol=1e-5)

# %% [markdown]
# Now several channels. `edges[1]` is an array (1, 14, 14, 2): a picture with two channels, and nobody minds that these
# are edges and not colours. We set its negative numbers to zero, as a leaky ReLU nearly does. What is left are the left
# and the upper borders of the strokes. Now a second convolution reads that. Its filter has the shape (3, 3, 2, 1): it
# adds up over a window of *both* channels. It wants a left border in its left column and an upper one in its upper row.
#
# *Predict:* where in the digit will it answer most strongly?

# %%
borders = np.maximum(edges[1], 0)
corner = np.zeros((3, 3, 2, 1), np.float32)
corner[:, 0, 0, 0] = 1
corner[0, :, 1, 0] = 1
corners = by_loops(borders, corner, 1)
assert np.allclose(corners, by_numpy(borders, corner, 1), atol=1e-4)

pictures = [(f"stride {stride}: {y.shape[1]} x {y.shape[2]}", y[0, :, :, 0]) for stride, y in edges.items()]
figure, panels = plt.subplots(2, 2, figsize=(5.6, 5.4), layout="constrained")
for panel, (title, picture) in zip(panels.flat, pictures, strict=False):
    image = panel.imshow(picture, cmap="RdBu_r", vmin=-4, vmax=4)
    panel.set_title(title, fontsize=11)
found = panels[1, 1].imshow(corners[0, :, :, 0], cmap="Greys", vmin=0, vmax=20)
panels[1, 1].set_title("corners: 12 x 12", fontsize=11)
for panel in panels.flat:
    panel.set(xticks=[], yticks=[])
bar = {"location": "bottom", "shrink": 0.8}
figure.colorbar(image, ax=panels[:, 0], label="right minus left", ticks=[-4, 0, 4], **bar)
figure.colorbar(found, ax=panels[:, 1], label="left and upper border", ticks=[0, 10, 20], **bar)
show(
    figure,
    "The vertical edges of the digit with strides 1, 2 and 3, coarser each time; and a map of upper left corners.",
)

# %% [markdown]
# Most strongly at the upper left, where the 2 begins: there both borders meet. Neither channel alone would tell.
#
# A stride of 2 leaves a quarter of the pixels, and the shape can still be made out. That is how the encoder goes from
# 32 x 32 pixels to a single one. A second convolution sees what the first has found. That is how it goes from edges to
# digits.
#
# ## The same in Numba
#
# The first kernel of the library is the loop above, word for word:

# %%
show_kernel("numba/conv2d.py", "conv2d")

# %%
from alicuda import numba_kernels

if reason := numba_kernels.missing():
    print("The kernels in Numba are left out on this page:", reason)
else:
    direct = numba_kernels.load("conv2d").conv2d
    y = np.full(edges[2].shape, np.nan, np.float32)
    numbers = (*x.shape, 3, 3, 2, *y.shape[1:3], 2)  # N, H, W, C, R, S, K, P, Q, stride
    direct[-(-y.size // 64), 64](x, w, y, *numbers)
    print("largest difference from our loops:", np.abs(y - edges[2]).max())
    assert np.allclose(y, edges[2], atol=1e-5)

# %% [markdown]
# ## As a matrix product
#
# To write the windows down as rows is called **im2col**, "image to columns" (some write them as columns). A has the
# shape (N P Q, R S C), and w, read as (R S C, K), is B as it lies in memory.
#
# *Predict:* the digit has 256 numbers. How many has A, for a stride of 1, 2 and 3? When is A smaller than the picture?


# %%
def im2col(x, R, S, stride):
    N, H, W, _ = x.shape
    rows = []
    for n in range(N):
        for p in range(places(H, R, stride)):
            for q in range(places(W, S, stride)):
                window = x[n, p * stride : p * stride + R, q * stride : q * stride + S]
                rows.append(window.reshape(-1))
    return np.array(rows)


for stride in (1, 2, 3):
    A, B = im2col(x, 3, 3, stride), w.reshape(-1, 2)
    product = (A @ B).reshape(edges[stride].shape)
    print(f"stride {stride}: A {A.shape}, {A.size:,} numbers; B {B.shape}")
    assert np.allclose(product, edges[stride], atol=1e-5)

# %% [markdown]
# With stride 1 A is nearly seven times the picture, since most pixels are in nine windows. With stride 3 no pixel is in
# two. In general A has about R S / t² times as many numbers as x.
#
# That is the price of im2col. Somebody has to write A into memory, and somebody has to read it again. But look at *one*
# number of A. Where does it come from? Let m be the row and d the step within the row. The window of row m begins at a
# corner, and step d lies at a fixed distance from there:
#
# $$ A_{m,d} = x[\,\mathrm{corner}(m) + \mathrm{inside}(d)\,] $$
#
# x is one long row of numbers here. The corner depends on m alone, and the inside on d alone. So a kernel that
# wants a part of A can fetch it straight from x. Nobody writes A down. That is called **implicit GEMM** (GEMM is what
# libraries call a matrix product).


# %%
def corner_of(m, H, W, C, P, Q, stride):
    n, p, q = m // (P * Q), m // Q % P, m % Q
    return ((n * H + p * stride) * W + q * stride) * C


def inside(d, W, C, S):
    r = d // (S * C)
    return r * W * C + d % (S * C)


random = np.random.default_rng(0)
some = random.standard_normal((2, 9, 13, 3), np.float32)
for R, S, stride in [(3, 3, 1), (3, 2, 2), (5, 4, 3)]:
    N, H, W, C = some.shape
    P, Q = places(H, R, stride), places(W, S, stride)
    m, d = np.arange(N * P * Q), np.arange(R * S * C)
    A = some.reshape(-1)[corner_of(m, H, W, C, P, Q, stride)[:, None] + inside(d, W, C, S)]
    assert np.array_equal(A, im2col(some, R, S, stride))
    print(f"window {R} x {S}, stride {stride}: A {A.shape} is the same")

# %% [markdown]
# Within one line of the window, `inside` grows by one with each step: S C numbers in a row are neighbours in x. These
# are the coloured pieces of the drawing. A whole row of A is R such pieces.
#
# ## The order in memory
#
# Why C last? The numbers of one pixel lie side by side, then comes the next pixel. That order is called **NHWC**. Many
# programs use NCHW: a whole picture of the first channel, then one of the second. Then the pieces of a row of A have
# only S numbers, not S C.
#
# Here are the layers of ALI's encoder, G2, for photos of house numbers. We let the model encode one black photo, and
# note each convolution.

# %%
from alicuda.backends.numpy_fast import NumPyFast


class Noting(NumPyFast):
    """The numpy backend, which notes the shapes of each convolution."""

    def __init__(self):
        super().__init__()
        self.layers = []

    def conv2d(self, x, w, stride):
        y = super().conv2d(x, w, stride)
        self.layers.append((x.shape, w.shape, stride, y.shape))
        return y


noting = Noting()
with alicuda.use_backend(noting):
    alicuda.models.ALI("svhn").g2(np.zeros((1, 32, 32, 3), np.float32))
layers = noting.layers
for number, (x_shape, w_shape, stride, y_shape) in enumerate(layers, 1):
    print(f"layer {number}: x {x_shape!s:17} w {w_shape!s:18} stride {stride}   y {y_shape}")

# %% [markdown]
# The last two have windows of a single pixel: plain matrix products. For the others, *predict:* how many sectors must
# move for *one* window, in NHWC and in NCHW? Take layer 2: a window of 4 x 4 pixels with 32 channels is 512 numbers,
# which fill 64 sectors if they are neighbours. What is different in layer 1?


# %%
def sectors_of_a_window(x_shape, w_shape, stride, y_shape, order):
    """On average over all windows; `order` says which axes of NHWC count, slowest first."""
    place = np.empty(x_shape, int)  # of each number, in memory
    place.transpose(order)[:] = np.arange(place.size).reshape([x_shape[axis] for axis in order])
    windows = im2col(4 * place // 32, *w_shape[:2], stride)
    return np.mean([len(set(row)) for row in windows])


ORDERS = {"NHWC": (0, 1, 2, 3), "NCHW": (0, 3, 1, 2)}
moved = {name: [sectors_of_a_window(*layer, order) for layer in layers[:5]] for name, order in ORDERS.items()}
fewest = [np.prod(w_shape[:3]) / 8 for _, w_shape, _, _ in layers[:5]]
figure, axes = plt.subplots(figsize=(6.4, 3.3), layout="constrained")
for shift, (name, counts), colour in zip([-0.2, 0.2], moved.items(), ["tab:blue", "tab:orange"], strict=True):
    ratios = np.array(counts) / fewest
    bars = axes.bar(np.arange(1, 6) + shift, ratios, 0.38, color=colour, label=name)
    axes.bar_label(bars, [f"{ratio:.1f}" for ratio in ratios], fontsize=8, padding=1)
axes.axhline(1, color="black", linewidth=1, linestyle=":")
axes.set(xlabel="layer of the encoder", ylabel="times the fewest", ylim=(0, 3.4), xticks=range(1, 6))
axes.set_title("Sectors that move for one window", fontsize=11)
axes.legend(fontsize=9)
show(
    figure,
    "In NHWC windows of layers 2 to 5 move the fewest sectors possible. In NCHW they move up to three times as many.",
)
for number in (1, 2):
    counts = ", ".join(f"{name} {counts[number - 1]:.1f}" for name, counts in moved.items())
    print(f"layer {number}: {counts}, at best {fewest[number - 1]:.1f}")
assert np.allclose(np.array(moved["NHWC"][1:]) / fewest[1:], 1)

# %% [markdown]
# From layer 2 on, NHWC is as good as can be: the channels of a pixel fill whole sectors. In NCHW a piece is 4 or so
# numbers, half a sector at best. (In the last of these layers the window is the whole picture, so every order does.) In
# layer 1 a pixel has three numbers, and pieces begin anywhere.
#
# (This counts one window by itself. Windows overlap, and a kernel made for NCHW lets its lanes run along q, over
# several windows at once. But pictures become small: the rows of the later layers have 13, 10 and 4 pixels, and nothing
# about these fills whole sectors. The channels become more.)
#
# There is a second gain. Pieces whose length divides by 4 can be moved 16 bytes at a time. And the filters? w is
# **RSCK**: K last, so that a row of B, one step d of all filters, is K neighbours.
#
# ## The ladder
#
# The library has five kernels for this, too, from the plainest to the one that trains. In the first a thread makes one
# number of y, and neighbouring threads have neighbouring *pixels*, as one thinks of a picture.

# %%
from alicuda import emulator, ladders, xray

LADDER = ladders.get("conv2d")
STEPS = {step.name[:2]: step for step in LADDER.steps}

no_xray = without_xray()  # None, where a compiler is at hand


def answer_and_reports(step, problem, source=None):
    """What a step (or another source in its place) makes of a problem, and xray's report of each launch."""
    program = emulator.compile(source or step.source(problem.size))
    arrays = step.arrays(problem)
    reports = [
        xray.profile(program.kernel(launch.kernel), launch.grid, launch.block, launch.arguments(arrays), card=None)
        for launch in step.launches(problem.size)
    ]
    return arrays["out"], reports


show_lines("ladders/conv2d/01_naive.cu", "int pixel = ", "y[pixel")

# %% [markdown]
# *Predict* for layer 2: C is 32, the stride 2, K is 64. How many sectors does a warp need for its numbers of x? Of w?
# To write y?

# %%
if not no_xray:
    layer2 = LADDER.problem((1, 28, 28, 32, 64, 4, 4, 2))  # N, H, W, C, K, R, S, stride
    y, reports = answer_and_reports(STEPS["01"], layer2)
    assert np.allclose(y, layer2.answer, atol=1e-3)
    for line in reports[0].lines:
        best = line.ideal_sectors_per_request
        print(f"{line.op:5} {line.array}: {line.sectors_per_request:4.1f} sectors a request (at best {best:.1f})")

# %% [markdown]
# Neighbouring pixels are 2 · 32 numbers apart in x, and 64 in y. So nearly every lane has a sector of its own. (It is a
# little below 32 because the last warp is not full.) The mirror of page 05's first step, and the remedy is the same:
# lanes along k, where w and y have neighbours. Step 2 does that, with im2col before it:

# %%
show_lines("ladders/conv2d/02_im2col_matmul.cu", "int i = blockIdx.x * THREADS", "columns[i] =")
show_lines("ladders/conv2d/02_im2col_matmul.cu", "int row = ", "y[row")

# %% [markdown]
# Step 3 multiplies with tiles in shared memory, as page 05's step 3. Step 4 is the implicit GEMM: the block fetches its
# part of A straight from x. Here are `corner` and `inside` again:

# %%
show_lines("ladders/conv2d/04_implicit_gemm.cu", "int corners[FETCHED]", "}")
show_lines("ladders/conv2d/04_implicit_gemm.cu", "int d = first + t % DEPTH", "a[t / DEPTH")

# %% [markdown]
# *Predict:* A of layer 2 has 169 · 512 numbers, about a third of a million bytes, and x has 100,000 bytes. Steps 1 to 4
# move how many MB? And step 5, the kernel that trains: more than step 4, or less?

# %%
if not no_xray:
    moved = {}
    print(f"{'':20}{'MB moved':>10}{'requests':>10}{'FLOPs a byte':>14}{'launches':>10}{'blocks':>8}")
    for step in LADDER.steps:
        y, reports = answer_and_reports(step, layer2)
        assert np.allclose(y, layer2.answer, atol=1e-3) and sum(report.hazards for report in reports) == 0
        bytes_moved = sum(report.totals["global_bytes"] for report in reports)
        requests = sum(report.totals["global_requests"] for report in reports)
        (main,) = (report for report in reports if report.kernel == "conv2d")
        moved[step.name] = bytes_moved
        print(
            f"{step.name:20}{bytes_moved / 1e6:10.2f}{requests:10,}{layer2.flops / bytes_moved:14.2f}"
            f"{len(reports):10}{np.prod(main.grid):8}"
        )
    figure, axes = plt.subplots(figsize=(6.4, 2.7), layout="constrained")
    bars = axes.barh(list(moved), [count / 1e6 for count in moved.values()], color="tab:blue")
    axes.bar_label(bars, [f"{count / 1e6:.2f}" for count in moved.values()], fontsize=9, padding=3)
    axes.axvline(layer2.bytes / 1e6, color="black", linestyle=":", linewidth=1)
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="MB, logarithmic; dotted: each number once", xlim=(0.1, 900))
    axes.set_title("Layer 2 of the encoder, one picture: what moves", fontsize=11)
    show(figure, "MB moved: " + ", ".join(f"{count / 1e6:.2f} in {name}" for name, count in moved.items()) + ".")

# %% [markdown]
# In step 3 A takes more than half: x is read to make it, it is written, and it is read by two columns of blocks. Step 4
# has no A in memory, and squares twice as large.
#
# Step 5 moves *more*. It has chosen to. One picture of this layer has 169 pixels of y. In squares of 64 x 64, as in
# step 4, that makes 3 blocks, and a large GPU has room for hundreds at a time. So step 5 takes narrow tiles, and lets
# several blocks share the depth of one tile; a second launch adds up what they have made. More walking, and more people
# who walk. Whether that is right, only a GPU can tell; no figures of one have been measured for this page yet.
#
# With a batch of 100 there are blocks enough. ("Depth by 8": eight blocks share the depth of a tile.)

# %%
from alicuda.backends.cuda.convolution import planned
from alicuda.backends.cuda.tiles import Shape

for N in (1, 100):
    print(f"batch of {N}:")
    for number, ((_, H, W, C), (R, S, _, K), stride, (_, P, Q, _)) in enumerate(layers, 1):
        plan = planned("forward", Shape(N, H, W, C, R, S, K, P, Q, stride))
        tile, blocks = plan.tile, np.prod(plan.grid)
        print(
            f"    layer {number}: {N * P * Q:6,} rows, depth {R * S * C:5,}, {K:3} columns:"
            f" tiles {tile.BM:3} x {tile.BN:3}, depth by {plan.splits:2}, {blocks:4} blocks"
        )

# %% [markdown]
# ## The kernel that trains
#
# [conv2d.cu](../kernels/cuda/conv2d.cu) is step 4 and steps 6 and 7 of page 05 together: an implicit GEMM, 16 bytes a
# request, two slabs. You have met each part. The names `A` and `B` stand for two ways to share out the fetching;
# `A::line(i)` and `A::k(i)` say which row and which step is the i-th that this thread fetches for its block. `k` is
# what we call d. (`A::line` is the function `line` of the struct A: a struct can have functions, and those marked
# `static` need no object of it, only its name.)

# %%
show_lines("cuda/conv2d.cu", "int corners[A::COUNT]", "}")
show_lines("cuda/conv2d.cu", "for (int round = 0;; ++round, ++slab) {", "__syncthreads")

# %% [markdown]
# The rest of [tile.cuh](../kernels/cuda/tile.cuh) shares out the fetching. `Chunks` says which chunks are a thread's,
# and how many at most. `struct AlongK : Chunks<EXTENT>` is a struct that has all of that, and more. x has neighbouring
# *steps* side by side, w has neighbouring *columns*. That is the difference between `AlongK` and `AlongLines`:

# %%
show_lines("cuda/tile.cuh", "struct Chunks", "};")
show_lines("cuda/tile.cuh", "struct AlongK", "};")
show_lines("cuda/tile.cuh", "struct AlongLines", "};")
show_kernel("cuda/tile.cuh", "write_row", "split_begin")

# %% [markdown]
# (`template <int EXTENT>` above them means: one text for several sizes. EXTENT is BM for A and BN for B.)
#
# On the emulator, with the digit and with a shape that divides by nothing:

# %%
if not no_xray:
    with alicuda.use_backend("emulator"):
        for pictures, filters, stride in [(x, w, 1), (x, w, 2), (some, random.standard_normal((3, 2, 3, 5)), 2)]:
            filters = filters.astype(np.float32)
            y, wanted = alicuda.conv2d(pictures, filters, stride).numpy(), by_numpy(pictures, filters, stride)
            print(f"y {y.shape!s:15} largest difference from NumPy: {np.abs(y - wanted).max():.1e}")
            assert np.allclose(y, wanted, atol=1e-5)

# %% [markdown]
# Numba has a kernel with tiles in shared memory as well. It is an implicit GEMM: look how `d` is taken apart into r, s
# and c. And no thread leaves early, for others need what it fetches.

# %%
show_kernel("numba/conv2d_shared.py", "conv2d_shared")
if not numba_kernels.missing():
    shared = numba_kernels.load("conv2d_shared").conv2d_shared
    y = np.full(edges[2].shape, np.nan, np.float32)
    shared[(-(-y[..., 0].size // 16), 1), (16, 16)](x, w, y, *numbers)
    print("largest difference from our loops:", np.abs(y - edges[2]).max())
    assert np.allclose(y, edges[2], atol=1e-5)

# %% [markdown]
# ## How much work is a layer?
#
# Each number of y costs R S C multiply-adds. *Predict*, with the shapes above: which layer of the encoder has the most
# multiply-adds? Which has the most weights, the numbers of w?

# %%
macs = [np.prod(y_shape) * np.prod(w_shape[:3]) for _, w_shape, _, y_shape in layers]
weights = [np.prod(w_shape) for _, w_shape, _, _ in layers]
print(f"one picture: {sum(macs):,} multiply-adds, {sum(weights):,} weights")
assert sum(macs) == 31_536_640

figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.0), layout="constrained", sharey=True)
names = [f"{i}: {s[0][1]} x {s[0][2]} x {s[0][3]}" for i, s in enumerate(layers, 1)]
for axes, counts, title in [(left, macs, "multiply-adds a picture"), (right, weights, "weights")]:
    bars = axes.barh(names, [count / 1e6 for count in counts], color="tab:blue")
    axes.bar_label(bars, [f"{count / 1e6:.2f}" for count in counts], fontsize=8, padding=2)
    axes.set(xlabel="millions", xlim=(0, max(counts) / 1e6 * 1.2))
    axes.set_title(title, fontsize=11)
left.invert_yaxis()
left.set(ylabel="layer, and the shape it reads")
most_work, most_weights = np.argmax(macs) + 1, np.argmax(weights) + 1
show(figure, f"Bars: most multiply-adds are in layer {most_work}, most weights in layer {most_weights}.")

# %% [markdown]
# In the middle of the encoder pictures are still large and channels are many already. There most of the arithmetic is.
# At the end there is one pixel, and most of the weights. Each weight of layer 5 is used once a picture, each of layer 3
# a hundred times. So for one picture layer 5 is bound by memory, whatever the kernel; with a batch of 100 a weight that
# has been fetched serves all of them. That is one reason to train with batches.
#
# (The part of D that looks at pictures begins with the same five layers.)
#
# ## A bias
#
# After a convolution often comes a **bias**: a number that is added. If there is one for each channel, the same at each
# pixel, it is called *tied*; if each number of a picture has its own, *untied*. Both are one formula:
#
# $$ y_{m,c} = x_{m,c} + b_c $$
#
# For a tied bias the rows m are all pixels of all pictures. For an untied one the rows are the pictures, and c counts
# all numbers of one. G1 ends with an untied bias. *Predict:* how many numbers has it, for photos of 32 x 32 x 3? How
# many would a tied one have?

# %%
show_kernel("numba/bias.py", "bias_add")
show_kernel("cuda/bias.cu", "bias_add")

ali = alicuda.models.ALI("svhn")
biases = [parameter for parameter in ali.players["g"].parameters if parameter.shape == (32, 32, 3)]
print("G1's last bias:", [bias.shape for bias in biases], "numbers:", [bias.size for bias in biases])

y = edges[1]
backends = ["numpy"] if no_xray else ["numpy", "emulator"]
for b in (np.array([1, -1], np.float32), np.linspace(-1, 1, y[0].size, dtype=np.float32).reshape(y[0].shape)):
    for backend in backends:
        with alicuda.use_backend(backend):
            assert np.allclose(alicuda.bias_add(y, b).numpy(), y + b, atol=1e-6)
    print("bias", b.shape, "is right on", " and ".join(backends))

# %% [markdown]
# In CUDA C++ a thread fetches its numbers of b *once* and walks down the rows with them, by the `Walk` of page 04. The
# second kernel of that file, `bias_grad`, adds up columns by the `sum_columns` of that page; training needs it.
#
# ## The function
#
# This is what the model calls. It looks at the shapes first, and every mistake gets a sentence. (What is inside of
# `backward` is for training; page 07 is about it.)

# %%
show_source(alicuda.conv2d)
show_source(alicuda.bias_add)

# %% [markdown]
# ## Break it
#
# First two mistakes in calling it: a picture in NCHW, and a filter that is larger than the picture.

# %%
for pictures, filters in [(x.transpose(0, 3, 1, 2), w), (x[:, :2], w)]:
    try:
        alicuda.conv2d(pictures, filters)
    except ValueError as error:
        tell(f"{type(error).__name__}: {error}")

# %% [markdown]
# Then three in the kernel of step 1:
#
# 1. the stride is forgotten for the columns: `q + s`;
# 2. H where W should be;
# 3. `tap[c]` for `tap[c * K]`: the next filter in place of the next channel.
#
# And three problems: the digit with one filter and stride 1; a square picture of two channels, stride 2; and 2 x 9 x 13
# x 3 with 5 filters of 3 x 2, stride 2. *Predict* the nine answers. `different` is NumPy's word, `hazards` xray's.

# %%
if not no_xray:
    text = STEPS["01"].path.read_text(encoding="utf-8")
    broken = {
        "1. no stride": text.replace("q * stride + s)", "q + s)"),
        "2. H for W": text.replace("+ r) * W", "+ r) * H"),
        "3. tap[c]": text.replace("tap[c * K]", "tap[c]"),
    }
    problems = {
        "the digit": (1, 16, 16, 1, 1, 3, 3, 1),
        "square, 2 channels": (1, 14, 14, 2, 2, 3, 3, 2),
        "2 x 9 x 13 x 3": (2, 9, 13, 3, 5, 3, 2, 2),
    }
    print(" " * 14 + "".join(f"{name:25}" for name in problems))
    noticed = {}
    for mistake, source in broken.items():
        assert source != text
        noticed[mistake] = []
        for size in problems.values():
            problem = LADDER.problem(size)
            y, (report,) = answer_and_reports(STEPS["01"], problem, source)
            words = ["different"] * (not np.allclose(y, problem.answer, atol=1e-4)) + ["hazards"] * (report.hazards > 0)
            noticed[mistake].append(" and ".join(words) or "nothing")
        print(f"{mistake:14}" + "".join(f"{words:25}" for words in noticed[mistake]))
    assert {words[0] for words in noticed.values()} == {"nothing"}
    assert "nothing" not in {words[2] for words in noticed.values()}

# %% [markdown]
# The digit finds none of the three: it has stride 1, it is square, and it has one channel and one filter. It is our
# running example, and a bad test. The last problem finds all of them, since all of its sizes differ.
#
# xray had nothing to say. Each thread reads a number that exists; it is only the wrong one. (In a picture with more
# rows than columns the second mistake would leave the array.) Other mistakes are seen by xray alone, as on page 02. So
# use both.

# %% [markdown]
# ## Exercises

# %% [markdown]
# {{exercise 06a}}

# %% [markdown]
# {{exercise 06b}}

# %% [markdown]
# {{exercise 06c}}

# %% [markdown]
# ## You can now read
#
# * [kernels/numba/conv2d.py](../kernels/numba/conv2d.py) and
#   [conv2d_shared.py](../kernels/numba/conv2d_shared.py): all of both.
# * [kernels/cuda/conv2d.cu](../kernels/cuda/conv2d.cu), with [tile.cuh](../kernels/cuda/tile.cuh), now to its end.
# * [kernels/numba/bias.py](../kernels/numba/bias.py) and [kernels/cuda/bias.cu](../kernels/cuda/bias.cu): all of both.
# * [alicuda/ops/conv2d.py](../alicuda/ops/conv2d.py) and [bias_add.py](../alicuda/ops/bias_add.py): how they check and
#   whom they call.
# * [kernels/ladders/conv2d/](../kernels/ladders/README.md): all five files. How they are launched is in
#   [alicuda/ladders/conv2d.py](../alicuda/ladders/conv2d.py).
# * [alicuda/backends/cuda/tiles.py](../alicuda/backends/cuda/tiles.py): `TILES` and `plan`, who chooses the tile.
#
# Every word in bold is in the [glossary](glossary.md). The next page is
# [07_transposed_convolution](07_transposed_convolution.ipynb).
