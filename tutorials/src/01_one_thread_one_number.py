# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # One thread, one number
#
# *What you will learn* (30 minutes; you need [00_start_here](00_start_here.ipynb)):
#
# * how a thread of a GPU finds out which number is its own: grid, block, thread;
# * why there are almost always too many threads, and what keeps the spare ones quiet;
# * two kernels, leaky ReLU and addition, in three forms: loops in Python, Numba, CUDA C++;
# * who notices when a thread goes too far, and who does not.

# %% [markdown]
# ## The idea
#
# On page 00 each thread was handed the place of its element: n, p, q and k. A real GPU knows nothing of pictures, rows
# and channels. It starts many threads that all run the same kernel, and tells each one its number. Everything else the
# thread has to work out from that.
#
# So we make it easy for the threads. An array of any shape lies in memory as one long row of numbers. Such a row is a
# **vector**. For a leaky ReLU, and for the sum of two arrays, a row is all we need: number i of the result depends on
# number i of the inputs and on nothing else. Thread i takes number i.
#
# Starting a kernel is called a **launch**. A launch does not ask for so many threads. It asks for so many **block**s,
# and a block is a group of threads; all blocks of a launch have the same size, for example 64. All blocks of one launch
# together are its **grid**. A thread is told two things: which block it is in, and which thread of that block it is.
#
# Why blocks? The threads of one block run side by side on one part of the GPU, and can help each other; later pages
# use that. The blocks may run in any order, and as many at a time as there is room for. So one and the same launch
# fills a small GPU and a large one.

# %%
from drawings import one_thread_one_number as drawings

drawings.one_number_each()

# %% [markdown]
# ## The formula and its shapes
#
# x and y have the shape (n,). A block has B threads, and the grid has G blocks, as few as are enough:
#
# $$ y_i = \mathrm{leaky\_relu}(x_i) $$
#
# $$ i = \mathit{block} \cdot B + \mathit{thread} $$
#
# $$ G = \lceil n / B \rceil $$
#
# The hooks round up. These are the names of the same things in code:
#
# | | in Numba | in CUDA C++ |
# |---|---|---|
# | which block, from 0 to G - 1 | `cuda.blockIdx.x` | `blockIdx.x` |
# | which thread of its block, from 0 to B - 1 | `cuda.threadIdx.x` | `threadIdx.x` |
# | B, threads in a block | `cuda.blockDim.x` | `blockDim.x` |
# | G, blocks in the grid | `cuda.gridDim.x` | `gridDim.x` |
# | i | `cuda.grid(1)` | `blockIdx.x * blockDim.x + threadIdx.x` |
#
# (`.x`, because a grid can also be a rectangle or a box, with `.y` and `.z`. A row needs only x.)
#
# Unless B divides n, the last block has threads whose i is n or more. There is no number for them. What they would
# touch is **out of bounds**: it lies behind the end of the array, and belongs to somebody else. So each thread first
# asks `if i < n`. That line is the **guard**.

# %% [markdown]
# ## First as plain loops
#
# Our vector comes from the digit. Page 00 compared the right side of each window with the left side. That gave a
# picture of 14 x 14 with numbers below and above 0, just what a leaky ReLU is for. Written as a row it has 196 numbers.

# %%
import alicuda
import matplotlib.pyplot as plt
import numpy as np
from book import digit, show, show_kernel

SLOPE = np.float32(0.1)  # float32, as all of our numbers are

w = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
right = alicuda.conv2d(digit(), w.reshape(3, 3, 1, 1)).numpy()  # right minus left
below = alicuda.conv2d(digit(), w.T.reshape(3, 3, 1, 1)).numpy()  # below minus above

x = right.reshape(-1)
print("the picture:", right.shape, " the vector:", x.shape, " smallest and largest:", x.min(), x.max())

# %% [markdown]
# The kernel is what one thread does. `launch` does what the GPU does at once, one thread after the other.


