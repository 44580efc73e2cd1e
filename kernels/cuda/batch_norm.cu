// Batch norm, alone or with the leaky ReLU behind it, forward and backward.
//
//   forward     x_hat = (x - mean) * inv_std        t = scale * x_hat + shift        y = t > 0 ? t : slope * t
//               mean and variance are the channel's, over the whole batch;   inv_std = 1 / sqrt(variance + eps)
//   backward    g = y > 0 ? dy : slope * dy         dshift = sum of g                dscale = sum of g * x_hat
//               dx = scale * inv_std * (g - dshift / M - x_hat * dscale / M)
//
// Images x, y, dy, dx are (M, C): C channels side by side in memory, M = N*H*W pixels, called rows here, below each
// other. scale, shift, mean, inv_std, dscale, dshift are (C,). "Alone" is a slope of 1, which changes nothing. The slope is
// not negative, so that y > 0 just where t > 0: the backward pass need not compute t again.
//
// Nothing can be normalised before the last row has been seen, so each direction reads its images twice:
//
//   forward     batch_norm_moments   each block describes its rows      x              -> means, m2s   (blocks of rows, C)
//               batch_norm_combine   puts the blocks together           means, m2s, x  -> mean, inv_std
//               batch_norm           normalises       (or batch_norm_leaky_relu)     x -> y
//   backward    batch_norm_sums      each block sums up its rows        dy, x, y       -> sums      (blocks of rows, 2, C)
//               sum, in reduce.cu    adds up the blocks                 sums           -> dshift and dscale
//               batch_norm_grad      the formula above                  dy, x, y       -> dx
//                                    (or batch_norm_leaky_relu_sums and batch_norm_leaky_relu_grad)
//
// Who owns what. A block is blockDim.x threads wide and blockDim.y high (at most THREADS in all), and stands over `rows`
// rows of the image, an argument, and blockDim.x * VECTOR channels. Here with blockDim.y = 2 and rows = 4:
//
//                      blockIdx.x = 0         blockIdx.x = 1         Thread (x, y) of a block has the VECTOR neighbouring
//                   x=0   1   2  ...    |   0   1   2  ...           channels from my_channel() = (blockIdx.x * blockDim.x
//   blockIdx.y  y=0 [ ] [ ] [ ]         |                            + x) * VECTOR on. Of the rows of its block it has row
//           = 0   1 [ ] [ ] [ ]         |                            y, counted from 0, and every blockDim.y-th after that:
//               y=0 [ ] [ ] [ ]         |                            my_walk() tells where they are.
//                 1 [ ] [ ] [ ]         |
//               ------------------------+---------------------       It writes those elements of y or dx, and nobody else
//   blockIdx.y                          |                            does. Of means, m2s and sums, which have a row (sums:
//           = 1                         |                            two) for each blockIdx.y, the threads with y = 0
//                                                                  write it.
//
// batch_norm_combine is launched with gridDim.y = 1; its rows are those of means and m2s, of which thread (x, y) has the
// y-th and every blockDim.y-th after that. The threads with y = 0 write mean and inv_std.
//
// Shared memory and barriers are in fold_over_y (columns.cuh), which batch_norm_moments, batch_norm_combine and the two
// kernels of sums call. It has one array with a place for each thread: the moments, or the two sums, of the rows that the
// thread has put together so far, its own to begin with. In rounds, the upper half of the y's is put into the lower half
// (of an odd number the middle one waits), until the thread with y = 0 has them all. Each round begins with a barrier,
// because it reads places that others wrote before it. Writing in a round needs none: what is written lies below all that
// is read, as each thread has its own in registers. None stands at the end either: nobody touches the array again.
//
// Threads that differ by 1 in x read neighbouring memory. Where one block spans all channels, rows follow each other as
// well, so that a warp of 32 threads reads 32 neighbouring vectors even if C is small.
//
// Ragged edges. The last block of rows ends at row M: some of its threads have fewer rows than others, some none; a sum
// over no rows is 0. If the last block of channels is wider than what is left, the threads beyond have no channel: in the
// kernels with barriers they take part with zeros, and write nothing; in the others they return. VECTOR divides C, so
// that a vector is never cut, and arrays begin at a multiple of its bytes; where either is not so, VECTOR is 1.
//
// Bytes and FLOPs per element, where an fma is two and comparisons none. Not counted: what is done once for each block and
// channel, or once for each thread.
//   forward     batch_norm_moments       4 read                        8 + 3 / VECTOR
//               batch_norm               4 read, 4 written             3, and 4 with the leaky ReLU
//   backward    batch_norm_sums          8 read, 12 with leaky ReLU    4, and 5
//               batch_norm_grad          8 or 12 read, 4 written       5, and 6
// That is at most 3 FLOPs a byte, where a GPU could do ten or more: all of them run as fast as the memory delivers. So the
// leaky ReLU is done here, on the way, and VECTOR floats are moved in one request.
//
// Results are the same bits from run to run: which numbers are added, and in which order, depends on the launch, and the
// launch on M, C and alignment alone (`layout` in alicuda/backends/cuda/reductions.py).

