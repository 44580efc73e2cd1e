# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Reduction and warps
#
# *What you will learn* (50 minutes; you need [03_shared_memory_and_barriers](03_shared_memory_and_barriers.ipynb)):
#
# * how thousands of threads make one sum, in seven steps, each of which mends what was bad about the one before;
# * how the lanes of a warp hand each other numbers without any memory;
# * why the order of additions changes a sum, and why this library always adds in the same order;
# * the mean and the variance of each channel over a whole batch: what batch norm needs, and how to get it exactly.

# %% [markdown]
# ## The idea
#
# So far each thread made a number of its own. A sum is another thing: *one* number, and every element of the array has
# a share in it. Making few numbers out of many is called a **reduction**.
#
# A single thread could do it, and thousands of others would watch. So everybody adds up a part: that is a **partial
# sum**. Now there are as many partial sums as threads, and no thread can see what another has in its variables. They
# meet in shared memory. There they are added two by two, then pairs of pairs, and so on: a *tree* of additions. 8
# numbers take 3 rounds, 256 take 8, a million would take 20.

# %%
from drawings import reduction_and_warps as drawings

drawings.upper_onto_lower()

# %% [markdown]
# Between two rounds stands a barrier: what is read in one round was written by another thread in the round before.
#
# What if there are more numbers than one block can have? Blocks cannot wait for each other. But a launch begins only
# when the launch before it has ended. So each block writes its sum into an array, and the same kernel is launched
# again, on these few sums.
#
# ## The formula and its shapes
#
# x has the shape (n,), and a block has T threads, where T is a power of two. In shared memory stand s, of shape (T,).
# Thread t brings $s_t = x_t$. Then, for h = T/2, T/4, ..., 1:
#
# $$ s_t \leftarrow s_t + s_{t+h} \qquad \text{for all } t < h $$
#
# and afterwards $s_0$ is the sum of all. With several blocks, x (n,) becomes (n / T,), that becomes (n / T²,), and so
# on, rounded up each time, until one number is left.

# %% [markdown]
# ## First as plain loops
#
# The digit has 16 x 16 = 256 pixels, just enough for one block. A `yield` is a barrier, as on page 03.
#
# *Predict:* which two pixels meet in the first round? How many additions are made in each round, and how many in all?

# %%
import alicuda
import matplotlib.pyplot as plt
import numpy as np
from book import digit, show, show_kernel, show_lines, without_xray


def tree_kernel(t, s, x):
    s[t] = x[t]
    half = len(s) // 2
    while half > 0:
        yield  # the barrier
        if t < half:
            s[t] += s[t + half]
        half //= 2


def launch_block(kernel, threads, *arguments):
    """One block. Called again and again, it stops at each barrier and when all have ended."""
    running = [kernel(t, *arguments) for t in range(threads)]
    while running:
        running = [thread for thread in running if next(thread, "ended") != "ended"]
        yield


x = digit().reshape(-1)
s = np.full(256, np.nan, np.float32)
pictures = [s.copy() for _ in launch_block(tree_kernel, 256, s, x)]

exact = x.sum(dtype=np.float64)
print(f"sum of the digit: {s[0]:.6f}, by NumPy in float64: {exact:.6f}")
print(f"rounds: {len(pictures) - 1}, additions: {' + '.join(str(256 >> k) for k in range(1, 9))} = 255")
assert len(pictures) == 9 and abs(s[0] - exact) < 1e-5 * exact

figure, panels = plt.subplots(1, 5, figsize=(7.2, 2), layout="constrained")
for k, panel in enumerate(panels):
    folded = np.full(256, np.nan, np.float32)
    folded[: 256 >> k] = pictures[k][: 256 >> k]
    panel.imshow(folded.reshape(16, 16), cmap=plt.get_cmap("gray").with_extremes(bad="lightsteelblue"))
    panel.set_title("the digit" if k == 0 else f"round {k}", fontsize=10)
    panel.set(xticks=[], yticks=[])
show(figure, "The digit, then its lower half folded onto its upper half, again and again, until one row is left.")

# %% [markdown]
# Pixel 0 meets pixel 128: row 0 meets row 8. The digit is folded in the middle four times, until a single row is left
# (blue is what nobody needs any more). Then the row is folded in the same way. 255 additions for 256 numbers: there is
# no way to do with fewer. What a tree saves is *rounds*, 8 in place of 255.
#
# ## Which thread adds what
#
# The library's ladder of sums begins with the tree that comes to mind first: neighbours are added, then neighbouring
# pairs.

# %%
show_kernel("ladders/reduction/01_interleaved_divergent.cu", "reduce")

# %% [markdown]
# (`% 2`, `% 4`, `% 8`: every second thread, then every fourth, and so on.) The second step leaves the same places but
# gives the work to the first threads. The third is the tree of the picture above:

# %%
for file in ("02_interleaved_strided", "03_sequential"):
    show_lines(f"ladders/reduction/{file}.cu", "for (int", "    }")

