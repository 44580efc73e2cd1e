// Recording an observed launch: the quick path, an event of the current thread. See observer.h.
#pragma once
#include "runtime.h"

void grow(Worker* w, Log& log);  // room for another event of the current thread

static inline void record(Worker* w, Event event) {
    Log& log = w->logs[w->current];
    if (log.count == log.capacity) grow(w, log);
    log.events[log.count++] = event;
}

static inline unsigned long long offset_of(Worker* w, void* pc) {
    return (unsigned long long)pc - w->launch->library;
}

static inline void record_control(Worker* w, int control, void* pc, unsigned long long place) {
    record(w, make_event(offset_of(w, pc), CONTROL, control, 0, place & ((1ull << PLACE_BITS) - 1)));
}

// g++ calls the hook of a basic block once more after a function has told that it ends: no block of the caller's.
static inline void record_block(Worker* w, void* pc) {
    const Log& log = w->logs[w->current];
    if (log.count) {
        Event last = log.events[log.count - 1];
        if (control_of(last) == LEAVE && offset_of(w, pc) - pc_of(last) < 32) return;
    }
    record_control(w, BASIC_BLOCK, pc, 0);
}

// An access of a size that no instruction has (a struct's) is several, each of a power of two. One of unknown alignment
// is taken for one of 4-byte numbers, which a GPU moves one by one.
static inline void record_access(Worker* w, int kind, int shared, unsigned long long place, int size, Form form,
                                 void* pc) {
    const int largest = form == UNALIGNED ? 2 : 4;
    while (size > 0) {
        int log_size = size >= 1 << largest ? largest : 31 - __builtin_clz(size);
        record(w, make_event(offset_of(w, pc), kind, log_size, shared, place));
        place += 1u << log_size, size -= 1 << log_size;
    }
}
