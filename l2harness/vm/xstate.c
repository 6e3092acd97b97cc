/* For user-mode Linux before 6.13, preloaded: it hands PTRACE_SETREGSET a buffer for the processor's
 * extended state that is smaller than that of a CPU with large vector or matrix registers, which
 * the host's kernel refuses (EFAULT), and the VM's kernel panics. Here the whole state is read, the
 * buffer is laid over its beginning, and the whole is written back. Where the buffer is large
 * enough nothing is different.
 *
 * Source: ptrace(2), PTRACE_SETREGSET and NT_X86_XSTATE; x86's regset code, xstateregs_set(). */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PEEKTEXT = 1, PEEKUSER = 3, GETREGSET = 0x4204, SETREGSET = 0x4205, X86_XSTATE = 0x202 };

static char state[65536] __attribute__((aligned(64)));

static long call(long request, long pid, void *address, void *data)
{
    return syscall(SYS_ptrace, request, pid, address, data);
}

/* One thread of user-mode Linux traces, so one buffer is enough. */
static long set_extended_state(long pid, struct iovec *given)
{
    struct iovec whole = { state, sizeof state };
    if (call(GETREGSET, pid, (void *)X86_XSTATE, &whole) < 0)
        return -1;
    if (given->iov_len >= whole.iov_len)
        return call(SETREGSET, pid, (void *)X86_XSTATE, given);
    memcpy(state, given->iov_base, given->iov_len);
    return call(SETREGSET, pid, (void *)X86_XSTATE, &whole);
}

long ptrace(int request, ...)
{
    va_list list;
    va_start(list, request);
    long pid = va_arg(list, int);
    void *address = va_arg(list, void *);
    void *data = va_arg(list, void *);
    va_end(list);
    if (request == SETREGSET && (long)address == X86_XSTATE)
        return set_extended_state(pid, data);
    if (request >= PEEKTEXT && request <= PEEKUSER) {
        /* The C library returns the word that was read, and clears errno. */
        long word;
        if (call(request, pid, address, &word) < 0)
            return -1;
        errno = 0;
        return word;
    }
    return call(request, pid, address, data);
}
