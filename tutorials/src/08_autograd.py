# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Autograd: a program that knows its own derivative
#
# *What you will learn* (45 minutes; you need [00_start_here](00_start_here.ipynb), and to have met derivatives once):
#
# * how one walk backwards through a computation gives all of its derivatives at once, in less than a hundred lines;
# * why the order of that walk matters;
# * how to find out whether a gradient is right, and how exact such a check can be;
# * what happens at a kink;
# * how the library's own `tensor.py` does all this, and what it leaves undone to save time.

# %% [markdown]
# ## The idea
#
# Training turns millions of numbers a little, each in the direction that makes the loss smaller. So for each number
# we must know: if I turn it up by a tiny amount, how many times that amount does the loss change? That is the
# **derivative** of the loss with respect to this number. All of them together, one for each number, are the
# gradient. It has the shape of what it belongs to: the gradient of the loss with respect to a picture is a
# picture.
#
# The obvious way is to try: turn one number, compute the loss again, see what changed. That costs one computation of
# the loss *for each number*. With ten million numbers nobody does that.
#
# The better way is old. A program computes its result in small steps, and each step is simple. Write down every step
# while the program runs **forward**. Then walk the list **backward**, from the result to the beginning, and at every
# step ask: how much does the *end* change if the *result of this step* changes? Call that the **cotangent** of the
# step's result. At the very end it is 1. Each step can turn the cotangent of its result into the cotangents of its
# inputs, and needs to know nothing but its own rule. One walk gives the whole gradient. This is called **reverse
# mode**, or **autograd** for short.

# %%
from drawings import autograd as drawings

drawings.there_and_back()

# %% [markdown]
# ## The formula and its shapes
#
# Take one step that turns n numbers x into m numbers y. Turn up one number $x_j$, and every $y_i$ may move. How fast
# each moves with each is a table J of shape (m, n), one row for each y and one column for each x. It is called the
# **Jacobian**. The cotangent of y, call it dy, has the shape of y. Then
#
# $$ dx_j = \sum_i dy_i \, J_{ij} $$
#
# In one line, with shapes: $dx = J^{T} dy$, where (n) = (n, m) (m).
#
# $x_j$ moves every $y_i$, and every $y_i$ moves the end: add up all the ways. That is the **chain rule**, and this
# sum is the whole theory of this page.
#
# Nobody builds J. For a convolution from 28 x 28 x 32 to 13 x 13 x 64 numbers it would have 271 million entries. Each
# step brings a *function* that computes the sum directly, with about as much work as the step itself.

# %% [markdown]
# ## First the slow way, as loops
#
# The digit and the edge filter again. The loss is made up: half the sum of squares of what the filter answers after
# the bend. Turning pixel after pixel gives us a gradient that we can compare with later. For the sake of exactness we
# compute in float64, which keeps 16 digits instead of 7.

# %%
import matplotlib.pyplot as plt
import numpy as np
from book import digit, show, show_source, tell

x = digit().astype(np.float64)
w = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float64).reshape(3, 3, 1, 1)
SLOPE = 0.1


def conv(x, w):
    (_, H, W, _), (R, S, _, _) = x.shape, w.shape
    P, Q = H - R + 1, W - S + 1
    return sum(x[:, r : r + P, s : s + Q] @ w[r, s] for r in range(R) for s in range(S))


def loss(x, w):
    y = conv(x, w)
    v = np.where(y > 0, y, SLOPE * y)
    return 0.5 * (v * v).sum()


def by_turning(f, x, h=1e-5):
    """The gradient of f at x: turn each number up and down by h, one after the other."""
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / (2 * h)
    return gradient


slow = by_turning(lambda x: loss(x, w), x)
print("loss:", round(loss(x, w), 4))
print("gradient of shape", slow.shape, "from", 2 * x.size, "computations of the loss")