#include "columns.cuh"

__device__ int my_channel() { return (int)(blockIdx.x * blockDim.x + threadIdx.x) * VECTOR; }


// ---- forward: mean and variance ------------------------------------------------------------------------------------
//
// The variance as mean(x * x) - mean(x)^2 would be the small difference of two large numbers where a channel's mean is
// far above its deviation, and float has but 24 bits. Two things are done about that:
// * Sets of rows are described by count, mean, and m2 = sum of (x - mean)^2, and two sets are put together by a formula
//   that only takes the difference of their means (Chan, Golub and LeVeque 1979). A set of one row has m2 = 0; putting
//   rows one by one into a set is known as Welford's method (1962).
// * All values are taken relative to the channel's value in row 0 of the image, the pivot. x - pivot is exact where the
//   values of a channel lie near each other, and then small numbers are all that is added up.

struct Moments {
    float count;
    Vector mean, m2;  // of VECTOR channels
};

__device__ Moments merge(Moments a, Moments b) {
    if (b.count == 0.0f) return a;  // b is of no rows
    float count = a.count + b.count;
    float share = __fdividef(b.count, count);  // the fast division, off by 2 units in the last place: good for a weight
    float weight = a.count * share;
    for (int v = 0; v < VECTOR; ++v) {
        float delta = b.mean.at[v] - a.mean.at[v];
        a.mean.at[v] += delta * share;
        a.m2.at[v] += b.m2.at[v] + delta * delta * weight;
    }
    a.count = count;
    return a;
}

__device__ Moments merge_over_y(Moments mine) {
    return fold_over_y(mine, [](Moments a, Moments b) { return merge(a, b); });
}

// means[b, c], m2s[b, c]: of channel c in block b of rows; the means relative to the pivot, on which m2s do not depend.
extern "C" __global__ void __launch_bounds__(THREADS)
batch_norm_moments(const float* __restrict__ x, float* __restrict__ means, float* __restrict__ m2s,
                   int M, int C, int rows) {
    int channel = my_channel();
    Moments mine = {};
    if (channel < C) {
        Vector pivot = load(x, channel);
        Walk walk = my_walk(channel, M, C, rows);
#pragma unroll 4
        for (int at = walk.first, left = walk.count; left > 0; at += walk.step, --left) {
            Vector value = load(x, at);
            Moments one = {1.0f};
            for (int v = 0; v < VECTOR; ++v) one.mean.at[v] = value.at[v] - pivot.at[v];
            mine = merge(mine, one);
        }
    }
    mine = merge_over_y(mine);
    if (threadIdx.y == 0 && channel < C) {
        store(means, blockIdx.y * C + channel, mine.mean);
        store(m2s, blockIdx.y * C + channel, mine.m2);
    }
}

