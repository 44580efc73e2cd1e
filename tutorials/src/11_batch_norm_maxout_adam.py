# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Batch norm, maxout and Adam
#
# *What you will learn* (50 minutes; you need [08_autograd](08_autograd.ipynb)):
#
# * batch norm, forward and backward, and where it gets its numbers when there is no batch;
# * why D must see real and painted pictures in one batch;
# * maxout, and who gets the cotangent when two are equal;
# * how to write a loss so that no input breaks it;
# * Adam: what it remembers, why its first steps need a correction, and a trap in old papers.

# %% [markdown]
# ## The idea
#
# Convolutions hold nearly all of a model's weights. What you find around them is small, and decides whether the model
# trains at all:
#
# * *Batch norm*, behind a convolution, makes the numbers of each channel comparable: mean 0 and spread 1 over the
#   batch.
# * A *bend* follows, such as the leaky ReLU. ALI for CIFAR-10 has another one in D, **maxout**: the largest of some
#   neighbouring channels.
# * The *loss* makes one number out of what D says.
# * **Adam** decides how far to turn each weight, once its gradient is known.
#
# Each has a way forward, and the first three a way backward. We take them in turn.

# %%
from drawings import batch_norm_maxout_adam as drawings

drawings.around_the_weights()

# %% [markdown]
# ## Batch norm: the formula and its shapes
#
# A batch of pictures (N, H, W, C) is a table of M = N · H · W rows and C columns, a column for each channel. Each
# channel goes its own way, so here is one, with its M numbers $x_m$. Its mean, its variance (the mean square of the
# distance from the mean), and the result:
#
# $$ \mu = \frac{1}{M} \sum_m x_m \qquad v = \frac{1}{M} \sum_m (x_m - \mu)^2 $$
#
# $$ \hat{x}_m = \frac{x_m - \mu}{\sqrt{v + \varepsilon}} $$
#
# $$ y_m = \mathit{scale} \cdot \hat{x}_m + \mathit{shift} $$
#
# ε is small, 0.0001, and keeps us from dividing by 0. scale and shift are two numbers a channel, which are learnt. x
# and y have the shape (M, C), all others (C,).
#
# Why would one want this? Without it, each layer multiplies the sizes of what it gets. Seven layers that halve make
# 1/128, and gradients that small turn nothing. With it, weights of any size give the same result: *predict* what
# happens to y if all weights of the convolution before it become ten times as large.
#
# ## Backward
#
# With dy the cotangent of y. shift is added to each y, and scale multiplies each $\hat{x}$:
#
# $$ d\mathit{shift} = \sum_m dy_m \qquad d\mathit{scale} = \sum_m dy_m \, \hat{x}_m $$
#
# For x, write s for the square root. One $x_m$ reaches the end in three ways. Directly, through its own $\hat{x}_m$:
# that gives $\mathit{scale} \cdot dy_m / s$. Through the mean: turn up $x_m$ by h, and μ goes up by h / M, so *every*
# $\hat{x}_k$ goes down by h / (M s). And through the spread: s goes up by $h\,\hat{x}_m / M$, which shrinks every
# $\hat{x}_k$ in proportion to itself. Add up all three:
#
# $$ dx_m = \frac{\mathit{scale}}{s} \Big( dy_m - a - \hat{x}_m \, b \Big) $$
#
# $$ a = \frac{d\mathit{shift}}{M} \qquad b = \frac{d\mathit{scale}}{M} $$
#
# So the two sums that scale and shift need anyhow are all that the two detours cost.
#
# ## First as loops
#
# A batch of three digits, each at another place and of another brightness, and two filters of page 00: (3, 14, 14, 2).

# %%
import alicuda
import matplotlib.pyplot as plt
import numpy as np
from alicuda import backends
from alicuda.finite_differences import check_gradient
from book import digit, show, show_kernel, show_source, tell

EPS = 1e-4


def moments_kernel(c, x, mean, inv_std):
    """Thread c walks down channel c, twice."""
    M = len(x)
    mean[c] = sum(x[m, c] for m in range(M)) / M
    squares = sum((x[m, c] - mean[c]) ** 2 for m in range(M))
    inv_std[c] = 1 / np.sqrt(squares / M + EPS)


