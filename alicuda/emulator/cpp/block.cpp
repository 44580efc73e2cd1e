// Runs one block: which one, its threads in which order, its shared memory poisoned.
#include <string.h>

#include "runtime.h"

static unsigned long long mix(unsigned long long x) {  // splitmix64's finaliser
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

static unsigned long long gcd(unsigned long long a, unsigned long long b) {
    while (b) { unsigned long long r = a % b; a = b; b = r; }
    return a;
}

// The i-th block to run: a bijection of 0 .. n - 1.
static long long ordered_block(Launch* launch, long long i) {
    unsigned long long n = launch->blocks;
    if (launch->order == 0) return i;
    if (launch->order == 1) return n - 1 - i;
    unsigned long long step = mix(launch->seed + 1) % n | 1;
    while (gcd(step, n) != 1) ++step;
    return (long long)(((unsigned __int128)step * i + mix(launch->seed) % n) % n);
}

static void order_threads(Worker* w, long long block) {
    Launch* launch = w->launch;
    for (int p = 0; p < w->count; ++p) w->order[p] = launch->order == 1 ? w->count - 1 - p : p;
    if (launch->order == 2) {
        for (int p = w->count - 1; p > 0; --p) {
            int other = mix(launch->seed * 0x9e3779b97f4a7c15ull + block * 4096 + p) % (p + 1);
            int kept = w->order[p];
            w->order[p] = w->order[other];
            w->order[other] = kept;
        }
    }
    for (int p = 0; p < w->count; ++p) w->position[w->order[p]] = p;
}

// Each thread's index, and who comes when; once a launch, but for the random order, which is another one in each block.
static void prepare_threads(Worker* w, long long block) {
    uint3 index = {0, 0, 0};
    for (int t = 0; t < w->count; ++t) {
        w->threads[t].index = index;
        if (++index.x == w->launch->block[0]) index.x = 0, ++index.y;
        if (index.y == w->launch->block[1]) index.y = 0, ++index.z;
    }
    order_threads(w, block);
}

// Shared memory starts as 0xFF bytes (NaN, and -1): a kernel that reads what it never wrote shows it. Of the buffer
// behind `extern __shared__`, in the midst of the segment, only what the launch asked for is filled.
static void poison(Worker* w) {
    Launch* launch = w->launch;
    long long bytes = launch->segment_bytes;
    if (launch->dynamic_shared) {
        char* dynamic = launch->dynamic_shared();
        memset(w->shared, 0xFF, dynamic - w->shared);
        memset(dynamic, 0xFF, launch->shared_bytes);
        char* rest = dynamic + launch->dynamic_bytes;
        memset(rest, 0xFF, w->shared + bytes - rest);
    } else {
        memset(w->shared, 0xFF, bytes);
    }
    if (w->written) memset(w->written, 0, bytes);
}

void run_block(Worker* w, long long number) {
    Launch* launch = w->launch;
    long long block = ordered_block(launch, number);
    if (launch->chosen) block = launch->chosen[block];
    unsigned gx = launch->grid[0], gy = launch->grid[1];
    blockIdx = uint3{(unsigned)(block % gx), (unsigned)(block / gx % gy), (unsigned)(block / gx / gy)};
    if (!w->count || launch->order == 2) {
        w->count = launch->block[0] * launch->block[1] * launch->block[2];
        prepare_threads(w, block);
    }
    w->live = w->count;
    w->begun = w->woken_count = w->at_barrier = w->votes = 0;
    w->steps = 0;
    w->bad_index = nullptr;
    memset(w->in_warp, 0, sizeof(w->in_warp));
    memset(w->done, 0, sizeof(w->done));
    memset(w->woken, 0, sizeof(w->woken));
    poison(w);
    if (w->observer) begin_observed_block(w, block);
    go_on(w, &w->place, w->order[0]);
}