// gridDim.y is 1: a block takes its channels of all `blocks` blocks of rows. `rows` is what batch_norm_moments was given,
// and blocks = M / rows, rounded up.
extern "C" __global__ void __launch_bounds__(THREADS)
batch_norm_combine(const float* __restrict__ x, const float* __restrict__ means, const float* __restrict__ m2s,
                   float* __restrict__ mean, float* __restrict__ inv_std, int M, int C, int rows, int blocks,
                   float eps) {
    int channel = my_channel();
    Moments mine = {};
    if (channel < C) {
        for (int b = threadIdx.y; b < blocks; b += blockDim.y) {
            float count = min(rows, M - b * rows);  // the last block of rows is ragged
            mine = merge(mine, Moments{count, load(means, b * C + channel), load(m2s, b * C + channel)});
        }
    }
    mine = merge_over_y(mine);
    if (threadIdx.y == 0 && channel < C) {
        Vector pivot = load(x, channel);
        Vector invert;
        for (int v = 0; v < VECTOR; ++v) {
            pivot.at[v] += mine.mean.at[v];
            invert.at[v] = 1.0f / sqrtf(mine.m2.at[v] / mine.count + eps);
        }
        store(mean, channel, pivot);
        store(inv_std, channel, invert);
    }
}


// ---- forward: normalise --------------------------------------------------------------------------------------------

