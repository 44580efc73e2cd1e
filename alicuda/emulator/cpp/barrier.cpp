// __syncthreads and its voting forms: all live threads of the block meet, at the same line.
#include <string.h>

#include "record.h"

int same_place(const Wait& a, const Wait& b) {
    return a.line == b.line && (a.file == b.file || !strcmp(a.file, b.file));
}

void release_barrier(Worker* w) {
    if (w->observer) observe_barrier(w);
    for (int t = 0; t < w->count; ++t) {
        if (w->threads[t].state != AT_BARRIER) continue;
        Wait& wait = w->threads[t].wait;
        wait.result = wait.kind == 0 ? w->votes : wait.kind == 1 ? w->votes == w->at_barrier : w->votes > 0;
        wake(w, t);
    }
    w->at_barrier = w->votes = 0;
}

static unsigned long long barrier(int kind, int predicate, const char* file, int line, void* pc) {
    Worker* w = worker;
    int me = w->current;
    if (w->observer) record_control(w, BARRIER, pc, 0);
    Thread& t = w->threads[me];
    t.wait.file = file, t.wait.line = line, t.wait.kind = kind;
    t.state = AT_BARRIER;
    if (!w->at_barrier) w->first_at_barrier = me;
    else if (!same_place(t.wait, w->threads[w->first_at_barrier].wait))
        report_divergence(w, DIVERGENT_BARRIER, me, w->first_at_barrier, "");
    ++w->at_barrier;
    w->votes += predicate;
    if (w->observer) stand_still(w, me);
    if (w->at_barrier < w->live) {
        sleep(w);
    } else {
        release_barrier(w);
        // The threads go on in the launch's order, not from the last that came.
        go_on(w, &t.place, next_to_run(w, w->order[w->count - 1]));
    }
    return t.wait.result;
}

PUBLIC void alicuda_barrier(const char* file, int line) {
    barrier(0, 0, file, line, __builtin_return_address(0));
}

PUBLIC int alicuda_barrier_vote(int kind, int predicate, const char* file, int line) {
    return (int)barrier(kind, predicate, file, line, __builtin_return_address(0));
}
