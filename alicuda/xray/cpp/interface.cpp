// What the emulator and Python call.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "xray.h"

#define PUBLIC extern "C" __attribute__((visibility("default")))

static Counter* counter(void* state, int worker) {
    Xray* x = (Xray*)state;
    Counter*& c = x->counters[worker];
    if (c) return c;
    c = (Counter*)calloc(1, sizeof(Counter));
    c->xray = x;
    c->site_of_pc = (int*)untouched(x->config.library_bytes * sizeof(int));
    c->touched = (unsigned char*)untouched(x->touched_bytes);
    c->shared_cells = (Cell*)untouched((x->config.shared_bytes / 4 + 4) * sizeof(Cell));
    return c;
}

static void begin_block(void* state, int worker, long long block, int threads) {
    Counter* c = counter(state, worker);
    c->block = block, c->threads = threads;
    c->blocks += 1;
    memset(c->depth, 0, sizeof(c->depth));
    begin_races(c);
}

static void on_warp(void* state, int worker, int warp, const Log* logs, int lanes) {
    replay(counter(state, worker), warp, logs, lanes);
}

static void on_barrier(void* state, int worker) {
    ++counter(state, worker)->epoch;
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

PUBLIC Xray* alicuda_xray_begin(const Config* config) {
    Xray* x = (Xray*)calloc(1, sizeof(Xray));
    if (!x) return nullptr;
    x->config = *config;
    for (int i = 0; i < config->array_count; ++i) *add(x->arrays) = config->arrays[i];
    if (!config->array_count) *add(x->arrays) = Array{};  // so that there is one to compare with
    x->touched_bytes = config->global_bytes / 256 + 16;
    x->global_cells = (Cell*)untouched((config->global_bytes / 4 + 4) * sizeof(Cell));
    x->observer = Observer{x, config->arena, config->arena_bytes, begin_block, on_warp, on_barrier, on_hazard};
    return x;
}

PUBLIC void alicuda_xray_end(Xray* x) {
    for (int i = 0; i < MAX_WORKERS; ++i) {
        Counter* c = x->counters[i];
        if (!c) continue;
        munmap(c->site_of_pc, x->config.library_bytes * sizeof(int) + 1);
        munmap(c->touched, x->touched_bytes + 1);
        munmap(c->shared_cells, (x->config.shared_bytes / 4 + 4) * sizeof(Cell) + 1);
        free(c->sites.items), free(c->races.items), free(c->found.items), free(c->steps.items);
        free(c);
    }
    munmap(x->global_cells, (x->config.global_bytes / 4 + 4) * sizeof(Cell) + 1);
    free(x->arrays.items);
    free(x);
}

enum Rows { SITES, RACES, FOUND, STEPS, TOUCHED, TOTALS };

// A worker's rows of one kind, and how many; -1 where it ran no block.
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