# %% [markdown]
# ## Reverse mode in less than a hundred lines
#
# Now the better way. We write down the steps as they happen. A record of one step needs three things: the value that
# came out, the inputs that went in, and a function that turns the cotangent of the value into the cotangents of the
# inputs. Let us call the record a **node**. The nodes with their inputs form a **graph**: circles, with arrows from
# inputs to results.


# %%
class Node:
    """A value, the nodes it was computed from, and the rule that carries a cotangent back to them."""

    def __init__(self, value, inputs=(), backward=None):
        self.value, self.inputs, self.backward = value, inputs, backward

    def __add__(self, other):
        return Node(self.value + other.value, [self, other], lambda d: [d, d])

    def __mul__(self, other):
        return Node(self.value * other.value, [self, other], lambda d: [d * other.value, d * self.value])


def times(number, a):
    return Node(number * a.value, [a], lambda d: [d * number])


# %% [markdown]
# Read the rules aloud. Of a sum: turn up either input, and the result goes up by as much, so both get the cotangent
# as it is. Of a product: turn up `self`, and the result goes up `other` times as fast.
#
# Computing forward already works, and builds the graph by itself:

# %%
a = Node(5.0)
b = times(2.0, a)
c = times(3.0, a)
d = b * c
print("d =", d.value, "computed from", [node.value for node in d.inputs])

# %% [markdown]
# ## The diamond
#
# Now the walk. Look at what we just built: a goes into b *and* into c, and both go into d. Drawn, it is a diamond.
# Here is one with a tail, so that there is something left to do beyond a:

# %%
drawings.diamond()

# %% [markdown]
# By hand: d = 6 a² = 6 x⁴, so its derivative is 24 x³, and at x = 2 that is 192.
#
# A first attempt: start at the end; whenever a node has received a cotangent, hand it on; visit no node twice.
#
# *Predict:* what does it answer? Follow a by hand. How many cotangents should it receive, and how many has it got
# when it is visited?


# %%
def grad_hasty(output, inputs):
    cotangents, waiting, visited = {output: 1.0}, [output], []
    while waiting:
        node = waiting.pop(0)
        if node in visited or not node.inputs:
            continue
        visited.append(node)
        for parent, cotangent in zip(node.inputs, node.backward(cotangents[node]), strict=True):
            cotangents[parent] = cotangents.get(parent, 0.0) + cotangent
            waiting.insert(0, parent)  # go on with what has just got a cotangent
    return [cotangents[node] for node in inputs]


def diamond(x):
    a = x * x
    return times(2.0, a) * times(3.0, a)


x0 = Node(2.0)
print("hasty walk:  ", grad_hasty(diamond(x0), [x0])[0])
print("by hand:     ", 24 * 2.0**3)

# %% [markdown]
# Half of the answer is missing. The walk went d, c, a, x, and handed on what a had received from c. When b came with
# its share, a was done.
#
# A second attempt: visit a node again each time that it receives something, and hand on just that. Every way from x
# to the end is then walked once, which is exactly what the chain rule says. Is it good?


# %%
def grad_every_way(output, inputs):
    cotangents, visits = {}, 0
    waiting = [(output, 1.0)]
    while waiting:
        node, cotangent = waiting.pop()
        visits += 1
        cotangents[node] = cotangents.get(node, 0.0) + cotangent
        if node.inputs:
            waiting.extend(zip(node.inputs, node.backward(cotangent), strict=True))
    return [cotangents[node] for node in inputs], visits


print("every way:   ", grad_every_way(diamond(x0), [x0])[0][0])

# %% [markdown]
# Right! But count. *Predict:* we put k additions in a row, each of the form a = a + a. That is a graph of k + 1
# nodes. How many visits does this walk make for k = 16?

# %%
print(" k   nodes   visits")
for k in (1, 2, 4, 8, 16):
    start = node = Node(1.0)
    for _ in range(k):
        node = node + node
    _, visits = grad_every_way(node, [start])
    print(f"{k:2}   {k + 1:5}   {visits:6,}")

