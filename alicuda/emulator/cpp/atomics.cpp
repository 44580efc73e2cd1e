// Atomics: functions of the runtime, so that the checked build sees each as one event.
#include <string.h>

#include "runtime.h"

enum { ADD, SUB, MIN, MAX, EXCH, CAS, AND, OR, XOR, INC, DEC, SIGNED = 16, FLOAT = 32 };

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
        case INC: return old >= value ? 0 : old + 1;
        case DEC: return old == 0 || old > value ? value : old - 1;
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
    if (worker->launch->checked) note_access(address, size, ATOMIC, NUMBER, caller);
    if (size == 4) return exchange<unsigned, int, float>(kind, (unsigned*)address, (unsigned)value, (unsigned)compare);
    return exchange<unsigned long long, long long, double>(kind, (unsigned long long*)address, value, compare);
}
