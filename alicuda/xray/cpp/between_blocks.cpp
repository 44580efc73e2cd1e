// Nothing orders two blocks, so that races between them are told when all have ended: wherever one wrote and another one
// came. What is kept of each word, or byte, does not depend on which worker ran which block when, and nor does what is told.
#include <string.h>

#include "xray.h"

static bool is_known(const Visit* two, unsigned block) {
    unsigned lowest = __atomic_load_n(&two[0].block, __ATOMIC_RELAXED);
    unsigned second = __atomic_load_n(&two[1].block, __ATOMIC_RELAXED);
    return lowest == block || second == block || (second && second < block);
}

static void put(Visit* to, const Visit& visit) {
    to->pc = visit.pc, to->thread = visit.thread;
    __atomic_store_n(&to->block, visit.block, __ATOMIC_RELAXED);
}

// Of each kind the two lowest blocks stay, and of each of these what it did first.
static void keep(Visit* two, const Visit& visit) {
    if (is_known(two, visit.block)) return;
    bool is_lowest = !two[0].block || visit.block < two[0].block;
    if (is_lowest) put(two + 1, two[0]);
    put(two + !is_lowest, visit);
}

static void note(Visits* visits, int kind, const Visit& visit) {
    Visit* two = visits->kept[kind - READ];
    if (is_known(two, visit.block)) return;
    while (__atomic_exchange_n(&visits->lock, 1, __ATOMIC_ACQUIRE)) {}
    keep(two, visit);
    __atomic_store_n(&visits->lock, 0, __ATOMIC_RELEASE);
}

void note_visit(Counter* c, int kind, Visit visit, u64 place, int size) {
    for (u64 end = place + size; place < end;) {
        if (place % 4 || end - place < 4) note(c->xray->bytes + place, kind, visit), ++place;
        else note(c->xray->words + place / 4, kind, visit), place += 4;
    }
}

struct Pair {
    Visit one, other;
    int kind, other_kind;
};

// The pairs of one word that have been told: its four bytes mostly tell the same.
struct Told {
    Pair pairs[64];
    int count;
};

static void tell(Counter* c, const Pair& pair, u64 place, Told* told) {
    for (int i = 0; i < told->count; ++i)
        if (!memcmp(told->pairs + i, &pair, sizeof(Pair))) return;
    if (told->count < 64) told->pairs[told->count++] = pair;
    add_race(c, Race{pair.other.pc, pair.one.pc, pair.other_kind, pair.kind, 0, pair.other.thread, pair.one.thread,
                     pair.other.block - 1, pair.one.block - 1, place, 1});
}

static void judge(Counter* c, const Visits& visits, u64 place, Told* told) {
    for (int kind = READ; kind <= ATOMIC; ++kind)
        for (int other = kind; other <= ATOMIC; ++other) {
            if (kind == other && kind != WRITE) continue;
            for (int i = 0; i < 2; ++i)
                for (int j = kind == other ? i + 1 : 0; j < 2; ++j) {
                    const Visit &a = visits.kept[kind - READ][i], &b = visits.kept[other - READ][j];
                    if (a.block && b.block && a.block != b.block) tell(c, Pair{a, b, kind, other}, place, told);
                }
        }
}

static void judge_word(Counter* c, u64 word) {
    const Visits &whole = c->xray->words[word], *bytes = c->xray->bytes + 4 * word;
    static const Visits none = {};
    Told told;
    told.count = 0;
    bool in_bytes = false;
    for (int i = 0; i < 4; ++i) in_bytes |= memcmp(bytes[i].kept, none.kept, sizeof(none.kept)) != 0;
    if (!in_bytes) {
        judge(c, whole, 4 * word, &told);
        return;
    }
    for (int i = 0; i < 4; ++i) {
        Visits both = bytes[i];
        for (int kind = 0; kind < 3; ++kind)
            for (const Visit& visit : whole.kept[kind])
                if (visit.block) keep(both.kept[kind], visit);
        judge(c, both, 4 * word + i, &told);
    }
}

void tell_races_between_blocks(Xray* x) {
    Counter* c = x->counters[0];
    for (u64 eight = 0; eight < x->touched_bytes; ++eight) {
        unsigned touched = 0;
        for (int i = 0; i < MAX_WORKERS && x->counters[i]; ++i) touched |= x->counters[i]->touched[eight];
        for (; touched; touched &= touched - 1) {
            u64 first = (eight * 8 + __builtin_ctz(touched)) * 8;
            for (u64 word = first; word < first + 8; ++word) judge_word(c, word);
        }
    }
}
