// printf and assert.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime.h"

static const int PRINT_STEPS = 500;  // what it counts for where a block's steps are limited

// printf: collected in a buffer that Python prints after the launch; what does not fit is dropped. As in CUDA, it
// returns how many arguments the format takes.
PUBLIC int alicuda_print(const char* format, ...) {
    static int lock = 0;
    if (!format) return -1;
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
    int taken = 0;
    for (; *format; ++format)
        if (*format == '%' && *++format != '%') ++taken;
    return taken;
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
