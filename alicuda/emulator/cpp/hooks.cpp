// The checked build's hooks: the compiler calls one before each access of the kernel (-fsanitize=thread) and one in
// each basic block (-fsanitize-coverage=trace-pc). Only the instrumentation is used; ThreadSanitizer is not linked.
#include <string.h>

#include "record.h"

// So many bytes before and behind shared memory, and behind the library's variables, an address is told as one of theirs:
// it has missed one of them.
const int BESIDE = 1 << 16;

// Where an address lies, as an event tells it.
static unsigned long long place_of_address(Worker* w, int shared, void* address) {
    unsigned long long a = (unsigned long long)address;
    if (shared) return a - (unsigned long long)w->shared;
    const Launch* launch = w->launch;
    if (a >= launch->data && a < launch->data_end + BESIDE) return w->observer->arena_bytes + (a - launch->data);
    return a - w->observer->arena;
}

static void observe_access(Worker* w, Problem problem, int shared, void* address, int size, int kind, void* pc) {
    Hazard hazard = hazard_here(w, problem, pc);
    hazard.kind = kind, hazard.size = size, hazard.shared = shared;
    hazard.place = place_of_address(w, shared, address);
    tell_hazard(w, hazard);
}

static void report_access(Worker* w, Problem problem, void* address, int size, int kind, void* pc) {
    if (Report* report = first_report(w)) {
        report->problem = problem;
        report->address = (unsigned long long)address;
        report->size = size;
        report->is_write = kind == WRITE;
        report->shared_base = (unsigned long long)w->shared;
        fill_place(report);
        fill_pc(report, pc);
    }
    abandon();
}

static void count_step(Worker* w, void* pc) {
    if (++w->steps > w->launch->step_limit) report_access(w, ENDLESS, nullptr, 0, READ, pc);
}

// Whether nobody has written one of these bytes. One that is no longer poison has been written, if not by an instrumented
// access: g++ shows none where `s[i] = f()` stores a struct of the kernel's own. What is larger than 4 bytes may be such a
// struct, whose padding nobody writes: less than its alignment, which divides its size.
static int is_unwritten(const unsigned char* written, const unsigned char* bytes, int size, Form form) {
    int piece = size <= 4 || form == VECTOR ? 1 : size % 8 == 0 ? 8 : size & -size, unwritten = 0;
    for (int i = 0; i < size; ++i) {
        if (i % piece == 0) unwritten = 0;
        unwritten += !written[i] && bytes[i] == 0xFF;
        if (unwritten == piece) return 1;
    }
    return 0;
}