def sums_kernel(c, dy, x, mean, inv_std, dscale, dshift):
    M = len(x)
    dshift[c] = sum(dy[m, c] for m in range(M))
    dscale[c] = sum(dy[m, c] * (x[m, c] - mean[c]) * inv_std[c] for m in range(M))


edges = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
filters = np.stack([edges, edges.T], axis=-1).reshape(3, 3, 1, 2)
batch = np.concatenate([(1 + k) * np.roll(digit(), k, axis=2) for k in range(3)])
x = alicuda.conv2d(batch, filters).numpy()
table = x.reshape(-1, 2).astype(np.float64)
M, C = table.shape
random = np.random.default_rng(0)
scale, shift, dy = random.standard_normal(C), random.standard_normal(C), random.standard_normal((M, C))

mean, inv_std, dscale, dshift = np.zeros((4, C))
for c in range(C):
    moments_kernel(c, table, mean, inv_std)
    sums_kernel(c, dy, table, mean, inv_std, dscale, dshift)
x_hat = (table - mean) * inv_std
y = scale * x_hat + shift
dx = scale * inv_std * (dy - dshift / M - x_hat * dscale / M)
print("before: mean", table.mean(axis=0).round(2), " spread", table.std(axis=0).round(2))
print("x_hat:  mean", x_hat.mean(axis=0).round(2) + 0, " spread", x_hat.std(axis=0).round(2))
assert np.allclose(mean, table.mean(axis=0)) and np.allclose(inv_std, (table.var(axis=0) + EPS) ** -0.5)
assert np.allclose(dx.sum(axis=0), 0) and np.allclose((dx * x_hat).sum(axis=0), 0, atol=1e-2)

# %% [markdown]
# The last line has found something out: in each channel dx adds up to 0. It must. Adding a number to the whole channel
# changes no y, so it cannot change the loss either. The same goes for weights ten times as large: y stays what it was
# (up to ε).
#
# ## The library's kernels
#
# In Numba the loops stand there nearly as above. One thread a channel for sums, one a number for the rest:

# %%
show_kernel("numba/batch_norm.py", "batch_norm_moments", "batch_norm", "batch_norm_sums", "batch_norm_grad")

# %% [markdown]
# In CUDA C++ many threads share a channel; how they add up is page 04's story, at the entrance "the GPU". Once the two
# sums are there, this makes dx. A thread walks down some rows of four neighbouring channels. What is the same in each
# row is computed before the loop:

# %%
show_kernel("cuda/batch_norm.cu", "input_grad")

# %% [markdown]
# Two things are new here. `g` is dy behind a leaky ReLU: both ops are done in one kernel, since all the time goes into
# fetching the numbers, and fetched once they can be used twice. And the sign is read from `out`, which is y *after* the
# bend. *Predict:* why is that allowed? (What does a leaky ReLU do to signs?)

# %%
from alicuda.ops.batch_norm_leaky_relu import batch_norm_leaky_relu

show_source(batch_norm_leaky_relu)

# %% [markdown]
# A leaky ReLU keeps the sign as long as its slope is not below 0, so nobody has to compute t = y before the bend again.
#
# Now all backends against NumPy in float64, the two ops in one and one after the other, with their gradients:

# %%
SLOPE = 0.1
numbers = table, scale, shift


def one_op(x, scale, shift):
    return batch_norm_leaky_relu(x, scale, shift, EPS, SLOPE)[0]


def two_ops(x, scale, shift):
    return alicuda.leaky_relu(alicuda.batch_norm(x, scale, shift, EPS), SLOPE)


g = np.where(y > 0, dy, SLOPE * dy)
sums = g.sum(axis=0), (g * x_hat).sum(axis=0)
wanted = [scale * inv_std * (g - sums[0] / M - x_hat * sums[1] / M), sums[1], sums[0]]
bent = np.where(y > 0, y, SLOPE * y)
for name, what in (("numpy", "NumPy"), ("numba", "Numba"), ("emulator", "CUDA C++")):
    if reason := backends.missing(name):
        print(f"The kernels in {what} are left out on this page: {reason}")
        continue
    with alicuda.use_backend(name):
        for op in (one_op, two_ops):
            tensors = [alicuda.Tensor(a.astype(np.float32), requires_grad=True) for a in numbers]
            made = op(*tensors)
            got = alicuda.grad((made * alicuda.Tensor(dy.astype(np.float32))).sum(), tensors)
            off = [np.abs(made.numpy() - bent).max()]
            off += [np.abs(a.numpy() - b).max() / np.abs(b).max() for a, b in zip(got, wanted, strict=True)]
            print(
                f"{name:9} {op.__name__:7}: y {off[0]:.0e}, dx {off[1]:.0e}, dscale {off[2]:.0e}, dshift {off[3]:.0e}"
            )
            assert max(off) < 1e-4
