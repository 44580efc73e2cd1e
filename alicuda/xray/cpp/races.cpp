// Two threads, one place, at least one of them writes, and nothing says who comes first.
//
// Barriers order a block's threads: `epoch` counts those that it has passed. __syncwarp orders the lanes that meet in
// it: each lane has a clock, and knows up to which time of the others' clocks it comes after them. Shuffles and votes
// order nothing. Blocks are in no order at all. Of each word of memory its last write and two of the reads since are kept.
#include <string.h>

#include "xray.h"

const int THREAD_BITS = 10, CLOCK_BITS = 26;  // of `when`: thread, then clock, then epoch, then whether it is atomic
const int ATOMIC_SHIFT = 63, EPOCH_BITS = 63 - THREAD_BITS - CLOCK_BITS;

static unsigned thread_of(const Access& a) { return a.when & (MAX_THREADS - 1); }
static u64 clock_of(const Access& a) { return a.when >> THREAD_BITS & ((1u << CLOCK_BITS) - 1); }
static u64 epoch_of(const Access& a) { return a.when >> (THREAD_BITS + CLOCK_BITS) & ((1u << EPOCH_BITS) - 1); }
static int is_atomic(const Access& a) { return a.when >> ATOMIC_SHIFT; }

void begin_races(Counter* c) {
    c->epoch = 0;
    memset(c->clock, 0, c->threads * sizeof(u64));
    memset(c->known, 0, (c->threads + 31) / 32 * sizeof(c->known[0]));
}

void warp_has_met(Counter* c, int warp, unsigned mask) {
    u64* clock = c->clock + warp * 32;
    u64 joined[32] = {};
    for (unsigned rest = mask; rest; rest &= rest - 1)
        for (int lane = 0; lane < 32; ++lane) {
            u64 knows = c->known[warp][__builtin_ctz(rest)][lane];
            if (knows > joined[lane]) joined[lane] = knows;
        }
    for (unsigned rest = mask; rest; rest &= rest - 1) joined[__builtin_ctz(rest)] = ++clock[__builtin_ctz(rest)];
    for (unsigned rest = mask; rest; rest &= rest - 1) memcpy(c->known[warp][__builtin_ctz(rest)], joined, sizeof(joined));
}

static bool is_unordered(Counter* c, const Access& before, const Access& now) {
    if (before.block != now.block) return true;
    if (epoch_of(before) != epoch_of(now)) return false;
    unsigned a = thread_of(before), b = thread_of(now);
    return a >> 5 != b >> 5 || c->known[b >> 5][b & 31][a & 31] <= clock_of(before);
}

static bool is_race(Counter* c, const Access& before, const Access& now) {
    if (!before.block || (is_atomic(before) && is_atomic(now))) return false;
    if (!((before.pc_bytes & now.pc_bytes) >> PC_BITS)) return false;
    if (before.block == now.block && thread_of(before) == thread_of(now)) return false;
    return is_unordered(c, before, now);
}

static void tell(Counter* c, const Access& before, int before_kind, const Access& now, int kind, int shared, u64 place) {
    unsigned pc = now.pc_bytes & ((1u << PC_BITS) - 1), other_pc = before.pc_bytes & ((1u << PC_BITS) - 1);
    int array = array_at(c, shared, place);
    for (long long i = 0; i < c->races.count; ++i) {
        Race& r = c->races.items[i];
        if (r.shared != shared || array_at(c, shared, r.place) != array) continue;
        if ((r.pc != pc || r.other_pc != other_pc) && (r.pc != other_pc || r.other_pc != pc)) continue;
        ++r.count;
        return;
    }
    *add(c->races) = Race{pc, other_pc, kind, before_kind, shared, thread_of(now), thread_of(before), now.block - 1,
                          before.block - 1, place, 1};
}