# %% [markdown]
# It doubles with each addition: 2^(k+1) - 1 visits. A model has hundreds of steps.
#
# The way out: visit a node *once*, but only after everything that was computed from it. Then it has received all of
# its share. An order in which each node comes after its inputs is called a **topological order**; we walk it from the
# end.
#
# To find one: a node may be written down as soon as all of its inputs have been. The function below keeps its own
# list of what to do next instead of calling itself, since Python stops a function that has called itself a thousand
# deep.


# %%
def topological_order(output):
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))  # come back to it when its inputs are done
            stack.extend((parent, False) for parent in node.inputs)
    return order


def grad(output, inputs):
    cotangents = {output: np.ones_like(output.value)}
    for node in reversed(topological_order(output)):
        if node.inputs:
            for parent, cotangent in zip(node.inputs, node.backward(cotangents[node]), strict=True):
                cotangents[parent] = cotangents.get(parent, 0.0) + cotangent
    return [cotangents[node] for node in inputs]


print("in order:    ", grad(diamond(x0), [x0])[0])

start = node = Node(1.0)
for _ in range(5000):
    node = node + times(0.001, node)
print("10,000 steps:", grad(node, [start])[0], "= 1.001 to the power of 5,000 =", 1.001**5000)

# %% [markdown]
# ## The same with arrays
#
# Nothing in `grad` says that a value is one number. Sums and products of arrays work already. Three more steps, and
# we can compute the loss from above: the convolution, the bend, and the sum of all elements.
#
# The rule of the convolution reads like its formula. Where the forward pass says "pixel times weight goes into y",
# the backward pass says "dy times weight goes back to that pixel" and "dy times pixel goes back to that weight".


# %%
def conv2d(x, w):
    (_, P, Q, _), (R, S, C, K) = conv(x.value, w.value).shape, w.value.shape

    def backward(dy):
        dx, dw = np.zeros_like(x.value), np.zeros_like(w.value)
        for r in range(R):
            for s in range(S):
                dx[:, r : r + P, s : s + Q] += dy @ w.value[r, s].T
                dw[r, s] = x.value[:, r : r + P, s : s + Q].reshape(-1, C).T @ dy.reshape(-1, K)
        return [dx, dw]

    return Node(conv(x.value, w.value), [x, w], backward)


def leaky_relu(x):
    slope = np.where(x.value > 0, 1.0, SLOPE)
    return Node(slope * x.value, [x], lambda dy: [dy * slope])


def sum_all(x):
    return Node(x.value.sum(), [x], lambda dy: [dy * np.ones_like(x.value)])


import inspect

ours = [Node.__init__, Node.__add__, Node.__mul__, times, topological_order, grad, conv2d, leaky_relu, sum_all]
print("our autograd has", sum(len(inspect.getsource(part).splitlines()) for part in ours), "lines")

x_node, w_node = Node(x), Node(w)
v = leaky_relu(conv2d(x_node, w_node))
L = times(0.5, sum_all(v * v))  # v goes in twice: a diamond
dx, dw = grad(L, [x_node, w_node])
print("loss:", round(L.value, 4))
print("largest difference from turning each pixel: ", f"{np.abs(dx - slow).max():.1e}")
print("largest difference from turning each weight:", f"{np.abs(dw - by_turning(lambda w: loss(x, w), w)).max():.1e}")

# %% [markdown]
# One walk instead of 512 computations. (Are you surprised that the differences are not smaller? Keep the question;
# there is a reason, and you will meet it further down.) The library, which you will read below, agrees much better:

# %%
import alicuda

x_tensor, w_tensor = alicuda.Tensor(x, requires_grad=True), alicuda.Tensor(w, requires_grad=True)
v = alicuda.leaky_relu(alicuda.conv2d(x_tensor, w_tensor), SLOPE)
dx_library, dw_library = alicuda.grad(0.5 * (v * v).sum(), [x_tensor, w_tensor])
print("largest difference, pixels: ", f"{np.abs(dx - dx_library.numpy()).max():.1e}")
print("largest difference, weights:", f"{np.abs(dw - dw_library.numpy()).max():.1e}")
assert np.allclose(dx, dx_library.numpy()) and np.allclose(dw, dw_library.numpy())