small = [random.standard_normal((7, 3)), random.standard_normal(3), random.standard_normal(3)]
tell(check_gradient(alicuda.batch_norm, small))

# %% [markdown]
# ## When there is no batch
#
# A trained encoder is asked about a single photo. Whose mean should it subtract? The photo's own would be a mistake: a
# dark photo would be made as bright as any other. So during training each batch norm keeps a **running average** of the
# means it has seen, and one of the spreads, and uses these when training is over:
#
# $$ \mathit{running} \leftarrow \mathit{running} + r \, (\mathit{batch} - \mathit{running}) $$
#
# with r = 0.05. The kernel is the shortest in the house. (`ok` comes last on this page.)

# %%
show_kernel("cuda/bookkeeping.cu", "lerp")

# %% [markdown]
# *Predict:* it begins at 0, and the batches' means tremble around 2. After how many batches is it within 0.1? And how
# much does it tremble itself?

# %%
means = 2 + 0.5 * np.random.default_rng(1).standard_normal(200)
running, history = np.zeros(1), []
for batch_mean in means:
    backends.current().lerp(running, np.array([batch_mean]), 0.05, np.ones(1, np.int64))
    history.append(running[0])
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.plot(means, ".", color="lightgrey", label="mean of each batch")
axes.plot(history, label="running average, r = 0.05")
axes.axhline(2, color="grey", linestyle=":", label="the truth")
axes.set(xlabel="batch", ylabel="mean of a channel (no unit)")
axes.set_title("A running average of what 200 batches say", fontsize=11)
axes.legend(fontsize=8)
show(figure, "Grey points scatter around 2; the running average rises from 0 and is near 2 after some 60 batches.")
assert abs(np.mean(history[100:]) - 2) < 0.15

# %% [markdown]
# Some 60: what is missing shrinks by a factor of 0.95 a batch, and $0.95^{60}$ is 0.05. So a model that has trained for
# fewer steps than that has running averages that mean nothing yet. It then looks broken when it is used, though it
# trained well. ([ALI's](../alicuda/nn.py) keep the mean and the *spread*, which is $\sqrt{v + \varepsilon}$. Whoever
# puts a variance there gets pictures that are grey or glaring.)

# %% [markdown]
# ## Break it: two halves, each by itself
#
# D sees two kinds of pairs, real pictures and painted ones. They can be normalised in one batch, or each kind in a
# batch of its own. The second looks tidier. Let us paint badly: our G1 makes digits half as bright as real ones.
#
# *Predict:* what can D still see of that behind its first batch norm, joined? And apart?

# %%
places = np.random.default_rng(2).integers(0, 5, 12)
real = np.concatenate([np.roll(digit(), k, axis=2) for k in places[:6]])
painted = 0.5 * np.concatenate([np.roll(digit(), k, axis=2) for k in places[6:]])
ones, zeros = np.ones(1, np.float32), np.zeros(1, np.float32)


def joined(real, painted):
    both = alicuda.batch_norm(alicuda.ops.concat([real, painted], 0), ones, zeros)
    return alicuda.ops.split(both, [len(real.numpy()), len(painted.numpy())], axis=0)


def apart(real, painted):
    return [alicuda.batch_norm(half, ones, zeros) for half in (real, painted)]


