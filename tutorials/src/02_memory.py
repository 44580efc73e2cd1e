# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Memory
#
# *What you will learn* (30 minutes; you need [01_one_thread_one_number](01_one_thread_one_number.ipynb)):
#
# * in which pieces a GPU's memory moves, and why 32 threads that ask together should ask for neighbours;
# * what a step between the numbers costs, and what `float4` changes and what it does not;
# * why turning a picture on its side is harder than copying it;
# * how to ask xray, which counts all of this on your computer, without a GPU.

# %% [markdown]
# ## The idea
#
# The numbers of a GPU lie in a large memory beside the processor. You fetch eggs from a shop in boxes, not one by one,
# and this memory is such a shop. Its box is called a **sector**: 32 bytes in a row, beginning at a place that divides
# by 32. One float32 has 4 bytes, so a sector holds 8 numbers. If a thread wants one of them, all 8 are moved.
#
# Now remember the warp of page 01: 32 threads that run together. Each of the 32 is called a **lane**. They reach the
# same line of the kernel together, and each lane names the number it wants. All of that is *one* **request**, and the
# memory answers a request with the sectors in which those numbers lie, each sector once.
#
# So it matters *which* 32 numbers a warp wants. If they are neighbours, they fill 4 sectors, and nothing is moved in
# vain. Such a request is called **coalesced**: grown together. If they are far apart, each lies in a sector of its
# own, and 7 of every 8 numbers that move are thrown away.
#
# Here is our digit. Rows follow one another in memory, so a row of 16 pixels is two sectors. Dots are the 32 numbers
# that a warp wants; orange are the sectors that move for them.

# %%
import matplotlib.pyplot as plt
import numpy as np
from book import digit, show, show_kernel, without_xray


