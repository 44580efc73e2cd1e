// The checked build's hooks: the compiler calls one before each access of the kernel (-fsanitize=thread) and one in
// each basic block (-fsanitize-coverage=trace-pc). Only the instrumentation is used; ThreadSanitizer is not linked.
#include <string.h>

#include "runtime.h"

static void report_access(Worker* w, Problem problem, void* address, int size, int is_write, void* pc) {
    if (Report* report = first_report(w)) {
        report->problem = problem;
        report->address = (unsigned long long)address;
        report->size = size;
        report->is_write = is_write;
        report->shared_base = (unsigned long long)w->shared;
        fill_place(report);
        fill_pc(report, pc);
    }
    abandon();
}

static void count_step(Worker* w, void* pc) {
    if (++w->steps > w->launch->step_limit) report_access(w, ENDLESS, nullptr, 0, 0, pc);
}

// What is marked as written there; a read of something that is not is a problem. Bytes that are no longer poison have
// been written, if not by an instrumented access: g++ shows none where `s[i] = f()` stores a struct of the kernel's own.
static void follow(Worker* w, unsigned char* written, void* address, int size, int is_write, void* pc) {
    if (!written) return;
    if (is_write) {
        memset(written, 1, size);
        return;
    }
    for (int i = 0; i < size; ++i)
        if (!written[i] && ((unsigned char*)address)[i] == 0xFF) report_access(w, UNWRITTEN, address, size, 0, pc);
}

// What -fsanitize=bounds tells: where, and the types of the array and of the index. Only the beginning is used.
struct BadIndex {
    const char* file;
    unsigned int line, column;
    struct { unsigned short kind, info; char name[1]; }* array;
};

// An index beyond the declared size of an array. Where it leads out of shared memory the access that follows tells more;
// in an array of the thread's own nothing else notices, and clang shows no access at all. So it is kept until then.
PUBLIC void alicuda_handle_out_of_bounds(void* data, void* index) {
    if (!worker || !worker->inside) return;
    worker->bad_index = data;
    worker->bad_index_value = (long long)index;
}

static void tell_bad_index(Worker* w) {
    if (!w->bad_index) return;
    const BadIndex* bad = (const BadIndex*)w->bad_index;
    if (Report* report = first_report(w)) {
        report->problem = BAD_INDEX;
        report->file = bad->file;
        report->line = (int)bad->line;
        report->text = bad->array->name;
        report->address = (unsigned long long)w->bad_index_value;
        fill_place(report);
    }
    abandon();
}

// threadIdx and its kin.
static int is_position(unsigned long long a) {
    return a - (unsigned long long)&threadIdx < sizeof(threadIdx) || a - (unsigned long long)&blockIdx < sizeof(blockIdx) ||
           a - (unsigned long long)&blockDim < sizeof(blockDim) || a - (unsigned long long)&gridDim < sizeof(gridDim);
}

void note_access(void* address, int size, int is_write, int aligned, void* pc) {
    Worker* w = worker;
    if (!w || !w->inside) return;
    Launch* launch = w->launch;
    unsigned long long a = (unsigned long long)address;
    count_step(w, pc);
    Stack* stack = w->threads[w->current].stack;
    if (stack && a >= (unsigned long long)stack->base && a < (unsigned long long)stack + 64) {
        tell_bad_index(w);
        return;
    }
    if (aligned && size > 1 && a % size) report_access(w, MISALIGNED, address, size, is_write, pc);
    for (int i = 0; i < launch->range_count; ++i) {
        const Range& r = launch->ranges[i];
        if (a < r.start || a + size > r.start + r.bytes) continue;
        tell_bad_index(w);
        follow(w, r.written ? r.written + (a - r.start) : nullptr, address, size, is_write, pc);
        return;
    }
    if (!is_write && is_position(a)) return;
    unsigned long long segment = (unsigned long long)w->shared;
    if (a >= segment && a < segment + launch->segment_bytes) {
        for (int i = 0; i < launch->shared_count; ++i) {
            const Range& r = launch->shared[i];
            if (a - segment < r.start || a - segment + size > r.start + r.bytes) continue;
            tell_bad_index(w);
            follow(w, w->written + (a - segment), address, size, is_write, pc);
            return;
        }
    } else if (a >= launch->data && a + size <= launch->data_end) {
        return;
    } else if (!is_write && a >= launch->library && a + size <= launch->library_end) {
        return;
    }
    report_access(w, OUT_OF_BOUNDS, address, size, is_write, pc);
}

PUBLIC void alicuda_copy(void* to, const void* from, int size, void* caller) {
    note_access((void*)from, size, 0, 1, caller);
    note_access(to, size, 1, 1, caller);
    memcpy(to, from, size);
}

#define PC __builtin_return_address(0)
#define HOOKS(size)                                                                          \
    void __tsan_read##size(void* a) { note_access(a, size, 0, 1, PC); }                      \
    void __tsan_write##size(void* a) { note_access(a, size, 1, 1, PC); }                     \
    void __tsan_unaligned_read##size(void* a) { note_access(a, size, 0, 0, PC); }            \
    void __tsan_unaligned_write##size(void* a) { note_access(a, size, 1, 0, PC); }           \
    void __tsan_volatile_read##size(void* a) { note_access(a, size, 0, 1, PC); }             \
    void __tsan_volatile_write##size(void* a) { note_access(a, size, 1, 1, PC); }            \
    void __tsan_read_write##size(void* a) {                                                  \
        note_access(a, size, 0, 1, PC);                                                      \
        note_access(a, size, 1, 1, PC);                                                      \
    }

#pragma GCC visibility push(default)
extern "C" {
HOOKS(1) HOOKS(2) HOOKS(4) HOOKS(8) HOOKS(16)

void __tsan_read_range(void* a, unsigned long size) { note_access(a, (int)size, 0, 0, PC); }
void __tsan_write_range(void* a, unsigned long size) { note_access(a, (int)size, 1, 0, PC); }
void __tsan_vptr_read(void*) {}
void __tsan_vptr_update(void*, void*) {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {
    if (worker && worker->inside) tell_bad_index(worker);
}
void __tsan_init() {}
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

void* __tsan_memcpy(void* to, const void* from, unsigned long size) {
    note_access((void*)from, (int)size, 0, 0, PC);
    note_access(to, (int)size, 1, 0, PC);
    return memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, unsigned long size) {
    note_access((void*)from, (int)size, 0, 0, PC);
    note_access(to, (int)size, 1, 0, PC);
    return memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, unsigned long size) {
    note_access(to, (int)size, 1, 0, PC);
    return memset(to, value, size);
}

void __sanitizer_cov_trace_pc() {
    Worker* w = worker;
    if (w && w->inside) count_step(w, PC);
}
}
#pragma GCC visibility pop