# %% [markdown]
# The gradient is a picture. *Predict:* which pixels should become brighter to make the filter answer more strongly?

# %%
figure, places = plt.subplots(1, 2, figsize=(6, 3.2), layout="constrained")
for place, title, picture in [(places[0], "x, the digit", x), (places[1], "dL/dx", dx)]:
    limit = np.abs(picture).max()
    image = place.imshow(picture[0, :, :, 0], cmap="RdBu_r", vmin=-limit, vmax=limit)
    place.set_title(title)
    place.set(xticks=[], yticks=[])
    figure.colorbar(image, ax=place, orientation="horizontal", shrink=0.85)
show(figure, "The digit, and the gradient beside it: blue to the left of its strokes, red on their right.")

# %% [markdown]
# Red pixels should become brighter, blue ones darker. The filter likes places where it gets brighter from left to
# right, and the gradient asks for more of the contrast that is there.

# %% [markdown]
# ## Is a gradient right?
#
# We compared with turning, and the difference was small. How small should it be? Turning has an error of its own. It
# replaces the derivative by the slope between two points, the **finite difference**:
#
# $$ \frac{F(x + h) - F(x)}{h} \quad\text{(forward)} $$
#
# $$ \frac{F(x + h) - F(x - h)}{2h} \quad\text{(central)} $$
#
# Two errors fight here.
#
# * The **truncation error**: a curve is not a straight line. It falls with h for the forward difference and with h²
#   for the central one.
# * The **rounding error**: F is known to about 16 digits. We subtract two nearly equal numbers, and divide what is
#   left of those digits by a tiny h. It grows as 1 / h.
#
# There are 256 pixels, and we will not turn each. We move all of them at once along a random direction u of length 1;
# the gradient then predicts the change dx · u. (For this experiment the bend is smooth: softplus, log(1 + eᵛ).)
#
# *Predict:* draw both errors against h, both axes logarithmic. Where is the lowest point for the central difference:
# at h = 1e-2, 1e-5, 1e-8, 1e-12? And what changes in float32?

# %%
random = np.random.default_rng(0)
u = random.standard_normal(x.shape)
u /= np.linalg.norm(u)


def smooth_loss(x):
    v = alicuda.softplus(alicuda.conv2d(x, w.astype(x.dtype)))
    return (v * v).mean()


x_tensor = alicuda.Tensor(x, requires_grad=True)
exact = float((alicuda.grad(smooth_loss(x_tensor), x_tensor).numpy() * u).sum())


def F(step, dtype):
    return smooth_loss(alicuda.Tensor((x + step * u).astype(dtype))).item()


steps = 10.0 ** np.arange(-13, 0.01, 0.25)
curves = {
    "forward, float64": [abs((F(h, np.float64) - F(0, np.float64)) / h - exact) for h in steps],
    "central, float64": [abs((F(h, np.float64) - F(-h, np.float64)) / (2 * h) - exact) for h in steps],
    "central, float32": [abs((F(h, np.float32) - F(-h, np.float32)) / (2 * h) - exact) for h in steps],
}
figure, axes = plt.subplots(figsize=(6, 4.4), layout="constrained")
for (name, errors), marker in zip(curves.items(), "os^", strict=True):
    axes.loglog(steps, np.maximum(errors, 1e-17) / abs(exact), marker=marker, markersize=3.5, linewidth=1, label=name)
guides = [("~ h", 1e-6, 1e-3, 1.0, 1e-2), ("~ h²", 1e-3, 1e-1, 2.0, 1e-4), ("~ 1/h", 1e-12, 1e-9, -1.0, 1e-18)]
for name, low, high, power, factor in guides:
    line = np.array([low, high])
    axes.loglog(line, factor * line**power, color="grey", linestyle=":", linewidth=1)
    axes.text(line[1], factor * line[1] ** power, " " + name, color="dimgrey", va="center")
