/* platform/posix/wait.c - see platform/wait.h. Shared futexes: they work on read-only mappings. */
#define _GNU_SOURCE
#include "platform/wait.h"

#include "platform/clock.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pagecast/control.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#define NS_PER_S   UINT64_C(1000000000)
#define SLICE_NS   INT64_C(50000000)
#define FOREVER_NS (UINT64_C(1) << 62)

/* 1 once the kernel, or a seccomp filter that knows no better than EPERM, has refused futex_waitv. */
static uint32_t slices_only;

void pc_wait_use_slices(int on)
{
	pc_store_relaxed_u32(&slices_only, on ? 1 : 0);
}

static int something_changed(const pc_wait_word *words, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (pc_load_acquire_u32(words[i].word) != words[i].expected) return 1;
	return 0;
}

static struct timespec timespec_of(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
	return t;
}

static pc_status status_of(int error)
{
	if (error == ETIMEDOUT) return PC_ETIMEDOUT;
	return error == EFAULT || error == EINVAL ? PC_EIO : PC_OK; /* EAGAIN, EINTR: look again */
}

static pc_status wait_vector(const pc_wait_word *words, uint32_t count, uint64_t deadline_ns)
{
	struct futex_waitv v[PC_WAIT_WORDS_MAX];
	struct timespec until = timespec_of(deadline_ns);
	for (uint32_t i = 0; i < count; i++) {
		v[i].val = words[i].expected;
		v[i].uaddr = (uint64_t)(uintptr_t)words[i].word;
		v[i].flags = FUTEX_32;
		v[i].__reserved = 0;
	}
	if (syscall(SYS_futex_waitv, v, count, 0, &until, CLOCK_MONOTONIC) >= 0) return PC_OK;
	if (errno != ENOSYS && errno != EPERM) return status_of(errno);
	pc_wait_use_slices(1);
	return PC_EUNSUPPORTED;
}

static pc_status wait_in_slices(const pc_wait_word *words, uint32_t count, uint64_t deadline_ns)
{
	while (!something_changed(words, count)) {
		uint64_t now = pc_clock_mono_ns();
		struct timespec slice;
		pc_status s;
		if (now >= deadline_ns) return PC_ETIMEDOUT;
		slice = timespec_of(deadline_ns - now < (uint64_t)SLICE_NS ? deadline_ns - now : (uint64_t)SLICE_NS);
		if (syscall(SYS_futex, words[0].word, FUTEX_WAIT, words[0].expected, &slice, NULL, 0) == 0)
			return PC_OK;
		if (errno == EINTR) return PC_OK;
		s = status_of(errno);
		if (s == PC_EIO) return s;
	}
	return PC_OK;
}

pc_status pc_wait_any(const struct pc_wait_word *words, uint32_t count, int64_t timeout_ns)
{
	uint64_t deadline;
	if (!count || count > PC_WAIT_WORDS_MAX) return PC_EINVAL;
	if (something_changed(words, count)) return PC_OK;
	if (timeout_ns == 0) return PC_ETIMEDOUT;
	deadline = timeout_ns < 0 || (uint64_t)timeout_ns > FOREVER_NS ? FOREVER_NS
	                                                               : pc_clock_mono_ns() + (uint64_t)timeout_ns;
	if (!pc_load_relaxed_u32(&slices_only)) {
		pc_status s = wait_vector(words, count, deadline);
		if (s != PC_EUNSUPPORTED) return s;
	}
	return wait_in_slices(words, count, deadline);
}

void pc_wake_all(const uint32_t *word)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
