// The emulator's insides: one Worker an OS thread, which runs block after block; one Thread a CUDA thread of the block.
#pragma once
#include <setjmp.h>

#include "abi.h"
#include "observer.h"

#define PUBLIC extern "C" __attribute__((visibility("default")))

const int MAX_THREADS = 1024, MAX_WARPS = MAX_THREADS / 32;

enum State { READY, AT_BARRIER, IN_WARP, DONE };

struct Stack {
    char* base;   // the guard pages begin here
    char* top;
    Stack* next;  // of the unused ones
};

// Where a CUDA thread waits, and with what.
struct Wait {
    const char* file;
    int line, kind;
    unsigned long long result;
    int lane, width;  // from here on of warp functions only
    unsigned mask;
    unsigned long long value;
};

// What a barrier needs of it lies in one cache line.
struct __attribute__((aligned(64))) Thread {
    void* place;  // where its fiber goes on
    Stack* stack;
    State state;
    uint3 index;
    Wait wait;
};

struct Worker {
    Launch* launch;
    int number;
    void* place;            // of the worker itself, outside all fibers
    Thread threads[MAX_THREADS];
    int count;              // threads in a block
    int begun;              // the threads at positions from here on have not begun
    int live;               // threads not done
    int current;            // the one that runs
    int at_barrier;         // waiting in a barrier
    int first_at_barrier;   // the one that came first
    int votes;              // of them with a true predicate
    unsigned in_warp[MAX_WARPS], done[MAX_WARPS];  // lanes of each warp, as masks
    int order[MAX_THREADS];     // position -> thread
    int position[MAX_THREADS];  // thread -> position
    unsigned long long woken[MAX_THREADS / 64];  // by position: begun, and able to go on
    int woken_count;
    Stack* unused;
    char* shared;           // this OS thread's copy of the library's thread-local segment, which holds the shared arrays
    unsigned char* written; // one byte a byte of it, checked build only
    volatile unsigned long long steps;
    Observer* observer;     // or null; the rest is of an observed launch only
    Log* logs;              // of each thread
    Log* spare_logs;
    int unused_logs;
    int still[MAX_WARPS];   // how many lanes of each warp wait at a barrier or have ended
    void* bad_index;        // what the compiler told of an index beyond an array, and the index
    long long bad_index_value;
    sigjmp_buf escape;      // from anywhere back to the worker
    volatile int inside;    // a launch is running: signals are ours
    volatile int busy;      // in a function that must not be left halfway
};

extern thread_local Worker* worker __attribute__((tls_model("initial-exec")));

// block.cpp
void run_block(Worker* w, long long number);

// threads.cpp
void give_stack(Worker* w, Stack* stack);
void wake(Worker* w, int thread);
int next_to_run(Worker* w, int thread);           // the one after `thread` in the order, going round; -1: none can
void go_on(Worker* w, void** own, int next);      // switch to `next`; comes back when the caller goes on, if own is given
void sleep(Worker* w);                            // until someone wakes the current thread
[[noreturn]] void end_here(Worker* w);            // the current thread ends, wherever in its kernel it is

// barrier.cpp and warp.cpp
void release_barrier(Worker* w);
void finish_warp(Worker* w, int warp, unsigned who);  // these lanes came or went: some that wait may go on
[[noreturn]] void stuck(Worker* w);                   // nobody can go on
int same_place(const Wait& a, const Wait& b);

// report.cpp
Report* first_report(Worker* w);                  // the report to fill, or null if another thread was first
[[noreturn]] void abandon();                      // leave the block that is running
Report* begin_report(Worker* w, Problem problem);  // or abandon, if another thread was first
void fill_place(Report* report);                  // which thread of which block
void fill_thread(unsigned int* to, const uint3& from);
void fill_pc(Report* report, void* pc);           // pc, if it lies in the kernel's library, relative to that
[[noreturn]] void report_divergence(Worker* w, Problem problem, int thread, int other, const char* text);

// signals.cpp
void take_signals();
void give_signals_back();
void prepare_for_signals();                       // once an OS thread
extern const int INTERRUPT;                       // the signal that ends a launch

// hooks.cpp
// How an access comes about: of one number, aligned to its size; of a vector type of device.h; or of unknown alignment,
// as a copy of a struct.
enum Form { NUMBER, VECTOR, UNALIGNED };
void note_access(void* address, int size, int kind, Form form, void* pc);  // kind: see observer.h

// record.cpp: observed launches
void begin_recording(Worker* w);
void end_recording(Worker* w);
void begin_observed_block(Worker* w, long long block);
void stand_still(Worker* w, int thread);          // it waits at a barrier, or has ended
void observe_barrier(Worker* w);
void hand_over_all(Worker* w);                    // whatever each warp has done
Hazard hazard_here(Worker* w, int problem, void* pc);  // of the current thread
void tell_hazard(Worker* w, const Hazard& hazard);
