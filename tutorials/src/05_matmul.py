# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Matrix product
#
# *What you will learn* (50 minutes; you need [03_shared_memory_and_barriers](03_shared_memory_and_barriers.ipynb)):
#
# * why a matrix product is slow although its arithmetic is simple, and what to do about it;
# * arithmetic intensity and the roofline: a bound for the speed of any kernel, from two figures of a card;
# * the ladder: eight kernels, each of which mends one flaw of the one before, all of them counted by xray;
# * tiles in registers, 16 bytes a request, two buffers; and where the library uses them.

# %% [markdown]
# ## The idea
#
# You bake pancakes, and the flour is in the cellar. You can go down for each pancake, with a spoon. Or you go once,
# carry up a whole bag, and bake many. Nobody bakes faster in the second kitchen. There is only less walking.
#
# A **matrix** is a table of numbers, with rows and columns; our digit is one of 16 x 16. The **matrix product** C = A B
# needs, for one number of C, a whole row of A and a whole column of B. For the next number to the right it is the same
# row of A, with another column of B. So the same numbers are wanted again and again. If each thread walks to memory
# for all that it needs, nearly all of the walking is for things that somebody has fetched before.
#
# The whole page is about this picture:

# %%
from drawings import matmul as drawings

drawings.numbers_and_uses()

# %% [markdown]
# On the right there are 16 times as many numbers of C, and only 4 times as much of A and B.
#
# ## The formula and its shapes
#
# A has the shape (M, K), B has (K, N), and C has (M, N):
#
# $$ C_{m,n} = \sum_{k} A_{m,k} \, B_{k,n} $$
#
# To multiply two numbers and add the product to a sum is called a **multiply-add**. C has M N numbers, each with K of
# them. A **FLOP** is one floating-point operation, one multiplication or one addition, so a multiply-add counts as
# two:
#
# $$ \text{FLOPs} = 2\,M N K $$
#
# What is it good for? Let A have few numbers in each row that are not zero. Then each row of C is a mix of some rows of
# B. Here A makes 96 rows from the 16 rows of the digit: each new row is a mix of two old ones. And from the right, a
# matrix mixes columns. (Page 02 made the same poster with `np.kron`, which only repeats.)

# %%
import matplotlib.pyplot as plt
import numpy as np
from book import digit, show, show_kernel, show_lines, tell, without_xray


def stretcher(longer, shorter):
    """A matrix (longer, shorter): each of its rows mixes two neighbours."""
    places = (np.arange(longer) + 0.5) * shorter / longer - 0.5
    distance = np.abs(places.clip(0, shorter - 1)[:, None] - np.arange(shorter))
    return np.maximum(0, 1 - distance).astype(np.float32)


A, B = stretcher(96, 16), digit()[0, :, :, 0]
tall = A @ B
poster = tall @ stretcher(64, 16).T
print("A", A.shape, " B", B.shape, " C", tall.shape, " the poster", poster.shape)

figure, panels = plt.subplots(1, 4, figsize=(7.0, 4.0), layout="constrained")
names = ["A: (96, 16)", "B: (16, 16)", "C = A B: (96, 16)", "and columns\nstretched: (96, 64)"]
for panel, matrix, name in zip(panels, [A, B, tall, poster], names, strict=True):
    panel.imshow(matrix, cmap="gray", vmin=0, vmax=1)
    panel.set_title(name, fontsize=10)
    panel.set(xticks=[], yticks=[], anchor="N")
show(figure, "A is a band of grey from the upper left to the lower right. B is the digit. C is the digit made tall.")

# %% [markdown]
# In the model, B holds weights, and A has a row for each picture or code of a batch, or a row for each pixel. Page 06
# shows that a convolution is a matrix product, too. Most of the arithmetic of training is what you see on this page.
#
# ## First as plain loops
#
# Left in the drawing: a thread makes one number of C. Right: somebody makes a square of `side` x `side` numbers. Look
# at the order of the loops in the second: k is *outside*. For each k it fetches `side` numbers of A and as many of B,
# and multiplies each with each.


# %%
def one_number(m, n, A, B, C, K):
    total = 0.0
    for k in range(K):
        total += A[m, k] * B[k, n]
    C[m, n] = total


