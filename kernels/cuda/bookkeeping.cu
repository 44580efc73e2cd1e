// The training step's bookkeeping, on the device, so that the host never has to wait for a number.
//
//   lerp      running += rate * (batch - running)          running averages, `size` floats each
//   watch     ring[step % rows] = values                   the losses of the newest `rows` steps; the host looks now and then
//             ok = 0 if one of them is not finite
//   advance   step += ok
//
// `step` and `ok` are one number each. Once ok has fallen to 0 none of the three changes anything any more: the step
// counter and the newest row of the ring stay those of the step that went wrong.
//
// lerp: thread t has elements 4 t to 4 t + 3; ragged edges: see elementwise.cuh. 8 bytes read, 4 written and 3 FLOPs each.
// watch and advance are launched with a single thread: four losses are not worth a second one.
#include "elementwise.cuh"

extern "C" __global__ void __launch_bounds__(THREADS)
lerp(float* __restrict__ running, const float* __restrict__ batch, int size, float rate,
     const long long* __restrict__ ok) {
    if (*ok == 0) return;
    int i = my_element();
    Vector value = load(running, i, size);
    Vector newest = load(batch, i, size);
    for (int v = 0; v < VECTOR; ++v) value.at[v] += rate * (newest.at[v] - value.at[v]);
    store(running, i, size, value);
}

extern "C" __global__ void watch(const float* __restrict__ values, float* __restrict__ ring, int columns, int rows,
                                 const long long* __restrict__ step, long long* __restrict__ ok) {
    if (*ok == 0) return;
    float* row = ring + (int)(*step % rows) * columns;
    for (int c = 0; c < columns; ++c) {
        row[c] = values[c];
        if (!isfinite(values[c])) *ok = 0;
    }
}

extern "C" __global__ void advance(long long* __restrict__ step, const long long* __restrict__ ok) { *step += *ok; }