# %%
def leaky_relu_kernel(block, thread, threads, x, y, size, slope):
    i = block * threads + thread
    if i < size:
        y[i] = x[i] if x[i] > 0 else slope * x[i]


def launch(kernel, blocks, threads, *arguments):
    for block in range(blocks):
        for thread in range(threads):
            kernel(block, thread, threads, *arguments)


def blocks_for(size, threads):
    """Enough blocks for `size` threads: the quotient, rounded up."""
    return (size + threads - 1) // threads


# %% [markdown]
# *Predict before you run the next cell:* we take blocks of 64 threads.
#
# 1. How many blocks do 196 numbers need?
# 2. How many threads will have nothing to do?
# 3. Which thread of which block gets number 137?
# 4. Put the numbers back into the picture of 14 x 14. What shape does the part of block 0 have?
#
# To find out, we launch a kernel that leaves its name on its number.


# %%
def name_kernel(block, thread, threads, block_of, thread_of, idle, size):
    i = block * threads + thread
    if i < size:
        block_of[i] = block
        thread_of[i] = thread
    else:
        idle.append((block, thread))


threads = 64
blocks = blocks_for(x.size, threads)
block_of, thread_of, idle = np.full(x.size, -1), np.full(x.size, -1), []
launch(name_kernel, blocks, threads, block_of, thread_of, idle, x.size)
print(f"{x.size} numbers, {blocks} blocks, {blocks * threads} threads")
print(f"{len(idle)} threads had nothing to do, from thread {idle[0][1]} of block {idle[0][0]} on")
print(f"number 137 belongs to thread {thread_of[137]} of block {block_of[137]}")

# %% [markdown]
# 137 = 2 · 64 + 9. Now the leaky ReLU itself, and at once the check against NumPy. As on page 00, y is full of NaN
# beforehand, so that a number that nobody wrote would show.

# %%
y = np.full(x.size, np.nan, np.float32)
launch(leaky_relu_kernel, blocks, threads, x, y, x.size, SLOPE)

by_numpy = np.where(x > 0, x, SLOPE * x)
print("largest difference from NumPy:", np.abs(y - by_numpy).max(), " NaN left:", np.isnan(y).any())
assert np.array_equal(y, by_numpy)

# %% [markdown]
# A kernel with two inputs is no harder. Here is the sum of two vectors. `below` is the other picture of page 00.
#
# *Predict:* a GPU promises no order. If the threads run in a random order, what changes?


# %%
def add_kernel(block, thread, threads, x, y, z, size):
    i = block * threads + thread
    if i < size:
        z[i] = x[i] + y[i]


