// Runs one block: its threads as fibers, which wait at barriers and in warp functions.
//
// A thread runs until it waits or ends; then the next runnable one in the launch's order goes on. A thread that never
// waits needs no fiber of its own: the fiber that ran it goes on with the next thread, as a plain loop would.
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime.h"
#include "fiber.h"

thread_local Worker* worker __attribute__((tls_model("initial-exec"))) = nullptr;

enum { SHFL, SHFL_UP, SHFL_DOWN, SHFL_XOR, BALLOT, ANY, ALL, SYNCWARP };

static const long STACK_BYTES = 256 * 1024, GUARD_BYTES = 64 * 1024;

// ---- reports ----------------------------------------------------------------------------------------------------
Report* first_report(Launch* launch) {
    return __atomic_exchange_n(&launch->failed, 1, __ATOMIC_ACQ_REL) ? nullptr : &launch->report;
}

static void copy3(unsigned int* to, const uint3& from) {
    to[0] = from.x; to[1] = from.y; to[2] = from.z;
}

void fill_place(Report* report) {
    copy3(report->thread, worker->here->thread);
    copy3(report->block, worker->here->block);
}

void fill_pc(Report* report, void* pc) {
    Dl_info library;
    if (dladdr(pc, &library)) report->pc = (unsigned long long)pc - (unsigned long long)library.dli_fbase;
}

void abandon() {
    siglongjmp(worker->escape, 1);
}

static Report* begin_report(Worker* w, Problem problem) {
    Report* report = first_report(w->launch);
    if (!report) abandon();
    report->problem = problem;
    fill_place(report);
    return report;
}

// ---- fibers -----------------------------------------------------------------------------------------------------
// Stack tops are spread over the cache's sets: at equal offsets in their pages they would evict one another.
static Stack* take_stack(Worker* w) {
    static int made = 0;
    if (Stack* stack = w->unused) {
        w->unused = stack->next;
        return stack;
    }
    char* base = (char*)mmap(nullptr, STACK_BYTES, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) begin_report(w, OUT_OF_MEMORY), abandon();
    mprotect(base, GUARD_BYTES, PROT_NONE);
    int number = __atomic_fetch_add(&made, 1, __ATOMIC_RELAXED);
    Stack* stack = (Stack*)(base + STACK_BYTES - 64);
    stack->base = base;
    stack->top = (char*)stack - (number * 7 % 60) * 64;
    return stack;
}

static void give_stack(Worker* w, Stack* stack) {
    stack->next = w->unused;
    w->unused = stack;
}

static void set_runnable(Worker* w, int thread) {
    int p = w->position[thread];
    w->runnable[p >> 6] |= 1ull << (p & 63);
}

static void clear_runnable(Worker* w, int thread) {
    int p = w->position[thread];
    w->runnable[p >> 6] &= ~(1ull << (p & 63));
}

// The next runnable thread after `thread` in the order, going round; -1 if there is none.
static int next_runnable(Worker* w, int thread) {
    int words = (w->count + 63) >> 6, start = w->position[thread] + 1;
    for (int i = 0; i <= words; ++i) {
        int word = (start >> 6) + i;
        unsigned long long bits;
        if (word >= words) word -= words;
        if (word >= words) word = 0;
        bits = w->runnable[word];
        if (i == 0 && (start >> 6) < words) bits &= ~0ull << (start & 63);
        if (bits) return w->order[word * 64 + __builtin_ctzll(bits)];
    }
    return -1;
}

static void release_barrier(Worker* w) {
    for (int t = 0; t < w->count; ++t) {
        if (w->threads[t].state != AT_BARRIER) continue;
        Wait& wait = w->threads[t].wait;
        wait.result = wait.kind == 0 ? w->votes : wait.kind == 1 ? w->votes == w->at_barrier : w->votes > 0;
        w->threads[t].state = READY;
        set_runnable(w, t);
    }
    w->at_barrier = w->votes = 0;
}

static void finish_warp(Worker* w, int warp, unsigned mask);

static void run_threads();

