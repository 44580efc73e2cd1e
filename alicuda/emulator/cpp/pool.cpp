// The OS threads that run blocks, and what Python calls.
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime.h"

static const int MAX_WORKERS = 256;
static const int SLICE_MS = 20;  // between two tries to stop a launch

thread_local Worker* worker __attribute__((tls_model("initial-exec"))) = nullptr;
__thread uint3 threadIdx, blockIdx;
__thread dim3 blockDim, gridDim;
extern "C" __thread unsigned long long alicuda_flops ALICUDA_PLACED;
__thread unsigned long long alicuda_flops;  // the kernel's, where it counts them: see counting.h

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER, finished = PTHREAD_COND_INITIALIZER;
static pthread_t os_threads[MAX_WORKERS];
static Launch* given[MAX_WORKERS];  // what each worker shall run
static Worker* all_workers[MAX_WORKERS];
static int worker_count = 0;
static pid_t owner = 0;  // threads do not survive a fork

// ---- one worker -------------------------------------------------------------------------------------------------
static void prepare_worker(Worker* w, Launch* launch) {
    w->launch = launch;
    w->shared = launch->segment() - launch->segment_offset;
    w->written = launch->checked ? (unsigned char*)calloc(launch->segment_bytes, 1) : nullptr;
    w->count = w->busy = 0;
    gridDim = dim3{launch->grid[0], launch->grid[1], launch->grid[2]};
    blockDim = dim3{launch->block[0], launch->block[1], launch->block[2]};
}

// The stacks of a block that was abandoned are free again.
static void free_stacks(Worker* w) {
    for (int p = 0; p < w->begun; ++p) {
        Thread& thread = w->threads[w->order[p]];
        if (thread.state != DONE) give_stack(w, thread.stack);
    }
    w->begun = 0;  // or a signal before the next block begins would give them back again
}

// Blocks one after the other, until none is left or the launch has failed: an observed one outlives an abandoned block.
static void run_blocks(Worker* w, Launch* launch) {
    while (!__atomic_load_n(&launch->failed, __ATOMIC_ACQUIRE)) {
        long long i = __atomic_fetch_add(&launch->next_block, 1, __ATOMIC_RELAXED);
        if (i >= launch->blocks) break;
        run_block(w, i);
        __atomic_fetch_add(&launch->blocks_done, 1, __ATOMIC_RELAXED);
    }
}

static void run_launch(Worker* w, Launch* launch) {
    prepare_worker(w, launch);
    begin_recording(w);
    alicuda_flops = 0;
    while (sigsetjmp(w->escape, 1)) {  // a block was abandoned
        w->inside = 0;
        free_stacks(w);
    }
    w->inside = 1;
    run_blocks(w, launch);
    w->inside = 0;
    end_recording(w);
    __atomic_fetch_add(&launch->flops, alicuda_flops, __ATOMIC_RELAXED);
    free(w->written);
}

static void* worker_main(void* number) {
    int me = (int)(long)number;
    worker = (Worker*)aligned_alloc(64, sizeof(Worker));
    memset(worker, 0, sizeof(Worker));
    worker->number = me;
    prepare_for_signals();
    pthread_mutex_lock(&lock);
    all_workers[me] = worker;
    for (;;) {
        while (!given[me]) pthread_cond_wait(&work, &lock);
        Launch* launch = given[me];
        pthread_mutex_unlock(&lock);
        run_launch(worker, launch);
        pthread_mutex_lock(&lock);
        given[me] = nullptr;
        if (--launch->running == 0) pthread_cond_broadcast(&finished);
    }
    return nullptr;
}

// ---- what Python calls ------------------------------------------------------------------------------------------
PUBLIC int alicuda_launch_bytes() { return sizeof(Launch); }