def sectors_of(places):
    """Which sectors hold these numbers: 4 bytes each, 32 bytes a sector."""
    return {4 * place // 32 for place in places}


places_of = np.arange(16 * 16).reshape(16, 16)  # where in memory each pixel lies
wishes = {"two rows": places_of[6:8], "two columns": places_of[:, 7:9]}
figure, panels = plt.subplots(1, 2, figsize=(6.6, 3.7), layout="constrained")
for panel, (name, wanted) in zip(panels, wishes.items(), strict=True):
    moved = sectors_of(wanted.flat)
    panel.imshow(digit()[0, :, :, 0], cmap="gray", vmax=1.6)
    for sector in range(32):
        row, column = divmod(8 * sector, 16)
        box = {"fill": sector in moved, "facecolor": (1, 0.5, 0, 0.55), "edgecolor": "grey", "linewidth": 0.6}
        panel.add_patch(plt.Rectangle((column - 0.5, row - 0.5), 8, 1, **box))
    panel.plot(wanted % 16, wanted // 16, ".", color="white", markersize=5)
    panel.set_title(f"{name}: {wanted.size} numbers,\n{len(moved)} sectors move", fontsize=11)
    panel.set(xticks=[], yticks=[])
show(figure, "The digit, cut into sectors of 8 pixels. Two whole rows lie in few of them, two columns touch every one.")

# %% [markdown]
# Both times the warp gets 32 numbers. For the two columns in the middle, the whole picture has to move.
#
# ## The formula and its shapes
#
# x has the shape (n,). Lane t of a warp wants number $a_t$. The sectors of the request are
#
# $$ S = \Bigl|\Bigl\{ \lfloor 4\,a_t / 32 \rfloor \;:\; t = 0, \dots, 31 \Bigr\}\Bigr| $$
#
# that is, how many *different* values the fraction has, rounded down. The smallest S for 32 different numbers of 4
# bytes is 32 · 4 / 32 = 4. We compare with that best value, and call the share, best through S, the **efficiency**.
#
# Our first kernel copies, but takes only every s-th number. (Page 00 had a word for such a step: stride.)
#
# $$ y_i = x_{s\,i} $$
#
# x has the shape (n,), y has (m,), and s (m - 1) must be less than n. With s = 1 it is a plain copy. With s = 2 it
# takes every second number.

# %% [markdown]
# ## First as plain loops
#
# The kernel is one line, as on page 01. New is who launches it: warp by warp. For each warp, the arrays write down
# which of their numbers were asked for. Then we count sectors.


# %%
def copy_kernel(i, x, y, size, stride):
    if i < size:
        y[i] = x[stride * i]


class Noting:
    """An array that notes the place of each number that is read or written."""

    def __init__(self, array):
        self.array, self.places = array.reshape(-1), []

    def __getitem__(self, place):
        self.places.append(place)
        return self.array[place]

    def __setitem__(self, place, value):
        self.places.append(place)
        self.array[place] = value


def launch_in_warps(kernel, threads, x, y, *numbers):
    """Run all threads, 32 at a time. Returns the sectors of a request to x and to y, on average."""
    counted = []
    for first in range(0, threads, 32):
        noting_x, noting_y = Noting(x), Noting(y)
        for t in range(first, min(first + 32, threads)):
            kernel(t, noting_x, noting_y, *numbers)
        counted.append([len(sectors_of(noting_x.places)), len(sectors_of(noting_y.places))])
    return np.mean(counted, axis=0)


# %% [markdown]
# It counts right as long as a thread touches each array once. That will do here.
#
# Our vector is the digit again, drawn larger: each pixel becomes 6 rows and 4 columns, which makes a poster.
#
# *Predict before you run the next cell:* a warp copies with stride 1, 2, 4, 8, 16. How many sectors does it need to
# read its 32 numbers? How many to write them? Write down ten numbers.

# %%
poster = np.kron(digit()[0, :, :, 0], np.ones((6, 4), np.float32))
x, size = poster.reshape(-1), 256
print("the poster:", poster.shape, " as a vector:", x.shape)

by_loops = {}
for stride in range(1, 17):
    y = np.full(size, np.nan, np.float32)
    by_loops[stride] = launch_in_warps(copy_kernel, size, x, y, size, stride)
    assert np.array_equal(y, x[::stride][:size])  # NumPy's own way to take every s-th number
for stride in (1, 2, 4, 8, 16):
    read, written = by_loops[stride]
    print(f"stride {stride:2}: a request reads {read:2.0f} sectors and writes {written:2.0f}")

# %% [markdown]
# Stride 2 takes twice the sectors, for half of each sector is not wanted. With stride 8 each lane has a sector to
# itself. Worse than that it cannot get: 32 lanes, 32 sectors. The writing side does not change, since y has no gaps.
#
# ## Now xray
#
# **xray** is the part of this project that does what our `Noting` did, for any kernel in CUDA C++: it runs the kernel
# on the emulator, puts the 32 threads of each warp together again, and counts for each line of the source. Here is the
# same kernel:

# %%
assert [by_loops[s][0] for s in (1, 2, 4, 8, 16)] == [4, 8, 16, 32, 32]  # from above

COPY = r"""
extern "C" __global__ void copy(const float* x, float* y, int size, int stride) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < size) y[i] = x[stride * i];
}
"""

# %%
from alicuda import emulator, xray
from alicuda.kernel_source import kernels_folder
from alicuda.xray import picture
from alicuda.xray.text import as_text

no_xray = without_xray()  # None, where a compiler is at hand


def profile(source, name, grid, block, *arguments, **defines):
    return xray.profile(emulator.compile(source, defines=defines).kernel(name), grid, block, arguments, card=None)


def print_report(report):
    print(as_text(report).replace(f"{kernels_folder()}/", "kernels/"))


if not no_xray:
    y = emulator.empty(size, np.float32)
    print_report(profile(COPY, "copy", 4, 64, x, y, size, 2))
    assert np.array_equal(y, x[::2][:size])

# %% [markdown]
# Read it line by line. Below the source line stands each access: what it does to which array; how many requests (one a
# warp); how many lanes took part; and the sectors of a request, beside the fewest in which the same numbers could lie.
# `X` marks the access that wastes most. Below, "bytes moved" counts a sector anew for each request that needs it;
# "bytes lie in the sectors touched" counts each sector once. `emulator.empty` is memory that nobody has written, so
# that xray notices if a kernel reads it.
#
# Does xray agree with our loops for each stride?

# %%
if not no_xray:
    by_xray = {}
    for stride in by_loops:
        report = profile(COPY, "copy", 4, 64, x, emulator.empty(size, np.float32), size, stride)
        by_xray[stride] = {line.op: line for line in report.lines}
        found = [by_xray[stride][op].sectors_per_request for op in ("load", "store")]
        assert np.allclose(found, by_loops[stride])
    print(f"loops and xray agree for {len(by_xray)} strides")

    strides = list(by_xray)
    loads = [by_xray[s]["load"] for s in strides]
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.3), layout="constrained")
    left.plot(strides, [by_loops[s][0] for s in strides], "-", color="tab:blue", label="read, our loops")
    left.plot(
        strides, [line.sectors_per_request for line in loads], "o", color="tab:blue", mfc="none", label="read, xray"
    )
    left.plot(strides, [by_loops[s][1] for s in strides], "-", color="tab:orange", label="written, our loops")
    left.plot(strides, [line.ideal_sectors_per_request for line in loads], "k:", linewidth=2, label="best for reading")
    left.set(xlabel="stride, in numbers", ylabel="sectors a request", ylim=(0, 34), xticks=[1, 4, 8, 12, 16])
    left.legend(fontsize=8, loc="center right")
    left.set_title("What moves", fontsize=11)
    right.bar(strides, [100 * line.efficiency for line in loads], color="tab:blue")
    right.set(xlabel="stride, in numbers", ylabel="per cent", ylim=(0, 105), xticks=[1, 4, 8, 12, 16])
    right.set_title("How much of what is read is wanted", fontsize=11)
    show(
        figure,
        "Sectors of a read grow with the stride up to 8, then stay; the share that is wanted falls, then stays.",
    )