def one_square(m, n, side, A, B, C, K):
    """The numbers of C from row m and column n on, side x side of them."""
    sums = [[0.0] * side for _ in range(side)]
    for k in range(K):
        a = [A[m + i, k] for i in range(side)]
        b = [B[k, n + j] for j in range(side)]
        for i in range(side):
            for j in range(side):
                sums[i][j] += a[i] * b[j]
    C[m : m + side, n : n + side] = sums


class Fetching:
    """A matrix that counts how many of its numbers are fetched."""

    def __init__(self, array):
        self.array, self.fetched = array, 0

    def __getitem__(self, place):
        self.fetched += 1
        return self.array[place]


(M, K), N = A.shape, B.shape[1]
C, a, b = np.full((M, N), np.nan, np.float32), Fetching(A), Fetching(B)
for m in range(M):
    for n in range(N):
        one_number(m, n, a, b, C, K)
print("largest difference from NumPy:", np.abs(C - A @ B).max())
print(f"{M * N * K:,} multiply-adds, {a.fetched + b.fetched:,} numbers fetched")
assert np.allclose(C, A @ B, atol=1e-6)

# %% [markdown]
# Two numbers for each multiply-add. A and B hold only 1,792 numbers together.
#
# *Predict before you run the next cell:* how many numbers are fetched with squares of side 1, 2, 4, 8 and 16? How many
# multiply-adds is a fetched number used for, each time? Ten numbers, please.

# %%
by_loops = {}
for side in (1, 2, 4, 8, 16):
    C, a, b = np.full((M, N), np.nan, np.float32), Fetching(A), Fetching(B)
    for m in range(0, M, side):
        for n in range(0, N, side):
            one_square(m, n, side, a, b, C, K)
    assert np.allclose(C, A @ B, atol=1e-6)
    by_loops[side] = a.fetched + b.fetched
    uses = 2 * M * N * K / by_loops[side]
    print(f"side {side:2}: {by_loops[side]:6,} numbers fetched, each used {uses:2.0f} times")

# %% [markdown]
# A square has as many multiply-adds as its area says, and fetches as many numbers as its edges say. Twice the side:
# four times the work, twice the walking. So each number is used `side` times.
#
# ## How fast can it be?
#
# A card has a peak of arithmetic: so many FLOPs in a second. And its memory has a **bandwidth**: so many bytes in a
# second. A kernel that does F FLOPs and moves X bytes cannot take less time than the slower of the two takes alone.
# What matters is their ratio, the **arithmetic intensity**:
#
# $$ I = \frac{F}{X} \quad \text{in FLOPs a byte} $$
#
# With it, the bound reads:
#
# $$ \text{speed} \;\le\; \min(\text{peak}, \; I \cdot \text{bandwidth}) $$
#
# Draw that against I, and you have a slope and then a flat top: the **roofline**. Under the slope a kernel is
# **memory-bound**: faster arithmetic would not help it. Under the flat top it is **compute-bound**. Where the two meet
# is the **ridge**, peak / bandwidth.
#
# Now the square of side s. Each k costs it 2 s² FLOPs and 2 s numbers of 4 bytes:
#
# $$ I = \frac{2\,s^2}{8\,s} = \frac{s}{4} $$
#
# (We left out that C is written once; it matters little if K is large.)
#
# *Predict:* a T4, a card that hosted notebooks often have, does 8,100 GFLOP/s (G: a thousand million) and moves 320
# GB/s. How large must s be, before the arithmetic sets the pace? An RTX 4090 has ten times the arithmetic. Does it
# need smaller squares, or larger?

# %%
from alicuda.xray import cards, roofline

assert all(side * fetched == 2 * M * N * K for side, fetched in by_loops.items())  # of the squares above

print(f"{'':10}{'GFLOP/s':>9}{'GB/s':>7}{'ridge':>8}{'side':>6}")
for card in cards.CARDS:
    print(f"{card.name:10}{card.gflops:9,.0f}{card.gbytes:7,.0f}{card.ridge:8.1f}{4 * card.ridge:6.0f}")

