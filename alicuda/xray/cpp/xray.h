// xray's insides: one Counter an OS thread of the emulator, which replays warp after warp. What is counted is read by
// xray/native.py, field for field. No library but libc.
#pragma once
#include "cells.h"
#include "observer.h"

const int MAX_WORKERS = 256, MAX_THREADS = 1024, MAX_WARPS = 32;

// An array of the launch, a variable of the source or a shared array, by its place as events tell it.
struct Array {
    u64 start, bytes;
    int shared;
    int constant;  // nobody writes to it in this launch: no races to look for
};

// What Python tells.
struct Config {
    const Array* arrays;
    int array_count;
    int workers;                           // OS threads that may run blocks
    u64 arena, arena_bytes;                // the observer's
    u64 global_bytes, shared_bytes;        // above every place in global and in shared memory
    u64 library_bytes;                     // above every pc
    long long trace_block;                 // whose steps are kept, or -1
    int trace_warp;
    int trace_limit;
};

// All requests of one kind by one instruction to one array.
struct Site {
    unsigned pc;
    int array, kind, log_size, shared;
    int next;                              // of the same pc; -1: none
    u64 requests, lanes;
    u64 sectors, ideal_sectors;
    u64 ways, wavefronts, ideal_wavefronts;
    unsigned worst;                        // sectors, or ways, of the worst request; which follows
    unsigned worst_mask;
    long long worst_block;
    u64 worst_places[32];
};

struct Race {
    unsigned pc, other_pc;
    int kind, other_kind, shared;
    unsigned thread, other_thread, block, other_block;
    u64 place, count;
};

// A hazard that the emulator told, and how often at this place of the source.
struct Found {
    Hazard hazard;
    u64 count;
};

// What some lanes of the traced warp did together.
struct Step {
    unsigned pc, mask;
    int kind, log_size, shared;            // of a control event log_size says which
    int unused;
    u64 places[32];
};

// A list that grows. Its items are plain data.
template <typename T>
struct List {
    T* items;
    long long count, capacity;
};
void* grown(void* items, long long* capacity, int bytes);  // ends the process where there is no memory for it
template <typename T>
static inline T* add(List<T>& list) {
    if (list.count == list.capacity) list.items = (T*)grown(list.items, &list.capacity, sizeof(T));
    return list.items + list.count++;
}

// What a block did first to a word or byte, by number + 1; 0: none.
struct Visit {
    unsigned block, pc, thread;
};

struct __attribute__((aligned(16))) Visits {
    Visit kept[3][2];                      // of READ, WRITE and ATOMIC by the two lowest blocks, in order
    int lock;
};

struct Counter {
    struct Xray* xray;
    long long block;
    int threads;
    int depth[MAX_THREADS];                // of calls
    u64 barriers;                          // arrivals of threads
    u64 blocks, steps_left_out;            // together with barriers what Python reads as one row
    List<Site> sites;
    int* site_of_pc;                       // + 1
    int last_array;
    unsigned* loop_end;                    // of the loop that begins at a pc, while a warp is replayed that jumps back to it
    List<unsigned> loops;                  // where those begin
    unsigned char* touched;                // one bit a sector of global memory
    // races within the block; of global memory [0], of shared memory [1]
    u64 stretch;                           // barriers passed and blocks begun so far
    Cells words[2], bytes[2];
    u64 clock[MAX_THREADS], known[MAX_WARPS][32][32];
    List<Race> races;
    List<Found> found;
    List<Step> steps;
};

struct Xray {
    Observer observer;                     // first: a pointer to it is one to this
    Config config;
    List<Array> arrays;
    Visits* words;                         // of global memory, and of each of its bytes that was not visited as a whole word
    Visits* bytes;
    u64 touched_bytes;
    Counter* counters[MAX_WORKERS];
};

// replay.cpp
void replay(Counter* c, int warp, Log* logs, int lanes);

// requests.cpp: places of lanes by lane; those in the mask only
void count_request(Counter* c, Event event, unsigned mask, const u64* places);
int array_at(Counter* c, int shared, u64 place);

// races.cpp
void begin_races(Counter* c);              // of a block
void begin_stretch(Counter* c);            // at a barrier
void look_for_races(Counter* c, Event event, int warp, unsigned mask, const u64* places);
void warp_has_met(Counter* c, int warp, unsigned mask);  // __syncwarp
void add_race(Counter* c, const Race& race);

// between_blocks.cpp
void note_visit(Counter* c, int kind, Visit visit, u64 place, int size);
void tell_races_between_blocks(Xray* x);   // when all blocks have ended

// memory.cpp
void* untouched(u64 bytes);                // zeros that occupy no memory before they are written; null: no room
void give_back(void* memory, u64 bytes);
void no_memory();                          // ends the process
