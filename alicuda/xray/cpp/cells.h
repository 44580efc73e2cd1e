// What the threads of a block did to a word, or to a byte, since they have met at a barrier last: a hash table that is
// found empty after each barrier, without anybody emptying it.
#pragma once
#include "observer.h"

typedef unsigned long long u64;

// One access: 24 bits who did it (pc), 10 which thread, 29 that thread's clock (races.cpp), 1 that there is one.
typedef u64 Access;
const int THREAD_BITS = 10, CLOCK_BITS = 29;
static inline Access make_access(unsigned pc, unsigned thread, u64 clock) {
    return pc | (u64)thread << PC_BITS | (clock & ((1u << CLOCK_BITS) - 1)) << (PC_BITS + THREAD_BITS) | 1ull << 63;
}
static inline unsigned pc_of_access(Access a) { return (unsigned)a & ((1u << PC_BITS) - 1); }
static inline unsigned thread_of(Access a) { return (unsigned)(a >> PC_BITS) & ((1u << THREAD_BITS) - 1); }
static inline u64 clock_of(Access a) { return a >> (PC_BITS + THREAD_BITS) & ((1u << CLOCK_BITS) - 1); }
static inline unsigned warp_of(Access a) { return thread_of(a) >> 5; }

struct __attribute__((aligned(64))) Cell {
    u64 name;                              // stretch << UNIT_BITS | unit
    Access kept[3][2];                     // of READ, WRITE and ATOMIC two each
    unsigned char settled;                 // only read, and by two warps: one more read tells nothing new
    unsigned char split;                   // its four bytes, each in a cell of its own, stand for this word
};

struct Cells {
    Cell* items;
    int log_capacity;
    u64 stretch, used;                     // of this stretch there are so many
};

// Stretches are counted over the whole launch: from a barrier, or the beginning of a block, to the next.
const int UNIT_BITS = 34, STRETCH_BITS = 64 - UNIT_BITS;

bool make_cells(Cells* cells);             // false where there is no room
void give_back(Cells* cells);
void forget(Cells* cells);                 // all of it
// The cell of a word or byte, which is empty if it is new in this stretch. It moves when another one is asked for.
Cell* enter(Cells* cells, u64 stretch, u64 unit);

static inline u64 index_of(const Cells& cells, u64 unit) {  // neighbours stay neighbours; those of a power of two part
    return (unit + (unit >> cells.log_capacity) * 0x9e3779b1) & ((1ull << cells.log_capacity) - 1);
}

static inline Cell* cell_of(Cells* cells, u64 stretch, u64 unit) {
    Cell* cell = cells->items + index_of(*cells, unit);
    return cell->name == (stretch << UNIT_BITS | unit) ? cell : enter(cells, stretch, unit);
}