// What is marked as written there; a read of something that is not is a problem.
static void follow(Worker* w, unsigned char* written, int shared, void* address, int size, int kind, Form form, void* pc) {
    if (kind != WRITE && is_unwritten(written, (const unsigned char*)address, size, form)) {
        if (!w->observer) report_access(w, UNWRITTEN, address, size, kind, pc);
        observe_access(w, UNWRITTEN, shared, address, size, kind, pc);
    }
    if (kind != READ) memset(written, 1, size);
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
    if (w->observer) {
        Hazard hazard = hazard_here(w, BAD_INDEX, nullptr);
        hazard.file = bad->file, hazard.line = (int)bad->line, hazard.text = bad->array->name;
        hazard.place = (unsigned long long)w->bad_index_value;
        w->bad_index = nullptr;
        tell_hazard(w, hazard);
        end_here(w);
    }
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

// An access to an array that the kernel may touch.
static void allow(Worker* w, unsigned char* written, int shared, void* address, int size, int kind, Form form,
                  void* pc) {
    if (w->bad_index && w->observer && shared) {  // a wrong index that leads to another place of the array
        w->bad_index = nullptr;
        observe_access(w, OUT_OF_BOUNDS, shared, address, size, kind, pc);
    }
    tell_bad_index(w);
    if (w->observer) record_access(w, kind, shared, place_of_address(w, shared, address), size, form, pc);
    if (written) follow(w, written, shared, address, size, kind, form, pc);
}

// threadIdx and its kin.
static int is_position(unsigned long long a) {
    return a - (unsigned long long)&threadIdx < sizeof(threadIdx) || a - (unsigned long long)&blockIdx < sizeof(blockIdx) ||
           a - (unsigned long long)&blockDim < sizeof(blockDim) || a - (unsigned long long)&gridDim < sizeof(gridDim);
}

void note_access(void* address, int size, int kind, Form form, void* pc) {
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
    if (form != UNALIGNED && size > 1 && a % size) report_access(w, MISALIGNED, address, size, kind, pc);
    for (int i = 0; i < launch->range_count; ++i) {
        const Range& r = launch->ranges[i];
        if (a < r.start || a + size > r.start + r.bytes) continue;
        allow(w, r.written ? r.written + (a - r.start) : nullptr, 0, address, size, kind, form, pc);
        return;
    }
    if (kind == READ && is_position(a)) return;
    unsigned long long segment = (unsigned long long)w->shared;
    int shared = a >= segment && a < segment + launch->segment_bytes;
    if (shared) {
        for (int i = 0; i < launch->shared_count; ++i) {
            const Range& r = launch->shared[i];
            if (a - segment < r.start || a - segment + size > r.start + r.bytes) continue;
            allow(w, w->written + (a - segment), 1, address, size, kind, form, pc);
            return;
        }
    } else if (a >= launch->data && a + size <= launch->data_end) {
        if (w->observer) record_access(w, kind, 0, place_of_address(w, 0, address), size, form, pc);
        return;
    } else if (kind == READ && a >= launch->library && a + size <= launch->library_end) {
        return;
    }
    if (!w->observer) report_access(w, OUT_OF_BOUNDS, address, size, kind, pc);
    w->bad_index = nullptr;
    shared |= a + BESIDE >= segment && a < segment + launch->segment_bytes + BESIDE;
    observe_access(w, OUT_OF_BOUNDS, shared, address, size, kind, pc);
    end_here(w);
}

PUBLIC void alicuda_copy(void* to, const void* from, int size, void* caller) {
    note_access((void*)from, size, READ, VECTOR, caller);
    note_access(to, size, WRITE, VECTOR, caller);
    memcpy(to, from, size);
}

#define PC __builtin_return_address(0)
#define HOOKS(size)                                                                          \
    void __tsan_read##size(void* a) { note_access(a, size, READ, NUMBER, PC); }                      \
    void __tsan_write##size(void* a) { note_access(a, size, WRITE, NUMBER, PC); }                     \
    void __tsan_unaligned_read##size(void* a) { note_access(a, size, READ, UNALIGNED, PC); }            \
    void __tsan_unaligned_write##size(void* a) { note_access(a, size, WRITE, UNALIGNED, PC); }           \
    void __tsan_volatile_read##size(void* a) { note_access(a, size, READ, NUMBER, PC); }             \
    void __tsan_volatile_write##size(void* a) { note_access(a, size, WRITE, NUMBER, PC); }            \
    void __tsan_read_write##size(void* a) {                                                  \
        note_access(a, size, READ, NUMBER, PC);                                                      \
        note_access(a, size, WRITE, NUMBER, PC);                                                      \
    }

#pragma GCC visibility push(default)
extern "C" {
HOOKS(1) HOOKS(2) HOOKS(4) HOOKS(8) HOOKS(16)

void __tsan_read_range(void* a, unsigned long size) { note_access(a, (int)size, READ, UNALIGNED, PC); }
void __tsan_write_range(void* a, unsigned long size) { note_access(a, (int)size, WRITE, UNALIGNED, PC); }
void __tsan_vptr_read(void*) {}
void __tsan_vptr_update(void*, void*) {}
void __tsan_func_entry(void* caller) {
    Worker* w = worker;
    if (w && w->inside && w->observer) record_control(w, ENTER, PC, offset_of(w, caller));
}
void __tsan_func_exit() {
    Worker* w = worker;
    if (!w || !w->inside) return;
    tell_bad_index(w);
    if (w->observer) record_control(w, LEAVE, PC, 0);
}
void __tsan_init() {}
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

void* __tsan_memcpy(void* to, const void* from, unsigned long size) {
    note_access((void*)from, (int)size, READ, UNALIGNED, PC);
    note_access(to, (int)size, WRITE, UNALIGNED, PC);
    return memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, unsigned long size) {
    note_access((void*)from, (int)size, READ, UNALIGNED, PC);
    note_access(to, (int)size, WRITE, UNALIGNED, PC);
    return memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, unsigned long size) {
    note_access(to, (int)size, WRITE, UNALIGNED, PC);
    return memset(to, value, size);
}

void __sanitizer_cov_trace_pc() {
    Worker* w = worker;
    if (!w || !w->inside) return;
    count_step(w, PC);
    if (w->observer) record_block(w, PC);
}
}
#pragma GCC visibility pop