# %% [markdown]
# All three make the same number of additions in the same number of rounds. What differs is who adds, and in which
# places. Here are the three as loops: for each round, which thread adds which place onto which.

# %%
T = 256


def step_1(k):  # in round k = 0, 1, ...
    return [(t, t, t + 2**k) for t in range(0, T, 2 * 2**k)]


def step_2(k):
    return [(t, 2 * 2**k * t, 2 * 2**k * t + 2**k) for t in range(T // (2 * 2**k))]


def step_3(k):
    half = T >> (k + 1)
    return [(t, t, t + half) for t in range(half)]


for step in (step_1, step_2, step_3):
    s = x.copy()
    for k in range(8):
        for _, place, other in step(k):
            s[place] += s[other]
    assert abs(s[0] - exact) < 1e-5 * exact
print(step_1(0)[:3], step_2(0)[:3], step_3(0)[:3], sep="\n")

# %% [markdown]
# A warp is busy in a round as soon as one of its lanes adds; its other lanes wait meanwhile. And page 03's banks count
# the turns: a busy warp reads two places a lane and writes one.
#
# *Predict*, for each of the three steps:
#
# 1. How many of the 8 warps are busy in round 1? In round 4? In round 8?
# 2. In which step do lanes meet in the same banks, and in which round most of all?


# %%
def turns(words):
    different = set(words)
    return max(sum(word % 32 == bank for word in different) for bank in range(32))


def of_each_round(step):
    """The busy warps of each round, and the turns of all their reads and writes."""
    warps, all_turns = [], []
    for k in range(8):
        of_warp = {}
        for t, place, other in step(k):
            of_warp.setdefault(t // 32, []).append((place, other))
        warps.append(len(of_warp))
        all_turns.append(sum(2 * turns(p for p, _ in two) + turns(o for _, o in two) for two in of_warp.values()))
    return warps, all_turns


figure, panels = plt.subplots(1, 2, figsize=(7.2, 3), layout="constrained")
for step, style in zip((step_1, step_2, step_3), ("s-", "^-", "o--"), strict=True):
    warps, in_turn = of_each_round(step)
    print(step.__name__.replace("_", " "))
    print("    busy warps", *warps, "together", sum(warps))
    print("    turns", *in_turn, "together", sum(in_turn))
    for panel, of_round in zip(panels, (warps, in_turn), strict=True):
        panel.plot(range(1, 9), of_round, style, label=step.__name__.replace("_", " "), markersize=5)
for panel, title in zip(panels, ("busy warps", "turns of shared memory"), strict=True):
    panel.set_title(title, fontsize=11)
    panel.set(xlabel="round", ylim=0)
    panel.legend(fontsize=8)
panels[0].set_ylabel("warps of a block")
panels[1].set_ylabel("turns")
show(figure, "Busy warps and turns in 8 rounds: step 1 keeps 8 warps busy for 5 rounds, step 3 needs least of both.")

# %% [markdown]
# Step 1 keeps all 8 warps busy for five rounds, in the end for one addition each. Step 2 needs 12 warps where step 1
# needs 47. But its places lie 2, 4, 8, ... apart, so they meet in the same banks, 8 lanes in each in the third and the
# fourth round. Shared memory is busy for exactly as long as before! Step 3 has neighbouring threads *and* neighbouring
# places.
#
# ## Doing less
#
# What is still wasted in step 3? In the first round half of the threads have nothing to do, nor ever after. And a
# block of 256 threads adds up just 256 numbers. The steps 4 to 7 mend that:
#
# * Step 4: Each thread fetches two numbers and brings their sum.
# * Step 5: When 64 sums are left, only one warp is at work. So the others leave, and the last warp needs no barrier
#   of the block. `__syncwarp()` is enough, a barrier for one warp.
# * Step 6: Each thread fetches *many* numbers, and adds them up in a variable of its own. The tree comes once for
#   all of them.
# * Step 7: The tree needs no shared memory: see below.
#
# *Predict:* the digit, drawn 16 times as large in both directions, has 65,536 pixels. For the ladder's seven steps:
# which figures will fall from step to step? Requests to shared memory, turns, barriers a thread, bytes of the GPU's
# memory? By how much can the last one fall at most?

# %%
from alicuda import emulator, ladders, xray
from alicuda.xray.text import hazard_lines

LADDER = ladders.get("reduction")
texts = {step.name: step.path.read_text(encoding="utf-8") for step in LADDER.steps}

no_xray = without_xray()  # None, where a compiler is at hand


def add_up(step, numbers):
    """The sum by all launches of a step, and xray's reports of them."""
    problem = ladders.Problem(numbers.shape, {"x": numbers}, np.zeros(1), 0, 0)
    program, arrays = emulator.compile(step.source(numbers.shape), workers=1), step.arrays(problem)
    reports = [
        xray.profile(program.kernel(it.kernel), it.grid, it.block, it.arguments(arrays), card=None)
        for it in step.launches(numbers.shape)
    ]
    return arrays["out"][0], reports


# Brightness as whole numbers, from 0 to 15: then every sum is exact, in whatever order.
poster = np.kron(np.round(15 * digit()[0, :, :, 0]), np.ones((16, 16), np.float32)).reshape(-1)
if not no_xray:
    print("step  requests   turns  barriers    bytes")
    rows = {}
    for step in LADDER.steps:
        total, reports = add_up(step, poster)
        totals = [report.totals for report in reports]
        requests, in_turn, moved = (
            sum(t[name] for t in totals) for name in ("shared_requests", "shared_wavefronts", "global_bytes")
        )
        barriers = max(t["barriers_per_thread"] for t in totals)
        rows[step.name] = requests, in_turn, barriers
        print(f"{step.name[:2]:5} {requests:8,} {in_turn:7,} {barriers:9.0f} {moved:8,}")
        assert len(reports) == 2  # launches: 65,536 numbers, and then the blocks' sums
        assert total == poster.sum(dtype=np.float64) and not any(report.hazards for report in reports)
        some = poster[:60001]  # a size that divides by nothing
        assert add_up(step, some)[0] == some.sum(dtype=np.float64)
    print(f"\nthe sum by all: {poster.sum(dtype=np.float64):,.0f}; x itself has {4 * poster.size:,} bytes")

# %% [markdown]
# The bytes hardly fall: x has to be read, and already the first step reads it once. That is the floor. No sum can be
# faster than the memory that brings the numbers. What falls is everything *else*: requests to shared memory by a
# factor of 130, from 38,550 to 297, and barriers from eight to one.
#
# And where is the time? On a GPU one would now see which steps gain most. Such figures would stand here. There are none
# yet, since no GPU was at hand.

# %%
if not no_xray:
    figure, panels = plt.subplots(1, 2, figsize=(7.2, 3), layout="constrained", width_ratios=[1.4, 1])
    numbers = np.arange(1, 8)
    panels[0].bar(numbers - 0.2, [row[0] for row in rows.values()], 0.4, label="requests")
    panels[0].bar(numbers + 0.2, [row[1] for row in rows.values()], 0.4, label="turns")
    panels[0].set_yscale("log")
    panels[0].set_title("shared memory, 65,536 numbers", fontsize=11)
    panels[0].set_ylabel("requests, turns")
    panels[0].legend(fontsize=8)
    panels[1].bar(numbers, [row[2] for row in rows.values()], color="tab:green")
    panels[1].set_title("barriers", fontsize=11)
    panels[1].set_ylabel("barriers a thread")
    for panel in panels:
        panel.set(xlabel="step of the ladder", xticks=numbers)
    show(
        figure,
        "Bars for seven steps: requests and turns fall from tens of thousands to hundreds, barriers to 1.",
    )

# %% [markdown]
# ## Lanes that hand each other numbers
#
# A thread's own variables lie nearer to it than any memory. Other threads cannot see them, with one exception. The
# lanes of a warp can hand each other the value of a variable, directly: a **shuffle**. `__shfl_down_sync(mask, a, d)`
# gives each lane the `a` of the lane d places on. Lanes near the end, where there is no such lane, get back their own.
# The mask says who takes part; `0xffffffff` has 32 bits set, for all 32 lanes. They wait for each other inside the
# shuffle, so no barrier is needed.
#
# As loops, with a list of 32 lanes, which hold two rows of the digit, in whole numbers from 0 to 15. *Predict:* which
# of the 32 results will be the sum of all 32? What will the last lane hold?


# %%
def shuffle_down(a, d):
    return [a[lane + d] if lane + d < 32 else a[lane] for lane in range(32)]


def warp_sum(a):
    for half in (16, 8, 4, 2, 1):
        a = [mine + other for mine, other in zip(a, shuffle_down(a, half), strict=True)]
    return a


lanes = np.round(15 * digit()[0, 12:14, :, 0]).astype(int).reshape(-1).tolist()
for what, values in (("32 pixels:", lanes), ("their sums:", warp_sum(lanes))):
    print(what, *(" ".join(f"{value:3}" for value in values[i : i + 16]) for i in (0, 16)), sep="\n    ")
assert warp_sum(lanes)[0] == sum(lanes) and warp_sum(lanes)[31] == 32 * lanes[31]

# %% [markdown]
# Only lane 0 has the sum of all. Lane 31 never has anybody behind it, so five times it adds its own number to itself:
# 32 times its pixel. The others hold something in between, which means nothing. That does no harm as long as nobody
# uses it.
#
# Here is the last step of the ladder, with two such trees: one in each warp, and one over the sums of the 8 warps.
# `ALL` is the mask 0xFFFFFFFF. `#pragma unroll` asks the compiler to write a loop out, one copy of its body for each
# round; with a 4, four rounds in one.

# %%
show_kernel("ladders/reduction/07_shuffle.cu", "warp_sum", "reduce")

# %% [markdown]
# ## Break it: warps are not in step
#
# Old texts say that the lanes of a warp run in step, all of them always at the same place, so that within a warp one
# needs no barrier at all. On today's GPUs (since 2017) that is no longer so: each lane has its own place in the
# program.
#
# Let us leave the `__syncwarp()` out of step 5, and in step 7 let half of the lanes go around the shuffle, since their
# results are not needed anyhow. *Predict:* what will a comparison see? What will xray see?

# %%
import textwrap

broken = {
    "step 5 without __syncwarp": texts["05_last_warp"].replace("__syncwarp();", ";"),
    "step 7, half of the lanes": texts["07_shuffle"].replace(
        "a += __shfl_down_sync(ALL, a, half)",
        "if (threadIdx.x % WARP < half) a += __shfl_down_sync(ALL, a, half)",
    ),
}
some = poster[10_000:10_512]
if not no_xray:
    for name, source in broken.items():
        print(name)
        assert source not in texts.values()
        for order in ("forward", "reverse"):
            y = np.zeros(1, np.float32)
            try:
                kernel = emulator.compile(source, build="fast", order=order).kernel("reduce")
                kernel[1, 256](some, y, some.size)
            except emulator.KernelError as error:
                said = f"{order}: {error}".replace("mask 0xffffffff", "the mask of all lanes")
                print(textwrap.indent(textwrap.fill(said, 86), "    "))
            else:
                print(f"    {order}: {y[0]:.6g}, and not {some.sum():.0f}")
                assert y[0] != some.sum()
    kernel = emulator.compile(broken["step 5 without __syncwarp"], workers=1).kernel("reduce")
    told = hazard_lines(xray.profile(kernel, 1, 256, (some, emulator.empty(1), some.size), card=None))
    print(textwrap.fill("xray, of step 5: " + " ".join(told), 92))
    assert any("race" in line for line in told)

# %% [markdown]
# The first is a race within a warp, and xray names it. It is the worst kind: on a GPU that happens to keep the lanes in
# step it is right. The second is refused in every order. A mask is a promise: the lanes that it names will come, all to
# the same shuffle.

# %% [markdown]
# ## The order of additions
#
# A float32 keeps 24 bits, some 7 digits. After each addition the rest is rounded away. So a + (b + c) need not be
# (a + b) + c, and the same numbers may have several sums.
#
# *Predict:* we add ten million numbers between 0 and 1, once one after the other, once as a tree. Both make the same
# number of additions, all in float32. Which is nearer to the truth, and by how much? And what is the sum of thirty
# million ones?


# %%
def one_after_the_other(a):
    return np.add.accumulate(a)[-1]  # NumPy's own `sum` goes by pairs


def as_a_tree(a):
    while a.size > 1:
        a = np.append(a, np.float32(0)) if a.size % 2 else a
        a = a[: a.size // 2] + a[a.size // 2 :]
    return a[0]


sizes = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]
errors = {one_after_the_other: [], as_a_tree: []}
for size in sizes:
    tries = [np.random.default_rng(seed).random(size, np.float32) for seed in range(4 if size < 10**6 else 2)]
    for way, of_size in errors.items():
        of_size.append(np.mean([abs(way(a) / a.sum(dtype=np.float64) - 1) for a in tries]))
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for (way, of_size), style in zip(errors.items(), ("s-", "o-"), strict=True):
    axes.loglog(sizes, of_size, style, label=way.__name__.replace("_", " "))
axes.axhline(2**-24, color="grey", linestyle=":", label="half of the last bit of a float32")
axes.set(xlabel="numbers", ylabel="relative error (no unit)")
axes.set_title("The same float32 numbers, added in two orders", fontsize=11)
axes.legend(fontsize=8)
show(figure, "Relative errors against how many numbers: one after the other they grow, as a tree they stay small.")

ones = np.ones(30_000_000, np.float32)
print(f"thirty million ones, one after the other: {one_after_the_other(ones):,.0f}; as a tree: {as_a_tree(ones):,.0f}")
assert one_after_the_other(ones) == 2**24 and as_a_tree(ones) == ones.size

# %% [markdown]
# One after the other, the sum stops at 16,777,216, which is $2^{24}$. From there on adding 1 changes nothing, because
# the sum has no bit left for it. In a tree, numbers of about the same size meet, and each number goes through only some
# 25 additions. So the order that suits the GPU is also the more exact one.
#
# ## Always the same bits
#
# There is a shorter way to add with many threads. An **atomic addition** reads a number, adds to it and writes it back,
# without anybody coming in between. So all threads may add to one place, and there is no race:

# %%
ATOMIC = r"""
extern "C" __global__ void reduce(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) atomicAdd(y, x[i]);
}
"""

# %% [markdown]
# But nothing says in which *order* they add. *Predict:* 60,001 numbers between 0 and 1, four orders of threads. How
# many different sums will the atomic kernel give, and how many the two launches of step 7?

# %%
numbers = np.random.default_rng(0).random(60_001, np.float32)
ORDERS = (("forward", 0), ("reverse", 0), ("random", 1), ("random", 2))


def both_ways(order, seed):
    how = {"build": "fast", "order": order, "seed": seed, "workers": 1}
    atomic, sums, y = np.zeros(1, np.float32), np.zeros(30, np.float32), np.zeros(1, np.float32)
    emulator.compile(ATOMIC, **how).kernel("reduce")[235, 256](numbers, atomic, numbers.size)
    kernel = emulator.compile(texts["07_shuffle"], **how).kernel("reduce")
    kernel[30, 256](numbers, sums, numbers.size)  # 30 blocks: 30 partial sums
    kernel[1, 256](sums, y, sums.size)
    return atomic[0], y[0]


if not no_xray:
    print(f"the truth: {numbers.sum(dtype=np.float64):.4f}")
    print("order          atomic  partial sums")
    found = [both_ways(*how) for how in ORDERS]
    for (order, seed), (atomic, in_order) in zip(ORDERS, found, strict=True):
        print(f"{order:7} {seed} {atomic:11.4f} {in_order:13.4f}")
    assert len({atomic for atomic, _ in found}) == 4 and len({y for _, y in found}) == 1

# %% [markdown]
# On a GPU the order differs from run to run, and so would the last digits. In a training of many thousand steps such a
# difference grows until two runs of the same program show different pictures, and nobody can tell a mistake from
# chance. Therefore no kernel of this library that adds floats uses atomics. Partial sums go into an array, each to its
# own place, and a second launch adds them in the order of their places. The same launch gives the same bits, always.
# (It was nearer to the truth, too.)

# %% [markdown]
# ## Sums down the columns
#
# The model rarely wants the sum of a whole array. It wants one sum for each channel. In memory a batch of pictures
# (N, H, W, C) is a table: N · H · W pixels below each other, and in each row the C numbers of that pixel side by side.
# So it is sums down the columns of a table, and neighbouring threads should have neighbouring *columns*: then they read
# neighbours.
#
# In Numba the library's kernel says just that: one thread for each sum.

# %%
show_kernel("numba/reduce.py", "sum")

# %% [markdown]
# In CUDA C++ each block stands over some rows, and its threads have two numbers. Those that differ in `.x` have
# neighbouring columns. Those that differ in `.y` share the rows of one column. Here is how a thread finds its rows (a
# `Vector` is 1 or 4 neighbouring floats, as on page 02):

# %%
show_kernel("cuda/columns.cuh", "my_walk")

# %% [markdown]
# *Predict:* a table of 21 rows and 6 columns, and three blocks of 6 x 4 threads, with 8 rows each. Which rows belong to
# the threads with y = 1? Do all threads have the same number of rows?


# %%
def my_rows(block, y, height, rows, M):
    """The rows of thread (x, y) of a block: the y-th of the block's rows, and every height-th after that."""
    return range(block * rows + y, min((block + 1) * rows, M), height)


M, C, height, rows_of_block = 21, 6, 4, 8
owner = np.full((M, C), -1)
for block in range(3):
    for y in range(height):
        owner[list(my_rows(block, y, height, rows_of_block, M))] = y
assert (owner >= 0).all()
figure, axes = plt.subplots(figsize=(3.4, 4.4), layout="constrained")
axes.imshow(owner, cmap="tab10", vmin=0, vmax=9, aspect=0.7)
for row in range(M):
    for column in range(C):
        axes.text(column, row, f"{column},{owner[row, column]}", ha="center", va="center", color="white", fontsize=7)
for block in range(3):
    axes.axhline(block * rows_of_block - 0.5, color="black", linewidth=2)
    axes.text(C - 0.3, block * rows_of_block + 2.5, f"block {block}", va="center")
axes.set(xlabel="column", ylabel="row", xticks=range(C), yticks=range(0, M, 4))
axes.set_title("threads x,y: who has which number", fontsize=11)
show(figure, "A table of 21 rows in three blocks; in each block the threads y = 0 to 3 take rows in turn.")
print("rows of y = 1:", *([*my_rows(block, 1, height, rows_of_block, M)] for block in range(3)))
print("rows of y = 1 to 3 in the last block:", *([*my_rows(2, y, height, rows_of_block, M)] for y in (1, 2, 3)))

# %% [markdown]
# The last block has only five rows, so y = 0 has two rows there and the others one. No thread is in anybody's way.
#
# Then each column has `blockDim.y` partial sums, and a tree adds them. It is the tree that you know, with two
# differences. It works for every column of the block at once. And the number of partial sums need be no power of two.

# %%
show_kernel("cuda/columns.cuh", "fold_over_y")
show_kernel("cuda/reduce.cuh", "sum_columns")

# %% [markdown]
# `combine` is what is done with two partial results: here the addition. It is an argument, because we shall soon put
# together something else than sums. With 5 partial sums 3 goes onto 0 and 4 onto 1, while 2 waits; then 2 onto 0; then
# 1 onto 0. The barrier stands at the top of each round, and all threads come to it: also those beyond the last column,
# which bring zeros.
#
# x may also be several tables, one after the other in memory: `outer` of them, which a block counts by `.z`. So x of
# shape (outer, reduced, inner) is summed over its middle axis, and every sum over neighbouring axes is of that shape.
# Let us try it: a sum for each of 10 channels, one over everything, and one over the middle of three axes. How many
# threads and blocks there are is decided in Python, by `layout`, from the shape alone.

# %%
from alicuda.backends.cuda.reductions import layout


def sum_middle(x):
    """The sum over the middle axis of x (outer, reduced, inner), as the library launches it; and the first report."""
    first = None
    while True:
        outer, reduced, inner = x.shape
        lay = layout(reduced, inner, (x,), outer)
        y = emulator.empty((outer, lay.row_blocks, inner))
        kernel = emulator.compile("reduce.cu", defines=lay.defines, workers=1).kernel("sum")
        arguments = (x, y, outer, reduced, inner, lay.rows, lay.column_blocks)
        report = xray.profile(kernel, lay.grid, lay.block, arguments, card=None)
        first = first or report
        if lay.row_blocks == 1:
            return y[:, 0], first
        x = y  # (outer, blocks, inner): once more


if not no_xray:
    random = np.random.default_rng(2)
    for shape in ((1, 6000, 10), (1, 60_000, 1), (7, 40, 33)):
        array = random.standard_normal(shape, np.float32)
        y, report = sum_middle(array)
        wanted = array.sum(axis=1, dtype=np.float64)
        loads = [line for line in report.lines if line.op == "load" and line.space == "global"]
        print(
            f"{shape}: grid {report.grid[:2]}, block {report.block}, load: {loads[0].sectors_per_request:.2f} sectors"
            f" a request"
        )
        assert np.abs(y - wanted).max() < 1e-3 and report.hazards == 0

# %% [markdown]
# The second is as good as can be: where there is only one column, rows follow each other in memory, and neighbouring y
# read neighbours. In the others some requests begin in the middle of a sector. In the third, 33 columns are shared out
# to two blocks of 17, so that a warp reads pieces of two or three rows.

# %% [markdown]
# ## Batch norm's statistics
#
# Inside the model nearly every convolution is followed by a **batch norm**. It makes the numbers of each channel
# comparable: it subtracts the channel's mean over the whole batch, and divides by how far the numbers typically are
# from it. With M = N · H · W numbers in a channel:
#
# $$ \mathrm{mean}_c = \frac{1}{M} \sum_{m} x_{m,c} $$
#
# $$ \mathrm{var}_c = \frac{1}{M} \sum_{m} (x_{m,c} - \mathrm{mean}_c)^2 $$
#
# $$ y_{m,c} = \mathrm{scale}_c \, \frac{x_{m,c} - \mathrm{mean}_c}{\sqrt{\mathrm{var}_c + \varepsilon}}
#    + \mathrm{shift}_c $$
#
# The second is the **variance**, the mean square of the distance from the mean. ε is a small number that keeps us from
# dividing by 0. scale and shift, one each per channel, are learnt. x and y are (N, H, W, C), all others (C,).
#
# Why one wants this, and its way back, is page 11's matter. Here we want mean and variance, in as few readings of x as
# possible. A batch for that: the digit at twelve places, and in it the edges of page 00, so that there are two
# channels.

# %%
edges = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
batch = np.concatenate([np.roll(digit(), (k % 3, k), axis=(1, 2)) for k in range(12)])
x = alicuda.conv2d(batch, np.stack([edges, edges.T], axis=-1).reshape(3, 3, 1, 2)).numpy()
table = x.reshape(-1, 2)
M, C = table.shape
print("x:", x.shape, " as a table:", table.shape)
print("mean:", table.mean(axis=0, dtype=np.float64), " variance:", table.var(axis=0, dtype=np.float64))

# %% [markdown]
# Every schoolbook has a formula that needs to read x only once: var = mean of the squares, minus square of the mean.
# With it, two sums side by side would do, and nothing new is needed.
#
# *Predict:* we add the same number to all of x, first 0, then 10, 100, 1,000, 10,000. What happens to the true
# variance? And to the schoolbook's, in float32?


# %%
def schoolbook(a):
    M = np.float32(len(a))
    return (a * a).sum(axis=0) / M - (a.sum(axis=0) / M) ** 2


def in_two_readings(a):
    M = np.float32(len(a))
    return ((a - a.sum(axis=0) / M) ** 2).sum(axis=0) / M


added = [0, 10, 100, 1000, 10_000]
wrong_by = {schoolbook: [], in_two_readings: []}
print(" added    true  schoolbook  2 readings")
for much in added:
    moved = table + np.float32(much)
    truth = moved.var(axis=0, dtype=np.float64)[1]
    for way, of_way in wrong_by.items():
        of_way.append(max(abs(way(moved)[1] / truth - 1), 1e-8))
    print(f"{much:6,} {truth:7.4f} {schoolbook(moved)[1]:11.4f} {in_two_readings(moved)[1]:11.4f}")
assert schoolbook(table + np.float32(1000))[1] < 0 and wrong_by[in_two_readings][-1] < 1e-3

# %% [markdown]
# The truth does not change: distances from the mean stay what they are. The schoolbook's variance is *negative* at
# 1,000, and at 10,000 it is no answer to any question. Its two parts are about 100,000,000 each there. A float32 keeps
# 7 digits of such a number, so what is lost of either part is larger than their difference, which should be 2.65. A
# check with numbers around 0 sees nothing of this. Only one with a large mean does.
#
# (With nothing added, the schoolbook is even better than two readings. Down the columns NumPy adds row by row, one
# after the other, and each of the 2,352 additions rounds. Two numbers of five are 0 here, and to add the square of 0
# rounds nothing; the square of its distance from the mean does. Added as a tree, the two readings would be right to 7
# digits.)
#
# ## Putting sets together
#
# Two readings are right, but reading is what costs. There is a way with one. Describe a set of rows by three numbers:
# how many they are, their mean, and m2, the sum of the squared distances from that mean. Two such sets a and b can be
# put together without looking at their rows again. With $\delta = \mathrm{mean}_b - \mathrm{mean}_a$ and
# $n = n_a + n_b$:
#
# $$ \mathrm{mean} = \mathrm{mean}_a + \delta \, \frac{n_b}{n} $$
#
# $$ m_2 = m_{2,a} + m_{2,b} + \delta^2 \, \frac{n_a n_b}{n} $$
#
# There is no small difference of large numbers in this. A single row is a set, too: n = 1, its value, m2 = 0. So a
# thread puts its rows together one by one, and a tree puts the threads together. For the tree it makes no difference
# whether it adds numbers or puts sets together.


# %%
def merge(a, b):
    (count_a, mean_a, m2_a), (count_b, mean_b, m2_b) = a, b
    if count_b == 0:
        return a
    count, delta = count_a + count_b, mean_b - mean_a
    return count, mean_a + delta * count_b / count, m2_a + m2_b + delta * delta * count_a * count_b / count


def moments_kernel(y, so_far, values, height):
    """Thread y of a block, for one channel."""
    mine = np.float32(0), np.float32(0), np.float32(0)
    for row in range(y, len(values), height):
        mine = merge(mine, (np.float32(1), values[row], np.float32(0)))
    so_far[y] = mine
    while height > 1:
        half = (height + 1) // 2
        yield  # the barrier
        if y + half < height:
            so_far[y] = merge(so_far[y], so_far[y + half])
        height = half


def in_sets(a, height=37):
    """The variance of each channel, by one block of 37 threads."""
    found = []
    for values in a.T:
        so_far = [None] * height
        for _ in launch_block(moments_kernel, height, so_far, values, height):
            pass
        count, _, m2 = so_far[0]
        assert count == len(values)
        found.append(m2 / count)
    return np.array(found)


wrong_by[in_sets] = []
for much in added:
    moved = table + np.float32(much)
    truth = moved.var(axis=0, dtype=np.float64)[1]
    wrong_by[in_sets].append(max(abs(in_sets(moved)[1] / truth - 1), 1e-8))
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for (way, of_way), style in zip(wrong_by.items(), ("s-", "o-", "^--"), strict=True):
    axes.semilogy(range(len(added)), of_way, style, label=way.__name__.replace("_", " "))
axes.set(xlabel="added to every number", ylabel="relative error (no unit)", ylim=(5e-9, 5e3))
axes.set_xticks(range(len(added)), [f"{much:,}" for much in added])
axes.set_title("The variance in float32, computed in three ways", fontsize=11)
axes.legend(fontsize=8)
show(figure, "The schoolbook's error grows from tiny to more than 1; two readings and sets stay small throughout.")
assert wrong_by[in_sets][-1] < 1e-3 < 1 < wrong_by[schoolbook][-1]

# %% [markdown]
# ## The library's kernels
#
# Now you know every idea in the first half of `batch_norm.cu`. `merge` puts two sets together, for each channel of a
# vector:

# %%
show_kernel("cuda/batch_norm.cu", "merge", "merge_over_y", "batch_norm_moments")

# %% [markdown]
# One more precaution is in it, against the slow rise of the green curve. Values are taken relative to the `pivot`, the
# channel's value in row 0. What lies near the pivot becomes small, and of small numbers a float32 has finer digits.
#
# `batch_norm_moments` writes a mean and an m2 for each block of rows. A second launch, `batch_norm_combine`, puts the
# blocks together in the same way, and a third one normalises, a thread for some elements as on page 01.
#
# *Predict:* how many barriers does a thread come to, with 128 threads for each channel?

# %%
if not no_xray:
    lay = layout(M, C, ())
    whole = layout(lay.row_blocks, C, (), whole=True)
    print(f"moments: {lay.row_blocks} blocks of {lay.block[0]} x {lay.block[1]} threads, {lay.rows} rows each")
    print(f"combine: 1 block of {whole.block[0]} x {whole.block[1]} threads")

    def launch(kernel, lay, *arguments):
        program = emulator.compile("batch_norm.cu", defines=lay.defines, workers=1)
        return xray.profile(program.kernel(kernel), lay.grid, lay.block, arguments, card=None)

    for much in (0, 10_000):
        moved, eps = table + np.float32(much), np.float32(1e-4)
        means, m2s = emulator.empty((lay.row_blocks, C)), emulator.empty((lay.row_blocks, C))
        mean, inv_std, y = emulator.empty(C), emulator.empty(C), emulator.empty((M, C))
        reports = [
            launch("batch_norm_moments", lay, moved, means, m2s, M, C, lay.rows),
            launch("batch_norm_combine", whole, moved, means, m2s, mean, inv_std, M, C, lay.rows, lay.row_blocks, eps),
            launch("batch_norm", lay, moved, *np.array([[1, 1], [0, 0]], np.float32), mean, inv_std, y, M, C, lay.rows),
        ]
        true_mean, true_var = moved.mean(axis=0, dtype=np.float64), moved.var(axis=0, dtype=np.float64)
        wanted = (moved - true_mean) / np.sqrt(true_var + eps)
        print(f"+ {much:6,}: mean {mean}, 1 / std {inv_std}")
        print(f"          largest difference of y from NumPy in float64: {np.abs(y - wanted).max():.1e}")
        assert np.abs(y - wanted).max() < 1e-3 and not any(report.hazards for report in reports)
    print("barriers a thread:", *(f"{report.totals['barriers_per_thread']:.0f}" for report in reports))
    assert reports[0].totals["barriers_per_thread"] == 7

# %% [markdown]
# 128 threads a channel are 7 rounds, and a barrier in each. Three blocks of rows are so few that in the second launch
# one thread a channel puts them together. It needs no barrier, and the third launch never does.
#
# After this, y has mean 0 and variance 1 in each channel, whatever was added to x. (At 10,000 a float32 can only say
# the mean to the next thousandth. That is the difference that you see, and no kernel can do better.)
#
# ## The same in Numba
#
# The library's Numba kernel is the shortest way to read all this. A block has one channel, its 32 threads share the
# rows, and it reads twice. It keeps the tree in a function of its own:

# %%
show_kernel("numba/batch_norm_shared.py", "add_up", "batch_norm_moments_shared")

# %% [markdown]
# *Predict:* how many barriers are these, for each thread? And what is the last one in `add_up` for, behind which
# nothing is read any more?

# %%
from alicuda import numba_kernels

if reason := numba_kernels.missing():
    print("The kernels in Numba are left out on this page:", reason)
else:
    shared = numba_kernels.load("batch_norm_shared")
    mean, inv_std = np.zeros(C, np.float32), np.zeros(C, np.float32)
    shared.batch_norm_moments_shared[C, shared.THREADS](table, mean, inv_std, M, C, np.float32(1e-4))
    print("mean:", mean, " 1 / std:", inv_std)
    assert np.allclose(mean, table.mean(axis=0), atol=1e-5)
    assert np.allclose(inv_std, 1 / np.sqrt(table.var(axis=0, dtype=np.float64) + 1e-4), rtol=1e-5)

# %% [markdown]
# `add_up` has a barrier in each of its 5 rounds, one before the total is read and one after it, and it is called twice:
# 14. The last one keeps a thread that is ahead from bringing its next number, for the second call, into place 0 while
# others still read the first total there. In `fold_over_y` no such barrier stands, since nobody uses that array again.
# Whoever calls it twice in a kernel has to put one in between.

# %% [markdown]
# ## Exercises
#
# Each cell holds a start. Change it and run the cell until it says "right".

# %% [markdown]
# {{exercise 04a}}

# %% [markdown]
# {{exercise 04b}}

# %% [markdown]
# {{exercise 04c}}

# %% [markdown]
# ## You can now read
#
# * [kernels/ladders/reduction/](../kernels/ladders/reduction): all seven steps, each with the flaw that the next mends;
#   their table is in [kernels/ladders/README.md](../kernels/ladders/README.md), and how they are launched in
#   [alicuda/ladders/reduction.py](../alicuda/ladders/reduction.py).
# * [kernels/cuda/columns.cuh](../kernels/cuda/columns.cuh), [reduce.cuh](../kernels/cuda/reduce.cuh) and
#   [reduce.cu](../kernels/cuda/reduce.cu): sums and means over any run of axes.
# * [kernels/cuda/batch_norm.cu](../kernels/cuda/batch_norm.cu): its first half, `forward`. The sums of the other half
#   are made by the same `fold_over_y`, two at once; what they are for says page 11.
# * [kernels/numba/reduce.py](../kernels/numba/reduce.py) and
#   [batch_norm_shared.py](../kernels/numba/batch_norm_shared.py).
# * [alicuda/backends/cuda/batch_norm.py](../alicuda/backends/cuda/batch_norm.py): the three launches; and
#   [reductions.py](../alicuda/backends/cuda/reductions.py): `layout`, which decides how many
#   threads and blocks there are. The ops [sum.py](../alicuda/ops/sum.py) and [mean.py](../alicuda/ops/mean.py) end up
#   there; what their `backward` does says page 08.
#
# Every word in bold is in the [glossary](glossary.md). All pages are listed [here](README.md); the next one is
# [05_matmul](05_matmul.ipynb).
