// Memory that grows, and memory that is only there where it is used.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "xray.h"

static void* or_end(void* memory) {
    if (memory && memory != MAP_FAILED) return memory;
    fputs("xray: there is no memory left.\n", stderr);
    abort();
}

void* grown(void* items, long long* capacity, int bytes) {
    *capacity = *capacity ? 2 * *capacity : 16;
    return or_end(realloc(items, *capacity * bytes));
}

void* untouched(u64 bytes) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    return or_end(mmap(nullptr, bytes + 1, PROT_READ | PROT_WRITE, flags, -1, 0));
}
