// What the emulator and Python call.
#include <stdlib.h>
#include <string.h>

#include "xray.h"

#define PUBLIC extern "C" __attribute__((visibility("default")))

static Counter* counter(void* state, int worker) { return ((Xray*)state)->counters[worker]; }

// Of global memory, to the end of its last sector.
static u64 words_bytes(const Xray* x) { return (x->config.global_bytes / 4 + 16) * sizeof(Visits); }
static u64 bytes_bytes(const Xray* x) { return (x->config.global_bytes + 64) * sizeof(Visits); }

// What one worker counts in; false where there is no room.
static bool add_counter(Xray* x, int worker) {
    Counter* c = x->counters[worker] = (Counter*)calloc(1, sizeof(Counter));
    if (!c) return false;
    c->xray = x;
    c->site_of_pc = (int*)untouched(x->config.library_bytes * sizeof(int));
    c->loop_end = (unsigned*)untouched(x->config.library_bytes * sizeof(unsigned));
    c->touched = (unsigned char*)untouched(x->touched_bytes);
    bool room = c->site_of_pc && c->loop_end && c->touched;
    for (int shared = 0; shared < 2; ++shared)
        room = make_cells(&c->words[shared]) && make_cells(&c->bytes[shared]) && room;
    return room;
}

static void begin_block(void* state, int worker, long long block, int threads) {
    Counter* c = counter(state, worker);
    c->block = block, c->threads = threads;
    c->blocks += 1;
    memset(c->depth, 0, sizeof(c->depth));
    begin_races(c);
}

static void on_warp(void* state, int worker, int warp, Log* logs, int lanes) {
    replay(counter(state, worker), warp, logs, lanes);
}

static void on_barrier(void* state, int worker) {
    begin_stretch(counter(state, worker));
}

static void on_hazard(void* state, int worker, const Hazard* hazard) {
    Counter* c = counter(state, worker);
    for (long long i = 0; i < c->found.count; ++i) {
        Found& f = c->found.items[i];
        const Hazard& h = f.hazard;
        if (h.problem != hazard->problem || h.pc != hazard->pc || h.line != hazard->line) continue;
        if (h.other_line != hazard->other_line || h.kind != hazard->kind) continue;
        ++f.count;
        return;
    }
    *add(c->found) = Found{*hazard, 1};
}

PUBLIC void alicuda_xray_end(Xray* x) {
    for (int i = 0; i < MAX_WORKERS; ++i) {
        Counter* c = x->counters[i];
        if (!c) continue;
        give_back(c->site_of_pc, x->config.library_bytes * sizeof(int));
        give_back(c->loop_end, x->config.library_bytes * sizeof(unsigned));
        give_back(c->touched, x->touched_bytes);
        for (int shared = 0; shared < 2; ++shared) give_back(&c->words[shared]), give_back(&c->bytes[shared]);
        free(c->sites.items), free(c->loops.items), free(c->races.items), free(c->found.items), free(c->steps.items);
        free(c);
    }
    give_back(x->words, words_bytes(x));
    give_back(x->bytes, bytes_bytes(x));
    free(x->arrays.items);
    free(x);
}

// Null where there is no room. All of it is taken now: later, in the midst of a launch, nobody could be told.
PUBLIC Xray* alicuda_xray_begin(const Config* config) {
    Xray* x = (Xray*)calloc(1, sizeof(Xray));
    if (!x) return nullptr;
    x->config = *config;
    for (int i = 0; i < config->array_count; ++i) *add(x->arrays) = config->arrays[i];
    if (!config->array_count) *add(x->arrays) = Array{};  // so that there is one to compare with
    x->touched_bytes = config->global_bytes / 256 + 16;
    x->words = (Visits*)untouched(words_bytes(x));
    x->bytes = (Visits*)untouched(bytes_bytes(x));
    bool room = x->words && x->bytes;
    for (int i = 0; room && i < config->workers && i < MAX_WORKERS; ++i) room = add_counter(x, i);
    x->observer = Observer{x, config->arena, config->arena_bytes, begin_block, on_warp, on_barrier, on_hazard};
    if (room) return x;
    alicuda_xray_end(x);
    return nullptr;
}

// After the last block: what can only be told then.
PUBLIC void alicuda_xray_finish(Xray* x) { tell_races_between_blocks(x); }

enum Rows { SITES, RACES, FOUND, STEPS, TOUCHED, TOTALS };

// A worker's rows of one kind, and how many; -1 where there is no such worker.
PUBLIC long long alicuda_xray_rows(Xray* x, int worker, int which, void** rows) {
    Counter* c = x->counters[worker];
    if (!c) return -1;
    switch (which) {
        case SITES: *rows = c->sites.items; return c->sites.count;
        case RACES: *rows = c->races.items; return c->races.count;
        case FOUND: *rows = c->found.items; return c->found.count;
        case STEPS: *rows = c->steps.items; return c->steps.count;
        case TOUCHED: *rows = c->touched; return (long long)x->touched_bytes;
        default: *rows = &c->barriers; return 3;
    }
}

// So that both sides mean the same structures.
PUBLIC int alicuda_xray_bytes(int which) {
    const int bytes[] = {sizeof(Site), sizeof(Race), sizeof(Found), sizeof(Step), sizeof(Config), sizeof(Array)};
    return bytes[which];
}