# %% [markdown]
# The ridge is in FLOPs a byte. These are the figures that NVIDIA publishes, without tensor cores (units for matrix
# products in lower precision, which this project does not use); [cards.py](../alicuda/xray/cards.py) says where. A T4
# needs squares of about 100 x 100. A card with more arithmetic for each byte needs larger ones.
#
# ## The ladder, from below
#
# The library has eight kernels for this product, each better than the one before. The header of each file names its
# flaw. We begin with the one that everybody writes first, and ask xray, as on page 02.

# %%
from alicuda import emulator, ladders, xray

LADDER = ladders.get("matmul")
STEPS = {step.name[:2]: step for step in LADDER.steps}

no_xray = without_xray()  # None, where a compiler is at hand


def answer_and_report(step, problem, source=None):
    """What a step of the ladder (or another source in its place) makes of a problem, and xray's report."""
    program = emulator.compile(source or step.source(problem.size))
    arrays = step.arrays(problem)
    (launch,) = step.launches(problem.size)
    kernel = program.kernel(launch.kernel)
    report = xray.profile(kernel, launch.grid, launch.block, launch.arguments(arrays), card=None)
    return arrays["out"], report


def print_by_array(report, space):
    for line in report.lines:
        if line.space == space and space == "global":
            cost = f"{line.sectors_per_request:4.1f} sectors (at best {line.ideal_sectors_per_request:.1f})"
            print(f"    {line.op:5} {line.array:6}: {line.requests:6,} requests of {cost}")
        elif line.space == space:
            print(f"    {line.op:5} {line.array:6}: {line.requests:6,} requests, {line.wavefronts:6,} turns")


show_kernel("ladders/matmul/01_naive.cu", "matmul")

# %% [markdown]
# A block is 32 x 32 threads. The 32 lanes of a warp have neighbouring `threadIdx.x`, which is the *row* here. Step 2
# exchanges two letters:

# %%
show_lines("ladders/matmul/02_coalesced.cu", "int row", "int column")

# %% [markdown]
# *Predict*, for each of the two: how many sectors does a request for A need? For B? How many to write C? (What if all
# lanes want the same number?)

# %%
if not no_xray:
    small = LADDER.problem((64, 64, 64))
    for name in ("01", "02"):
        C, report = answer_and_report(STEPS[name], small)
        print(STEPS[name].name)
        print_by_array(report, "global")
        assert np.allclose(C, small.answer, atol=1e-4)

# %% [markdown]
# In step 1 the lanes want a column of A: 32 sectors, of which 7 bytes of every 8 are thrown away. They share one number
# of B, and a number that all lanes want is one sector. In step 2 they share a number of A and want neighbours of B.
# From 33 sectors to 5, by two letters.
#
# Still, each thread walks to memory for two numbers a multiply-add. That is the square of side 1.
#
# ## Squares in shared memory
#
# Step 3 is the right half of the drawing, with a side of 32. The threads of a block fetch a tile of A and a tile of B
# together, each thread one number of either, and put them into shared memory (page 03). After a barrier every thread
# multiplies what it needs from there. K may be long, so they do it in rounds, 32 steps of k at a time. Edges of the
# matrices are filled with zeros, which add nothing.

# %%
show_kernel("ladders/matmul/03_shared_tile.cu", "matmul")

# %% [markdown]
# *Predict:* for 32 steps of k, how many sectors does a warp now fetch of A and B together? In step 2 it was 32 times 5.
# And how many requests does it make to *shared* memory for each multiply-add?

# %%
if not no_xray:
    C, report = answer_and_report(STEPS["03"], small)
    print_by_array(report, "global")
    print_by_array(report, "shared")
    assert np.allclose(C, small.answer, atol=1e-4)
    print(f"all warps together: {64**3 // 32:,} multiply-adds, the 32 lanes counted as one")

