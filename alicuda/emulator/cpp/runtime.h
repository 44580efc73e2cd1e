// The emulator's insides: one Worker an OS thread, which runs block after block; one Thread a CUDA thread of the block.
#pragma once
#include <setjmp.h>

#include "abi.h"

const int MAX_THREADS = 1024, MAX_WARPS = MAX_THREADS / 32;

enum State { NEW, READY, AT_BARRIER, IN_WARP, DONE };

struct Stack {
    char* base;   // the guard pages begin here
    char* top;
    Stack* next;  // of the unused ones
};

// Where a CUDA thread waits, and with what.
struct Wait {
    const char* file;
    int line, kind, lane, width;
    unsigned mask;
    unsigned long long value, result;
};

struct Thread {
    void* place;  // where its fiber goes on
    Stack* stack;
    State state;
    uint3 index;
    Wait wait;
};

struct Worker {
    Launch* launch;
    Here* here;
    void* place;            // of the worker itself, outside all fibers
    Thread threads[MAX_THREADS];
    int count;              // threads in a block
    int live;               // of them not done
    int current;            // the one that runs
    int at_barrier;         // waiting in a barrier
    int votes;              // of them with a true predicate
    unsigned in_warp[MAX_WARPS], done[MAX_WARPS];  // lanes of each warp, as masks
    int order[MAX_THREADS];     // position -> thread
    int position[MAX_THREADS];  // thread -> position
    unsigned long long runnable[MAX_THREADS / 64];  // by position: the scheduler takes the next one after the current
    Stack* unused;
    char* shared;           // this OS thread's copy of the library's thread-local segment, and its size
    long long shared_size;
    unsigned long long constants, constants_end;  // where the kernel's library lies
    unsigned char* written; // one byte a byte of it, checked build only
    volatile unsigned long long steps;
    void* bad_index;        // what the compiler told of an index beyond an array, and the index
    long long bad_index_value;
    sigjmp_buf escape;      // from a signal handler back to the worker
    volatile int inside;    // a launch is running: signals are ours
};

extern thread_local Worker* worker __attribute__((tls_model("initial-exec")));

void run_block(Worker* w, long long block);
Report* first_report(Launch* launch);                  // the report to fill, or null if another thread was first
[[noreturn]] void abandon();                           // leave the block that is running
void fill_place(Report* report);                       // which thread of which block
void fill_pc(Report* report, void* pc);                // pc relative to the library that it lies in
void note_access(void* address, int size, int is_write, int aligned, void* pc);
