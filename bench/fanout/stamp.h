/* stamp.h - what every payload begins with, whoever carries it: when it was made and its number. */
#ifndef FAN_STAMP_H
#define FAN_STAMP_H
#include <stdint.h>
#include <string.h>
#include <time.h>

#define FAN_STAMP_BYTES 16

static inline uint64_t fan_now_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* The rest of the payload changes with each tick too: nobody gets away with sending less than all of it. */
static inline void fan_fill(unsigned char *payload, size_t bytes, uint64_t tick)
{
	uint64_t now = fan_now_ns();
	memset(payload, (int)(tick % 251), bytes);
	memcpy(payload, &now, 8);
	memcpy(payload + 8, &tick, 8);
}

#endif