figure, panels = plt.subplots(2, 5, figsize=(7.2, 3.3), layout="constrained")
for row, (way, name) in zip(panels, [(joined, "joined"), (apart, "apart")], strict=True):
    tensors = [alicuda.Tensor(half, requires_grad=True) for half in (real, painted)]
    halves = way(*tensors)
    brightest = [half.numpy().max() for half in halves]
    try:
        across = np.abs(alicuda.grad((halves[1] ** 3.0).sum(), tensors[0]).numpy()).max()
    except ValueError:  # the painted half was made without the real one
        across = 0.0
    print(f"{name:6}  brightest: real {brightest[0]:.2f}, painted {brightest[1]:.2f}", end="")
    print(f"   gradient from one half into the other: {across:.2g}")
    shown = [*halves[0].numpy()[:2], *halves[1].numpy()[:3]]
    for k, (panel, picture) in enumerate(zip(row, shown, strict=True)):
        panel.imshow(picture[:, :, 0], cmap="gray", vmin=-1, vmax=3)
        panel.set(xticks=[], yticks=[])
        panel.set_title(f"{name}: {'real' if k < 2 else 'painted'}", fontsize=8)
show(figure, "Joined: real digits are bright and painted ones dim. Apart: all digits are equally bright.")

# %% [markdown]
# Apart, both kinds come out alike, and D is blind to brightness: it can never teach G1 to paint brighter. No comparison
# with NumPy finds this, and no gradient check. Both ways are batch norms without a mistake! What finds it is a question
# about the *model*: what must D be able to see? So ALI joins both halves before D, as its authors did.
#
# The last figure of each line says the price. Joined, the painted half's result depends on the real half's pictures,
# since they share mean and spread. So gradients go from one half into the other, in the losses of both players, and
# whoever leaves them out gets a different model. (D for CIFAR-10 has no batch norm. There pairs do not meet.)
#
# Joining is `concat` and taking apart is `split`. Both copy columns of a table, where one "row" is all that lies in
# memory from one index of the axes before to the next:

# %%
show_kernel("numba/shapes.py", "copy_columns")

# %% [markdown]
# ## Maxout
#
# The bend in D for CIFAR-10, and in the plane of page 12, has no formula of its own. The convolution makes several
# channels, *pieces*, for each one that is wanted, and maxout takes the largest of each group (Goodfellow and
# others, 2013):
#
# $$ y_i = \max_{j} \; x_{i \cdot \mathit{pieces} + j} $$
#
# x (..., C) becomes y (..., C / pieces). Each piece is a straight line of what went in, and the largest of straight
# lines is a curve that opens upward; which one, is learnt. Backward, only the winner has moved y, so the winner gets
# the whole cotangent, and the others 0. Therefore somebody must remember who won: `which`, one byte for each y.


# %%
def maxout_kernel(o, x, y, which, pieces):
    best, winner = x[o * pieces], 0
    for j in range(1, pieces):
        if x[o * pieces + j] > best:
            best, winner = x[o * pieces + j], j
    y[o], which[o] = best, winner