// Go on with `next`; the fiber that calls this either comes back when it is runnable again, or never (own == null).
static void go_on(Worker* w, void** own, int next) {
    Thread& t = w->threads[next];
    void* unused;
    w->current = next;
    w->here->thread = t.index;
    if (t.state == NEW) {
        t.stack = take_stack(w);
        t.place = fiber_start(t.stack->top, run_threads);
    }
    alicuda_switch(own ? own : &unused, t.place);
}

[[noreturn]] static void stuck(Worker* w);

// The body of every fiber: run the current thread, then the next one that has not begun, until one waits.
static void run_threads() {
    Worker* w = worker;
    Stack* own = w->threads[w->current].stack;
    for (;;) {
        int me = w->current;
        w->threads[me].stack = own;
        w->threads[me].state = READY;
        w->launch->entry(w->launch->args);
        w->threads[me].state = DONE;
        clear_runnable(w, me);
        w->done[me >> 5] |= 1u << (me & 31);
        --w->live;
        if (w->at_barrier && w->at_barrier == w->live) release_barrier(w);
        if (w->in_warp[me >> 5]) finish_warp(w, me >> 5, 1u << (me & 31));
        int next = next_runnable(w, me);
        if (next >= 0 && w->threads[next].state == NEW) {
            w->current = next;
            w->here->thread = w->threads[next].index;
            continue;
        }
        give_stack(w, own);  // nobody takes it before the switch
        if (next >= 0) go_on(w, nullptr, next);
        if (w->live) stuck(w);
        void* unused;
        alicuda_switch(&unused, w->place);
    }
}

// Put the current thread to sleep until someone makes it runnable.
static void sleep(Worker* w) {
    int me = w->current;
    clear_runnable(w, me);
    int next = next_runnable(w, me);
    if (next < 0) stuck(w);
    go_on(w, &w->threads[me].place, next);
}

// ---- barriers ---------------------------------------------------------------------------------------------------
static int same_place(const Wait& a, const Wait& b) {
    return a.line == b.line && (a.file == b.file || !strcmp(a.file, b.file));
}

static void report_divergence(Worker* w, Problem problem, int thread, int other, const char* text) {
    Report* report = begin_report(w, problem);
    const Wait &a = w->threads[thread].wait, &b = w->threads[other].wait;
    copy3(report->thread, w->threads[thread].index);
    copy3(report->other_thread, w->threads[other].index);
    report->file = a.file, report->line = a.line;
    report->other_file = b.file, report->other_line = b.line;
    report->mask = a.mask;
    report->text = text;
    abandon();
}

static unsigned long long barrier(int kind, int predicate, const char* file, int line) {
    Worker* w = worker;
    int me = w->current;
    Thread& t = w->threads[me];
    t.wait = Wait{file, line, kind, 0, 0, 0, 0, 0};
    t.state = AT_BARRIER;
    if (w->at_barrier) {  // compare with one that waits already
        for (int other = 0; other < w->count; ++other) {
            if (other == me || w->threads[other].state != AT_BARRIER) continue;
            if (!same_place(t.wait, w->threads[other].wait)) report_divergence(w, DIVERGENT_BARRIER, me, other, "");
            break;
        }
    }
    ++w->at_barrier;
    w->votes += predicate;
    if (w->at_barrier == w->live) {
        release_barrier(w);
        // The threads go on in the launch's order, not from the last that came.
        int next = next_runnable(w, w->order[w->count - 1]);
        if (next == me) return t.wait.result;
        go_on(w, &t.place, next);
    } else {
        sleep(w);
    }
    return t.wait.result;
}

extern "C" void alicuda_barrier(const char* file, int line) { barrier(0, 0, file, line); }

extern "C" int alicuda_barrier_vote(int kind, int predicate, const char* file, int line) {
    return (int)barrier(kind, predicate, file, line);
}

// ---- warp functions ---------------------------------------------------------------------------------------------
static const char* warp_name(int kind) {
    static const char* names[] = {"__shfl_sync", "__shfl_up_sync", "__shfl_down_sync", "__shfl_xor_sync",
                                  "__ballot_sync", "__any_sync", "__all_sync", "__syncwarp"};
    return names[kind];
}