# %% [markdown]
# 8 sectors instead of 160. But shared memory is not free. It answers about one request of a warp in a clock, one beat
# of the GPU's work, and this kernel asks it twice for each multiply-add: once for A, once for B. In the same clock a
# card could do two or four multiply-adds of a warp. The walk has become shorter, and there are as many walks as before.
#
# ## Squares in registers
#
# There is a place nearer than shared memory. A thread's own variables (`sum`, `row`, `k`) lie in **register**s: no
# address, no request, no bank. A thread can have up to 255 of them. So let a *thread* make a square, too. It is
# `one_square` from above, with `a`, `b` and `sums` in registers. Step 4 makes a column of 8 numbers, step 5 a square of
# 8 x 8. Here is its inner part. `x` and `y` say where in the block the thread stands. TM and TN are 8, and so is BK,
# the steps of k in a round:

# %%
show_lines("ladders/matmul/05_register_tile_2d.cu", "for (int k = 0; k < BK; ++k) {", "__syncthreads")

# %% [markdown]
# `#pragma unroll` asks the compiler to write the loop out. Only then can `sums` be registers: a register has no index.
#
# A block of 256 threads with 8 x 8 numbers each makes a square of 128 x 128. That is the size the T4 asked for. So
# there are squares in squares: the large one is in shared memory and saves walks to the card's memory, the small one is
# in registers and saves walks to shared memory.
#
# *Predict:* in step 3 a warp makes 2 requests to shared memory for each multiply-add (plus a few to fill the tiles).
# How many in step 4, with 8 numbers of A and one of B for 8 multiply-adds? How many in step 5?
#
# ## 16 bytes a request
#
# Step 6 changes no square. It moves four neighbours at once, the `float4` of page 02: from global memory, and from
# shared memory as well. For that the rows of a thread must be neighbours in A's tile, so the tile is *turned* on its
# way into shared memory. Its place is `a_tile[k][row]` now. (`*(float4*)&b_tile[..]` means: where this number lies,
# take it and the three behind it.)

# %%
show_lines("ladders/matmul/06_vectorised.cu", "float4 a_chunk", "__syncthreads")

# %% [markdown]
# *Predict*, against step 5: how many requests to global memory? How many sectors together? How many requests to shared
# memory, and how many turns of its banks?
#
# ## Two buffers
#
# In steps 3 to 6 a block fetches, waits, multiplies, waits. With two pairs of tiles it can do both at once: while it
# multiplies from one pair, the numbers for the other are under way. This is **double buffering**. In the table, time
# goes downwards:
#
# | with one pair | with two pairs |
# |---|---|
# | fetch 0 | fetch 0 |
# | multiply 0 | multiply 0, fetch 1 |
# | fetch 1 | multiply 1, fetch 2 |
# | multiply 1 | multiply 2, fetch 3 |
#
# A thread does not need a helper for that. It *asks* for its numbers first and multiplies then. A GPU lets a thread go
# on until it uses a number that has not come.

# %%
show_lines("ladders/matmul/07_double_buffered.cu", "for (int round = 0;; ++round) {", "if (round > 0) {")
show_lines("ladders/matmul/07_double_buffered.cu", "if (first >= K) break;", "__syncthreads")

# %% [markdown]
# *Predict:* K = 256 is 32 rounds of 8. How many barriers does a thread meet in step 6, and how many in step 7?
#
# Step 8, the last, changes which threads make which part of the square. A warp's own part becomes a square of 64 x 64
# instead of a strip of 16 x 128, and a thread has 16 x 8 numbers.
#
# ## All eight, counted
#
# First all of them make the tall digit. Then M = N = 128 and K = 256, by xray. MB are millions of bytes that move
# between the kernel and global memory. The last three columns: requests to shared memory and turns of its banks, for
# each multiply-add of a warp; and barriers that a thread meets.

