# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Shared memory and barriers
#
# *What you will learn* (40 minutes; you need [02_memory](02_memory.ipynb)):
#
# * how the threads of a block hand numbers to each other, and what they must wait for;
# * what goes wrong when they do not wait, why it may go wrong unseen, and what sees it all the same;
# * why a column can be 32 times as slow as a row even in the fast memory, and two ways to mend it;
# * steps 2, 3 and 4 of the library's ladder of transposes.

# %% [markdown]
# ## The idea
#
# Page 02 ended with a transpose that reads rows and writes columns. Each thread carried one number, all the way. The
# rows were coalesced and the columns were not, and turning it round only moved the flaw to the other side.
#
# A workshop would lay a table. What comes from the shop in boxes is put on the table, and whoever works there takes
# from it what he needs, in any order. The threads of a block have such a table: **shared memory**. It is small, some
# tens of kilobytes, and lies right beside the threads. All threads of *one* block see it, no other block does, and
# when the block ends it is gone.
#
# So let a block carry a whole square of the picture. It reads the square row by row, in whole sectors, and puts it
# into shared memory. The square that lies there is called a **tile**. Then it takes the tile column by column, and
# writes each column to where it is a row. No thread keeps the number that it has read: it writes one that another has
# brought.

# %%
from drawings import shared_memory_and_barriers as drawings

drawings.through_a_tile()

# %% [markdown]
# One thing can go wrong. Nobody may take from the table what has not been laid there yet, and threads do not run in
# step. So there is a line in the kernel at which every thread of the block waits until all of them have come. That is
# a **barrier**. Before it everybody lays down, after it everybody takes.
#
# Without a barrier there is a **race**: two threads touch the same place, at least one of them writes, and nothing
# says who comes first. What you get depends on who was faster.

# %% [markdown]
# ## The formula and its shapes
#
# X has the shape (R, C), Y has (C, R), and a tile has (T, T). Block (b, a), the b-th from the left and the a-th from
# above, has the square of X that begins at row aT and column bT. All its threads do this, thread (j, i) for one i and
# one j:
#
# $$ \mathrm{tile}_{i,j} = X_{aT+i,\; bT+j} $$
#
# then they wait, and then
#
# $$ Y_{bT+i,\; aT+j} = \mathrm{tile}_{j,i} $$
#
# Look at j, the number that neighbouring threads differ by. It is the last index of X *and* the last index of Y: both
# are now read and written by rows. Only in the tile it changes its place.

# %% [markdown]
# ## First as plain loops
#
# How can Python wait in the middle of a function? With `yield`. A function with a `yield` stops there, and goes on when
# it is asked for the next time. That is a barrier, if the launch asks all threads of a block in turn: each runs up to
# its `yield`, and no one is asked again before all have come there.

# %%
import matplotlib.pyplot as plt
import numpy as np
from book import digit, show, show_kernel, without_xray


def transpose_kernel(block, thread, tile, x, y, R, C):
    T = len(tile)
    row, column = block[1] * T + thread[1], block[0] * T + thread[0]
    if row < R and column < C:
        tile[thread[1], thread[0]] = x[row, column]

    yield  # the barrier

    row, column = block[1] * T + thread[0], block[0] * T + thread[1]
    if row < R and column < C:
        y[column, row] = tile[thread[0], thread[1]]


def forward(threads):
    return threads


def reverse(threads):
    return threads[::-1]