def launch_in_random_order(kernel, blocks, threads, *arguments):
    for t in np.random.default_rng(0).permutation(blocks * threads):
        kernel(t // threads, t % threads, threads, *arguments)


both, again = np.full(x.size, np.nan, np.float32), np.full(x.size, np.nan, np.float32)
launch(add_kernel, blocks, threads, x, below.reshape(-1), both, x.size)
launch_in_random_order(add_kernel, blocks, threads, x, below.reshape(-1), again, x.size)
print("largest difference from NumPy:", np.abs(both - (right + below).reshape(-1)).max())
print("the same in a random order:", np.array_equal(both, again))
assert np.array_equal(both, (right + below).reshape(-1)) and np.array_equal(both, again)

# %% [markdown]
# Nothing changes, because no thread needs what another has. That is what makes these two kernels the easiest there
# are.
#
# ## Look at it
#
# The answer to question 4, and what the kernels made:

# %%
SIDES = (14, 14)
figure, places = plt.subplots(2, 3, figsize=(6.4, 5.1), layout="constrained")
places[0, 0].imshow(block_of.reshape(SIDES), cmap="tab10", vmin=0, vmax=9)
for block in range(blocks):
    row, column = np.argwhere(block_of.reshape(SIDES) == block).mean(axis=0)
    places[0, 0].text(column, row, str(block), ha="center", va="center", color="white", weight="bold")
of_threads = places[1, 0].imshow(thread_of.reshape(SIDES), cmap="viridis", vmin=0, vmax=63)
for place, picture in zip(places[:, 1:].flat, [right, below, y, both], strict=True):
    of_values = place.imshow(picture.reshape(SIDES), cmap="RdBu_r", vmin=-6, vmax=6)
upper = ["which block", "x: right minus left", "below minus above"]
lower = ["which thread", "leaky ReLU of x", "x + below"]
for place, title in zip(places.flat, upper + lower, strict=True):
    place.set_title(title, fontsize=11)
    place.set(xticks=[], yticks=[])
figure.colorbar(of_threads, ax=places[:, 0], location="bottom", ticks=[0, 21, 42, 63], label="threadIdx.x")
figure.colorbar(of_values, ax=places[:, 1:], location="bottom", shrink=0.7, label="blue below 0, red above")
show(figure, "Four bands of the picture, one a block, with threads from 0 on in each; the edges; the results.")

# %% [markdown]
# Block 0 has the upper four rows and eight pixels of the fifth: 64 = 4 · 14 + 8. The edges of blocks pay no regard to
# rows. To these kernels there are no rows, and the same launch would do for any array of 196 numbers.

# %% [markdown]
# ## The same in Numba
#
# [Numba](https://numba.readthedocs.io) compiles functions written in Python for a GPU. This is the leaky ReLU of the
# library, and its sum, read from their files:

# %%
show_kernel("numba/leaky_relu.py", "leaky_relu")
show_kernel("numba/arithmetic.py", "add")

# %% [markdown]
# `@cuda.jit` makes a kernel of the function. Block and thread are no longer arguments; a thread asks for its i with
# `cuda.grid(1)`. And the launch has square brackets: `leaky_relu[blocks, threads](x, y, size, slope)`.
#
# Two machines take part. The **host** is the computer that runs your Python. The **device** is the GPU, which has
# memory of its own. The host sends the kernel and its arguments to the device; arrays must lie in the device's memory,
# and results be fetched from there. If you pass arrays of NumPy, Numba copies them there and back.
#
# Where there is no GPU, Numba has a **simulator**. It runs the kernel as the plain Python that it is: each thread of
# the device becomes a thread of Python, one block after the other. So you see what comes out, with Python's own checks
# of every index. You learn nothing about a GPU's speed, and some mistakes do not show that would on a GPU; they are
# listed in [docs/numba.md](../docs/numba.md).

# %%
from alicuda import numba_kernels

if reason := numba_kernels.missing():
    print("The kernels in Numba are left out on this page:", reason)
else:
    from numba import cuda  # after numba_kernels, which chooses between a GPU and the simulator

    leaky_relu = numba_kernels.load("leaky_relu").leaky_relu
    add = numba_kernels.load("arithmetic").add
    print("the kernels run", "in Numba's simulator" if numba_kernels.simulated() else "on your GPU")

    y, z = np.full(x.size, np.nan, np.float32), np.full(x.size, np.nan, np.float32)
    leaky_relu[blocks, threads](x, y, x.size, SLOPE)
    add[blocks, threads](x, below.reshape(-1), z, x.size)
    print("leaky ReLU, largest difference from NumPy:", np.abs(y - by_numpy).max())
    print("sum, largest difference from NumPy:       ", np.abs(z - (right + below).reshape(-1)).max())
    assert np.array_equal(y, by_numpy) and np.array_equal(z, both)

# %% [markdown]
# ## The same in CUDA C++
#
# CUDA C++ is C++ with a few words more. Here is the kernel, line for line what you know:

# %%
LEAKY_RELU = r"""
extern "C" __global__ void leaky_relu(const float* x, float* y, int size, float slope) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < size) {
        y[i] = x[i] > 0.0f ? x[i] : slope * x[i];
    }
}
"""

# %% [markdown]
# `__global__` makes a kernel of the function. `extern "C"` keeps its name as it is, so that the host finds it by that
# name. `const float* x` is the address of the first number, and nothing more: an array in C++ does not know how long
# it is. That is why `size` is an argument. In Python `x[196]` raises an error; here it means "go 196 numbers ahead and
# take what is there".
#
# A GPU's compiler translates such a text for the GPU. This project also has an **emulator**: it has the C++ compiler
# of your machine translate the same text, and runs it on the CPU. Its *checked* build looks at every index before it
# is used. Its *fast* build looks at none. Like a GPU, it notices nothing but an address where there is no memory at
# all. More in [docs/emulator.md](../docs/emulator.md).

# %%
from alicuda import emulator

no_compiler = emulator.missing()
if no_compiler:
    print("The kernels in CUDA C++ are left out on this page:", no_compiler)
else:
    program = emulator.compile(LEAKY_RELU, build="fast")
    y = np.full(x.size, np.nan, np.float32)
    program.kernel("leaky_relu")[blocks, threads](x, y, x.size, SLOPE)
    print("largest difference from NumPy:", np.abs(y - by_numpy).max())
    assert np.array_equal(y, by_numpy)

# %% [markdown]
# ## The real thing
#
# And this is the kernel that the library launches, on a GPU or in the emulator.
# ([kernels/README.md](../kernels/README.md) says which kernels have ever run on a GPU.) Its first lines say that it is
# the plainest of its folder. Yet the guard is gone, and there is a loop:

# %%
show_kernel("cuda/leaky_relu.cu", "leaky_relu")
show_kernel("cuda/elementwise.cuh", "my_element", "at_once", "load", "store")
show_kernel("cuda/vector.cuh", "load", "store")

# %% [markdown]
# One thread has `VECTOR` = 4 neighbouring numbers here. A `Vector` is those four (`float at[4]`; `= {}` makes them
# zeros), and a thread fetches them in one go of 16 bytes instead of four goes of 4. (`__device__` marks a
# function that kernels call. C++ tells functions of one name apart by their arguments: `load(x, i)` fetches four at
# once, `load(x, i, size)` first asks whether it may. `THREADS` is 256.) A GPU runs the threads of a block in groups of
# 32, each of which is called a **warp**; the threads of a warp ask memory together. So a warp asks for 32 ·
# 16 = 512 bytes in a row. Fewer and larger goes are meant to be faster; whether they are, and by how much, only a
# GPU can tell, and no figures of one have been measured for this book yet.
#
# The guard has moved into `load` and `store`. If all four numbers are there, and the array begins at an address that
# divides by 16, which a GPU demands here, they move at once. Else each is asked `v < size - i`.
# (`__restrict__` and `__launch_bounds__` are promises to the compiler: these arrays do not overlap; a block has at
# most so many threads.)
#
# *Predict:* how many threads does this kernel need for 196 numbers, and how many for 195? `VECTOR` can be chosen when
# the file is compiled. How many threads are needed when it is 1?
#
# We measure by brute force: one block of 1 thread, then of 2, and so on, until no number is left unwritten.


# %%
def threads_needed(kernel, size):
    for threads in range(1, 257):
        y = np.full(size, np.nan, np.float32)
        kernel[1, threads](x[:size], y, size, SLOPE)
        if not np.isnan(y).any():
            return threads


if not no_compiler:
    for vector in (1, 2, 4):
        file = emulator.compile("leaky_relu.cu", build="fast", defines={"VECTOR": vector})
        needed = [threads_needed(file.kernel("leaky_relu"), size) for size in (196, 195)]
        print(f"VECTOR {vector}: {needed[0]:3} threads for 196 numbers, {needed[1]:3} for 195")

# %% [markdown]
# With 4 numbers a thread, 195 numbers need 49 threads, and the last of them has 3 numbers. With 1 number a thread the
# file is the kernel that you know.
#
# The sum is written with `map`, which does the same for any function of two numbers. `[](float x, float y)
# { return x + y; }` is such a function, without a name, as `lambda x, y: x + y` is in Python; its x and y are two
# numbers, not the arrays. (Others of that file begin with `[=]`: such a function also uses variables from around it, as
# a slope. `template <typename F>` before `map` lets the compiler make a `map` of its own for each function f.)

# %%
show_kernel("cuda/arithmetic.cu", "add")
show_kernel("cuda/elementwise.cuh", "map")
if not no_compiler:
    z = np.full(x.size, np.nan, np.float32)
    emulator.compile("arithmetic.cu", build="fast").kernel("add")[1, 64](x, below.reshape(-1), z, x.size)
    print("largest difference from NumPy:", np.abs(z - (right + below).reshape(-1)).max())
    assert np.array_equal(z, both)

# %% [markdown]
# ## How long does it take?
#
# Four ways to run the leaky ReLU on this computer: our loops, Numba's simulator, the emulator (fast build, the file of
# the library), and NumPy.
#
# *Predict:* how does the time grow with the number of elements? Will the curves begin with a slope, or flat? Which of
# the four is the slowest for 1,000 numbers, and which is the fastest for 10 million?

# %%
from functools import partial
from time import perf_counter


def seconds(run):
    """The fastest of several runs: what else the computer does can only make a run slower."""
    times, end = [], perf_counter() + 0.05
    while len(times) < 3 or perf_counter() < end:
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return min(times)


def arrays(size):
    return np.linspace(-1, 1, size, dtype=np.float32), np.zeros(size, np.float32)


def by_loops(x, y):
    launch(leaky_relu_kernel, blocks_for(x.size, 32), 32, x, y, x.size, SLOPE)


def by_simulator(x, y):
    leaky_relu[blocks_for(x.size, 32), 32](x, y, x.size, SLOPE)


def by_emulator(x, y):
    fast[blocks_for(x.size, 4 * 256), 256](x, y, x.size, SLOPE)


ways = {"our loops": (by_loops, 5)}  # and up to which power of ten
if not numba_kernels.missing() and numba_kernels.simulated():
    ways["Numba's simulator"] = (by_simulator, 3)
if not no_compiler:
    fast = emulator.compile("leaky_relu.cu", build="fast").kernel("leaky_relu")
    ways["emulator, fast build"] = (by_emulator, 7)
ways["NumPy"] = (lambda x, y: np.where(x > 0, x, SLOPE * x), 7)

figure, axes = plt.subplots(figsize=(6, 3.9), layout="constrained")
for (name, (run, most)), marker in zip(ways.items(), "osD^", strict=False):
    sizes = [digits * 10**power for power in range(most) for digits in (1, 3)] + [10**most]
    times = [seconds(partial(run, *arrays(size))) for size in sizes]
    axes.loglog(sizes, times, marker=marker, markersize=4, linewidth=1, label=name)
    each = times[-1] / sizes[-1]
    print(f"{name:20} {times[0] * 1e6:8.1f} us for 1 number, {each * 1e9:9.1f} ns each for {sizes[-1]:10,}")
axes.set(xlabel="numbers", ylabel="seconds")
axes.set_title("The same leaky ReLU on one computer: these are no times of a GPU", fontsize=11)
axes.legend(fontsize=9)
axes.grid(alpha=0.3)
show(figure, "Seconds against numbers, on logarithmic axes: each curve is flat at first, then rises in proportion.")

# %% [markdown]
# Every curve is nearly flat first and rises later. A launch has a price of its own, however little there is to do. Our
# loops and the simulator start 32 threads even for 1 number, and 31 of them are idle; beyond that both pay for each
# thread. The simulator pays most: it starts a thread of Python for each of ours, at roughly a tenth of a millisecond,
# so a photo of 3,072 numbers takes it some tenths of a second. The emulator pays for a whole launch about what the
# simulator pays for one thread, or less, and next to nothing for a number; for very many it has all cores of the
# processor at work, where NumPy has one.
#
# A GPU has such a floor too, lower or higher, and a slope of its own. None of these curves says which.
#
# ## Break it: one character too many
#
# Let the guard say `<=` instead of `<`. *Predict:* which thread of which block now does something that it should not?
# And who will notice: our loops, the simulator, the checked build, the fast build?


# %%
def hear(who, run):
    """Run it, and print what is said about it."""
    try:
        run()
    except (IndexError, alicuda.errors.InputError, emulator.KernelError) as error:
        print(f"{who}: {type(error).__name__}: {error}")
    else:
        print(f"{who}: no complaint")


def too_far_kernel(block, thread, threads, x, y, size, slope):
    i = block * threads + thread
    if i <= size:
        y[i] = x[i] if x[i] > 0 else slope * x[i]


def too_far(x, y, size, slope):  # in Numba
    i = cuda.grid(1)
    if i <= size:
        y[i] = x[i] if x[i] > 0 else slope * x[i]


def in_simulator(kernel, blocks, threads, *arguments):
    """Launch a broken kernel, but never on a GPU: there it would write to memory that is not ours."""
    if reason := numba_kernels.missing():
        raise alicuda.errors.InputError(reason)
    if not numba_kernels.simulated():
        raise alicuda.errors.InputError("left out: your GPU would run this, and say nothing")
    cuda.jit(kernel)[blocks, threads](*arguments)


def on_emulator(text, build, blocks, threads, *arguments):
    """Launch the only kernel in `text`."""
    program = emulator.compile(text, build=build)
    (name,) = program.kernels
    program.kernel(name)[blocks, threads](*arguments)


TOO_FAR = LEAKY_RELU.replace("i < size", "i <= size")

y = np.zeros(x.size, np.float32)
hear("our loops    ", lambda: launch(too_far_kernel, blocks, threads, x, y, x.size, SLOPE))
hear("simulator    ", lambda: in_simulator(too_far, blocks, threads, x, y, x.size, SLOPE))
hear("checked build", lambda: on_emulator(TOO_FAR, "checked", blocks, threads, x, y, x.size, SLOPE))

# %% [markdown]
# Number 196 does not exist. It would fall to thread 4 of block 3, since 3 · 64 + 4 = 196. The loops and the simulator
# ask NumPy for `x[196]` and get an IndexError; the simulator adds thread (`tid`) and block (`ctaid`). The checked
# build names the line as well, the array, and whether it was read or written; there the thread stops. Line 5 is the
# one behind the guard (line 1 is empty).
#
# Now the fast build, which looks as little as a GPU does. To be safe we give the kernel the beginning of larger arrays,
# so that what lies behind x and y is ours. Let us say it belongs to a neighbour, whose numbers are all 7. We also try
# the kernel without any guard. *Predict:* how many of the neighbour's numbers will each of the two overwrite?

# %%
NO_GUARD = LEAKY_RELU.replace("if (i < size)", "")

if not no_compiler:
    for name, text in [("fast build, <=      ", TOO_FAR), ("fast build, no guard", NO_GUARD)]:
        memory_x, memory_y = np.ones(256, np.float32), np.full(256, 7, np.float32)
        memory_x[: x.size] = x
        row, y, neighbour = memory_x[: x.size], memory_y[: x.size], memory_y[x.size :]
        hear(name, partial(on_emulator, text, "fast", blocks, threads, row, y, x.size, SLOPE))
        print("    the neighbour now:", neighbour[:4], "and so on,", (neighbour != 7).sum(), "of 60 overwritten")
        print("    largest difference of y from NumPy:", np.abs(y - by_numpy).max())
        assert np.array_equal(y, by_numpy)

# %% [markdown]
# No complaint, and y is right to the last bit. The damage is next door. No comparison of y with NumPy can find these
# mistakes, and what fails may be something else, much later.
#
# Even the checked build needs some help. *Predict:* for which of these sizes does it complain about `<=`? The first is
# that of the whole digit, 16 x 16.

# %%
for size in (256, 196, 192, 193):
    ones, y = np.ones(size, np.float32), np.zeros(size, np.float32)
    number = blocks_for(size, threads)
    hear(f"{size} numbers", partial(on_emulator, TOO_FAR, "checked", number, threads, ones, y, size, SLOPE))

# %% [markdown]
# 256 and 192 are multiples of 64. There is no spare thread, so the guard never has to refuse anyone, and a wrong guard
# is as good as a right one. It is the lesson of page 00 again: a good check takes sizes that divide by nothing.
#
# ## Break it: one place before the beginning
#
# This kernel says how much the row rises from each number to the next. It forgets that number 0 has none before it.
# (Let us say that a 0 stood there: so NumPy computes it below.)
#
# *Predict:* x[-1] means one thing in Python and another in C++. Who complains: the simulator, the comparison with
# NumPy, the checked build?


# %%
def rise(x, y, size):  # in Numba
    i = cuda.grid(1)
    if i < size:
        y[i] = x[i] - x[i - 1]


RISE = r"""
extern "C" __global__ void rise(const float* x, float* y, int size) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < size) y[i] = x[i] - x[i - 1];
}
"""

thrown = np.random.default_rng(1).standard_normal(x.size).astype(np.float32)
for name, row in [("edges", x), ("random", thrown)]:
    wanted = np.diff(row, prepend=np.float32(0))
    y = np.full(row.size, np.nan, np.float32)
    hear(f"{name}, simulator", partial(in_simulator, rise, blocks, threads, row, y, row.size))
    if not numba_kernels.missing() and numba_kernels.simulated():
        print("    unlike NumPy's:", [f"y[{i}]" for i in np.flatnonzero(y != wanted)] or "none")
hear("edges, checked build", lambda: on_emulator(RISE, "checked", blocks, threads, x, y, x.size))

# %% [markdown]
# In Python, x[-1] is the last number. The simulator has nothing to object, and Numba keeps this meaning when it
# compiles for a GPU. In C++, x[-1] is what lies four bytes before the array, and the checked build refuses to read it.
#
# The comparison with NumPy finds the mistake only in the random numbers. The last number of the edges is the lower
# right corner, where the picture is black: it is 0, and 0 happens to be right. So use several checks, for each is
# blind to something: a comparison in numbers that all differ, sizes that divide by nothing, a build that looks at
# every index.

# %% [markdown]
# ## Exercises

# %% [markdown]
# {{exercise 01a}}

# %% [markdown]
# {{exercise 01b}}

# %% [markdown]
# {{exercise 01c}}

# %% [markdown]
# ## You can now read
#
# * [kernels/numba/leaky_relu.py](../kernels/numba/leaky_relu.py) and
#   [arithmetic.py](../kernels/numba/arithmetic.py): all of both. `leaky_relu_grad`, which training needs (page 08 says
#   why), is a kernel of the same kind, with two inputs.
# * [kernels/cuda/leaky_relu.cu](../kernels/cuda/leaky_relu.cu) and [arithmetic.cu](../kernels/cuda/arithmetic.cu), with
#   [elementwise.cuh](../kernels/cuda/elementwise.cuh) and [vector.cuh](../kernels/cuda/vector.cuh), which they share.
# * [backends/numba_/elementwise.py](../alicuda/backends/numba_/elementwise.py): who launches those in Numba,
#   and `launch_each` in [device.py](../alicuda/backends/numba_/device.py), where the number of blocks is rounded up.
# * [backends/cuda/elementwise.py](../alicuda/backends/cuda/elementwise.py): the same for CUDA C++.
# * [docs/debugging.md](../docs/debugging.md): how to stop inside a thread of a `.cu` file and look around.
#
# Every word in bold is in the [glossary](glossary.md). All pages are listed [here](README.md); the next one is
# [02_memory](02_memory.ipynb).