// Room for another read: a new one takes the place of one that it comes after; else of the later one, unless that is
// another block's and the first is not.
static void keep_read(Counter* c, Cell& cell, const Access& now) {
    Access* r = cell.reads;
    for (int i = 0; i < 2; ++i) {
        bool mine = r[i].block == now.block && thread_of(r[i]) == thread_of(now);
        if (r[i].block && !mine && is_unordered(c, r[i], now)) continue;
        r[i] = now;
        return;
    }
    if (r[0].block != now.block || r[1].block == now.block) r[1] = now;
}

static void look_at(Counter* c, Cell& cell, const Access& now, int kind, int shared, u64 place) {
    if (is_race(c, cell.write, now)) tell(c, cell.write, is_atomic(cell.write) ? ATOMIC : WRITE, now, kind, shared, place);
    if (kind == READ) {
        keep_read(c, cell, now);
        return;
    }
    for (int i = 0; i < 2; ++i)
        if (is_race(c, cell.reads[i], now)) tell(c, cell.reads[i], READ, now, kind, shared, place);
    cell.write = now;
    cell.reads[0].block = cell.reads[1].block = 0;
}

// A read in the middle of lanes that all read the same place tells nothing that the first and the last do not.
static unsigned without_repeats(unsigned mask, const u64* places) {
    unsigned kept = mask;
    int before = -1, here = -1;
    for (unsigned rest = mask; rest; rest &= rest - 1) {
        int next = __builtin_ctz(rest);
        if (before >= 0 && places[before] == places[here] && places[here] == places[next]) kept &= ~(1u << here);
        before = here, here = next;
    }
    return kept;
}

// Whether a read of shared memory comes after a barrier that the last write came before: by far the most do.
static bool is_plain_read(const Cell& cell, const Access& now) {
    return cell.write.block != now.block || epoch_of(cell.write) != epoch_of(now);
}

static void look_at_shared(Counter* c, Event e, const Access& now, u64 word, u64 place) {
    Cell& cell = c->shared_cells[word];
    if (cell.reads[0].block != now.block) cell.reads[0].block = 0;  // this memory was another block's
    if (cell.reads[1].block != now.block) cell.reads[1].block = 0;
    if (kind_of(e) == READ && is_plain_read(cell, now)) {
        keep_read(c, cell, now);
        return;
    }
    if (cell.write.block != now.block) cell.write.block = 0;
    look_at(c, cell, now, kind_of(e), 1, place);
}

static void look_at_global(Counter* c, Event e, const Access& now, u64 word, u64 place) {
    Cell& cell = c->xray->global_cells[word];
    while (__atomic_exchange_n(&cell.lock, 1, __ATOMIC_ACQUIRE)) {}
    look_at(c, cell, now, kind_of(e), 0, place);
    __atomic_store_n(&cell.lock, 0, __ATOMIC_RELEASE);
}

void look_for_races(Counter* c, Event e, int warp, unsigned mask, const u64* places) {
    int shared = is_shared(e), size = 1 << log_size_of(e);
    if (kind_of(e) == READ) mask = without_repeats(mask, places);
    for (unsigned rest = mask; rest; rest &= rest - 1) {
        int lane = __builtin_ctz(rest), thread = warp * 32 + lane;
        u64 place = places[lane], end = place + size;
        if (!shared) {
            int array = array_at(c, 0, place);
            if (array >= 0 && c->xray->arrays.items[array].constant) continue;
        }
        Access now;
        now.block = (unsigned)c->block + 1;
        now.when = (u64)thread | (c->clock[thread] & ((1u << CLOCK_BITS) - 1)) << THREAD_BITS |
                   (c->epoch & ((1u << EPOCH_BITS) - 1)) << (THREAD_BITS + CLOCK_BITS) |
                   (u64)(kind_of(e) == ATOMIC) << ATOMIC_SHIFT;
        for (u64 word = place >> 2; word <= (end - 1) >> 2; ++word) {
            u64 first = word * 4 > place ? word * 4 : place, last = word * 4 + 4 < end ? word * 4 + 4 : end;
            unsigned bytes = ((1u << (last - first)) - 1) << (first & 3);
            now.pc_bytes = pc_of(e) | bytes << PC_BITS;
            (shared ? look_at_shared : look_at_global)(c, e, now, word, first);
        }
    }
}