__device__ void normalise(const float* __restrict__ x, const float* __restrict__ scale, const float* __restrict__ shift,
                          const float* __restrict__ mean, const float* __restrict__ inv_std, float* __restrict__ y,
                          int M, int C, int rows, float slope) {
    int channel = my_channel();
    if (channel >= C) return;  // no barrier follows
    Vector center = load(mean, channel);
    Vector gain = load(inv_std, channel);
    Vector scales = load(scale, channel);
    Vector shifts = load(shift, channel);
    for (int v = 0; v < VECTOR; ++v) gain.at[v] *= scales.at[v];
    Walk walk = my_walk(channel, M, C, rows);
#pragma unroll 4
    for (int at = walk.first, left = walk.count; left > 0; at += walk.step, --left) {
        Vector value = load(x, at);
        for (int v = 0; v < VECTOR; ++v) {
            float t = (value.at[v] - center.at[v]) * gain.at[v] + shifts.at[v];
            value.at[v] = t > 0.0f ? t : slope * t;
        }
        store(y, at, value);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
batch_norm(const float* __restrict__ x, const float* __restrict__ scale, const float* __restrict__ shift,
           const float* __restrict__ mean, const float* __restrict__ inv_std, float* __restrict__ y,
           int M, int C, int rows) {
    normalise(x, scale, shift, mean, inv_std, y, M, C, rows, 1.0f);
}

extern "C" __global__ void __launch_bounds__(THREADS)
batch_norm_leaky_relu(const float* __restrict__ x, const float* __restrict__ scale, const float* __restrict__ shift,
                      const float* __restrict__ mean, const float* __restrict__ inv_std, float* __restrict__ y,
                      int M, int C, int rows, float slope) {
    normalise(x, scale, shift, mean, inv_std, y, M, C, rows, slope);
}


// ---- backward: the two sums ----------------------------------------------------------------------------------------
//
// sums[b, 0, c] = sum of g, and sums[b, 1, c] = sum of g * x_hat, over block b of rows. The batch norm alone has slope 1,
// where the sign of y does not matter: x stands in for y there, and the compiler leaves that load away.

struct Sums {
    Vector shift, scale;
};

__device__ Sums add(Sums a, Sums b) {
    for (int v = 0; v < VECTOR; ++v) {
        a.shift.at[v] += b.shift.at[v];
        a.scale.at[v] += b.scale.at[v];
    }
    return a;
}

__device__ void sum_up(const float* __restrict__ dy, const float* __restrict__ x, const float* __restrict__ y,
                       const float* __restrict__ mean, const float* __restrict__ inv_std, float* __restrict__ sums,
                       int M, int C, int rows, float slope) {
    int channel = my_channel();
    Sums mine = {};
    if (channel < C) {
        Vector center = load(mean, channel);
        Walk walk = my_walk(channel, M, C, rows);
#pragma unroll 4
        for (int at = walk.first, left = walk.count; left > 0; at += walk.step, --left) {
            Vector up = load(dy, at);
            Vector value = load(x, at);
            Vector out = load(y, at);
            for (int v = 0; v < VECTOR; ++v) {
                float g = out.at[v] > 0.0f ? up.at[v] : slope * up.at[v];
                mine.shift.at[v] += g;
                mine.scale.at[v] += g * (value.at[v] - center.at[v]);
            }
        }
        Vector invert = load(inv_std, channel);
        for (int v = 0; v < VECTOR; ++v) mine.scale.at[v] *= invert.at[v];
    }
    mine = fold_over_y(mine, [](Sums a, Sums b) { return add(a, b); });
    if (threadIdx.y == 0 && channel < C) {
        store(sums, (2 * blockIdx.y + 0) * C + channel, mine.shift);
        store(sums, (2 * blockIdx.y + 1) * C + channel, mine.scale);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
batch_norm_sums(const float* __restrict__ dy, const float* __restrict__ x, const float* __restrict__ mean,
                const float* __restrict__ inv_std, float* __restrict__ sums, int M, int C, int rows) {
    sum_up(dy, x, x, mean, inv_std, sums, M, C, rows, 1.0f);
}

extern "C" __global__ void __launch_bounds__(THREADS)
batch_norm_leaky_relu_sums(const float* __restrict__ dy, const float* __restrict__ x, const float* __restrict__ y,
                           const float* __restrict__ mean, const float* __restrict__ inv_std, float* __restrict__ sums,
                           int M, int C, int rows, float slope) {
    sum_up(dy, x, y, mean, inv_std, sums, M, C, rows, slope);
}


// ---- backward: dx --------------------------------------------------------------------------------------------------
//
// dx = gain * (g + (x - mean) * b + c), with three numbers per channel:
// gain = scale * inv_std,   b = -inv_std * dscale / M,   c = -dshift / M.

__device__ void input_grad(const float* __restrict__ dy, const float* __restrict__ x, const float* __restrict__ y,
                           const float* __restrict__ scale, const float* __restrict__ mean,
                           const float* __restrict__ inv_std, const float* __restrict__ dscale,
                           const float* __restrict__ dshift, float* __restrict__ dx, int M, int C, int rows,
                           float slope) {
    int channel = my_channel();
    if (channel >= C) return;  // no barrier follows
    Vector center = load(mean, channel);
    Vector gain = load(inv_std, channel);
    Vector scales = load(scale, channel);
    Vector b = load(dscale, channel);
    Vector c = load(dshift, channel);
    float each = -1.0f / M;
    for (int v = 0; v < VECTOR; ++v) {
        b.at[v] *= gain.at[v] * each;
        c.at[v] *= each;
        gain.at[v] *= scales.at[v];
    }
    Walk walk = my_walk(channel, M, C, rows);
#pragma unroll 2
    for (int at = walk.first, left = walk.count; left > 0; at += walk.step, --left) {
        Vector up = load(dy, at);
        Vector value = load(x, at);
        Vector out = load(y, at);
        for (int v = 0; v < VECTOR; ++v) {
            float g = out.at[v] > 0.0f ? up.at[v] : slope * up.at[v];
            up.at[v] = gain.at[v] * (g + (value.at[v] - center.at[v]) * b.at[v] + c.at[v]);
        }
        store(dx, at, up);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
batch_norm_grad(const float* __restrict__ dy, const float* __restrict__ x, const float* __restrict__ scale,
                const float* __restrict__ mean, const float* __restrict__ inv_std, const float* __restrict__ dscale,
                const float* __restrict__ dshift, float* __restrict__ dx, int M, int C, int rows) {
    input_grad(dy, x, x, scale, mean, inv_std, dscale, dshift, dx, M, C, rows, 1.0f);
}

extern "C" __global__ void __launch_bounds__(THREADS)
batch_norm_leaky_relu_grad(const float* __restrict__ dy, const float* __restrict__ x, const float* __restrict__ y,
                           const float* __restrict__ scale, const float* __restrict__ mean,
                           const float* __restrict__ inv_std, const float* __restrict__ dscale,
                           const float* __restrict__ dshift, float* __restrict__ dx, int M, int C, int rows,
                           float slope) {
    input_grad(dy, x, y, scale, mean, inv_std, dscale, dshift, dx, M, C, rows, slope);
}