# %%
if not no_xray:
    tall_problem = ladders.Problem((M, N, K), {"a": A, "b": B}, A @ B, 2 * M * N * K, 0)
    problem = LADDER.problem((128, 128, 256))
    reports = {}
    for names in (
        ["MB", "requests", "sectors", "FLOPs", "shared", "turns", "barriers"],
        ["moved", "", "each", "a byte"],
    ):
        print(" " * 20 + "".join(f"{name:>9}" for name in names))
    for name, step in STEPS.items():
        C, _ = answer_and_report(step, tall_problem)
        assert np.allclose(C, A @ B, atol=1e-6)
        C, report = answer_and_report(step, problem)
        assert np.allclose(C, problem.answer, atol=1e-3) and report.hazards == 0
        reports[name], totals, warps = report, report.totals, problem.flops / 2 / 32
        print(
            f"{step.name:20}{totals['global_bytes'] / 1e6:9.2f}{totals['global_requests']:9,}"
            f"{totals['sectors_per_request']:9.1f}{problem.flops / totals['global_bytes']:9.2f}"
            f"{totals['shared_requests'] / warps:9.2f}{totals['shared_wavefronts'] / warps:9.2f}"
            f"{totals['barriers_per_thread']:9.0f}"
        )
    totals = {name: report.totals for name, report in reports.items()}
    assert totals["05"]["global_bytes"] == totals["08"]["global_bytes"] == 8 * problem.flops / 2 / 128 + 4 * 128**2
    assert totals["05"]["global_requests"] == 4 * totals["06"]["global_requests"]
    assert (totals["06"]["barriers_per_thread"], totals["07"]["barriers_per_thread"]) == (64, 32)

# %% [markdown]
# Steps 1 to 5 move less and less: from 139 million bytes to a third of a million. From step 5 on nothing changes there,
# for the square stays 128 x 128. With s / 4 we expected 32 FLOPs a byte; it is 25.6, because C has to be written too,
# and K is only 256. (In step 1 it is even less than 1/4: there whole sectors move for a number each.)
#
# Shared memory: 2, then 9/8, then 16/64, as the loops say. Step 6 has a quarter of the requests and *the same turns*: a
# request of 16 bytes a lane brings 512 bytes, and the banks can give 128 in a turn. As on page 02, `float4` saves
# requests, not bytes. Step 8 saves turns: for 16 x 8 = 128 multiply-adds a
# thread fetches 16 + 8 = 24 numbers, which is 0.19 each; for 8 x 8 it was 16 for 64, or 0.25. (The rest fills the
# tiles.) Step 7 saves half of the barriers. One barrier is enough there: it says that
# the new pair is whole, and also that the old pair has been read, since everybody multiplied before coming to it.
#
# ## Under the roof

# %%
if not no_xray:
    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    for name, colour in [("RTX 4090", "lightgrey"), ("H100 SXM", "darkgrey"), ("T4", "black")]:
        card = cards.card(name)
        line = np.array([0.03, card.ridge, 300])
        axes.loglog(line, np.minimum(card.gflops, line * card.gbytes), color=colour, linewidth=1.5)
        below = name == "H100 SXM"
        at = {"y": card.gflops * (0.9 if below else 1.08), "va": "top" if below else "bottom"}
        axes.text(270, s=name, ha="right", fontsize=9, **at)
    points = {"1": "01", "2": "02", "3": "03", "4": "04", "5 to 8": "08"}
    for label, name in points.items():
        verdict = roofline.verdict(problem.flops, reports[name].totals["global_bytes"], cards.card("T4"))
        axes.plot(verdict.intensity, verdict.attainable_gflops, "o", color="tab:orange")
        place = {"xytext": (4, -12) if label != "5 to 8" else (6, -13), "textcoords": "offset points"}
        axes.annotate(label, (verdict.intensity, verdict.attainable_gflops), color="tab:red", fontsize=10, **place)
    axes.set(
        xlabel="FLOPs a byte (bytes counted by xray)", ylabel="at most, in GFLOP/s", xlim=(0.03, 300), ylim=(8, 2e5)
    )
    axes.set_title("The steps of the ladder under the roof of a T4", fontsize=11)
    axes.grid(alpha=0.3)
    show(
        figure,
        "Three roofs, each a slope and a flat top. Steps 1 to 4 lie on the slope of the T4's, 5 to 8 at its ridge.",
    )
    for name in ("02", "08"):
        bytes_moved = reports[name].totals["global_bytes"]
        for some in ("T4", "RTX 4090"):
            verdict = roofline.verdict(problem.flops, bytes_moved, cards.card(some))
            tell(f"{STEPS[name].name}: {verdict.sentence}")

