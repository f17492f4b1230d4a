/* Sleeping on a region: nothing is slept through, and everything wakes. */
#define _GNU_SOURCE
#include "platform/wait.h"
#include "process_kit.h"

#include <pthread.h>

static void commit_in_bursts(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	unsigned seed = 1;
	pc_store_release_u64(&cells[0], 1);
	while (!pc_load_acquire_u64(&cells[2])) {
		uint64_t want;
		seed = seed * 1103515245u + 12345u;
		/* Only the first of a burst wakes; the last one must be noticed all the same. */
		for (unsigned i = 0; i < 2 + (seed >> 16) % 3; i++) {
			kit_commit(writer, 1);
			kit_sleep_ms((double)((seed >> 20) % 8) / 10);
		}
		want = pc_writer_control(writer)->tick;
		pc_store_release_u64(&cells[3], want);
		while (pc_load_acquire_u64(&cells[1]) < want && !pc_load_acquire_u64(&cells[2])) kit_sleep_ms(0.1);
	}
	pc_writer_close(&writer);
}

/* The writer says nothing more, not even a heartbeat, until the reader has seen the last commit of a burst. */
static void check_no_lost_wake(const char *what, int bursts)
{
	const char *name = kit_name(what);
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own(name, 8, 1);
	pc_reader *reader = kit_read(name);
	kit_process pid = kit_spawn(commit_in_bursts, name, cells);
	uint64_t last = 0;
	double worst = 0;
	for (int i = 0; i < bursts;) {
		uint32_t events = 0;
		uint64_t start = kit_now_ns();
		double ms;
		CHECK_STATUS(pc_reader_wait(reader, 20000, &events), PC_OK);
		ms = (double)(kit_now_ns() - start) / 1e6;
		if (ms > worst) worst = ms;
		if (events & PC_WAIT_DATA) {
			uint64_t tick = pc_load_acquire_u64(&pc_reader_control(reader)->latest);
			pc_store_release_u64(&cells[1], tick);
			if (tick == pc_load_acquire_u64(&cells[3]) && tick != last) i++;
			last = tick;
		}
	}
	printf("longest wait %.1f ms\n", worst);
	/* The cap of one second on a sleep would hide a lost wake from a test that looks for a hang alone. */
	CHECK(worst < 900);
	pc_store_release_u64(&cells[2], 1);
	CHECK_INT(kit_reap(pid), 0);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(the_last_commit_of_a_burst_is_never_slept_through)
{
	check_no_lost_wake("burst", 300);
}

PC_TEST(waiting_works_without_futex_waitv)
{
	pc_wait_use_slices(1);
	check_no_lost_wake("slices", 50);
}

static void beat_on(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	pc_store_release_u64(&cells[0], 1);
	for (;;) {
		(void)pc_writer_beat(writer);
		kit_sleep_ms(20);
	}
}

struct sleeper {
	const char *name;
	uint64_t woken_ns;
	uint32_t events;
};

static void *sleep_on(void *arg)
{
	struct sleeper *s = arg;
	pc_reader *reader = kit_read(s->name);
	s->events = 0;
	if (pc_reader_wait(reader, 20000, &s->events) != PC_OK) s->events = 0;
	s->woken_ns = kit_now_ns();
	pc_reader_close(&reader);
	return NULL;
}

PC_TEST(a_death_wakes_every_sleeper)
{
	const char *name = kit_name("sleepers");
	pc_owner *owner = kit_own(name, 8, 1);
	kit_process pid = kit_spawn(beat_on, name, kit_cells());
	struct sleeper sleepers[5];
	pthread_t threads[5];
	uint64_t killed_ns;
	for (int i = 0; i < 5; i++) {
		sleepers[i].name = name;
		CHECK_INT(pthread_create(&threads[i], NULL, sleep_on, &sleepers[i]), 0);
	}
	kit_sleep_ms(100);
	killed_ns = kit_now_ns();
	kit_kill(pid);
	for (int i = 0; i < 5; i++) {
		CHECK_INT(pthread_join(threads[i], NULL), 0);
		CHECK_INT(sleepers[i].events, PC_WAIT_DEAD);
		/* Far below the second after which a sleeper looks by itself. */
		CHECK(sleepers[i].woken_ns > killed_ns && sleepers[i].woken_ns - killed_ns < 500000000);
	}
	pc_owner_close(&owner, 0);
}

static void commit_and_close_later(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(50);
	kit_commit(writer, 1);
	kit_sleep_ms(50);
	pc_writer_close(&writer);
	kit_sleep_ms(60000);
}

PC_TEST(a_sleeper_is_woken_by_data_by_closing_and_by_retirement)
{
	const char *name = kit_name("woken");
	pc_owner *owner = kit_own(name, 8, 1);
	kit_process pid = kit_spawn(commit_and_close_later, name, kit_cells());
	pc_reader *reader = kit_read(name);
	uint32_t events, seen = 0;
	/* Two wakes, or one where this process was slow to get up. */
	while (!(seen & PC_WAIT_STATE)) {
		CHECK_STATUS(pc_reader_wait(reader, 20000, &events), PC_OK);
		seen |= events;
	}
	CHECK_INT(seen, PC_WAIT_DATA | PC_WAIT_STATE);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "closed");
	kit_kill(pid);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "closed"); /* whatever happens to it afterwards */
	CHECK_STATUS(pc_reader_wait(reader, 20, &events), PC_ETIMEDOUT);
	pc_owner_close(&owner, PC_OWNER_RETIRE);
	CHECK_STATUS(pc_reader_wait(reader, -1, &events), PC_OK);
	CHECK_INT(events, PC_WAIT_STATE);
	pc_reader_close(&reader);
}