def maxout_grad_kernel(i, dy, which, dx, pieces):
    dx[i] = dy[i // pieces] if which[i // pieces] == i % pieces else 0


line = np.linspace(-2, 2, 81)
pieces = np.stack([-1.2 * line - 1, -0.2 * line, 0.5 * line + 0.1, 1.5 * line - 1.2, 0 * line - 0.5], axis=-1)
top = alicuda.maxout(pieces, 5).numpy()
figure, axes = plt.subplots(figsize=(5.6, 3), layout="constrained")
axes.plot(line, pieces, color="tab:grey", linewidth=1, linestyle="--")
axes.plot(line, top[:, 0], color="tab:blue", linewidth=2.5)
axes.set(xlabel="input (no unit)", ylabel="result (no unit)")
axes.set_title("Five lines (dashed) and their maxout", fontsize=11)
show(figure, "Five dashed lines and the curve of the largest of them, which opens upward. One line never wins.")

# %% [markdown]
# One of the five never wins. It gets no cotangent, ever, so its weights are never turned: it is dead until the others
# move away.
#
# The edges of the digits have two channels, so with 2 pieces each pixel keeps the stronger edge. *Predict:* most of
# each picture is flat, where both channels are 0. Who wins there, and who should get the cotangent?

# %%
flat = x.reshape(-1)
outputs = flat.size // 2
y_loop, which_loop, dx_loop = np.zeros(outputs, np.float32), np.zeros(outputs, np.uint8), np.zeros_like(flat)
dy_maxout = random.standard_normal(outputs).astype(np.float32)
for o in range(outputs):
    maxout_kernel(o, flat, y_loop, which_loop, 2)
for i in range(flat.size):
    maxout_grad_kernel(i, dy_maxout, which_loop, dx_loop, 2)

edges_equal = (x[..., 0] == x[..., 1]).reshape(-1)
print(f"{outputs} outputs; in {edges_equal.sum()} of them both are equal, and the first won in", end=" ")
print((which_loop[edges_equal] == 0).sum(), "of these")
pairs = x.reshape(-1, 2)
assert np.array_equal(y_loop, pairs.max(axis=1)) and np.array_equal(which_loop, pairs.argmax(axis=1))
for name, what in (("numpy", "NumPy"), ("emulator", "CUDA C++")):
    if reason := backends.missing(name):
        print(f"The kernels in {what} are left out on this page: {reason}")
        continue
    with alicuda.use_backend(name):
        t = alicuda.Tensor(pairs, requires_grad=True)
        made = alicuda.maxout(t, 2)
        got = alicuda.grad((made * alicuda.Tensor(dy_maxout[:, None])).sum(), t).numpy()
    print(f"{name:9} same y: {np.array_equal(made.numpy()[:, 0], y_loop)},", end=" ")
    print(f"same dx: {np.array_equal(got.reshape(-1), dx_loop)}")
    assert np.array_equal(made.numpy()[:, 0], y_loop) and np.array_equal(got.reshape(-1), dx_loop)

# %% [markdown]
# Of equals the first wins: in NumPy, in Numba and in C++ alike. Any choice would do, as at every kink, but it must be
# *the same* choice everywhere, or two machines would train different models. Here are the kernels. In C++ one more
# case is taken care of: NaN ("not a number") is never larger than anything, and a plain `>` would hide it.

# %%
show_kernel("numba/maxout.py", "maxout", "maxout_grad")
show_kernel("cuda/maxout.cu", "maxout", "maxout_grad")

# %% [markdown]
# `maxout_grad` has a thread for four numbers of dx, not for a y: dx is the larger one, and so what is written lies side
# by side.
#
# Now a gradient check, first where all numbers differ. *Predict:* what will it say where all are equal?

# %%
apart_by_half = np.arange(12.0).reshape(2, 6) * 0.5
tell(check_gradient(lambda a: alicuda.maxout(a, 3), [apart_by_half]))
try:
    check_gradient(lambda a: alicuda.maxout(a, 2), [np.ones((2, 6))])
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# ## A loss that nothing breaks
#
# D gives one number d a pair. The chance it gives to "real" is sigmoid(d) = $1 / (1 + e^{-d})$, and its loss for a real
# pair is the log of that with its sign turned. Written down as it stands, that is
#
# $$ \begin{aligned} -\log \frac{1}{1 + e^{-d}} &= \log(1 + e^{-d}) \\ &= \mathrm{softplus}(-d) \end{aligned} $$
#
# *Predict:* in float32, what do the left side and the right side answer for d = -50, -90, -200? (A float32 ends near
# $3 \cdot 10^{38}$, which is $e^{88.7}$.)

# %%
d = np.array([-200, -90, -50, -1, 0, 20, 90], np.float32)
with np.errstate(all="ignore"):
    as_it_stands = -np.log(1 / (1 + np.exp(-d)))
    half_way = np.log(1 + np.exp(-d))
stable = alicuda.softplus(-d).numpy()
print("      d   as it stands  log(1 + e^-d)       softplus")
for row in zip(d, as_it_stands, half_way, stable, strict=True):
    print("{:7.0f} {:14.7g} {:14.7g} {:14.7g}".format(*row))
true = np.logaddexp(0, -d.astype(np.float64))
assert np.isfinite(stable).all() and np.allclose(stable, true, rtol=1e-6, atol=0)

# %% [markdown]
# For a D that is very wrong the first two are infinite, and so are their gradients. For one that is very right (d = 20)
# they say 0, because 1 + 0.000000002 is 1 in float32. The library takes $e^{-|d|}$, which is never above 1, and
# `log1p(t)`, which is log(1 + t) without computing 1 + t:

# %%
show_kernel("cuda/sigmoid.cu", "sigmoid_of", "softplus", "softplus_grad")

# %% [markdown]
# The derivative of softplus is the sigmoid. So D's gradient for a real pair is sigmoid(d) - 1: never larger than 1,
# however wrong D is.

# %% [markdown]
# ## Adam
#
# Gradient descent turns each weight against its gradient g: w ← w - lr · g. One step length lr must suit all weights,
# and they differ: the loss may be steep along one and nearly flat along another. Adam (Kingma and Ba, 2015) keeps
# two running averages for each weight: m of g, and v of g².
#
# $$ m \leftarrow m + (1 - \beta_1)(g - m) $$
#
# $$ v \leftarrow v + (1 - \beta_2)(g^2 - v) $$
#
# $$ w \leftarrow w - \mathit{lr} \cdot c_t \cdot \frac{m}{\sqrt{v} + \varepsilon} $$
#
# $m / \sqrt v$ has no unit: multiply the loss by 1,000, and the steps stay the same. Where gradients agree from step to
# step it is near 1, and the step near lr. Where they change their sign it is small.
#
# And $c_t$? Both averages begin at 0, which is no measurement but a lie, and after t steps they still contain it:
# m is $1 - \beta_1^t$ times what it should be, v $1 - \beta_2^t$ times. Dividing both by that is the **bias
# correction**, and together
#
# $$ c_t = \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} $$
#
# ALI has lr = 0.0001, $\beta_1$ = 0.5, $\beta_2$ = 0.999. As a loop:


# %%
def adam_kernel(i, w, g, m, v, t, lr, beta1, beta2, eps, corrected=True):
    m[i] += (1 - beta1) * (g[i] - m[i])
    v[i] += (1 - beta2) * (g[i] ** 2 - v[i])
    c = np.sqrt(1 - beta2**t) / (1 - beta1**t) if corrected else 1.0
    w[i] -= lr * c * m[i] / (np.sqrt(v[i]) + eps)


show_kernel("numba/adam.py", "one_minus_power", "adam")
show_kernel("cuda/adam.cu", "one_minus_power", "adam")

# %% [markdown]
# Why `one_minus_power`? $0.999^t$ is near 1 in the beginning; float32 keeps 7 digits of it, and 1 minus it has lost
# most of them. `expm1(a)` is $e^a - 1$ without computing $e^a$, and so keeps all.
#
# Check: 20 steps on 10 weights with random gradients of very different sizes, all backends, against the loop in
# float64.

# %%
sizes = 10.0 ** np.arange(-5, 5)
gradients = np.random.default_rng(3).standard_normal((20, 10)) * sizes
w_true, m_true, v_true = np.ones(10), np.zeros(10), np.zeros(10)
for t, g_t in enumerate(gradients, 1):
    for i in range(10):
        adam_kernel(i, w_true, g_t, m_true, v_true, t, 0.01, 0.5, 0.999, 1e-8)

for name, what in (("numpy", "NumPy"), ("numba", "Numba"), ("emulator", "CUDA C++")):
    if reason := backends.missing(name):
        print(f"The kernels in {what} are left out on this page: {reason}")
        continue
    with alicuda.use_backend(name):
        b = backends.current()
        w, m, v = b.full((10,), 1.0, np.float32), b.full((10,), 0.0, np.float32), b.full((10,), 0.0, np.float32)
        step, ok = b.full((1,), 0, np.int64), b.full((1,), 1, np.int64)
        for g_t in gradients:
            b.adam(w, b.asarray(g_t, np.float32), m, v, step, ok, 0.01, 0.5, 0.999, 1e-8)
            b.advance(step, ok)
        off = np.abs(b.to_numpy(w) - w_true).max()
    print(f"{name:9} after 20 steps w differs by {off:.0e}")
    assert off < 1e-5

# %% [markdown]
# ## Two valleys
#
# Now a plot. The loss is a long valley in two weights, $L = \frac12 (w_1^2 + 100\,w_2^2)$: a hundred times steeper
# across than along. *Predict:* with what step length may plain gradient descent go, and which way will it take from
# (-1, 0.8)? Which way will Adam take?

# %%
STEEP = np.array([1.0, 100.0])


def descend(lr, steps=120):
    w, path = np.array([-1.0, 0.8]), []
    for _ in range(steps):
        path.append(w.copy())
        w -= lr * STEEP * w
    return np.array(path)


def adam_path(lr=0.03, beta1=0.5, beta2=0.999, steps=120, corrected=True):
    w, m, v, path = np.array([-1.0, 0.8]), np.zeros(2), np.zeros(2), []
    for t in range(1, steps + 1):
        path.append(w.copy())
        for i in range(2):
            adam_kernel(i, w, STEEP * w, m, v, t, lr, beta1, beta2, 1e-8, corrected)
    return np.array(path)


paths = {"gradient descent, lr 0.019": descend(0.019), "Adam, lr 0.03": adam_path()}
figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
grid = np.meshgrid(np.linspace(-1.15, 0.3, 200), np.linspace(-0.9, 0.95, 200))
axes.contour(*grid, 0.5 * (grid[0] ** 2 + 100 * grid[1] ** 2), levels=[0.1, 0.5, 2, 8, 20, 40], colors="lightgrey")
for (name, path), style in zip(paths.items(), ("o-", "s-"), strict=True):
    axes.plot(*path.T, style, markersize=2.5, linewidth=0.9, label=name)
axes.plot(0, 0, "k*", markersize=10, label="the lowest point")
axes.set(xlabel="w1, along the valley", ylabel="w2, across it")
axes.set_title("120 steps down a valley a hundred times as steep across", fontsize=11)
axes.legend(fontsize=8, loc="lower left")
show(figure, "Gradient descent leaps from side to side of the valley; Adam goes down both weights at the same pace.")
for name, path in paths.items():
    print(f"{name:27} ends {np.linalg.norm(path[-1]):.3f} from the lowest point")

# %% [markdown]
# Gradient descent must keep lr below 2 / 100 or be thrown out of the valley. With that step it leaps from wall to wall
# and creeps along. For Adam both weights look the same: it divides each by the size of its own gradients.
#
# ## Break it: three wrong Adams
#
# 1. No bias correction, $c_t = 1$.
# 2. The trap of the old papers. ALI's paper says "$\beta_2 = 10^{-3}$". That is no misprint. In the first version of
#    Adam, and in the library that ALI was written with, β meant what is *added* at each step: today's 1 - β. So 0.001
#    there is 0.999 here, and whoever types 0.001 today has a v that forgets everything at once.
# 3. ε in the wrong place, $\sqrt{v + \varepsilon}$: nearly the same, as long as gradients are large.
#
# *Predict:* how long is the first step of each, in units of lr, if g = 1? And if g = 0.000001?


# %%
def first_step(g, kind):
    beta1, beta2, eps = 0.5, 0.001 if kind == "beta2 = 0.001" else 0.999, 1e-8
    m, v = (1 - beta1) * g, (1 - beta2) * g * g
    c = 1.0 if kind == "no correction" else np.sqrt(1 - beta2) / (1 - beta1)
    return c * m / (np.sqrt(v + eps) if kind == "eps in the root" else np.sqrt(v) + eps)


print("first step, in units of lr       g = 1   g = 0.000001")
for kind in ("right", "no correction", "beta2 = 0.001", "eps in the root"):
    print(f"    {kind:22} {first_step(1.0, kind):11.3f} {first_step(1e-6, kind):14.4f}")

random = np.random.default_rng(4)
noisy = 0.1 + random.standard_normal(400)  # a small gradient in much noise
ways = {"right": {}, "no correction": {"corrected": False}, "beta2 = 0.001": {"beta2": 0.001}}
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
for (kind, options), style in zip(ways.items(), ("-", "--", ":"), strict=True):
    w, m, v, path = np.zeros(1), np.zeros(1), np.zeros(1), [0.0]
    for t, g_t in enumerate(noisy, 1):
        how = {"beta2": 0.999, **options}
        adam_kernel(0, w, np.array([g_t]), m, v, t, 1.0, 0.5, eps=1e-8, **how)
        path.append(w[0])
    axes.plot(path, style, label=kind)
axes.set(xlabel="step", ylabel="w, in units of lr")
axes.set_title("One weight, gradients 0.1 ± 1: where three Adams go", fontsize=11)
axes.legend(fontsize=8)
show(figure, "Three curves of w against the step: one goes steadily, one twice as far, one in sudden leaps.")
assert abs(first_step(1.0, "right") - 1) < 1e-6 and 15 < first_step(1.0, "no correction") < 16

# %% [markdown]
# Without correction the first step is 16 times too long, and later ones become right by themselves, after some
# thousand: by then the model stands somewhere else. The second looks right in the table! But look at the plot. Its v
# remembers the last gradient only, while m remembers several. A tiny gradient after a large one is divided by nearly
# nothing, and w leaps a hundred lr. The third all but stops where gradients are tiny, as they may be deep inside a
# large model.
#
# None of them crashes, and all train. What sees them? A gradient check does not: the gradients are right. Comparing
# with a reference does, if it looks at the first steps (for the correction), at more than one of them (for v), and at
# gradients of very different sizes (for ε). That is why our check above had 20 steps, and sizes from 0.00001 to 10,000.

# %% [markdown]
# ## Bookkeeping, where nobody waits
#
# Adam needs t, the number of the step. If the host counted, it would have to tell the device each time; and if it asked
# after every step whether the loss is still a number, it would have to *wait* each time. So the device keeps its own
# books: `step` and `ok`, one number each.

# %%
show_kernel("cuda/bookkeeping.cu", "watch", "advance")

# %% [markdown]
# `watch` writes the losses of this step into a ring, an array whose rows are used again from the beginning when all are
# full; the host reads it now and then. *Predict:* the third of five losses is NaN. What do step, ok and a weight say
# after the five steps?

# %%
names = [name for name in ("numpy", "emulator") if not backends.missing(name)]
for name in names:
    with alicuda.use_backend(name):
        b = backends.current()
        w, m, v = b.full((1,), 1.0, np.float32), b.full((1,), 0.0, np.float32), b.full((1,), 0.0, np.float32)
        step, ok, ring = b.full((1,), 0, np.int64), b.full((1,), 1, np.int64), b.full((3, 1), 0.0, np.float32)
        for loss in (1.5, 1.4, np.nan, 1.3, 1.2):
            b.watch([b.asarray(np.array([loss]), np.float32)], ring, step, ok)
            b.adam(w, b.full((1,), 1.0, np.float32), m, v, step, ok, 0.01, 0.5, 0.999, 1e-8)
            b.advance(step, ok)
        said = [b.to_numpy(a).reshape(-1) for a in (step, ok, w, ring)]
    print(f"{name:9} step {said[0][0]}, ok {said[1][0]}, w {said[2][0]:.4f}, ring {said[3]}")
    assert said[0][0] == 2 and said[1][0] == 0 and abs(said[2][0] - 0.98) < 1e-4

# %% [markdown]
# Everything stands where it stood when the loss broke: after two steps, w = 1 - 2 · 0.01, and the NaN in the ring's
# third row. So one can look at what went wrong, though the host noticed only later.

# %% [markdown]
# ## Exercises

# %% [markdown]
# {{exercise 11a}}

# %% [markdown]
# {{exercise 11b}}

# %% [markdown]
# {{exercise 11c}}

# %% [markdown]
# ## You can now read
#
# * [alicuda/ops/batch_norm_leaky_relu.py](../alicuda/ops/batch_norm_leaky_relu.py), and
#   [maxout.py](../alicuda/ops/maxout.py).
# * [kernels/numba/batch_norm.py](../kernels/numba/batch_norm.py): all of it, and of
#   [kernels/cuda/batch_norm.cu](../kernels/cuda/batch_norm.cu) the second half, `backward`.
# * [kernels/cuda/maxout.cu](../kernels/cuda/maxout.cu) and [kernels/numba/maxout.py](../kernels/numba/maxout.py).
# * [kernels/cuda/adam.cu](../kernels/cuda/adam.cu) and [kernels/numba/adam.py](../kernels/numba/adam.py), with
#   [alicuda/optim.py](../alicuda/optim.py), which launches them.
# * [kernels/cuda/bookkeeping.cu](../kernels/cuda/bookkeeping.cu) and
#   [kernels/numba/bookkeeping.py](../kernels/numba/bookkeeping.py).
# * [kernels/cuda/sigmoid.cu](../kernels/cuda/sigmoid.cu) and [kernels/numba/sigmoid.py](../kernels/numba/sigmoid.py).
# * [kernels/cuda/shapes.cu](../kernels/cuda/shapes.cu) and [kernels/numba/shapes.py](../kernels/numba/shapes.py): the
#   copies behind `concat` and `split`.
#
# Every word in bold is in the [glossary](glossary.md). The next page is [12_gan_to_ali](12_gan_to_ali.ipynb).