axes.set(xlabel="step h", ylabel="relative error of the finite difference", ylim=(1e-15, 1e5))
axes.set_title("Two errors fight: rounding on the left, truncation on the right", fontsize=11)
axes.legend(fontsize=9, loc="upper right")
axes.grid(alpha=0.3)
show(figure, "Relative error against h. Each curve is a V: it falls as 1/h, then rises as h or as h squared.")
for name, errors in curves.items():
    best = int(np.argmin(errors))
    print(f"{name}: best at h = {steps[best]:.0e}, relative error {errors[best] / abs(exact):.0e}")

# %% [markdown]
# Each curve is a V: on the right the truncation rules, on the left the rounding. The central difference in float64 is
# best where the two meet, somewhere between 1e-6 and 1e-4, and is then good for ten digits or so. In float32 it
# reaches about five digits, with a step as large as 0.05; at h = 1e-5 it has one or two, and below 1e-7 none at all:
# there x + h *is* x, so the difference is 0 and the error 100 %. That is why one checks in float64, even where the
# model trains in float32.
#
# Such a comparison is called a **gradient check**. The library's takes h = 1e-5 and demands agreement to 1e-6. It
# also multiplies the results with random numbers before it adds them up. Exercise 08b shows why.

# %%
from alicuda.finite_differences import check_gradient

tell(check_gradient(lambda x, w: alicuda.softplus(alicuda.conv2d(x, w)), [x, w]))

# %% [markdown]
# ## Kinks
#
# The leaky ReLU has a **kink** at 0: coming from the left its slope is a, coming from the right it is 1. At 0 there
# is no derivative. *Predict:* with a = 0, what does autograd answer at exactly 0? What does the central difference
# answer?

# %%
zero = alicuda.Tensor(np.zeros(1), requires_grad=True)
print("autograd at 0:          ", alicuda.grad(alicuda.leaky_relu(zero, 0.0).sum(), zero).numpy())
h = 1e-5
up, down = (alicuda.leaky_relu(np.array([step]), 0.0).numpy() for step in (h, -h))
print("central difference at 0:", (up - down) / (2 * h))

# %% [markdown]
# The central difference answers with the mean of both sides. Autograd has to pick one; this library takes the left
# one, as cuDNN and PyTorch do. For training it hardly matters, since hardly any number is exactly 0.
#
# For checking it matters. If a kink lies between x - h and x + h, the finite difference is wrong, not the gradient.
# The check notices: the slopes to the left and to the right differ, or h and h / 2 give different answers. Then it
# takes another direction and counts. Exactly *at* the kink no direction is any good, and the check says so instead of
# accusing an innocent:

# %%
beside = np.linspace(-1.05, 1.05, 40)
beside[0] = 1e-6
near = check_gradient(lambda x: alicuda.leaky_relu(x, 0.0), [beside])
print("a kink close by, directions stepped around:", near.kinks)
tell(near)
print()
print("right at the kink:")
try:
    check_gradient(lambda x: alicuda.leaky_relu(x, 0.0), [np.zeros(3)])
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# So whoever checks must choose inputs away from kinks. The library's own table of checks moves every input by 0.05
# away from 0.
#
# And our open question? Where the digit is flat the filter answers with exactly 0, right at the kink. The loss squares
# it, so both sides have slope 0 there; but they do not curve alike. *Predict:* what becomes of the difference with a
# step ten times smaller?

# %%
for h in (1e-4, 1e-5, 1e-6):
    slow = by_turning(lambda x: loss(x, w), x, h)
    print(f"h = {h:.0e}: largest difference {np.abs(dx - slow).max():.1e}")

# %% [markdown]
# Ten times smaller, too: to the right the loss curves, to the left it curves less, and a part of the difference
# is left over, in proportion to h.
#
# ## The real thing
#
# Here is `alicuda/tensor.py`, function by function, read from the file as it is now. First: every op ends in
# `record`, which makes the node. A `Tensor` is a backend's array plus the node that made it.

