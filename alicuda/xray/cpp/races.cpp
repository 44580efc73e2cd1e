// Two threads of a block, one place, at least one of them writes, and nothing says who comes first.
//
// Barriers order a block's threads, so that only accesses of one stretch between barriers can race. __syncwarp orders the
// lanes that meet in it: each lane has a clock, and knows up to which time of the others' clocks it comes after them.
// Shuffles and votes order nothing.
#include <string.h>

#include "xray.h"

void begin_stretch(Counter* c) {
    if (++c->stretch < 1ull << STRETCH_BITS) return;
    for (int shared = 0; shared < 2; ++shared) forget(&c->words[shared]), forget(&c->bytes[shared]);
    c->stretch = 1;
}

void begin_races(Counter* c) {
    begin_stretch(c);
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

static bool comes_after(const Counter* c, Access before, Access now) {
    unsigned a = thread_of(before), b = thread_of(now);
    return a == b || (a >> 5 == b >> 5 && c->known[b >> 5][b & 31][a & 31] > clock_of(before));
}

void add_race(Counter* c, const Race& race) {
    int array = array_at(c, race.shared, race.place);
    for (long long i = 0; i < c->races.count; ++i) {
        Race& r = c->races.items[i];
        if (r.shared != race.shared || array_at(c, r.shared, r.place) != array) continue;
        bool same = r.pc == race.pc && r.kind == race.kind && r.other_pc == race.other_pc && r.other_kind == race.other_kind;
        bool swapped = r.pc == race.other_pc && r.kind == race.other_kind && r.other_pc == race.pc && r.other_kind == race.kind;
        if (!same && !swapped) continue;
        ++r.count;
        return;
    }
    *add(c->races) = race;
}

// What one lane does now.
struct Now {
    Access access;
    int kind, shared;
    u64 place;
    Access told[6];                        // whom it has raced with: a wide access meets another one in each word
    int told_count;
};

static void tell(Counter* c, Access before, int before_kind, Now* now) {
    for (int i = 0; i < now->told_count; ++i)
        if (now->told[i] == before) return;
    if (now->told_count < 6) now->told[now->told_count++] = before;
    unsigned block = (unsigned)c->block;
    add_race(c, Race{pc_of_access(now->access), pc_of_access(before), now->kind, before_kind, now->shared,
                     thread_of(now->access), thread_of(before), block, block, now->place, 1});
}

// Two accesses of a kind are enough if they are of different warps: whoever comes later is of another warp than one of them.
static void keep(const Counter* c, Access* two, Access now) {
    for (int i = 0; i < 2; ++i)
        if (!two[i] || comes_after(c, two[i], now)) {
            two[i] = now;
            return;
        }
    if (warp_of(two[0]) == warp_of(two[1])) two[1] = now;
}

static void look_at(Counter* c, Cell* cell, Now* now) {
    for (int other = READ; other <= ATOMIC; ++other) {
        if (other == now->kind && other != WRITE) continue;
        for (Access before : cell->kept[other - READ])
            if (before && !comes_after(c, before, now->access)) tell(c, before, other, now);
    }
    keep(c, cell->kept[now->kind - READ], now->access);
    const Access* reads = cell->kept[0];
    cell->settled = reads[1] && warp_of(reads[0]) != warp_of(reads[1]) && !cell->kept[WRITE - READ][0] &&
                    !cell->kept[ATOMIC - READ][0];
}

static void split(Counter* c, int shared, u64 word) {
    Cell* whole = cell_of(&c->words[shared], c->stretch, word);
    if (whole->split) return;
    whole->split = 1, whole->settled = 0;
    for (u64 byte = word * 4; byte < word * 4 + 4; ++byte)
        memcpy(cell_of(&c->bytes[shared], c->stretch, byte)->kept, whole->kept, sizeof(whole->kept));
}

// Bytes of one word: all four as one as long as nobody asks for some of them only.
static void look_at_word(Counter* c, u64 first, u64 last, Now* now) {
    now->place = first;
    u64 word = first >> 2;
    Cell* whole = cell_of(&c->words[now->shared], c->stretch, word);
    if (!whole->split && last - first == 3) {
        if (now->kind != READ || !whole->settled) look_at(c, whole, now);
        return;
    }
    split(c, now->shared, word);
    for (u64 byte = first; byte <= last; ++byte) look_at(c, cell_of(&c->bytes[now->shared], c->stretch, byte), now);
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

void look_for_races(Counter* c, Event e, int warp, unsigned mask, const u64* places) {
    int shared = is_shared(e), size = 1 << log_size_of(e), kind = kind_of(e);
    if (kind == READ) mask = without_repeats(mask, places);
    for (unsigned rest = mask; rest; rest &= rest - 1) {
        int lane = __builtin_ctz(rest), thread = warp * 32 + lane;
        u64 place = places[lane], end = place + size;
        if (!shared) {
            int array = array_at(c, 0, place);
            if (array >= 0 && c->xray->arrays.items[array].constant) continue;
            note_visit(c, kind, Visit{(unsigned)c->block + 1, pc_of(e), (unsigned)thread}, place, size);
        }
        Now now;
        now.access = make_access(pc_of(e), thread, c->clock[thread]);
        now.kind = kind, now.shared = shared, now.told_count = 0;
        for (u64 first = place, next; first < end; first = next) {
            next = (first | 3) + 1 < end ? (first | 3) + 1 : end;
            look_at_word(c, first, next - 1, &now);
        }
    }
}
