// Warp functions: the lanes that a mask names meet, exchange values or vote, and go on.
#include "record.h"

enum { SHFL, SHFL_UP, SHFL_DOWN, SHFL_XOR, BALLOT, ANY, ALL, SYNCWARP };

static const char* warp_name(int kind) {
    static const char* names[] = {"__shfl_sync", "__shfl_up_sync", "__shfl_down_sync", "__shfl_xor_sync",
                                  "__ballot_sync", "__any_sync", "__all_sync", "__syncwarp"};
    return names[kind];
}

[[noreturn]] static void bad_lane(Worker* w, int thread, int lane, const char* text) {
    Report* report = begin_report(w, BAD_LANE);
    const Wait& wait = w->threads[thread].wait;
    fill_thread(report->thread, w->threads[thread].index);
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
    for (unsigned rest = group; rest; rest &= rest - 1) wake(w, warp * 32 + __builtin_ctz(rest));
}

// Try every group that waits for one of these lanes.
void finish_warp(Worker* w, int warp, unsigned who) {
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

PUBLIC unsigned long long alicuda_warp(int kind, unsigned mask, unsigned long long value, int lane, int width,
                                       const char* file, int line, void* caller) {
    Worker* w = worker;
    int me = w->current, warp = me >> 5;
    Thread& t = w->threads[me];
    if (w->observer)
        record_control(w, kind == SYNCWARP ? WARP_BARRIER : WARP_FUNCTION, caller ? caller : __builtin_return_address(0),
                       mask);
    t.wait = Wait{file, line, kind, 0, lane, width, mask, value};
    if (!(mask >> (me & 31) & 1)) bad_lane(w, me, me & 31, "is the caller and is not named in its own mask");
    if (width < 1 || width > 32 || (width & (width - 1))) bad_lane(w, me, width, "as a width is no power of two up to 32");
    t.state = IN_WARP;
    w->in_warp[warp] |= 1u << (me & 31);
    finish_group(w, warp, me & 31);
    if (t.state == IN_WARP) {
        sleep(w);
    } else {
        go_on(w, &t.place, first_in_order(w, warp * 32, mask));
    }
    return t.wait.result;
}

// Some lane waits in a warp function for a lane that waits elsewhere.
void stuck(Worker* w) {
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