# %%
from alicuda import tensor

show_source(tensor.Node)
show_source(tensor.record)

# %% [markdown]
# One thing is new: `wanted`. An op is told which of its inputs need a cotangent, and computes no others. Look at how
# the convolution uses it:

# %%
from alicuda.ops.conv2d import conv2d as library_conv2d

show_source(library_conv2d)

# %% [markdown]
# The order is the one you wrote, for several outputs at once:

# %%
show_source(tensor.topological_order)

# %% [markdown]
# And the walk. Compare it with yours. What is new: it stays on the `path` between outputs and inputs, it
# frees what it has used, and it says clearly what went wrong.

# %%
show_source(tensor.path_between)
show_source(tensor.grad)

# %% [markdown]
# ## From a rule to a kernel
#
# In the end somebody has to compute each rule: on a GPU, a kernel. Take softplus, the bend that ALI's losses are made
# of. Its rule has the sigmoid in it:
#
# $$ \begin{aligned} \mathrm{softplus}(x) &= \log(1 + e^x) \\ \mathrm{sigmoid}(x) &= \frac{1}{1 + e^{-x}} \\ dx &=
# dy \cdot \mathrm{sigmoid}(x) \end{aligned} $$
#
# *Predict:* in float32, what does log(1 + eˣ) give for x = 20, 88, 89 and -20, written as it stands? And the rule,
# written as eˣ / (1 + eˣ)?

