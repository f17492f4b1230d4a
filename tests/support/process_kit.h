/* process_kit.h - tests with several processes: a child, a line to it, and a page that both see. */
#ifndef PC_PROCESS_KIT_H
#define PC_PROCESS_KIT_H
#ifdef _WIN32
#include "process_kit_win32.h"
#else
#include "process_kit_posix.h"
#endif

/* kit_start(), and wait until the child has set cell 0; it may also have ended by then. */
static inline kit_process kit_spawn(kit_body *body, const char *name, uint64_t *cells)
{
	kit_process child;
	pc_store_release_u64(&cells[0], 0);
	child = kit_start(body, name, cells);
	for (int i = 0; !pc_load_acquire_u64(&cells[0]) && i < 10000 && !kit_has_ended(child); i++) kit_sleep_ms(1);
	return child;
}

/* Kill a child and wait for its end; as kit_reap(). */
static inline int kit_kill(kit_process child)
{
	kit_end(child);
	return kit_reap(child);
}

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

/* For kit_spawn(): a writer that commits the value 1, and lives on until it is killed. */
static inline void kit_write_and_beat(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	kit_commit(writer, 1);
	pc_store_release_u64(&cells[0], 1);
	for (;;) {
		(void)pc_writer_beat(writer);
		kit_sleep_ms(5);
	}
}

/* A region whose writer is stale after 100 ms. */
static inline pc_owner *kit_own_quick(const char *name, uint32_t slots)
{
	pc_region_options o = kit_options(name, 64, slots);
	o.heartbeat_ms = 10;
	o.stale_after_ms = 100;
	return kit_own_with(&o, PC_OWNER_CREATED);
}

#endif