PC_TEST(a_heartbeat_makes_up_for_a_skipped_wake)
{
	const char *name = kit_name("owed");
	pc_region_options o = kit_options(name, 8, 1);
	pc_owner *owner;
	pc_writer *writer;
	const pc_control *c;
	uint32_t before;
	o.notify_min_us = 100000;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	writer = kit_write(name);
	c = pc_writer_control(writer);
	before = c->notify;
	kit_commit(writer, 1);
	kit_commit(writer, 2);
	CHECK_STATUS(pc_writer_beat(writer), PC_OK);
	CHECK_INT(c->notify, before);
	kit_sleep_ms(110);
	CHECK_STATUS(pc_writer_beat(writer), PC_OK);
	CHECK_INT(c->notify, before + 1);
	CHECK_STATUS(pc_writer_beat(writer), PC_OK);
	CHECK_INT(c->notify, before + 1);
	kit_sleep_ms(110);
	kit_commit(writer, 3);
	CHECK_INT(c->notify, before + 2);
	pc_writer_close(&writer);
	CHECK_INT(pc_owner_control(owner)->notify, before + 3);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_reader_that_slept_itself_looks_twice_before_it_says_stale)
{
	const char *name = kit_name("grace");
	pc_region_options o = kit_options(name, 8, 1);
	pc_owner *owner;
	pc_writer *writer;
	pc_reader *reader;
	o.heartbeat_ms = 10;
	o.stale_after_ms = 40;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	writer = kit_write(name);
	reader = kit_read(name);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	kit_sleep_ms(60);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "stale");
	CHECK_STATUS(pc_writer_beat(writer), PC_OK);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	CHECK(pc_reader_control(reader)->beat_late_max_ns > 50000000);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

static void wake_words(const char *name, uint64_t *cells)
{
	(void)name;
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(30);
	pc_store_release_u32((uint32_t *)&cells[100], 7);
	pc_wake_all((uint32_t *)&cells[100]);
	kit_sleep_ms(60000);
}

PC_TEST(waiting_on_many_words_ends_with_any_of_them)
{
	for (int slices = 0; slices < 2; slices++) {
		uint64_t *cells = kit_cells();
		pc_wait_word words[PC_WAIT_WORDS_MAX + 1];
		uint64_t start;
		kit_process pid;
		pc_wait_use_slices(slices);
		for (uint32_t i = 0; i <= PC_WAIT_WORDS_MAX; i++) {
			words[i].word = (uint32_t *)&cells[i + 10];
			words[i].expected = 0;
		}
		CHECK_STATUS(pc_wait_any(words, 0, 0), PC_EINVAL);
		CHECK_STATUS(pc_wait_any(words, PC_WAIT_WORDS_MAX + 1, 0), PC_EINVAL);
		CHECK_STATUS(pc_wait_any(words, PC_WAIT_WORDS_MAX, 0), PC_ETIMEDOUT);
		start = kit_now_ns();
		CHECK_STATUS(pc_wait_any(words, PC_WAIT_WORDS_MAX, 20000000), PC_ETIMEDOUT);
		CHECK(kit_now_ns() - start >= 20000000);
		pid = kit_spawn(wake_words, "", cells);
		while (pc_wait_any(words, PC_WAIT_WORDS_MAX, -1) != PC_OK || !pc_load_acquire_u32(words[90].word)) {
		}
		CHECK_STATUS(pc_wait_any(words, PC_WAIT_WORDS_MAX, -1), PC_OK);
		words[90].expected = 7;
		CHECK_STATUS(pc_wait_any(words, PC_WAIT_WORDS_MAX, 0), PC_ETIMEDOUT);
		kit_kill(pid);
	}
}