# %%
print(f"{'x':>3}{'log(1+e^x)':>11}{'softplus':>9}{'e^x/(1+e^x)':>12}{'sigmoid':>9}")
for number in (20, 88, 89, -20):
    one = np.array([number], np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        power = np.exp(one)
        plain = np.log(1 + power)[0], (power / (1 + power))[0]
    value, slope = alicuda.softplus(one).numpy()[0], alicuda.sigmoid(one).numpy()[0]
    print(f"{number:3}{plain[0]:11.3g}{value:9.3g}{plain[1]:12.3g}{slope:9.3g}")

# %% [markdown]
# e to the power of 89 is more than a float32 can hold. So the loss is infinite, the gradient is infinity divided by
# infinity, which is NaN, and one step later all weights are. At -20 nothing is left of eˣ once it has been added to 1.
#
# The remedy is to use a power that is never large:
#
# $$ \mathrm{softplus}(x) = \max(x, 0) + \log(1 + e^{-|x|}) $$
#
# and `log1p(t)` instead of log(1 + t), which loses nothing for small t. The kernels say it like that. Apart from this
# they are kernels as on page 01, one number after the other; `map` is that page's.

# %%
from book import show_kernel

show_kernel("numba/sigmoid.py", "sigmoid_of", "softplus", "softplus_grad")
show_kernel("cuda/sigmoid.cu", "sigmoid_of", "softplus", "softplus_grad")

from alicuda import backends

numbers = np.array([-100, -20, -1, 0, 1e-4, 3, 20, 89, 1000], np.float32)
exact = np.logaddexp(0, numbers.astype(np.float64)), 1 / (1 + np.exp(-np.maximum(numbers.astype(np.float64), -700)))
for backend, what in [("numba", "Numba"), ("emulator", "CUDA C++")]:
    if reason := backends.missing(backend):
        print(f"The kernels in {what} are left out on this page: {reason}")
        continue
    with alicuda.use_backend(backend):
        tensor_of = alicuda.Tensor(numbers, requires_grad=True)
        y = alicuda.softplus(tensor_of)
        dy = alicuda.grad(y.sum(), tensor_of)
        found = y.numpy(), dy.numpy()
    off = [np.abs(got - wanted).max() / np.abs(wanted).max() for got, wanted in zip(found, exact, strict=True)]
    print(f"{backend:8} softplus off by {off[0]:.0e} of the largest, its gradient by {off[1]:.0e}")
    assert np.allclose(found[0], exact[0], rtol=1e-5) and np.allclose(found[1], exact[1], rtol=1e-5)

# %% [markdown]
# ## Pruning: visit only what is asked for
#
# ALI has two losses on one graph: L_D moves the discriminator D, L_G moves the decoder G1 and the encoder G2. Below
# is a tiny ALI, with a sixteenth of the official width. Each loss is asked for the gradients of its own
# player's numbers only. Leaving out what is not asked for is called **pruning**.
#
# *Predict:* D consists of 10 layers, G1 and G2 of 7 each; each layer has one array of weights. The graph has about 90
# nodes. How many does each walk visit? And for how many layers does each compute the gradient of the weights?

# %%
from dataclasses import replace

from alicuda.backends.numpy_ import NumPy
from alicuda.models.experiments import default_options


class Counting(NumPy):
    """The numpy backend, which counts how often a weight gradient is computed."""

    weight_gradients = 0

    def conv2d_weight_grad(self, *arguments):
        self.weight_gradients += 1
        return super().conv2d_weight_grad(*arguments)


counting = Counting()
with alicuda.use_backend(counting):
    model = alicuda.models.ALI("svhn", replace(default_options("svhn"), width=1 / 16, code=8))
    photos, codes = random.random((4, 32, 32, 3), np.float32), random.standard_normal((4, 8), np.float32)
    loss_d, loss_g = model.losses(photos, codes, alicuda.Rng(0))

    whole = sum(node.node is not None for node in tensor.topological_order([loss_d, loss_g]))
    visited = {}
    print(f"the graph of both losses has {whole} nodes")
    for name, loss_tensor, player in [("L_D", loss_d, model.players["d"]), ("L_G", loss_g, model.players["g"])]:
        path = tensor.path_between([loss_tensor], player.parameters)
        visited[name] = sum(node.node is not None for node in path.order)
        counting.weight_gradients = 0
        alicuda.grad(loss_tensor, player.parameters, retain_graph=True)
        print(f"{name}: {visited[name]} nodes visited, weight gradients of {counting.weight_gradients} layers computed")

# %%
figure, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
names = ["L_G for G1 and G2", "L_D for D", "all nodes of the graph"]
counts = [visited["L_G"], visited["L_D"], whole]
bars = axes.barh(names, counts, color=["tab:orange", "tab:blue", "lightgrey"])
axes.bar_label(bars, padding=3)
axes.set(xlabel="nodes visited", xlim=(0, whole * 1.12))
show(figure, f"Nodes visited: {visited['L_G']} for L_G, {visited['L_D']} for L_D, of {whole} in the whole graph.")

# %% [markdown]
# L_D never enters G1 or G2: 10 weight gradients, for the 10 layers of D. L_G passes through D, where it computes what
# it must hand on but no weight gradient, and ends with 14, for the 7 + 7 layers of G1 and G2.

# %% [markdown]
# ## A graph is used once
#
# The nodes hold on to arrays of the forward pass; together these are the largest part of the memory that training
# needs. So a walk frees each node behind it. Asking twice is an error that says what to do:

# %%
t = alicuda.Tensor(3.0, requires_grad=True)
result = t * t
print("first time: ", alicuda.grad(result, t).item())
try:
    alicuda.grad(result, t)
except RuntimeError as error:
    print("second time:", error)

result = t * t
print("keeping it: ", alicuda.grad(result, t, retain_graph=True).item(), "and again", alicuda.grad(result, t).item())

# %% [markdown]
# ALI needs this once a step: L_D first, with `retain_graph=True`, then L_G on the same graph.

# %% [markdown]
# ## Break it
#
# The op batch norm subtracts from each channel its mean over the whole batch and divides by its spread. A mistake
# that many people have made: to forget, going backward, that the mean and the spread *depend on x*. Then two terms
# are missing ([alicuda/ops/batch_norm.py](../alicuda/ops/batch_norm.py) has them):
#
# $$ dx = \frac{\mathit{scale}}{\mathit{std}} \big( dy - a - b\,\hat{x} \big) $$
#
# $$ a = \frac{1}{M}\sum dy \qquad b = \frac{1}{M} \sum dy\,\hat{x} $$
#
# Here $\hat{x}$ is x after subtracting and dividing, and the sums run over the M numbers of a channel. The terms with
# a and b are the two that go missing.
#
# Here is the wrong one, built as any op of the library is. Its forward pass is perfect, its shapes are right, and a
# model trains with it, only worse. *Predict:* will the check see it?


# %%
def batch_norm_wrong(x, scale, shift):
    backend = x.backend
    y, mean, inv_std = backend.batch_norm(x.array, scale.array, shift.array, 1e-4)

    def backward(dy, wanted):
        _, dscale, dshift = backend.batch_norm_grad(dy, x.array, scale.array, mean, inv_std)
        return dy * scale.array * inv_std, dscale, dshift  # two terms forgotten

    return tensor.record("batch_norm_wrong", y, [x, scale, shift], backward)


inputs = [random.standard_normal((5, 3, 2)), random.standard_normal(2), random.standard_normal(2)]
tell(check_gradient(alicuda.batch_norm, inputs))
tell(check_gradient(batch_norm_wrong, inputs))

# %% [markdown]
# It does: it names the input, and shows both numbers. Now *predict* what happens if we check on a larger batch, with
# more numbers a channel. Does the mistake become more obvious, or less?

# %%
for rows in (5, 50, 500, 5000):
    larger = [random.standard_normal((rows, 3, 2)), *inputs[1:]]
    print(f"{3 * rows:6,} numbers a channel: relative error {check_gradient(batch_norm_wrong, larger).error:.4f}")

# %% [markdown]
# Less. (The first row is another throw of numbers than the check above, so its error is another one.) The forgotten
# terms are means over the channel. In the check dy is random, and the mean of many random numbers is close to zero. In
# training dy is not random at all. A check on small arrays is not only cheaper, it sees more.

# %% [markdown]
# ## Exercises

# %% [markdown]
# {{exercise 08a}}

# %% [markdown]
# {{exercise 08b}}

# %% [markdown]
# {{exercise 08c}}

# %% [markdown]
# ## You can now read
#
# * [alicuda/tensor.py](../alicuda/tensor.py): all of it, from top to bottom.
# * [alicuda/finite_differences.py](../alicuda/finite_differences.py): the check, with
#   [tolerances.py](../alicuda/tolerances.py) beside it, and [gradient_cases.py](../alicuda/gradient_cases.py): the
#   table of everything that is checked.
# * The ops with the simplest rules: [add](../alicuda/ops/add.py), [mul](../alicuda/ops/mul.py),
#   [affine](../alicuda/ops/affine.py), [power](../alicuda/ops/power.py), [exp](../alicuda/ops/exp.py),
#   [sigmoid](../alicuda/ops/sigmoid.py), [softplus](../alicuda/ops/softplus.py).
# * Four that come in pairs, each the other's backward: [sum](../alicuda/ops/sum.py) and
#   [broadcast_to](../alicuda/ops/broadcast_to.py), [concat](../alicuda/ops/concat.py) and
#   [split](../alicuda/ops/split.py). And [mean](../alicuda/ops/mean.py), [reshape](../alicuda/ops/reshape.py).
# * [kernels/cuda/sigmoid.cu](../kernels/cuda/sigmoid.cu) and [kernels/numba/sigmoid.py](../kernels/numba/sigmoid.py).
# * [alicuda/ops/batch_norm.py](../alicuda/ops/batch_norm.py), with the two terms.
# * [alicuda/ops/\_\_init\_\_.py](../alicuda/ops/__init__.py): the list of all ops, and how `+` and `*` come to a
#   `Tensor`, as they came to our `Node`. [\_check.py](../alicuda/ops/_check.py): what every op first asks of its
#   arguments.
#
# Every word in bold is in the [glossary](glossary.md). The next page is [09_random_numbers](09_random_numbers.ipynb).
