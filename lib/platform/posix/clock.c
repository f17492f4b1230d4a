/* platform/posix/clock.c - see platform/clock.h. */
#define _POSIX_C_SOURCE 200809L
#include "platform/clock.h"

#include <errno.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;
	(void)clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t pc_clock_mono_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

uint64_t pc_clock_unix_ns(void)
{
	return now_ns(CLOCK_REALTIME);
}

void pc_clock_sleep_ns(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
	while (nanosleep(&t, &t) && errno == EINTR)
		;
}
