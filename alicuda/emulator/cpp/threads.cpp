// The CUDA threads of a block, as fibers: their stacks, and which of them runs.
//
// A thread runs until it waits or ends; then the next one in the launch's order goes on. A thread that never waits
// needs no fiber of its own: the fiber that ran it goes on with the next thread, as a plain loop would.
#include <sys/mman.h>

#include "fiber.h"
#include "runtime.h"

static const long STACK_BYTES = 256 * 1024, GUARD_BYTES = 64 * 1024;

[[noreturn]] static void out_of_memory(Worker* w, int thread) {
    Report* report = begin_report(w, OUT_OF_MEMORY);
    fill_thread(report->thread, w->threads[thread].index);
    abandon();
}

// Stack tops are spread over the cache's sets: at equal offsets in their pages they would evict one another.
static Stack* take_stack(Worker* w, int thread) {
    static int made = 0;
    if (Stack* stack = w->unused) {
        w->unused = stack->next;
        return stack;
    }
    char* base = (char*)mmap(nullptr, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                             -1, 0);
    if (base == MAP_FAILED) out_of_memory(w, thread);
    if (mprotect(base, GUARD_BYTES, PROT_NONE)) {
        munmap(base, STACK_BYTES);
        out_of_memory(w, thread);
    }
    int number = __atomic_fetch_add(&made, 1, __ATOMIC_RELAXED);
    Stack* stack = (Stack*)(base + STACK_BYTES - 64);
    stack->base = base;
    stack->top = (char*)stack - (number * 7 % 60) * 64;
    return stack;
}

void give_stack(Worker* w, Stack* stack) {
    stack->next = w->unused;
    w->unused = stack;
}

void wake(Worker* w, int thread) {
    int p = w->position[thread];
    w->threads[thread].state = READY;
    w->woken[p >> 6] |= 1ull << (p & 63);
    ++w->woken_count;
}

// The first woken position from `start` on, before `stop`; -1 if there is none.
static int first_woken(Worker* w, int start, int stop) {
    for (int word = start >> 6; word * 64 < stop; ++word) {
        unsigned long long bits = w->woken[word];
        if (word == start >> 6) bits &= ~0ull << (start & 63);
        if (!bits) continue;
        int p = word * 64 + __builtin_ctzll(bits);
        return p < stop ? p : -1;
    }
    return -1;
}

int next_to_run(Worker* w, int thread) {
    if (w->woken_count) {  // all woken ones have begun, so that those after `thread` come before those not begun
        int after = first_woken(w, w->position[thread] + 1, w->begun);
        if (after >= 0) return w->order[after];
    }
    if (w->begun < w->count) return w->order[w->begun];
    return w->woken_count ? w->order[first_woken(w, 0, w->begun)] : -1;
}

static int has_begun(Worker* w, int thread) { return w->position[thread] < w->begun; }

static void make_current(Worker* w, int thread) {
    w->current = thread;
    threadIdx = w->threads[thread].index;
}

// A signal may end the launch anywhere here, and then the stacks of those that have begun are given back: so it counts
// as begun only once it has this one.
static void begin(Worker* w, int thread, Stack* stack) {
    make_current(w, thread);
    w->threads[thread].stack = stack;
    w->threads[thread].state = READY;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    ++w->begun;
}

static void resume(Worker* w, int thread) {
    make_current(w, thread);
    int p = w->position[thread];
    w->woken[p >> 6] &= ~(1ull << (p & 63));
    --w->woken_count;
}

static void end_thread(Worker* w, int me) {
    w->threads[me].state = DONE;
    w->done[me >> 5] |= 1u << (me & 31);
    --w->live;
    if (w->observer) stand_still(w, me);
    if (w->at_barrier && w->at_barrier == w->live) release_barrier(w);
    if (w->in_warp[me >> 5]) finish_warp(w, me >> 5, 1u << (me & 31));
}

// Go on with `next`, or outside all fibers where there is none, and never come back to this stack as it is.
[[noreturn]] static void leave_stack(Worker* w, Stack* own, int next) {
    if (next < 0 && w->live) stuck(w);
    give_stack(w, own);  // who takes it starts at its top, and this function is through with that
    void* unused;
    if (next < 0) alicuda_switch(&unused, w->place);
    go_on(w, &unused, next);
    __builtin_unreachable();
}

// The body of every fiber: run the current thread, then the next ones that have not begun, until one waits.
static void run_threads() {
    Worker* w = worker;
    Launch* launch = w->launch;
    Stack* own = w->threads[w->current].stack;
    for (;;) {
        int me = w->current;
        launch->entry(launch->args);
        end_thread(w, me);
        int next = next_to_run(w, me);
        if (next >= 0 && !has_begun(w, next)) {
            begin(w, next, own);
            continue;
        }
        leave_stack(w, own, next);
    }
}

void end_here(Worker* w) {
    int me = w->current;
    Stack* own = w->threads[me].stack;
    end_thread(w, me);
    leave_stack(w, own, next_to_run(w, me));
}

void go_on(Worker* w, void** own, int next) {
    Thread& t = w->threads[next];
    if (has_begun(w, next)) {
        resume(w, next);
    } else {
        Stack* stack = take_stack(w, next);
        begin(w, next, stack);
        t.place = fiber_start(stack->top, run_threads);
    }
    if (own == &t.place) return;  // it is the caller's own turn
    alicuda_switch(own, t.place);
}

void sleep(Worker* w) {
    int me = w->current, next = next_to_run(w, me);
    if (next < 0) stuck(w);
    go_on(w, &w->threads[me].place, next);
}