# %% [markdown]
# The points are no measurements. Each is the most that the slower of memory and arithmetic allows. Where a GPU has been
# measured, its speed belongs below that roof; no GPU has run this ladder yet, so there is none to show.
#
# Read it with one reserve. xray counts what the threads *ask* for, and a GPU's caches answer a part of that. What
# crosses the card's own memory is then less, and the point lies further right. Step 2 profits most: it asks for the
# same numbers again and again within a short time.
#
# On the right of the ridge the roof says nothing more. What steps 6 to 8 gain is hidden from it; it shows elsewhere:

# %%
if not no_xray:
    names = [step.name.partition("_")[0].lstrip("0") for step in LADDER.steps[2:]]
    some = list(reports.values())[2:]
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    places = np.arange(len(some))
    for shift, what, colour in [(-0.2, "requests", "tab:blue"), (0.2, "wavefronts", "tab:orange")]:
        counts = [report.totals[f"shared_{what}"] / warps for report in some]
        bars = axes.bar(places + shift, counts, 0.38, color=colour, label=what.replace("wavefronts", "turns"))
        axes.bar_label(bars, [f"{count:.2f}" for count in counts], fontsize=8, padding=1)
    axes.set(xticks=places, xticklabels=names, xlabel="step", ylabel="for each multiply-add", ylim=(0, 2.3))
    axes.set_title("Shared memory, for each multiply-add of a warp", fontsize=11)
    axes.legend(fontsize=9)
    show(figure, "Requests fall from 2.06 in step 3 to 0.06 in step 8, turns from 2.06 to 0.20.")

# %% [markdown]
# ## Which numbers of the square?
#
# In step 6 a thread's 8 columns are not 8 neighbours. They come in two groups of four, half a square apart: columns 4 x
# to 4 x + 3, and 64 more. That looks odd. *Predict* what happens if we give each thread its 8 columns in one piece, 8 x
# to 8 x + 7. Will NumPy notice? Will the sectors change, when B is read and when C is written? The turns? (The banks
# serve a request of 16 bytes a lane 8 lanes at a time.)

# %%
if not no_xray:
    text = STEPS["06"].path.read_text(encoding="utf-8")
    in_one_piece = text.replace("j / 4 * (BN / 2) + x", "j + 2 * x")  # x is 4 times the thread's place in its row
    for name, source in [("two groups", text), ("one piece", in_one_piece)]:
        C, report = answer_and_report(STEPS["06"], problem, source)
        loads, stores = (
            sum(line.wavefronts for line in report.lines if (line.array, line.op) == ("b_tile", op))
            for op in ("load", "store")
        )
        (write,) = (line for line in report.lines if line.array == "c")
        print(
            f"{name:10}: b_tile {loads:6,} turns to read, {stores:,} to write;"
            f" C {write.sectors_per_request:.0f} sectors a request"
        )
        assert np.allclose(C, problem.answer, atol=1e-3)

# %% [markdown]
# Reading `b_tile` takes twice the turns. 8 lanes that read 4 neighbours each, one behind the other, meet each of the 32
# banks once. If they read every *other* group of four, lanes 0 and 4 meet in the same banks. C is written worse as
# well. No result changes, so no comparison tells.
#
# ## In the library
#
# The kernels that train the model share this product. What step 6 has told you is in
# [tile.cuh](../kernels/cuda/tile.cuh): a `Slab` is the pair of tiles, `my_row` and `my_column` are the groups of four,
# and `multiply` is the inner part. PAD is the padding of page 03. (`&` in the arguments: the function works on the
# caller's own slab and sums, not on copies. `__forceinline__` puts the function's text in the place of each call, so
# that `sums` can stay in registers.)

# %%
show_lines("cuda/tile.cuh", "struct Slab", "};")
show_kernel("cuda/tile.cuh", "my_row", "my_column", "multiply")

# %% [markdown]
# BM, BN, BK, TM and TN can be chosen when a kernel is compiled, because a square of 128 x 128 is not always best. If
# C is small, there are few such squares, and most of the GPU has nothing to do. The library chooses by the shape
# ([tiles.py](../alicuda/backends/cuda/tiles.py)).
#
# Which kernel uses it? The convolution. With filters of one pixel, a convolution *is* a matrix product: each pixel has
# a row of numbers, and w is B. So the library has no other kernel for the product. On the emulator:

