// Memory that grows, and memory that is only there where it is used.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "xray.h"

void no_memory() {
    fputs("xray: there is no memory left.\n", stderr);
    abort();
}

void* grown(void* items, long long* capacity, int bytes) {
    *capacity = *capacity ? 2 * *capacity : 16;
    void* larger = realloc(items, *capacity * bytes);
    if (!larger) no_memory();
    return larger;
}

void* untouched(u64 bytes) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* memory = mmap(nullptr, bytes + 1, PROT_READ | PROT_WRITE, flags, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

void give_back(void* memory, u64 bytes) {
    if (memory) munmap(memory, bytes + 1);
}