static void bad_lane(Worker* w, int thread, int lane, const char* text) {
    Report* report = begin_report(w, BAD_LANE);
    const Wait& wait = w->threads[thread].wait;
    copy3(report->thread, w->threads[thread].index);
    report->file = wait.file, report->line = wait.line;
    report->mask = wait.mask;
    report->other_line = lane;
    report->text = text;
    abandon();
}

// The lane that a shuffle reads from; its own where the source lies outside its group of `width` lanes.
static int source_lane(const Wait& wait, int lane) {
    int width = wait.width, first = lane & ~(width - 1), within = lane & (width - 1);
    if (wait.kind == SHFL) return first + (wait.lane & (width - 1));
    if (wait.kind == SHFL_UP) return within - wait.lane < 0 ? lane : lane - wait.lane;
    if (wait.kind == SHFL_DOWN) return within + wait.lane >= width ? lane : lane + wait.lane;
    int source = lane ^ wait.lane;  // a later group is out of reach; an earlier one may be read, as on hardware
    return source >= first + width ? lane : source;
}

// If every live lane that the waiting lanes' mask names is there, do the function for all of them.
static void finish_group(Worker* w, int warp, int leader) {
    Thread* lanes = w->threads + warp * 32;
    int size = w->count - warp * 32 < 32 ? w->count - warp * 32 : 32;
    unsigned exists = size == 32 ? ~0u : (1u << size) - 1;
    const Wait first = lanes[leader].wait;
    unsigned group = first.mask & exists & ~w->done[warp];
    if ((w->in_warp[warp] & group) != group) return;
    for (unsigned rest = group; rest; rest &= rest - 1) {
        const Wait& wait = lanes[__builtin_ctz(rest)].wait;
        if (wait.kind != first.kind || wait.mask != first.mask || wait.width != first.width ||
            !same_place(wait, first)) return;
    }
    unsigned votes = 0;
    for (unsigned rest = group; rest; rest &= rest - 1) {
        int lane = __builtin_ctz(rest);
        if (lanes[lane].wait.value) votes |= 1u << lane;
    }
    for (unsigned rest = group; rest; rest &= rest - 1) {
        int lane = __builtin_ctz(rest);
        Wait& wait = lanes[lane].wait;
        if (wait.kind <= SHFL_XOR) {
            int source = source_lane(wait, lane);
            if (source < 0 || source >= size) bad_lane(w, warp * 32 + lane, source, "does not exist");
            if (!(first.mask >> source & 1)) bad_lane(w, warp * 32 + lane, source, "is not named in the mask");
            if (w->done[warp] >> source & 1) bad_lane(w, warp * 32 + lane, source, "has returned already");
            wait.result = lanes[source].wait.value;
        } else {
            wait.result = wait.kind == BALLOT ? votes : wait.kind == ANY ? votes != 0 : votes == group;
        }
    }
    w->in_warp[warp] &= ~group;
    for (unsigned rest = group; rest; rest &= rest - 1) {
        int thread = warp * 32 + __builtin_ctz(rest);
        w->threads[thread].state = READY;
        set_runnable(w, thread);
    }
}

// A lane came or went: try every group that waits for it.
static void finish_warp(Worker* w, int warp, unsigned who) {
    unsigned tried = 0;
    for (unsigned rest = w->in_warp[warp]; rest; rest &= rest - 1) {
        int lane = __builtin_ctz(rest);
        unsigned mask = w->threads[warp * 32 + lane].wait.mask;
        if (!(mask & who) || (tried & 1u << lane)) continue;
        tried |= mask;
        finish_group(w, warp, lane);
        rest &= w->in_warp[warp] | (rest & -rest);
    }
}

// Of the lanes that have just met, the one that the launch's order lets go on first.
static int first_in_order(Worker* w, int warp_start, unsigned mask) {
    int first = -1;
    for (unsigned rest = mask; rest; rest &= rest - 1) {
        int thread = warp_start + __builtin_ctz(rest);
        if (thread >= w->count || w->threads[thread].state != READY) continue;
        if (first < 0 || w->position[thread] < w->position[first]) first = thread;
    }
    return first;
}