# %%
import alicuda

if not no_xray:
    with alicuda.use_backend("emulator"):
        C = alicuda.conv2d(A.reshape(M, 1, 1, K), B.reshape(1, 1, K, N)).numpy().reshape(M, N)
    print("conv2d as a matrix product: largest difference from NumPy", np.abs(C - A @ B).max())
    assert np.allclose(C, A @ B, atol=1e-6)

# %% [markdown]
# ## Break it
#
# Four mistakes. The first three are in step 3, the last is in step 7:
#
# 1. no second barrier: the tiles are overwritten while others may still read them;
# 2. threads beyond the edge of C return at once, as they do in step 2;
# 3. nobody asks whether `first + x` is below K;
# 4. one pair of tiles in the place of two.
#
# And three sizes: M = N = 64 with K = 32; M = N = K = 64; and 45 x 50 with K = 70. *Predict:* which mistake is noticed
# at which size? There are twelve answers. `different` is said by the comparison with NumPy, `hazards` by xray.

# %%
if not no_xray:
    three, seven = (STEPS[name].path.read_text(encoding="utf-8") for name in ("03", "07"))
    before, barrier, after = three.rpartition("__syncthreads();")
    leave = "if (row >= M || column >= N) return;\n    float sum = 0.0f;"
    broken = {
        "1. no second barrier": ("03", before + after),
        "2. some return early": ("03", three.replace("float sum = 0.0f;", leave)),
        "3. not below K": ("03", three.replace(" && first + x < K", "")),
        "4. one pair of tiles": ("07", seven.replace("(round - 1) % 2", "0").replace("round % 2", "0")),
    }
    sizes = [(64, 64, 32), (64, 64, 64), (45, 50, 70)]
    print(" " * 22 + "".join(f"{'M, N, K = ' + ', '.join(map(str, size)):23}" for size in sizes))
    noticed = {}
    for mistake, (name, source) in broken.items():
        found = []
        for size in sizes:
            some = LADDER.problem(size if name == "03" else tuple(-(-n // 4) * 4 for n in size))
            C, report = answer_and_report(STEPS[name], some, source)
            right = np.allclose(C, some.answer, atol=1e-4)
            words = ["different"] * (not right) + ["hazards"] * (report.hazards > 0)
            found.append(" and ".join(words) or "nothing")
        noticed[mistake] = found
        print(f"{mistake:22}" + "".join(f"{words:23}" for words in found))
    missed = [words.count("nothing") for words in noticed.values()]  # from the left, as one sees
    assert missed == [1, 2, 2, 0] and {words[2] for words in noticed.values()} == {"different and hazards"}

# %% [markdown]
# With K = 32 there is one round, and nothing to overwrite: the missing barrier does no harm. With 64 x 64 x 64 all
# threads have work and all tiles are full: neither an early return nor a missing question matters. Only the sizes that
# divide by nothing catch everything. (Step 7 moves four numbers at once, so it needs multiples of 4: there the last
# size is 48, 52, 72.)
#
# In the second mistake the threads that left had a number to fetch for the others. So others read what nobody has
# written. That is the reason why step 3 asks `row < M` at the very end.
#
# ## Exercises

# %% [markdown]
# {{exercise 05a}}

# %% [markdown]
# {{exercise 05b}}

# %% [markdown]
# {{exercise 05c}}

# %% [markdown]
# ## You can now read
#
# * [kernels/ladders/matmul/](../kernels/ladders/README.md): all eight files, each with its flaw, and the table of
#   them.
# * [kernels/cuda/vector.cuh](../kernels/cuda/vector.cuh) and the first half of
#   [kernels/cuda/tile.cuh](../kernels/cuda/tile.cuh), up to `multiply`. Page 06 has the rest.
# * [alicuda/xray/roofline.py](../alicuda/xray/roofline.py) and [cards.py](../alicuda/xray/cards.py): all of both.
# * [alicuda/ladders/matmul.py](../alicuda/ladders/matmul.py): how each step is launched.
#
# Every word in bold is in the [glossary](glossary.md). The next page is [06_convolution](06_convolution.ipynb).
