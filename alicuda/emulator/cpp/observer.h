// Who watches a launch of the checked build: functions of another library. The runtime keeps what each thread of a block
// does, and hands over a warp's 32 logs whenever all of its lanes stand still: at a barrier, or because they have ended.
#pragma once

// An event is 64 bits: 24 who did it (a return address, counted from the start of the kernel's library), 2 what it was,
// 3 the binary logarithm of its bytes, 1 whether in shared memory, 34 where: for global memory counted from the start of
// the launch's arrays, for shared memory from the start of the thread-local segment. Of control events the 3 bits say
// which, and the rest is the mask of a warp function, or who called the function that is entered.
enum EventKind { CONTROL, READ, WRITE, ATOMIC };
enum Control { BASIC_BLOCK, ENTER, LEAVE, WARP_FUNCTION, WARP_BARRIER, BARRIER };

typedef unsigned long long Event;
const int PC_BITS = 24, KIND_SHIFT = 24, SIZE_SHIFT = 26, SHARED_SHIFT = 29, PLACE_SHIFT = 30, PLACE_BITS = 34;

static inline Event make_event(unsigned long long pc, int kind, int log_size, int shared, unsigned long long place) {
    return (pc & ((1u << PC_BITS) - 1)) | (Event)kind << KIND_SHIFT | (Event)log_size << SIZE_SHIFT |
           (Event)shared << SHARED_SHIFT | place << PLACE_SHIFT;
}
static inline unsigned pc_of(Event e) { return (unsigned)e & ((1u << PC_BITS) - 1); }
static inline int kind_of(Event e) { return e >> KIND_SHIFT & 3; }
static inline int log_size_of(Event e) { return e >> SIZE_SHIFT & 7; }
static inline int is_shared(Event e) { return e >> SHARED_SHIFT & 1; }
static inline unsigned long long place_of(Event e) { return e >> PLACE_SHIFT; }
static inline int control_of(Event e) { return kind_of(e) == CONTROL ? log_size_of(e) : -1; }

// What one lane did since its warp was handed over last.
struct Log {
    Event* events;
    long long count, capacity;
};

// Something that a kernel may not do, after which an observed launch goes on.
struct Hazard {
    int problem, kind, size, shared;
    unsigned long long pc, place;  // as in an event; no pc: the file and the line
    const char* file;
    const char* other_file;
    const char* text;
    int line, other_line;
    unsigned int thread[3], other_thread[3], block[3];
};

struct Observer {
    void* state;
    unsigned long long arena, arena_bytes;  // the launch's arrays; variables of the library count as lying behind them
    // A worker begins a block, and hands over one warp; the logs, which the observer may write to, are its own again when
    // the function returns.
    void (*begin_block)(void* state, int worker, long long block, int threads);
    void (*warp)(void* state, int worker, int warp, Log* logs, int lanes);
    // All live threads of the block have met.
    void (*barrier)(void* state, int worker);
    void (*hazard)(void* state, int worker, const Hazard* hazard);
};
