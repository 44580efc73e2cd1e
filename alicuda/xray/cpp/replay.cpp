// Runs a warp's lanes again, side by side, from what each of them did, after a model of how hardware reconverges: of the
// lanes that can go on, those in the deepest call and then at the lowest address go together; what they access together
// is one request.
#include "xray.h"

// Instructions are compared by who, what and how large; lanes that meet in a warp function by its mask as well, and those
// that enter a function by who calls it.
static u64 identity(Event e) {
    const u64 low = (1ull << PLACE_SHIFT) - 1;
    int control = control_of(e);
    return control == WARP_FUNCTION || control == WARP_BARRIER || control == ENTER ? e : e & low;
}

// Where it stands in the order: by address first. Who enters a function stands where it is called, wherever in the binary
// that function lies; who jumps back to the beginning of a loop, behind the last that does, so that `continue` waits for
// the other lanes of its round.
static u64 order_of(const Counter* c, Event e) {
    int control = control_of(e);
    u64 place = pc_of(e);
    if (control == BASIC_BLOCK && place_of(e)) return (u64)c->loop_end[place] << 6 | 63;
    if (control == ENTER) place = place_of(e);
    return place << 6 | (e >> KIND_SHIFT & 63);
}

// Marks each jump back in a lane's log, and notes where the loops that the warp goes round end: at the last place that
// jumps back to their beginning.
static void find_loops(Counter* c, Log* log, int depth) {
    const int DEEPEST = 64;
    unsigned last[DEEPEST] = {};  // pc, of each call
    for (Event *e = log->events, *end = e + log->count; e < end; ++e) {
        int control = control_of(*e);
        if (control == ENTER) {
            if (depth >= 0 && depth < DEEPEST) last[depth] = (unsigned)place_of(*e);
            if (++depth >= 0 && depth < DEEPEST) last[depth] = 0;
        } else if (control == LEAVE) {
            --depth;
            continue;
        }
        if (depth < 0 || depth >= DEEPEST) continue;
        unsigned pc = pc_of(*e), before = last[depth];
        last[depth] = pc;
        if (control != BASIC_BLOCK || pc >= before) continue;
        if (!c->loop_end[pc]) *add(c->loops) = pc;
        if (c->loop_end[pc] < before) c->loop_end[pc] = before;
        *e = make_event(pc, CONTROL, BASIC_BLOCK, 0, 1);
    }
}

static void forget_loops(Counter* c) {
    while (c->loops.count) c->loop_end[c->loops.items[--c->loops.count]] = 0;
}

struct Lanes {
    const Event* next[32];
    const Event* end[32];
    int* depth;
    unsigned live;  // they have something left
};

// A warp function waits for all lanes that its mask names and that come to it at all.
static bool is_complete(const Lanes& l, Event e) {
    unsigned mask = (unsigned)place_of(e) & l.live;
    for (unsigned rest = mask; rest; rest &= rest - 1)
        if (identity(*l.next[__builtin_ctz(rest)]) != identity(e)) return false;
    return true;
}

static unsigned choose(const Counter* c, const Lanes& l) {
    for (int patient = 1; patient >= 0; --patient) {
        int best = -1;
        for (unsigned rest = l.live; rest; rest &= rest - 1) {
            int lane = __builtin_ctz(rest);
            Event e = *l.next[lane];
            int control = control_of(e);
            if (patient && (control == WARP_FUNCTION || control == WARP_BARRIER) && !is_complete(l, e)) continue;
            if (best < 0 || l.depth[lane] > l.depth[best] ||
                (l.depth[lane] == l.depth[best] && order_of(c, e) < order_of(c, *l.next[best])))
                best = lane;
        }
        if (best < 0) continue;  // all wait for one another, which the emulator has refused already
        unsigned group = 0;
        for (unsigned rest = l.live; rest; rest &= rest - 1) {
            int lane = __builtin_ctz(rest);
            if (l.depth[lane] == l.depth[best] && identity(*l.next[lane]) == identity(*l.next[best])) group |= 1u << lane;
        }
        return group;
    }
    return l.live & -l.live;
}

// Whether all live lanes, which came here together, do the same next.
static bool is_together(const Lanes& l) {
    u64 first = identity(*l.next[__builtin_ctz(l.live)]);
    u64 other = 0;
    for (unsigned rest = l.live; rest; rest &= rest - 1) other |= identity(*l.next[__builtin_ctz(rest)]) ^ first;
    return other == 0;
}

static void keep_step(Counter* c, Event e, unsigned mask, const u64* places) {
    if (c->steps.count >= c->xray->config.trace_limit) {
        ++c->steps_left_out;
        return;
    }
    Step* step = add(c->steps);
    *step = Step{pc_of(e), mask, kind_of(e), log_size_of(e), is_shared(e), 0, {}};
    for (unsigned rest = mask; rest; rest &= rest - 1) step->places[__builtin_ctz(rest)] = places[__builtin_ctz(rest)];
}

static void step(Counter* c, int warp, const Lanes& l, unsigned group) {
    Event e = *l.next[__builtin_ctz(group)];
    u64 places[32];
    for (unsigned rest = group; rest; rest &= rest - 1) {
        int lane = __builtin_ctz(rest);
        places[lane] = place_of(*l.next[lane]);
    }
    int control = control_of(e);
    if (control < 0) {
        count_request(c, e, group, places);
        look_for_races(c, e, warp, group, places);
    } else if (control == WARP_BARRIER) {
        warp_has_met(c, warp, group);
    } else if (control == BARRIER) {
        c->barriers += __builtin_popcount(group);
    }
    const Config& config = c->xray->config;
    if (config.trace_block == c->block && config.trace_warp == warp && control != LEAVE) keep_step(c, e, group, places);
}

void replay(Counter* c, int warp, Log* logs, int lanes) {
    Lanes l;
    l.live = 0;
    l.depth = c->depth + warp * 32;
    for (int lane = 0; lane < lanes; ++lane) {
        l.next[lane] = logs[lane].events;
        l.end[lane] = logs[lane].events + logs[lane].count;
        if (logs[lane].count) l.live |= 1u << lane;
        find_loops(c, logs + lane, l.depth[lane]);
    }
    unsigned group = 0;
    while (l.live) {
        if (group != l.live || !is_together(l)) group = choose(c, l);
        step(c, warp, l, group);
        int control = control_of(*l.next[__builtin_ctz(group)]);
        int deeper = control == ENTER ? 1 : control == LEAVE ? -1 : 0;
        unsigned ended = 0;
        for (unsigned rest = group; rest; rest &= rest - 1) {
            int lane = __builtin_ctz(rest);
            l.depth[lane] += deeper;
            if (++l.next[lane] == l.end[lane]) ended |= 1u << lane;
        }
        l.live &= ~ended;
        group &= ~ended;
    }
    forget_loops(c);
}