def launch(kernel, T, order, x, y):
    """Blocks of T x T threads over x. `order` says in which order the threads of a block get their turn."""
    R, C = x.shape
    for block in np.ndindex(-(-C // T), -(-R // T)):
        tile = np.full((T, T), np.nan, np.float32)
        places = order([(i, j) for j in range(T) for i in range(T)])
        threads = [kernel(block, thread, tile, x, y, R, C) for thread in places]
        while threads:  # from one barrier to the next; who has come to his end drops out
            threads = [thread for thread in threads if next(thread, "ended") != "ended"]


x = digit()[0, :, :, 0]
for order in (forward, reverse):
    y = np.full(x.T.shape, np.nan, np.float32)
    launch(transpose_kernel, 4, order, x, y)
    print(f"{order.__name__}: different from NumPy's transpose: {(y != x.T).sum()} of {y.size}")
    assert np.array_equal(y, x.T)

# %% [markdown]
# As always, y and here the tile too are full of NaN beforehand. The guard stands twice: a square may hang over the edge
# of X, and it hangs over another edge of Y.
#
# ## The same in CUDA C++
#
# This is the second step of the library's ladder of transposes. Its blocks have 32 x 32 threads. `__shared__` puts an
# array into shared memory, and `__syncthreads()` is the barrier. (In Numba these are `cuda.shared.array` and
# `cuda.syncthreads()`; page 04 uses them.)

# %%
show_kernel("ladders/transpose/02_tiled.cu", "transpose")

# %% [markdown]
# *Predict before you run the next cell.* The picture is page 02's poster of 96 x 64 numbers. The first step needed 4
# sectors for a request that reads, and 32 for one that writes.
#
# 1. How many now, for reading X and for writing Y?
# 2. How many requests go to the tile, and how many to X and Y?
# 3. Will xray have anything left to mark?

# %%
from alicuda import emulator, xray
from alicuda.kernel_source import kernels_folder
from alicuda.xray import picture
from alicuda.xray.text import as_text, hazard_lines

TILED_FILE = kernels_folder() / "ladders/transpose/02_tiled.cu"
TILED = TILED_FILE.read_text(encoding="utf-8")
poster = np.kron(x, np.ones((6, 4), np.float32))

no_xray = without_xray()  # None, where a compiler is at hand


def transpose(source, picture, floats=1):
    """The picture on its side, and xray's report. A thread of the kernel moves `floats` numbers."""
    R, C = picture.shape
    y = emulator.empty((C, R), np.float32)
    kernel = emulator.compile(source, workers=1).kernel("transpose")  # one: its blocks run in their order
    grid, block = (-(-C // 32), -(-R // 32)), (32 // floats, 32)
    return y, xray.profile(kernel, grid, block, (picture, y, R, C), card=None)


small = np.random.default_rng(0).standard_normal((93, 61)).astype(np.float32)  # sizes that divide by nothing
if not no_xray:
    turned, report = transpose(TILED_FILE, poster)
    print(as_text(report).replace(f"{kernels_folder()}/", "kernels/"))
    for some in (poster, small):
        assert np.array_equal(transpose(TILED, some)[0], some.T)

# %% [markdown]
# 4 sectors on both sides, the best there is. 192 requests go each way: 6 blocks of 32 warps. As many requests go to the
# tile, so the numbers now take a way with one stop more. Still it pays: the stop is at the fast memory.
#
# But xray marks a line. What it writes there, and "wavefronts" beneath, is the subject of the next section.

# %% [markdown]
# ## Banks
#
# Shared memory does not move sectors. Think of a counter with 32 clerks. Words of 4 bytes are dealt out to them like
# cards: word 0 to the first, word 1 to the second, word 31 to the last, and word 32 to the first again. Each clerk is
# a **bank**, and hands out one word at a time. So if 32 lanes want words of 32 different banks, all get theirs in one
# turn. If two lanes want different words of the *same* bank, one has to wait: a **bank conflict**. If they want the
# *same* word there is no conflict, since the clerk calls it out to all.
#
# Lane t wants word $w_t$. The bank of a word is the remainder $w \bmod 32$, and the request takes as many turns as the
# busiest bank has different words to hand out:
#
# $$ \text{turns} = \max_{b} \; \bigl|\{\, w_t : w_t \bmod 32 = b \,\}\bigr| $$
#
# That is an "n-way" conflict with n turns. (A *wavefront* is NVIDIA's word for a turn.)


# %%
def turns(words):
    """How many turns the banks need to hand out these words."""
    different = set(words)
    return max(sum(word % 32 == bank for word in different) for bank in range(32))


# %% [markdown]
# The lanes of a warp want words that are d apart: lane t wants word d t. *Predict* the turns for d = 0, 1, 2, 3, 4, 8,
# 16, 31, 32, 33. Two of these are easy, two are in the text above, and some may surprise you.

# %%
by_loops = {d: turns([d * t for t in range(32)]) for d in range(34)}
for d in (0, 1, 2, 3, 4, 8, 16, 31, 32, 33):
    print(f"{d:2} apart: {by_loops[d]:2} turns")

# %% [markdown]
# Surprise: 3 is as good as 1, and 33 is as good as 1. On page 02 a larger step was worse, up to a point. Here it
# matters what d and 32 have in common. With d = 8 the lanes return to the first bank after 4 words, so they meet in 4
# banks, 8 in each. An odd d has no factor in common with 32, and passes through all banks before it returns to the
# first. In short: the turns are the greatest common divisor of d and 32 (for d = 0 everybody wants one and the same
# word).
#
# Does xray agree? This kernel is one warp, and reads from shared memory with a step:

# %%
assert [by_loops[d] for d in (0, 1, 2, 3, 4, 8, 16, 31, 32, 33)] == [1, 1, 2, 1, 4, 8, 16, 1, 32, 1]  # from above

APART = r"""
extern "C" __global__ void apart(float* y, int d) {
    __shared__ float words[31 * 33 + 1];
    for (int w = threadIdx.x; w < 31 * 33 + 1; w += 32) words[w] = w;
    __syncthreads();
    y[threadIdx.x] = words[d * threadIdx.x];
}
"""

if not no_xray:
    by_xray = {}
    for d in by_loops:
        y = emulator.empty(32, np.float32)
        report_of_d = xray.profile(emulator.compile(APART).kernel("apart"), 1, 32, (y, d), card=None)
        (line,) = (line for line in report_of_d.lines if (line.space, line.op) == ("shared", "load"))
        by_xray[d] = line.bank_ways_max
        assert np.array_equal(y, d * np.arange(32))
    assert by_xray == by_loops
    print(f"loops and xray agree for {len(by_xray)} steps")

figure, axes = plt.subplots(figsize=(6.4, 3), layout="constrained")
axes.bar(list(by_loops), list(by_loops.values()), color=["tab:blue" if d % 2 else "tab:orange" for d in by_loops])
axes.set(xlabel="words from lane to lane", ylabel="turns", xticks=range(0, 34, 4), yticks=[1, 8, 16, 24, 32])
axes.set_title("Turns for one request to shared memory (blue: odd steps)", fontsize=11)
show(figure, "Bars of turns against the step: 1 for every odd step, 2, 4, 8 or 16 for even ones, and 32 at step 32.")

# %% [markdown]
# Now back to the tile. It is `float tile[32][32]`, so words below each other are 32 apart, the worst step of all. A
# warp *writes* a row of the tile, in 1 turn, and *reads* a column, in 32. That is the line with the `X`, and this is
# its picture:

# %%
if not no_xray:
    show(picture.draw(report), "32 lanes want 32 words that all lie in one bank, and are served one after another.")

# %% [markdown]
# xray does not say how much time it costs. A GPU's figure would stand here: how much faster the next step is than this
# one. There is none yet, since no GPU was at hand.

# %% [markdown]
# ## Padding
#
# Here is the third step. It differs from the second by two characters of code.

# %%
PADDED = (kernels_folder() / "ladders/transpose/03_padded.cu").read_text(encoding="utf-8")
new = set(PADDED.splitlines()) - set(TILED.splitlines())
print("\n".join(line for line in PADDED.splitlines() if line in new and not line.startswith("//")))

# %% [markdown]
# Each row of the tile is one word longer. Nobody reads or writes that word; it is **padding**. *Predict:*
#
# 1. How many turns does a column take now? And a row?
# 2. How much larger is the tile?
# 3. Which lengths of a row would have done as well: 34, 35, 36, 40?

# %%
for length in (32, 33, 34, 35, 36, 40):
    column, row = turns([length * t for t in range(32)]), turns(range(32))
    print(f"rows of {length}: column {column:2} turns, row {row}; {4 * 32 * length:,} bytes")

if not no_xray:
    turned, report = transpose(PADDED, poster)
    ways = {line.op: line.bank_ways_max for line in report.lines if line.array == "tile"}
    print(f"xray, step 3: a store to the tile takes {ways['store']} turn, a load from it {ways['load']}")
    assert np.array_equal(turned, poster.T) and ways == {"store": 1, "load": 1}
    assert np.array_equal(transpose(PADDED, small)[0], small.T)

# %% [markdown]
# Words below each other are 33 apart, so each is in the bank next to that of the one above. Every odd length does. 128
# bytes more, and all 32 turns but one are gone.
#
# ## Without padding
#
# One wish is left. Page 02 showed that a thread can move four neighbours in one request, as a `float4`. That needs 16
# bytes that begin at a multiple of 16, and rows of 33 words begin anywhere. So padding stands in the way here.
#
# The fourth step does without. It keeps rows of 32 words, which it sees as 8 chunks of 4, but it lays them down in
# another order: chunk j of row r goes to place `j ^ (r / 4)`. The sign `^` is the exclusive or, which sets those bits
# in which both numbers differ. What counts is only this: for each r it sends 0 to 7 to 0 to 7, each to a place of its
# own, and differently for different r / 4. Such a mixed order is called *swizzled*. (This step takes only pictures
# whose R and C divide by 4, for the chunks of X and of Y must begin at multiples of 16 bytes.)

# %%
for r in (0, 4, 8, 28):
    print(f"row {r:2}: chunks 0 to 7 are at the places", [j ^ (r // 4) for j in range(8)])
show_kernel("ladders/transpose/04_swizzled.cu", "transpose")

# %% [markdown]
# These are the three tiles. The colour of a word is its bank. The dots are words of one column of the picture: all that
# one request reads. (In the fourth step a lane reads four words of a column, in four requests. So the 32 lanes of one
# request have 8 rows, 4 apart, of 4 columns.)

# %%
rows = np.arange(32)
swizzled = np.array([[4 * (c // 4 ^ r // 4) + c % 4 for c in range(32)] for r in rows])  # where column c of row r lies
column = 5
layouts = [
    ("step 2: rows of 32", 32, [(r, column) for r in rows]),
    ("step 3: rows of 33", 33, [(r, column) for r in rows]),
    ("step 4: swizzled", 32, [(r, swizzled[r, c]) for r in range(0, 32, 4) for c in range(4, 8)]),
]
figure, panels = plt.subplots(1, 3, figsize=(7.2, 3.1), layout="constrained")
for panel, (title, length, wanted) in zip(panels, layouts, strict=True):
    banks = np.arange(32 * length).reshape(32, length) % 32
    image = panel.imshow(banks, cmap="twilight", vmin=0, vmax=32)
    panel.plot([place for _, place in wanted], [r for r, _ in wanted], "o", color="white", mec="black", markersize=3.5)
    needed = turns([r * length + place for r, place in wanted])
    panel.set_title(f"{title}\n{needed} {'turn' if needed == 1 else 'turns'}", fontsize=10)
    panel.set(xticks=[0, 16, length - 1], yticks=[0, 16, 31])
panels[0].set_ylabel("row of the tile")
panels[1].set_xlabel("word of the row")
figure.colorbar(image, ax=panels, location="bottom", shrink=0.5, aspect=30, ticks=[0, 8, 16, 24, 31], label="bank")
show(figure, "Three tiles coloured by bank. The column's words all have one colour, then all colours, then all again.")

# %% [markdown]
# *Predict* the whole ladder before you see it. The first step is page 02's. For each of the four: how many bytes move
# in the GPU's memory, how many requests are made to it, how many turns does shared memory take?

# %%
from alicuda import ladders

LADDER = ladders.get("transpose")
if not no_xray:
    reports = {}
    print("step          bytes  requests  turns")
    for step in LADDER.steps:
        turned, report = transpose(step.source(poster.shape), poster, floats=4 if "swizzled" in step.name else 1)
        t = reports[step.name] = report.totals
        print(f"{step.name:11} {t['global_bytes']:7,} {t['global_requests']:9} {t['shared_wavefronts']:6,}")
        assert np.array_equal(turned, poster.T) and report.hazards == 0

    figure, panels = plt.subplots(1, 3, figsize=(7.2, 2.7), layout="constrained")
    names = [name.replace("_", "\n") for name in reports]
    for panel, (key, title, unit) in zip(
        panels,
        [
            ("global_bytes", "bytes that move", 1000),
            ("global_requests", "requests", 1),
            ("shared_wavefronts", "turns", 1),
        ],
        strict=True,
    ):
        bars = panel.bar(names, [t[key] / unit for t in reports.values()], color="tab:blue")
        panel.bar_label(bars, fmt="{:,.0f}", fontsize=8)
        panel.set_title(title, fontsize=11)
        panel.set_ylabel("thousands" if unit == 1000 else "", fontsize=9)
        panel.tick_params(axis="x", labelsize=7.5)
        panel.margins(y=0.15)
    show(figure, "Bars for four steps: bytes fall at the second, turns rise at the second and fall at the third.")

# %% [markdown]
# Each step mends one thing. The second pays for coalesced writing with turns, the third gets the turns back, the
# fourth has a quarter of the requests. In the last row the turns are no fewer: a request of 16 bytes a lane takes four
# turns at least, because it moves four words a lane.

# %% [markdown]
# ## Break it: no barrier
#
# What happens without the `yield`? Let us leave it out of the kernel of our loops. Then a thread runs from its
# beginning to its end before the next one starts.
#
# *Predict:* which numbers of Y come out right if thread (0, 0) starts, and then the others follow in their order? Which
# in reverse order? How many are wrong, in all, in a random order? And which order makes everything right?


# %%
def without_barrier(block, thread, tile, x, y, R, C):
    for _ in transpose_kernel(block, thread, tile, x, y, R, C):
        pass  # stops nowhere
    return
    yield  # never reached; it makes the kernel one that the launch can run


def at_random(threads):
    return list(np.random.default_rng(0).permutation(threads))


figure, panels = plt.subplots(1, 3, figsize=(7, 2.7), layout="constrained")
colours = plt.get_cmap("gray").with_extremes(bad="tab:red")
for panel, order in zip(panels, (forward, reverse, at_random), strict=True):
    y = np.full(x.T.shape, np.nan, np.float32)
    launch(without_barrier, 4, order, x, y)
    wrong = (y != x.T).sum()
    print(f"{order.__name__:9}: {wrong} of {y.size} are wrong, {np.isnan(y).sum()} of them NaN")
    assert wrong == 16 * (4 * 3 // 2)
    panel.imshow(y, cmap=colours, vmax=1.3)
    panel.set_title(order.__name__.replace("_", " "), fontsize=11)
    panel.set(xticks=[], yticks=[])
show(figure, "The transposed digit with red gaps: half of each tile in forward order, the other half in reverse order.")

# %% [markdown]
# No order makes it right. Thread (1, 0) needs what (0, 1) brings, and (0, 1) needs what (1, 0) brings. Whoever of the
# two comes first finds the place empty. So of each such couple exactly one number is wrong, in every order, and only
# the threads on the diagonal, who need nobody, are safe: 16 tiles, 6 couples in each, 96 wrong numbers.
#
# Red is NaN, because we had put NaN there. On a GPU there is whatever lay there before, such as a number of an earlier
# picture. It may even be the right one.
#
# Now the real kernel. *Predict:* which of these notice? A comparison with NumPy in the fast build; the checked build;
# xray.

# %%
import textwrap

NO_BARRIER = TILED.replace("__syncthreads();", "")


def run(source, picture, build, order="forward"):
    """The result of a kernel that may be broken, and what the emulator says about it."""
    R, C = picture.shape
    y, said = np.full((C, R), np.nan, np.float32), "no complaint"
    try:
        program = emulator.compile(source, build=build, order=order, workers=1)
        program.kernel("transpose")[(-(-C // 32), -(-R // 32)), (32, 32)](picture, y, R, C)
    except emulator.KernelError as error:
        said = str(error)
    return y, said


def wrapped(*lines):
    """Long lines broken, so that they can be read on a small screen."""
    return "\n".join(textwrap.fill(line, 92, initial_indent="  ", subsequent_indent="    ") for line in lines)


if not no_xray:
    for order in ("forward", "reverse", "random"):
        y, said = run(NO_BARRIER, poster, "fast", order)
        print(f"fast build, {order}: {said}; {(y != poster.T).sum():,} of {y.size:,} are wrong")
        assert (y != poster.T).sum() == 6 * (32 * 31 // 2)
    print("checked build:", wrapped(run(NO_BARRIER, poster, "checked")[1]), sep="\n")
    hazards = hazard_lines(transpose(NO_BARRIER, poster)[1])
    print("xray:", wrapped(*hazards), sep="\n")
    assert any("race" in line for line in hazards)

# %% [markdown]
# All three. The checked build refuses the first read of a place that nobody has written. xray says it too, and it says
# more: there is a race between line 16, which writes to the tile, and line 23, which reads from it. It counts twice as
# many races as wrong numbers: of each couple *both* places are written by one and read by the other in no order, though
# in any one order only one of the two reads comes too early.
#
# ## A race that no comparison sees
#
# We were lucky: that mistake is wrong in every order. Here is one that is not. It is page 01's `rise`, which says how
# much a row rises from each number to the next. This time each thread puts its number into shared memory, so that its
# neighbour need not fetch it again.
#
# *Predict:* there is no barrier. Is the result right if the threads follow in their order? And in reverse order?


# %%
def rise_kernel(thread, row, x, y):
    row[thread] = x[thread]
    # a barrier is missing here
    if thread > 0:
        y[thread] = row[thread] - row[thread - 1]
    else:
        y[0] = row[0]
    yield


class Watched:
    """An array in shared memory that notes who has touched each place since the last barrier."""

    def __init__(self, size):
        self.array, self.thread, self.races = np.full(size, np.nan, np.float32), None, []
        self.barrier()

    def barrier(self):
        self.readers, self.writers = {}, {}

    def touch(self, place, kind, against):
        for kinds in against:
            if kinds.get(place, self.thread) != self.thread:
                self.races.append((place, kinds[place], self.thread))
        kind[place] = self.thread

    def __getitem__(self, place):
        self.touch(place, self.readers, [self.writers])
        return self.array[place]

    def __setitem__(self, place, value):
        self.touch(place, self.writers, [self.writers, self.readers])
        self.array[place] = value


def launch_watched(kernel, order, x, y):
    """One block, a thread for each number of x. Returns the races: place, and the two threads."""
    row, threads = Watched(x.size), order(list(range(x.size)))
    running = {thread: kernel(thread, row, x, y) for thread in threads}
    while running:
        for thread in list(running):
            row.thread = thread
            if next(running[thread], "ended") == "ended":
                del running[thread]
        row.barrier()
    return row.races


line_of_digit = x[7]
wanted = np.diff(line_of_digit, prepend=np.float32(0))
right_in = {}
for order in (forward, reverse):
    y = np.full(16, np.nan, np.float32)
    races = launch_watched(rise_kernel, order, line_of_digit, y)
    place, first, second = races[0]
    print(f"{order.__name__}: {(y != wanted).sum():2} of 16 are wrong; {len(races)} races,", end=" ")
    print(f"the first at place {place}: threads {first} and {second}")
    assert len(races) == 15
    right_in[order] = np.array_equal(y, wanted)

# %% [markdown]
# From first to last everything is right: the left neighbour has always been there already. In reverse order it never
# has. If your tests happen to run from first to last, you will believe in this kernel for years.
#
# `Watched` does not look at results at all. It notes who touches what between two barriers. Two threads at one place,
# one of them writing, no barrier in between: that is the definition of a race, and it holds in either order. xray does
# this for every place of shared memory and of all arrays. Put a `yield` where the comment is, and both orders are right
# and no race is left.
#
# (On a GPU, too, such a kernel may come out right a million times: the lanes of a warp mostly run together, and nearly
# every left neighbour is in the same warp. "Mostly" is what makes races so dear.)

# %% [markdown]
# ## Break it: a barrier that not all reach
#
# The barrier waits for *all* threads of the block. So it must not stand where only some pass. Two mistakes that are
# easily made:
#
# 1. the barrier has slipped into the guard: `if (row < R && column < C) { tile[..] = x[..]; __syncthreads(); }`
# 2. the guard has become a way out: `if (row >= R || column >= C) return;`, so that a thread without a number leaves
#    before the barrier.
#
# *Predict:* we try the poster of 96 x 64, and a picture of 93 x 61. Which results will be right? For the wrong ones:
# how many numbers are wrong in mistake 2?

# %%
assert right_in == {forward: True, reverse: False}  # of the cell above

LAY_DOWN = "if (row < R && column < C) tile[threadIdx.y][threadIdx.x] = x[row * C + column];"
assert LAY_DOWN in TILED
mistakes = {
    "1, barrier in the guard": NO_BARRIER.replace(
        LAY_DOWN, LAY_DOWN.replace(") tile", ") { tile") + " __syncthreads(); }"
    ),
    "2, early return": TILED.replace(LAY_DOWN, "if (row >= R || column >= C) return; " + LAY_DOWN),
}
if not no_xray:
    for name, source in mistakes.items():
        for some in (poster, small):
            y, _ = run(source, some, "fast")
            report = transpose(source, some)[1]
            met = report.totals["barriers_per_thread"]
            print(f"{name}, {some.shape[0]} x {some.shape[1]}: {(y != some.T).sum()} wrong; xray:")
            print(f"  barriers a thread: {met:.3g}")
            print(wrapped(*hazard_lines(report)))
            assert (y != some.T).any() == (met < 1) == (some is small)

# %% [markdown]
# Nobody notices anything at 96 x 64, for there every thread has a number. At 93 x 61 some threads have none.
#
# In mistake 1 they do not come to the barrier and run past it. But a thread that had nothing to lay down may well have
# something to take! The square hangs over X's edge on one side and over Y's edge on the other. Such a thread takes too
# early: a race, and xray names it. (C++ does not even say what a barrier does that only some threads reach. Some GPUs
# would hang.)
#
# Mistake 2 is a plain wrong result. Those who have left had nothing to lay down, but numbers to write. Take the two
# upper blocks on the right: 3 columns of their threads leave, and in each column 29 were to write a number of Y. The
# block at the lower left loses 3 rows of 29 in the same way. That makes 3 · 3 · 29 = 261. xray finds no hazard, because
# nobody did anything forbidden. Only the comparison sees it, and only at a size that divides by nothing.
#
# In both cases one figure of xray's has changed: 0.923 barriers a thread.
#
# There is a third kind, and it is refused at once: some threads wait at one barrier and the others at another. That is
# a **divergent barrier**.

# %%
TWO_BARRIERS = NO_BARRIER.replace(
    LAY_DOWN, LAY_DOWN.replace(") tile", ") { tile") + " __syncthreads(); }\n    else __syncthreads();"
)
if not no_xray:
    said = run(TWO_BARRIERS, small, "fast")[1]
    print(wrapped(said))
    assert "waits at this barrier while" in said

# %% [markdown]
# The rule that keeps you out of all this: let every thread of the block come to every barrier. Threads without a number
# do nothing *between* the barriers. That is why the guards of the library's kernels stand around single lines, and not
# around the kernel.

# %% [markdown]
# ## Exercises
#
# Each cell holds a start. Change the kernel and run the cell until it says "right".

# %% [markdown]
# {{exercise 03a}}

# %% [markdown]
# {{exercise 03b}}

# %% [markdown]
# {{exercise 03c}}

# %% [markdown]
# ## You can now read
#
# * [kernels/ladders/transpose/](../kernels/ladders/transpose): [02_tiled.cu](../kernels/ladders/transpose/02_tiled.cu),
#   [03_padded.cu](../kernels/ladders/transpose/03_padded.cu) and
#   [04_swizzled.cu](../kernels/ladders/transpose/04_swizzled.cu), with the flaw that each header names.
# * [alicuda/ladders/transpose.py](../alicuda/ladders/transpose.py): how those steps are launched; and
#   [ladder.py](../alicuda/ladders/ladder.py), what a ladder is.
# * [kernels/ladders/README.md](../kernels/ladders/README.md): the table of this ladder, for 512 x 512 numbers.
# * In [docs/what-xray-counts.md](../docs/what-xray-counts.md) the lines about banks; in
#   [docs/emulator.md](../docs/emulator.md) the part about orders.
#
# Every word in bold is in the [glossary](glossary.md). All pages are listed [here](README.md); the next one is
# [04_reduction_and_warps](04_reduction_and_warps.ipynb).
