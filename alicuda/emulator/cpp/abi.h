// What the runtime, a compiled kernel and Python (emulator/abi.py) agree on. Plain C layout; no library but libc.
#pragma once

struct uint3 { unsigned int x, y, z; };
struct dim3 {
    unsigned int x, y, z;
    constexpr dim3(unsigned int x = 1, unsigned int y = 1, unsigned int z = 1) : x(x), y(y), z(z) {}
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
    constexpr operator uint3() const { return uint3{x, y, z}; }
};

// Where the CUDA thread that runs stands: variables of the runtime, one set an OS thread, which a debugger can read. The
// runtime writes them at each switch of CUDA threads. A kernel may not, which its builds without optimisation enforce; in
// the fast one `const` made g++ keep more addresses alive than there are registers (a matrix product: 3.5 for 5.1 GFLOP/s).
#if defined(__OPTIMIZE__)
#define ALICUDA_POSITION
#else
#define ALICUDA_POSITION const
#endif
#define ALICUDA_PLACED __attribute__((visibility("default"), tls_model("initial-exec")))
extern ALICUDA_POSITION __thread uint3 threadIdx ALICUDA_PLACED, blockIdx ALICUDA_PLACED;
extern ALICUDA_POSITION __thread dim3 blockDim ALICUDA_PLACED, gridDim ALICUDA_PLACED;

enum Problem {
    NONE, OUT_OF_BOUNDS, MISALIGNED, UNWRITTEN, DIVERGENT_BARRIER, DIVERGENT_WARP, BAD_LANE, ASSERTION, ENDLESS,
    STACK, SEGMENTATION, ARITHMETIC, INTERRUPTED, OUT_OF_MEMORY, BAD_INDEX, ILLEGAL
};

// The first thing that went wrong in a launch.
struct Report {
    int problem;
    int line, other_line;        // of the statement, and of the other barrier or warp function
    int size, is_write;          // of a memory access
    const char* file;
    const char* other_file;
    const char* text;            // the assertion, or the name of the warp function
    unsigned long long address;  // what was accessed
    unsigned long long pc;       // who accessed it, relative to the library of the kernel
    unsigned long long shared_base;  // where that OS thread's copy of the thread-local segment begins
    unsigned int thread[3], other_thread[3], block[3];
    unsigned int mask;
};

// A range that a checked kernel may touch; `written` has one byte a byte, or is null where all of it has been written.
struct Range {
    unsigned long long start, bytes;
    unsigned char* written;
};

struct Launch {
    void (*entry)(char* args);    // runs the kernel once, for the thread that threadIdx names
    char* (*segment)();           // somewhere in this OS thread's copy of the library's thread-local segment
    char* (*dynamic_shared)();    // this OS thread's buffer behind `extern __shared__`, or null
    char* args;                   // 8 bytes each
    unsigned int grid[3], block[3];
    long long shared_bytes, dynamic_bytes;  // of dynamic shared memory: asked for, and there
    int workers;                  // OS threads
    int order;                    // of threads and blocks: 0 forward, 1 reverse, 2 random
    unsigned long long seed;
    int checked;
    unsigned long long step_limit;  // basic blocks and accesses that one block may take, checked build only
    const long long* chosen;      // the blocks to run, or null: all of them
    long long chosen_count;
    struct Observer* observer;    // or null, checked build only
    Range* ranges;                // arrays, checked build only
    int range_count;
    Range* shared;                // shared arrays; `start` counts from the library's thread-local segment
    int shared_count;
    char* printed;                // what the kernel printed
    long long printed_size, printed_used;
    // filled by alicuda_describe
    unsigned long long library, library_end;   // where the library lies: its constants
    unsigned long long data, data_end;         // and its variables
    long long segment_bytes, segment_offset;   // of the thread-local segment: its size, and where segment() points in it
    // filled by the runtime
    long long blocks, next_block, blocks_done;
    int running;                  // workers that have not finished yet
    int failed;
    Report report;
    unsigned long long flops;     // counting build only
};
