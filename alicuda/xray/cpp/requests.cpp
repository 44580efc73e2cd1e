// What one request costs: 32-byte sectors of global memory, turns of the banks of shared memory.
#include <string.h>

#include "xray.h"

const int SECTOR_BITS = 5, BANKS = 32, BANK_BITS = 2;

static void sort(u64* values, int count) {  // few, and often nearly in order
    for (int i = 1; i < count; ++i) {
        u64 value = values[i];
        int j = i;
        for (; j > 0 && values[j - 1] > value; --j) values[j] = values[j - 1];
        values[j] = value;
    }
}

static int distinct(u64* values, int count) {
    sort(values, count);
    int different = count > 0;
    for (int i = 1; i < count; ++i) different += values[i] != values[i - 1];
    return different;
}

// The distinct sectors that these accesses touch; marks them.
static unsigned count_sectors(const u64* places, int count, int size, unsigned char* touched) {
    u64 sectors[64];
    int n = 0;
    bool rising = true;
    for (int i = 0; i < count; ++i) {
        u64 first = places[i] >> SECTOR_BITS, last = (places[i] + size - 1) >> SECTOR_BITS;
        for (u64 s = first; s <= last; ++s) {
            if (n && s == sectors[n - 1]) continue;
            if (n && s < sectors[n - 1]) rising = false;
            sectors[n++] = s;
            touched[s >> 3] |= 1 << (s & 7);
        }
    }
    return rising ? n : distinct(sectors, n);
}

static unsigned count_bytes(const u64* places, int count, int size) {
    u64 sorted[32];
    bool rising = true;
    for (int i = 0; i < count; ++i) {
        sorted[i] = places[i];
        if (i && places[i] < places[i - 1]) rising = false;
    }
    if (!rising) sort(sorted, count);
    u64 end = 0;
    unsigned bytes = 0;
    for (int i = 0; i < count; ++i) {
        u64 from = sorted[i] > end ? sorted[i] : end, to = sorted[i] + size;
        if (to > from) bytes += to - from, end = to;
    }
    return bytes;
}

// How often the banks must be asked for these words: as often as one of them has to give different ones.
static unsigned count_ways(u64* words, int count) {
    u64 held[BANKS];
    unsigned seen = 0;
    bool conflict = false;
    for (int i = 0; i < count; ++i) {
        int bank = words[i] & (BANKS - 1);
        if (!(seen >> bank & 1)) seen |= 1u << bank, held[bank] = words[i];
        else if (held[bank] != words[i]) conflict = true;
    }
    if (!conflict) return count > 0;
    unsigned ways[BANKS] = {}, most = 0;
    sort(words, count);
    for (int i = 0; i < count; ++i) {
        if (i && words[i] == words[i - 1]) continue;
        unsigned now = ++ways[words[i] & (BANKS - 1)];
        if (now > most) most = now;
    }
    return most;
}

int array_at(Counter* c, int shared, u64 place) {
    const List<Array>& arrays = c->xray->arrays;
    const Array& last = arrays.items[c->last_array];
    if (arrays.count && last.shared == shared && place - last.start < last.bytes) return c->last_array;
    for (int i = 0; i < arrays.count; ++i) {
        const Array& a = arrays.items[i];
        if (a.shared == shared && place - a.start < a.bytes) return c->last_array = i;
    }
    return -1;
}

static Site* site_of(Counter* c, Event e, int array) {
    unsigned pc = pc_of(e);
    int kind = kind_of(e), log_size = log_size_of(e);
    for (int i = c->site_of_pc[pc] - 1; i >= 0; i = c->sites.items[i].next) {
        Site& s = c->sites.items[i];
        if (s.array == array && s.kind == kind && s.log_size == log_size && s.shared == is_shared(e)) return &s;
    }
    Site* s = add(c->sites);
    memset(s, 0, sizeof(Site));
    s->pc = pc, s->array = array, s->kind = kind, s->log_size = log_size, s->shared = is_shared(e);
    s->next = c->site_of_pc[pc] - 1;
    c->site_of_pc[pc] = (int)c->sites.count;
    return s;
}

// Wide accesses are served in parts: 8 bytes by half a warp, 16 by a quarter.
static unsigned count_shared(Site* s, unsigned mask, const u64* places, int size) {
    int lanes = size <= 4 ? 32 : 128 / size;
    unsigned most = 0;
    for (int first = 0; first < 32; first += lanes) {
        u64 words[64];
        int n = 0;
        unsigned part = lanes == 32 ? mask : mask >> first & ((1u << lanes) - 1);
        for (unsigned rest = part; rest; rest &= rest - 1) {
            u64 place = places[first + __builtin_ctz(rest)];
            for (u64 w = place >> BANK_BITS; w <= (place + size - 1) >> BANK_BITS && n < 64; ++w) words[n++] = w;
        }
        if (!n) continue;
        unsigned ways = count_ways(words, n);
        s->wavefronts += ways;
        s->ideal_wavefronts += 1;
        if (ways > most) most = ways;
    }
    s->ways += most;
    return most;
}

static void count_part(Counter* c, Event e, int array, unsigned mask, const u64* places) {
    Site* s = site_of(c, e, array);
    int size = 1 << log_size_of(e), n = 0;
    u64 active[32];
    for (unsigned rest = mask; rest; rest &= rest - 1) active[n++] = places[__builtin_ctz(rest)];
    unsigned cost;
    s->requests += 1, s->lanes += n;
    if (s->shared) {
        cost = count_shared(s, mask, places, size);
    } else {
        cost = count_sectors(active, n, size, c->touched);
        s->sectors += cost, s->ideal_sectors += (count_bytes(active, n, size) + 31) / 32;
    }
    if (cost <= s->worst) return;
    s->worst = cost, s->worst_mask = mask, s->worst_block = c->block;
    memcpy(s->worst_places, places, sizeof(s->worst_places));
}

void count_request(Counter* c, Event e, unsigned mask, const u64* places) {
    // nearly always all lanes are in one array; where a pointer's differ, each array's part counts by itself
    for (unsigned rest = mask; rest;) {
        int array = array_at(c, is_shared(e), places[__builtin_ctz(rest)]);
        unsigned here = 0;
        if (array < 0) {
            here = rest;
        } else {
            const Array& a = c->xray->arrays.items[array];
            for (unsigned r = rest; r; r &= r - 1)
                if (places[__builtin_ctz(r)] - a.start < a.bytes) here |= r & -r;
        }
        count_part(c, e, array, here, places);
        rest &= ~here;
    }
}
