// The OS threads that run blocks, and the signals that must not end Python.
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "runtime.h"

static const int MAX_WORKERS = 256, INTERRUPT = SIGUSR2;
static const int SIGNALS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, INTERRUPT};
static const int SIGNAL_COUNT = sizeof(SIGNALS) / sizeof(SIGNALS[0]);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER, finished = PTHREAD_COND_INITIALIZER;
static pthread_t os_threads[MAX_WORKERS];
static Launch* given[MAX_WORKERS];  // what each worker shall run
static Worker* all_workers[MAX_WORKERS];
static int worker_count = 0;
static pid_t owner = 0;  // threads do not survive a fork
static struct sigaction before[SIGNAL_COUNT];

// ---- signals ----------------------------------------------------------------------------------------------------
static void* interrupted_at(void* context) {
#if defined(__linux__) && defined(__x86_64__)
    return (void*)((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP];
#elif defined(__linux__) && defined(__aarch64__)
    return (void*)((ucontext_t*)context)->uc_mcontext.pc;
#else
    (void)context;
    return nullptr;
#endif
}

static void on_signal(int number, siginfo_t* info, void* context) {
    Worker* w = worker;
    int which = 0;
    while (SIGNALS[which] != number) ++which;
    if (!w || !w->inside) {  // not ours: do as was done before us
        struct sigaction* old = &before[which];
        if (old->sa_flags & SA_SIGINFO) return old->sa_sigaction(number, info, context);
        if (old->sa_handler == SIG_IGN || number == INTERRUPT) return;
        if (old->sa_handler != SIG_DFL) return old->sa_handler(number);
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    if (Report* report = first_report(w->launch)) {
        fill_place(report);
        fill_pc(report, (char*)interrupted_at(context) + 1);  // + 1: as if it were a return address
        report->address = (unsigned long long)info->si_addr;
        report->problem = number == INTERRUPT ? INTERRUPTED : number == SIGFPE ? ARITHMETIC : SEGMENTATION;
        Stack* stack = w->threads[w->current].stack;
        char* address = (char*)info->si_addr;
        if (number == SIGSEGV && stack && address >= stack->base && address < stack->top) report->problem = STACK;
    }
    abandon();
}

static void take_signals() {
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (int i = 0; i < SIGNAL_COUNT; ++i) sigaction(SIGNALS[i], &action, &before[i]);
}

static void give_signals_back() {
    for (int i = 0; i < SIGNAL_COUNT; ++i) sigaction(SIGNALS[i], &before[i], nullptr);
}

// ---- one worker -------------------------------------------------------------------------------------------------
struct Wanted { unsigned long long address; Worker* w; };

static int find_segments(struct dl_phdr_info* info, size_t, void* data) {
    Wanted* wanted = (Wanted*)data;
    Worker* w = wanted->w;
    unsigned long long begin = ~0ull, end = 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr)& h = info->dlpi_phdr[i];
        if (h.p_type != PT_LOAD) continue;
        unsigned long long start = info->dlpi_addr + h.p_vaddr;
        if (start < begin) begin = start;
        if (start + h.p_memsz > end) end = start + h.p_memsz;
    }
    if (wanted->address < begin || wanted->address >= end) return 0;
    w->constants = begin, w->constants_end = end;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        if (info->dlpi_phdr[i].p_type != PT_TLS) continue;
        w->shared = (char*)info->dlpi_tls_data;
        w->shared_size = info->dlpi_phdr[i].p_memsz;
    }
    return 1;
}

static void run_launch(Worker* w, Launch* launch) {
    w->launch = launch;
    w->here = launch->where();  // allocates this thread's copy of the segment too
    Wanted wanted = {(unsigned long long)launch->entry, w};
    dl_iterate_phdr(find_segments, &wanted);
    w->written = launch->checked ? (unsigned char*)calloc(w->shared_size + 1, 1) : nullptr;
    w->order[0] = -1;
    if (sigsetjmp(w->escape, 1) == 0) {
        w->inside = 1;
        while (!__atomic_load_n(&launch->failed, __ATOMIC_ACQUIRE)) {
            long long i = __atomic_fetch_add(&launch->next_block, 1, __ATOMIC_RELAXED);
            if (i >= launch->blocks) break;
            run_block(w, i);
            __atomic_fetch_add(&launch->blocks_done, 1, __ATOMIC_RELAXED);
        }
    } else {  // a block was abandoned: its threads' stacks are free again
        for (int t = 0; t < w->count; ++t) {
            Thread& thread = w->threads[t];
            if (!thread.stack || thread.state == NEW || thread.state == DONE) continue;
            thread.stack->next = w->unused;
            w->unused = thread.stack;
        }
    }
    w->inside = 0;
    free(w->written);
    for (int t = 0; t < MAX_THREADS; ++t) w->threads[t].stack = nullptr;
}

static void* worker_main(void* number) {
    int me = (int)(long)number;
    worker = (Worker*)calloc(1, sizeof(Worker));
    stack_t alternative;  // a handler cannot run on a stack that is exhausted
    memset(&alternative, 0, sizeof(alternative));
    alternative.ss_size = 64 * 1024;
    alternative.ss_sp = malloc(alternative.ss_size);
    sigaltstack(&alternative, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigaddset(&none, SIGINT);  // Ctrl-C is Python's
    pthread_sigmask(SIG_BLOCK, &none, nullptr);
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
extern "C" int alicuda_launch_bytes() { return sizeof(Launch); }

extern "C" int alicuda_start(Launch* launch) {
    launch->blocks = (long long)launch->grid[0] * launch->grid[1] * launch->grid[2];
    int wanted = launch->workers < MAX_WORKERS ? launch->workers : MAX_WORKERS;
    if (wanted > launch->blocks) wanted = (int)launch->blocks;
    if (owner != getpid()) {
        owner = getpid();
        worker_count = 0;
        pthread_mutex_init(&lock, nullptr);
        pthread_cond_init(&work, nullptr);
        pthread_cond_init(&finished, nullptr);
        memset(given, 0, sizeof(given));
    }
    pthread_mutex_lock(&lock);
    int error = 0;
    while (worker_count < wanted) {
        error = pthread_create(&os_threads[worker_count], nullptr, worker_main, (void*)(long)worker_count);
        if (error) break;
        ++worker_count;
    }
    if (wanted > worker_count) wanted = worker_count;
    launch->running = wanted;
    if (wanted > 0) {
        take_signals();
        for (int i = 0; i < wanted; ++i) given[i] = launch;
        pthread_cond_broadcast(&work);
        error = 0;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

// Waits at most so long; 1 once all workers are done. Python looks for Ctrl-C between two calls.
extern "C" int alicuda_wait(Launch* launch, int milliseconds) {
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

// Grows as long as the kernels of a checked build do anything at all.
extern "C" unsigned long long alicuda_steps() {
    unsigned long long sum = 0;
    for (int i = 0; i < worker_count; ++i)
        if (all_workers[i]) sum += all_workers[i]->steps;
    return sum;
}

// Ends a launch that will not end by itself.
extern "C" void alicuda_interrupt(Launch* launch) {
    pthread_mutex_lock(&lock);
    for (int i = 0; i < worker_count; ++i)
        if (given[i] == launch && all_workers[i] && all_workers[i]->inside) pthread_kill(os_threads[i], INTERRUPT);
    pthread_mutex_unlock(&lock);
}
