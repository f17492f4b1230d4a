/* platform/clock.h - the two clocks, and sleeping. */
#ifndef PC_PLATFORM_CLOCK_H
#define PC_PLATFORM_CLOCK_H
#include <stdint.h>

/** Monotonic clock of the machine in ns; compare it within one process only. [any thread] */
uint64_t pc_clock_mono_ns(void);
/** Wall clock in ns since 1970, for display. [any thread] */
uint64_t pc_clock_unix_ns(void);
/** Sleep at least @p ns, also across signals. [any thread] */
void pc_clock_sleep_ns(uint64_t ns);

#endif
