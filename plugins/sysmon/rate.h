/* rate.h - from counters to rates. Counters wrap, start again from zero, and some even step back: never a huge rate. */
#ifndef SYSMON_RATE_H
#define SYSMON_RATE_H
#include <stdint.h>

/** Growth of a 64-bit counter; one that went back was reset, and how far it had come since is not known: 0. */
static inline uint64_t sysmon_grown(uint64_t then, uint64_t now)
{
	return now > then ? now - then : 0;
}

/** Growth of a 32-bit counter that wraps. More than half the range is no growth but a reset: 0. */
static inline uint32_t sysmon_grown_32(uint32_t then, uint32_t now)
{
	uint32_t grown = now - then;
	return grown <= UINT32_MAX / 2 ? grown : 0;
}

static inline double sysmon_per_s(uint64_t grown, uint64_t elapsed_ns)
{
	return elapsed_ns ? (double)grown * 1e9 / (double)elapsed_ns : 0;
}

/** Part of a whole in percent, 0..100. */
static inline float sysmon_percent(double part, double whole)
{
	double percent = whole > 0 ? 100 * part / whole : 0;
	return (float)(percent > 100 ? 100 : percent);
}

#endif
