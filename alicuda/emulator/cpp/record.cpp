// What an observed launch keeps of each thread, and when it hands it over. See observer.h.
#include <stdlib.h>

#include "record.h"

static const long long FIRST_CAPACITY = 512;
static const long long WARP_EVENTS = 1ll << 25;  // that a warp may take between two barriers: 256 MiB

// A log as large as those that were needed before; warps that ended have left theirs.
static void take_log(Worker* w, Log& log) {
    if (w->unused_logs) {
        log = w->spare_logs[--w->unused_logs];
        log.count = 0;
        return;
    }
    log.count = 0;
    log.events = (Event*)malloc(FIRST_CAPACITY * sizeof(Event));
    log.capacity = log.events ? FIRST_CAPACITY : 0;
}

void grow(Worker* w, Log& log) {
    w->busy = 1;
    Problem problem = NONE;
    if (!log.capacity) {
        take_log(w, log);
        if (!log.capacity) problem = OUT_OF_MEMORY;
    } else {
        long long whole = 0;
        for (int lane = 0; lane < 32; ++lane) whole += w->logs[(w->current & ~31) + lane].count;
        Event* larger = whole < WARP_EVENTS ? (Event*)realloc(log.events, 2 * log.capacity * sizeof(Event)) : nullptr;
        if (larger) log.events = larger, log.capacity *= 2;
        else problem = whole < WARP_EVENTS ? OUT_OF_MEMORY : ENDLESS;
    }
    w->busy = 0;
    if (problem == NONE && !__atomic_load_n(&w->launch->failed, __ATOMIC_ACQUIRE)) return;
    Report* report = begin_report(w, problem);
    if (log.count) report->pc = pc_of(log.events[log.count - 1]);  // where it goes round
    abandon();
}

static void hand_over(Worker* w, int warp) {
    int lanes = w->count - warp * 32 < 32 ? w->count - warp * 32 : 32;
    Log* logs = w->logs + warp * 32;
    w->busy = 1;
    w->observer->warp(w->observer->state, w->number, warp, logs, lanes);
    for (int lane = 0; lane < lanes; ++lane) {
        if (logs[lane].capacity) w->spare_logs[w->unused_logs++] = logs[lane];
        logs[lane] = Log{nullptr, 0, 0};
    }
    w->busy = 0;
    if (__atomic_load_n(&w->launch->failed, __ATOMIC_ACQUIRE)) abandon();
}

void begin_observed_block(Worker* w, long long block) {
    for (int i = 0; i < MAX_THREADS; ++i) w->logs[i].count = 0;  // of a block that was abandoned
    for (int warp = 0; warp < MAX_WARPS; ++warp) w->still[warp] = 0;
    w->observer->begin_block(w->observer->state, w->number, block, w->count);
}

// One more lane of the warp waits at a barrier, or has ended.
void stand_still(Worker* w, int thread) {
    int warp = thread >> 5, lanes = w->count - warp * 32 < 32 ? w->count - warp * 32 : 32;
    if (++w->still[warp] == lanes) hand_over(w, warp);
}

// All live threads of the block have met: only the lanes that have ended still stand still.
void observe_barrier(Worker* w) {
    for (int warp = 0; warp * 32 < w->count; ++warp) w->still[warp] = __builtin_popcount(w->done[warp]);
    w->observer->barrier(w->observer->state, w->number);
}

void hand_over_all(Worker* w) {
    for (int warp = 0; warp * 32 < w->count; ++warp) hand_over(w, warp);
}

Hazard hazard_here(Worker* w, int problem, void* pc) {
    Hazard hazard = {};
    hazard.problem = problem;
    if (pc) hazard.pc = offset_of(w, pc);
    fill_thread(hazard.thread, threadIdx);
    fill_thread(hazard.block, blockIdx);
    return hazard;
}

void tell_hazard(Worker* w, const Hazard& hazard) {
    w->busy = 1;
    w->observer->hazard(w->observer->state, w->number, &hazard);
    w->busy = 0;
    if (__atomic_load_n(&w->launch->failed, __ATOMIC_ACQUIRE)) abandon();
}

void begin_recording(Worker* w) {
    w->observer = w->launch->observer;
    if (!w->observer || w->logs) return;
    w->logs = (Log*)calloc(MAX_THREADS, sizeof(Log));
    w->spare_logs = (Log*)calloc(MAX_THREADS, sizeof(Log));
}

void end_recording(Worker* w) {
    if (!w->logs) return;
    for (int i = 0; i < MAX_THREADS; ++i) free(w->logs[i].events);
    while (w->unused_logs) free(w->spare_logs[--w->unused_logs].events);
    free(w->logs);
    free(w->spare_logs);
    w->logs = w->spare_logs = nullptr;
}