extern "C" unsigned long long alicuda_warp(int kind, unsigned mask, unsigned long long value, int lane, int width,
                                           const char* file, int line) {
    Worker* w = worker;
    int me = w->current, warp = me >> 5;
    Thread& t = w->threads[me];
    t.wait = Wait{file, line, kind, lane, width, mask, value, 0};
    if (!(mask >> (me & 31) & 1)) bad_lane(w, me, me & 31, "is the caller and is not named in its own mask");
    if (width < 1 || width > 32 || (width & (width - 1))) bad_lane(w, me, width, "as a width is no power of two up to 32");
    t.state = IN_WARP;
    w->in_warp[warp] |= 1u << (me & 31);
    finish_group(w, warp, me & 31);
    if (t.state == IN_WARP) {
        sleep(w);
    } else {
        int next = first_in_order(w, warp * 32, mask);
        if (next != me) go_on(w, &t.place, next);
    }
    return t.wait.result;
}

// Nobody can go on: some lane waits in a warp function for a lane that waits elsewhere.
static void stuck(Worker* w) {
    for (int thread = 0; thread < w->count; ++thread) {
        const Thread& t = w->threads[thread];
        if (t.state != IN_WARP) continue;
        for (int lane = 0; lane < 32; ++lane) {
            int other = (thread & ~31) + lane;
            if (other >= w->count || other == thread || !(t.wait.mask >> lane & 1)) continue;
            const Thread& o = w->threads[other];
            if (o.state == DONE) continue;
            if (o.state != IN_WARP || o.wait.mask != t.wait.mask || o.wait.kind != t.wait.kind ||
                o.wait.width != t.wait.width || !same_place(o.wait, t.wait))
                report_divergence(w, DIVERGENT_WARP, thread, other, warp_name(t.wait.kind));
        }
    }
    begin_report(w, DIVERGENT_WARP);
    abandon();
}

// ---- a block ----------------------------------------------------------------------------------------------------
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

// Shared memory starts as 0xFF bytes (NaN, and -1): a kernel that reads what it never wrote shows it.
static void poison(Worker* w) {
    Here kept = *w->here;
    memset(w->shared, 0xFF, w->shared_size);
    *w->here = kept;
    char* dynamic = w->launch->dynamic_shared ? w->launch->dynamic_shared() : nullptr;
    if (dynamic) memset(dynamic, 0xFF, w->launch->shared_bytes);
    if (w->written) memset(w->written, 0, w->shared_size);
}

void run_block(Worker* w, long long i) {
    Launch* launch = w->launch;
    long long block = ordered_block(launch, i);
    unsigned gx = launch->grid[0], gy = launch->grid[1], bx = launch->block[0], by = launch->block[1];
    w->here->block = uint3{(unsigned)(block % gx), (unsigned)(block / gx % gy), (unsigned)(block / gx / gy)};
    w->here->grid = dim3{gx, gy, launch->grid[2]};
    w->here->block_size = dim3{bx, by, launch->block[2]};
    w->live = w->count = bx * by * launch->block[2];
    w->at_barrier = w->votes = 0;
    w->steps = 0;
    w->bad_index = nullptr;
    memset(w->in_warp, 0, sizeof(w->in_warp));
    memset(w->done, 0, sizeof(w->done));
    memset(w->runnable, 0, sizeof(w->runnable));
    if (i == 0 || launch->order == 2 || w->order[0] < 0) order_threads(w, block);
    uint3 index = {0, 0, 0};
    for (int t = 0; t < w->count; ++t) {
        w->threads[t].state = NEW;
        w->threads[t].index = index;
        set_runnable(w, t);
        if (++index.x == bx) index.x = 0, ++index.y;
        if (index.y == by) index.y = 0, ++index.z;
    }
    poison(w);
    go_on(w, &w->place, w->order[0]);
}
