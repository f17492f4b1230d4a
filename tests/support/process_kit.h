/* process_kit.h - tests with several processes: a child, a line to it, and a page that both see. */
#ifndef PC_PROCESS_KIT_H
#define PC_PROCESS_KIT_H
#ifdef _WIN32
#include "process_kit_win32.h"
#else
#include "process_kit_posix.h"
#endif

/* Poll liveness until it is @p want; fails the test after @p limit_ms. Returns ms taken. */
static inline double kit_until(pc_reader *reader, pc_liveness want, double limit_ms)
{
	uint64_t start = kit_now_ns();
	for (;;) {
		pc_liveness found = pc_reader_liveness(reader);
		double ms = (double)(kit_now_ns() - start) / 1e6;
		if (found == want) return ms;
		if (ms > limit_ms)
			PC_FAIL("%s after %.0f ms, not %s", pc_liveness_name(found), ms, pc_liveness_name(want));
		kit_sleep_ms(0.2);
	}
}

#endif
