// What went wrong: the first report of a launch is kept, and the block that made it is left.
#include "runtime.h"

Report* first_report(Worker* w) {
    w->busy = 1;  // until the next launch: whoever sees `failed` may send a signal before the report is filled
    return __atomic_exchange_n(&w->launch->failed, 1, __ATOMIC_ACQ_REL) ? nullptr : &w->launch->report;
}

void abandon() {
    siglongjmp(worker->escape, 1);
}

void fill_thread(unsigned int* to, const uint3& from) {
    to[0] = from.x, to[1] = from.y, to[2] = from.z;
}

void fill_place(Report* report) {
    fill_thread(report->thread, threadIdx);
    fill_thread(report->block, blockIdx);
}

void fill_pc(Report* report, void* pc) {
    const Launch* launch = worker->launch;
    unsigned long long at = (unsigned long long)pc;
    if (at >= launch->library && at < launch->library_end) report->pc = at - launch->library;
}

Report* begin_report(Worker* w, Problem problem) {
    Report* report = first_report(w);
    if (!report) abandon();
    report->problem = problem;
    fill_place(report);
    return report;
}

// Threads that wait at different barriers: the block cannot go on, but an observed launch can.
static void observe_divergence(Worker* w, int thread, int other) {
    Hazard hazard = hazard_here(w, DIVERGENT_BARRIER, nullptr);
    const Wait &a = w->threads[thread].wait, &b = w->threads[other].wait;
    fill_thread(hazard.thread, w->threads[thread].index);
    fill_thread(hazard.other_thread, w->threads[other].index);
    hazard.file = a.file, hazard.line = a.line;
    hazard.other_file = b.file, hazard.other_line = b.line;
    hand_over_all(w);
    tell_hazard(w, hazard);
    abandon();
}

void report_divergence(Worker* w, Problem problem, int thread, int other, const char* text) {
    if (w->observer && problem == DIVERGENT_BARRIER) observe_divergence(w, thread, other);
    Report* report = begin_report(w, problem);
    const Wait &a = w->threads[thread].wait, &b = w->threads[other].wait;
    fill_thread(report->thread, w->threads[thread].index);
    fill_thread(report->other_thread, w->threads[other].index);
    report->file = a.file, report->line = a.line;
    report->other_file = b.file, report->other_line = b.line;
    report->mask = a.mask;
    report->text = text;
    abandon();
}
