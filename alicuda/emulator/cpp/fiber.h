// A fiber: a stack of its own and a way to switch to it. A few instructions on x86-64 and aarch64, ucontext elsewhere.
#pragma once

// Saves the running fiber's place in *from and continues at `to`.
extern "C" void alicuda_switch(void** from, void* to);

#if defined(__x86_64__)
// The callee-saved registers of the System V ABI; the rest is the caller's to save.
asm(R"(
.text
.p2align 4
.globl alicuda_switch
.hidden alicuda_switch
.type alicuda_switch, @function
alicuda_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size alicuda_switch, .-alicuda_switch
)");

static void* fiber_start(char* top, void (*body)()) {
    void** sp = (void**)((unsigned long)top & ~15ul);
    *--sp = nullptr;        // where `body` would return to; it never does
    *--sp = (void*)body;
    for (int i = 0; i < 6; ++i) *--sp = nullptr;
    return sp;
}

#elif defined(__aarch64__)
asm(R"(
.text
.p2align 4
.globl alicuda_switch
.hidden alicuda_switch
.type alicuda_switch, %function
alicuda_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size alicuda_switch, .-alicuda_switch
)");

static void* fiber_start(char* top, void (*body)()) {
    unsigned long* sp = (unsigned long*)((unsigned long)top & ~15ul) - 20;
    for (int i = 0; i < 20; ++i) sp[i] = 0;
    sp[11] = (unsigned long)body;  // x30, the return address
    return sp;
}

#else
#include <ucontext.h>

static void* fiber_start(char* top, void (*body)()) {
    ucontext_t* context = (ucontext_t*)((unsigned long)(top - sizeof(ucontext_t)) & ~63ul);
    getcontext(context);
    context->uc_stack.ss_sp = (char*)context - 128 * 1024;  // fibers have at least this much
    context->uc_stack.ss_size = 128 * 1024;
    context->uc_link = nullptr;
    makecontext(context, body, 0);
    return context;
}

extern "C" void alicuda_switch(void** from, void* to) {
    ucontext_t here;
    *from = &here;
    swapcontext(&here, (ucontext_t*)to);
}
#endif
