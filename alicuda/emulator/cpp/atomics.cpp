// Atomics, printf and assert: functions of the runtime, so that the checked build sees each as one event.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime.h"

enum { ADD, SUB, MIN, MAX, EXCH, CAS, AND, OR, XOR, SIGNED = 16, FLOAT = 32 };

template <typename Bits, typename Int, typename Float>
static Bits apply(int kind, Bits old, Bits value) {
    if (kind & FLOAT) {
        Float a, b;
        memcpy(&a, &old, sizeof(a));
        memcpy(&b, &value, sizeof(b));
        a += b;
        memcpy(&old, &a, sizeof(a));
        return old;
    }
    Int a = (Int)old, b = (Int)value;
    switch (kind & 15) {
        case ADD: return old + value;
        case SUB: return old - value;
        case MIN: return kind & SIGNED ? (Bits)(b < a ? b : a) : value < old ? value : old;
        case MAX: return kind & SIGNED ? (Bits)(b > a ? b : a) : value > old ? value : old;
        case AND: return old & value;
        case OR: return old | value;
        case XOR: return old ^ value;
        default: return value;
    }
}

template <typename Bits, typename Int, typename Float>
static Bits exchange(int kind, Bits* address, Bits value, Bits compare) {
    Bits old = __atomic_load_n(address, __ATOMIC_RELAXED);
    for (;;) {
        if ((kind & 15) == CAS && !(kind & FLOAT) && old != compare) return old;
        Bits next = apply<Bits, Int, Float>(kind, old, value);
        if (__atomic_compare_exchange_n(address, &old, next, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) return old;
    }
}

PUBLIC unsigned long long alicuda_atomic(int kind, void* address, int size, unsigned long long value,
                                             unsigned long long compare, void* caller) {
    if (worker->launch->checked) {
        note_access(address, size, 0, 1, caller);
        note_access(address, size, 1, 1, caller);
    }
    if (size == 4) return exchange<unsigned, int, float>(kind, (unsigned*)address, (unsigned)value, (unsigned)compare);
    return exchange<unsigned long long, long long, double>(kind, (unsigned long long*)address, value, compare);
}

static const int PRINT_STEPS = 500;  // what it counts for where a block's steps are limited

// printf: collected in a buffer that Python prints after the launch; what does not fit is dropped.
PUBLIC void alicuda_print(const char* format, ...) {
    static int lock = 0;
    Launch* launch = worker->launch;
    char text[1024];
    worker->steps += PRINT_STEPS;
    worker->busy = 1;  // the C library may hold a lock
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (length > (int)sizeof(text) - 1) length = sizeof(text) - 1;
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {}
    if (length > 0 && launch->printed_used + length <= launch->printed_size) {
        memcpy(launch->printed + launch->printed_used, text, length);
        launch->printed_used += length;
    }
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    worker->busy = 0;
    if (__atomic_load_n(&launch->failed, __ATOMIC_ACQUIRE)) abandon();
}

PUBLIC void alicuda_assert(const char* text, const char* file, int line) {
    if (Report* report = first_report(worker)) {
        report->problem = ASSERTION;
        report->text = text;
        report->file = file;
        report->line = line;
        fill_place(report);
    }
    abandon();
}
