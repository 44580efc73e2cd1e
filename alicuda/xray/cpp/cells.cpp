// The table of cells: open addressing; a cell of an earlier stretch is free.
#include "cells.h"

#include <string.h>

#include "xray.h"

const int FIRST_LOG_CAPACITY = 12;

static u64 bytes_of(const Cells& cells) { return sizeof(Cell) << cells.log_capacity; }

bool make_cells(Cells* cells) {
    *cells = Cells{nullptr, FIRST_LOG_CAPACITY, 0, 0};
    cells->items = (Cell*)untouched(bytes_of(*cells));
    return cells->items;
}

void give_back(Cells* cells) { give_back(cells->items, bytes_of(*cells)); }

void forget(Cells* cells) { memset(cells->items, 0, bytes_of(*cells)); }

static Cell* find(Cells* cells, u64 stretch, u64 unit) {
    u64 name = stretch << UNIT_BITS | unit, last = (1ull << cells->log_capacity) - 1;
    for (u64 i = index_of(*cells, unit);; i = (i + 1) & last) {
        Cell* cell = cells->items + i;
        if (cell->name == name || cell->name >> UNIT_BITS != stretch) return cell;
    }
}

static void make_room(Cells* cells) {
    Cells larger = *cells;
    ++larger.log_capacity;
    larger.items = (Cell*)untouched(bytes_of(larger));
    if (!larger.items) no_memory();
    for (u64 i = 0; i < 1ull << cells->log_capacity; ++i) {
        const Cell& cell = cells->items[i];
        if (cell.name >> UNIT_BITS == cells->stretch)
            *find(&larger, cells->stretch, cell.name & ((1ull << UNIT_BITS) - 1)) = cell;
    }
    give_back(cells);
    *cells = larger;
}

Cell* enter(Cells* cells, u64 stretch, u64 unit) {
    if (cells->stretch != stretch) cells->stretch = stretch, cells->used = 0;
    Cell* cell = find(cells, stretch, unit);
    u64 name = stretch << UNIT_BITS | unit;
    if (cell->name == name) return cell;
    if (2 * ++cells->used > 1ull << cells->log_capacity) {
        make_room(cells);
        cell = find(cells, stretch, unit);
    }
    memset(cell, 0, sizeof(Cell));
    cell->name = name;
    return cell;
}
