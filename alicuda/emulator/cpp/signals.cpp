// The signals that must not end Python. During a launch they are ours; before and after, whose they were.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "runtime.h"

const int INTERRUPT = SIGURG;  // nothing happens where it comes too late: by default it is ignored
static const int SIGNALS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, INTERRUPT};
static const int SIGNAL_COUNT = sizeof(SIGNALS) / sizeof(SIGNALS[0]);
static struct sigaction before[SIGNAL_COUNT];
static int taken = 0;  // already: this process may be the child of a fork during a launch

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
    int busy = w->busy;
    if (Report* report = first_report(w)) {
        fill_place(report);
        fill_pc(report, (char*)interrupted_at(context) + 1);  // + 1: as if it were a return address
        if (!report->pc && w->threads[w->current].state == AT_BARRIER) {
            report->file = w->threads[w->current].wait.file;
            report->line = w->threads[w->current].wait.line;
        }
        report->address = (unsigned long long)info->si_addr;
        report->problem = number == INTERRUPT ? INTERRUPTED : number == SIGFPE ? ARITHMETIC
                        : number == SIGILL ? ILLEGAL : SEGMENTATION;
        Stack* stack = w->threads[w->current].stack;
        char* address = (char*)info->si_addr;
        if (number == SIGSEGV && stack && address >= stack->base && address < stack->top) report->problem = STACK;
    }
    if (number == INTERRUPT && busy) return;  // it looks for a failure of the launch itself, when it has done
    abandon();
}

void take_signals() {
    if (taken) return;
    taken = 1;
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (int i = 0; i < SIGNAL_COUNT; ++i) sigaction(SIGNALS[i], &action, &before[i]);
}

void give_signals_back() {
    taken = 0;
    for (int i = 0; i < SIGNAL_COUNT; ++i) sigaction(SIGNALS[i], &before[i], nullptr);
}

void prepare_for_signals() {
    stack_t alternative;  // a handler cannot run on a stack that is exhausted
    memset(&alternative, 0, sizeof(alternative));
    alternative.ss_size = 64 * 1024;
    alternative.ss_sp = malloc(alternative.ss_size);
    sigaltstack(&alternative, nullptr);
    sigset_t pythons;  // Ctrl-C
    sigemptyset(&pythons);
    sigaddset(&pythons, SIGINT);
    pthread_sigmask(SIG_BLOCK, &pythons, nullptr);
}