// The library and the thread-local segment in which segment() lies.
static int describe(struct dl_phdr_info* info, size_t, void* wanted) {
    Launch* launch = (Launch*)wanted;
    unsigned long long start = ~0ull, end = 0, data = 0, data_end = 0;
    unsigned long long inside = (unsigned long long)launch->segment;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr)& h = info->dlpi_phdr[i];
        if (h.p_type != PT_LOAD) continue;
        unsigned long long here = info->dlpi_addr + h.p_vaddr;
        if (here < start) start = here;
        if (here + h.p_memsz > end) end = here + h.p_memsz;
        if (h.p_flags & PF_W) data = here, data_end = here + h.p_memsz;
    }
    if (inside < start || inside >= end) return 0;
    launch->library = start, launch->library_end = end;
    launch->data = data, launch->data_end = data_end;
    launch->segment_offset = launch->segment() - (char*)info->dlpi_tls_data;
    for (int i = 0; i < info->dlpi_phnum; ++i)
        if (info->dlpi_phdr[i].p_type == PT_TLS) launch->segment_bytes = info->dlpi_phdr[i].p_memsz;
    return 1;
}

PUBLIC void alicuda_describe(Launch* launch) {
    launch->segment();  // allocates this thread's copy
    dl_iterate_phdr(describe, launch);
}

static void forget_parents_threads() {
    owner = getpid();
    worker_count = 0;
    pthread_mutex_init(&lock, nullptr);
    pthread_cond_init(&work, nullptr);
    pthread_cond_init(&finished, nullptr);
    memset(given, 0, sizeof(given));
}

// Waits at most so long; 1 once all workers are done. Python looks for Ctrl-C between two calls.
PUBLIC int alicuda_wait(Launch* launch, int milliseconds) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += milliseconds % 1000 * 1000000l;
    if (until.tv_nsec >= 1000000000l) until.tv_nsec -= 1000000000l, ++until.tv_sec;
    pthread_mutex_lock(&lock);
    while (launch->running && pthread_cond_timedwait(&finished, &lock, &until) != ETIMEDOUT) {}
    int done = launch->running == 0;
    pthread_mutex_unlock(&lock);
    if (done) give_signals_back();
    return done;
}

// Starts a launch and waits so long; as alicuda_wait, or -1 where no OS thread can be started.
PUBLIC int alicuda_start(Launch* launch, int milliseconds) {
    launch->blocks = (long long)launch->grid[0] * launch->grid[1] * launch->grid[2];
    if (launch->chosen) launch->blocks = launch->chosen_count;
    launch->next_block = launch->blocks_done = launch->printed_used = 0;
    launch->flops = 0;
    launch->failed = 0;
    memset(&launch->report, 0, sizeof(launch->report));
    int wanted = launch->workers < MAX_WORKERS ? launch->workers : MAX_WORKERS;
    if (wanted > launch->blocks) wanted = (int)launch->blocks;
    if (owner != getpid()) forget_parents_threads();
    pthread_mutex_lock(&lock);
    while (worker_count < wanted) {
        if (pthread_create(&os_threads[worker_count], nullptr, worker_main, (void*)(long)worker_count)) break;
        ++worker_count;
    }
    if (wanted > worker_count) wanted = worker_count;
    launch->running = wanted;
    if (wanted > 0) take_signals();
    for (int i = 0; i < wanted; ++i) given[i] = launch;
    pthread_cond_broadcast(&work);
    pthread_mutex_unlock(&lock);
    return wanted > 0 ? alicuda_wait(launch, milliseconds) : -1;
}

// Ends a launch that will not end by itself, and waits until it has.
PUBLIC void alicuda_stop(Launch* launch) {
    do {
        pthread_mutex_lock(&lock);
        for (int i = 0; i < worker_count; ++i)
            if (given[i] == launch && all_workers[i] && all_workers[i]->inside) pthread_kill(os_threads[i], INTERRUPT);
        pthread_mutex_unlock(&lock);
    } while (!alicuda_wait(launch, SLICE_MS));
}

// Grows as long as the kernels of a checked build do anything at all.
PUBLIC unsigned long long alicuda_steps() {
    unsigned long long sum = 0;
    for (int i = 0; i < worker_count; ++i)
        if (all_workers[i]) sum += all_workers[i]->steps;
    return sum;
}