# %% [markdown]
# xray can draw one warp, too: the lanes above, the sectors below, and a line from each lane to its number. It chooses
# the access that wastes most. First stride 1, where none wastes anything: it takes the store
# to y. Then stride 2: there it is the load of x.

# %%
if not no_xray:
    for stride in (1, 2):
        report = profile(COPY, "copy", 4, 64, x, emulator.empty(size, np.float32), size, stride)
        show(
            picture.draw(report),
            f"One warp with stride {stride}: 32 lanes, and the sectors in which their numbers lie.",
        )

# %% [markdown]
# Grey is what moves and nobody wants.
#
# ## Four numbers a thread
#
# On page 01 each thread of the library's leaky ReLU fetched four neighbours at once. In CUDA C++ four such numbers are
# often written `float4`; the library has its own `Vector`, whose size can be chosen:

# %%
show_kernel("cuda/leaky_relu.cu", "leaky_relu")
show_kernel("cuda/vector.cuh", "load", "store")

# %% [markdown]
# *Predict:* with 4 numbers a thread, how many sectors does one request need? Is that better or worse than 4? And how
# many sectors move for the whole vector?

# %%
if not no_xray:
    for vector in (1, 2, 4):
        y, slope = emulator.empty(x.size, np.float32), np.float32(0.1)
        blocks = -(-x.size // (256 * vector))
        report = profile("leaky_relu.cu", "leaky_relu", blocks, 256, x, y, x.size, slope, VECTOR=vector)
        (line,) = (line for line in report.lines if line.op == "load")
        print(
            f"VECTOR {vector}: {line.requests:4} requests of {line.sectors_per_request:4.1f} sectors"
            f" (at best {line.ideal_sectors_per_request:4.1f}), {line.sectors} sectors together"
        )
        assert np.array_equal(y, np.where(x > 0, x, slope * x)) and line.efficiency == 1

# %% [markdown]
# More sectors a request, and yet nothing is wasted: the request also brings four times as many numbers. So never judge
# by sectors a request alone; look at the best value beside it. The sectors of the whole vector stay the same, for the
# numbers are the same. What `float4` saves is requests: a quarter of them will do. It mends no bad stride.

# %% [markdown]
# ## A picture on its side
#
# To **transpose** a picture means to make its rows the columns. X has the shape (R, C), Y has (C, R):
#
# $$ Y_{c,r} = X_{r,c} $$
#
# $$ \text{in memory:} \quad y_{\,c R + r} = x_{\,r C + c} $$
#
# As a loop, with one thread for each number of X:


# %%
def transpose_kernel(t, x, y, R, C):
    row, column = divmod(t, C)
    if row < R:
        y[column * R + row] = x[row * C + column]


# %% [markdown]
# And the library's first, plainest kernel for it. It is the lowest step of a *ladder*: kernels that all do the same,
# each without one flaw of the step before. Threads have two numbers here, `.x` and `.y`, and so have blocks: a block
# of 32 x 32 threads moves a square. Threads are counted along x first, so the 32 lanes of a warp have the same
# `threadIdx.y` and all values of `threadIdx.x`.

# %%
show_kernel("ladders/transpose/01_naive.cu", "transpose")

# %% [markdown]
# *Predict:* a copy reads 4 sectors a request and writes 4. The transpose moves exactly as many numbers. How many
# sectors does a request read, and how many does it write? Which of the two array accesses will get the `X`?

# %%
R, C = poster.shape
turned = np.full((C, R), np.nan, np.float32)
read, written = launch_in_warps(transpose_kernel, R * C, poster, turned, R, C)
print(f"our loops: a request reads {read:.0f} sectors and writes {written:.0f}\n")
assert np.array_equal(turned, poster.T) and (read, written) == (4, 32)

if not no_xray:
    NAIVE = kernels_folder() / "ladders/transpose/01_naive.cu"

    def transpose(picture):
        """The picture on its side, and xray's report."""
        R, C = picture.shape
        y = emulator.empty((C, R), np.float32)
        return y, profile(NAIVE, "transpose", (-(-C // 32), -(-R // 32)), (32, 32), picture, y, R, C)

    turned, report = transpose(poster)
    print_report(report)
    for some in (poster, poster[:93, :61].copy()):  # sizes that divide by nothing, too
        assert np.array_equal(transpose(some)[0], some.T)

# %% [markdown]
# If you said 4 and 4: you counted numbers, and memory moves sectors. The lanes of a warp have neighbouring columns. In
# X these are neighbours. In Y they stand below each other, R numbers apart: a copy with stride R on the writing side.
# Every lane writes into a sector of its own, and fills one eighth of it.
#
# Other warps will fill the other seven eighths, a little later. xray counts a sector each time it is asked for. A GPU
# keeps some sectors at hand for a while, in a cache, so the damage in time may be smaller than this count. xray counts
# and does not time; no figures of a GPU have been measured for this page yet. More in
# [docs/what-xray-counts.md](../docs/what-xray-counts.md).

# %%
figure, panels = plt.subplots(1, 2, figsize=(5.4, 3.4), layout="constrained", width_ratios=[64, 96])
for panel, picture_of, title in zip(panels, [poster, turned], ["X: (96, 64)", "Y: (64, 96)"], strict=True):
    panel.imshow(picture_of, cmap="gray", vmax=1.3)
    panel.set_title(title, fontsize=11)
    panel.set(xticks=[], yticks=[])
wish = np.arange(32)  # the columns of a warp that has row 40
panels[0].plot(wish, np.full(32, 40), ".", color="tab:orange", markersize=3)
panels[1].plot(np.full(32, 40), wish, ".", color="tab:orange", markersize=3)
show(figure, "The poster and its transpose. The dots of one warp lie in a row of the first and a column of the second.")
if not no_xray:
    show(picture.draw(report), "One warp of the transpose: each of the 32 lanes writes into another sector.")

# %% [markdown]
# Could we count threads the other way round, so that a warp writes neighbours? You will try it in exercise 02c. To be
# coalesced on both sides, the threads of a block have to hand numbers to each other. The later steps of the
# [ladder](../kernels/ladders/README.md) do that, and the next page begins with it.

# %% [markdown]
# ## Break it
#
# Three mistakes in a kernel that copies a picture:
#
# 1. x and y of the thread exchanged (both in row and in column);
# 2. no guard;
# 3. R where C should be, in the place of the result.
#
# *Predict:* which of them does a comparison with NumPy find? Which does xray find, and by which of its figures:
# sectors, or hazards? (A hazard is what must not be: an access out of bounds, for example, or two threads that write
# one number.)

# %%
COPY_PICTURE = r"""
extern "C" __global__ void copy_picture(const float* x, float* y, int R, int C) {
    int row = blockIdx.y * 32 + threadIdx.y;
    int column = blockIdx.x * 32 + threadIdx.x;
    if (row < R && column < C) y[row * C + column] = x[row * C + column];
}
"""
exchanged = COPY_PICTURE.replace("threadIdx.y", "A").replace("threadIdx.x", "threadIdx.y").replace("A", "threadIdx.x")
kernels = {
    "as it should be": COPY_PICTURE,
    "1. x, y exchanged": exchanged,
    "2. no guard": COPY_PICTURE.replace("if (row < R && column < C) ", ""),
    "3. R for C": COPY_PICTURE.replace("y[row * C", "y[row * R"),
}

for name, source in kernels.items():
    print(f"{name}:")
    print("\n".join(line for line in source.splitlines() if line not in COPY_PICTURE.splitlines() or "y[" in line))

# %%
if not no_xray:
    small = np.random.default_rng(0).standard_normal((93, 61)).astype(np.float32)
    noticed = {}
    print(f"{'':18} {'NumPy':9}  sectors read, written  out of bounds  two write one number")
    for name, source in kernels.items():
        y = emulator.empty(small.shape, np.float32)
        report = profile(source, "copy_picture", (2, 3), (32, 32), small, y, *small.shape)
        lines = {line.op: line for line in report.lines if line.array}
        read, written = (lines[op].sectors_per_request for op in ("load", "store"))
        same = np.array_equal(y, small)
        noticed[name] = (not same, report.hazards > 0)
        compared, moved = "the same" if same else "different", f"{read:.1f}, {written:.1f}"
        bounds, twice = ("yes" if hazard else "no" for hazard in (report.out_of_bounds, report.races))
        print(f"{name:18} {compared:9}  {moved:>21}  {bounds:>13}  {twice:>20}")
    assert list(noticed.values()) == [(False, False), (False, False), (False, True), (True, True)]

# %% [markdown]
# The first mistake is invisible to every check of results, and no thread does anything forbidden. Each number is copied
# once, by another thread than before. Only the sectors tell: a warp now walks down a column, in x and in y. On a GPU
# you would wonder why the kernel is slow.
#
# The second is page 01's lesson again. A spare thread at the end of a row copies a number of the next row, which
# another thread copies anyhow. Both write the same value: NumPy is content, xray is not. Behind the last row the spare
# threads leave the array, and xray says that, too. The third is the plain wrong result for which one compares with
# NumPy. Three checks, each blind to something.
#
# (Even the right kernel has a little more than 4 here. A row has 61 numbers, so most rows begin in the middle of a
# sector; see exercise 02a.)

# %% [markdown]
# ## Exercises
#
# The check measures, too: a right result is not enough, it must not move more than it has to. A score stands at the
# end; once the answer is right, the best possible stands beside it, or what our solution reaches. Predict first.

# %% [markdown]
# {{exercise 02a}}

# %% [markdown]
# {{exercise 02b}}

# %% [markdown]
# {{exercise 02c}}

# %% [markdown]
# ## You can now read
#
# * [kernels/ladders/transpose/01_naive.cu](../kernels/ladders/transpose/01_naive.cu): all of it, with the flaw that its
#   header names.
# * [kernels/cuda/vector.cuh](../kernels/cuda/vector.cuh): why a thread moves several numbers at once.
# * [docs/xray.md](../docs/xray.md): xray from the command line, `python -m alicuda.xray`.
# * [alicuda/xray/report.py](../alicuda/xray/report.py): what xray reports, beginning with `Line`.
# * The first part of [docs/what-xray-counts.md](../docs/what-xray-counts.md): requests, sectors, and what is left out.
#
# Every word in bold is in the [glossary](glossary.md). The next page is
# [03_shared_memory_and_barriers](03_shared_memory_and_barriers.ipynb).
