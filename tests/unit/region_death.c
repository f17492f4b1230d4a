/* A writer that ends without closing, in every way a process can. */
#define _GNU_SOURCE
#include "process_kit.h"
#include "region/owner.h"
#include "region/reader.h"
#include "region/writer.h"

#include <pthread.h>

PC_TEST(a_killed_writer_is_dead_at_the_next_look)
{
	const char *name = kit_name("kill");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own_quick(name, 1);
	pc_reader *reader = kit_read(name);
	kit_process pid = kit_spawn(kit_write_and_beat, name, cells);
	pc_writer *writer;
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	kit_kill(pid);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "dead");
	CHECK_STR(pc_liveness_name(pc_reader_liveness_settled(reader)), "dead");
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK); /* where the kernel does not write it down, the owner does */
	CHECK(pc_control_writer_died(pc_reader_control(reader), pc_reader_control(reader)->liveness_offset));
	CHECK_INT(kit_value(reader, NULL), 1);
	writer = kit_write(name);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	CHECK_INT(pc_reader_control(reader)->epoch, 2);
	CHECK_INT(kit_value(reader, NULL), 1);
	kit_commit(writer, 2);
	CHECK_INT(kit_value(reader, NULL), 2);
	pc_writer_close(&writer);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

static void *open_on_thread(void *name)
{
	return kit_write(name);
}

PC_TEST(the_end_of_the_writing_thread_is_the_death_of_the_writer)
{
	const char *name = kit_name("thread");
	pc_owner *owner = kit_own_quick(name, 1);
	pc_reader *reader = kit_read(name);
	pthread_t thread;
	void *writer;
	CHECK_INT(pthread_create(&thread, NULL, open_on_thread, (void *)(uintptr_t)name), 0);
	CHECK_INT(pthread_join(thread, &writer), 0);
	(void)kit_until(reader, PC_DEAD, 5000);
	pc_writer_close((pc_writer **)&writer); /* on another thread: says closed all the same */
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "closed");
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

static void damage_word_and_wait(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	uint32_t *word = (uint32_t *)(void *)((pc_control *)(uintptr_t)pc_writer_control(writer))->robust;
	/* What a stray write would do: the kernel finds another thread's id, and keeps its hands off. */
	pc_store_release_u32(word, pc_load_acquire_u32(word) ^ 1);
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(60000);
}

PC_TEST(the_lock_tells_of_a_death_that_the_futex_cannot)
{
	const char *name = kit_name("word");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own_quick(name, 1);
	pc_reader *reader = kit_read(name);
	kit_process pid = kit_spawn(damage_word_and_wait, name, cells);
	uint32_t events = 0;
	CHECK_STATUS(pc_reader_wait(reader, 1000, &events), PC_OK);
	CHECK_INT(events, PC_WAIT_STATE);
	kit_kill(pid);
	CHECK(!pc_control_writer_died(pc_reader_control(reader), pc_reader_control(reader)->liveness_offset));
	CHECK_STATUS(pc_reader_wait(reader, 5000, &events), PC_OK);
	CHECK_INT(events, PC_WAIT_DEAD);
	CHECK_STATUS(pc_reader_wait(reader, 1100, &events), PC_ETIMEDOUT); /* told once */
	(void)kit_until(reader, PC_DEAD, 5000);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(an_owner_knows_whether_a_writer_is_there)
{
	const char *name = kit_name("asked");
	uint64_t *cells = kit_cells();
	pc_region_options same = kit_options(name, 64, 1);
	pc_owner *owner = kit_own_with(&same, PC_OWNER_CREATED);
	pc_writer *writer;
	kit_process pid;
	CHECK_INT(pc_owner_has_writer(owner), 0);
	writer = kit_write(name);
	CHECK_INT(pc_owner_has_writer(owner), 1); /* this process's own */
	pc_writer_close(&writer);
	CHECK_INT(pc_owner_has_writer(owner), 0);
	pid = kit_spawn(damage_word_and_wait, name, cells);
	CHECK_INT(pc_owner_has_writer(owner), 1);
	pc_owner_close(&owner, PC_OWNER_KEEP); /* as a hand-over does */
	owner = kit_own_with(&same, PC_OWNER_ADOPTED);
	CHECK_INT(pc_owner_has_writer(owner), 1);
	kit_kill(pid);
	for (int i = 0; i < 500 && pc_owner_has_writer(owner) == 1; i++) kit_sleep_ms(10);
	CHECK_INT(pc_owner_has_writer(owner), 0);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_reader_that_spared_its_descriptor_reads_and_reopens)
{
	const char *name = kit_name("spared");
	pc_owner *owner = kit_own_quick(name, 1), *next;
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_err err = {""};
	kit_commit(writer, 1);
	pc_reader_spare(reader);
	CHECK_INT(kit_value(reader, NULL), 1);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	CHECK_OK(pc_reader_reopen(reader, &err), &err); /* the same object: nothing happens */
	kit_commit(writer, 2);
	CHECK_INT(kit_value(reader, NULL), 2);
	pc_writer_close(&writer);
	pc_owner_close(&owner, PC_OWNER_RETIRE);
	next = kit_own_quick(name, 1);
	pc_reader_spare(reader);
	CHECK_OK(pc_reader_reopen(reader, &err), &err);
	writer = kit_write(name);
	kit_commit(writer, 3);
	CHECK_INT(kit_value(reader, NULL), 3);
	pc_writer_close(&writer);
	pc_reader_close(&reader);
	pc_owner_close(&next, 0);
}

static void die_while_recovering(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	pc_control *c = (pc_control *)(uintptr_t)pc_writer_control(writer);
	/* As if killed after the lock and before the futex was armed. */
	pc_store_release_u32(&c->state, PC_STATE_RECOVERING);
	memset(c->robust, 0, sizeof c->robust);
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(60000);
}

PC_TEST(a_writer_that_dies_while_recovering_does_not_start_for_ever)
{
	const char *name = kit_name("recovering");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own_quick(name, 1);
	pc_reader *reader = kit_read(name);
	kit_process pid = kit_spawn(die_while_recovering, name, cells);
	pc_writer *writer;
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "starting");
	kit_kill(pid);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "dead");
	writer = kit_write(name);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	pc_writer_close(&writer);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

/* ---- what a killed writer leaves, at each step of a commit ------------------------------------------- */

static void die_in_begin(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	for (int t = 1; t <= 6; t++) kit_commit(writer, t);
	memset(pc_writer_begin(writer), 99, 20);
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(60000);
}

static void die_after_slot(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	pc_control *c = (pc_control *)(uintptr_t)pc_writer_control(writer);
	unsigned char *p = NULL;
	pc_slot *slot;
	for (int t = 1; t <= 6; t++) kit_commit(writer, t);
	p = pc_writer_begin(writer);
	memset(p, 7, 64);
	slot = (pc_slot *)(void *)(p - sizeof(pc_slot));
	slot->tick = 7;
	pc_store_release_u64(&slot->seq, slot->seq + 1);
	if (cells[2]) { /* go on, into the payload */
		c->latest = 7;
		c->seq |= 1;
		memset(writer->at.payload, 7, 30);
	}
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(60000);
}

static void check_after(const char *name, int value, uint64_t tick, uint64_t payloads, uint64_t slots)
{
	pc_reader *reader = kit_read(name);
	pc_snapshot_info info;
	pc_writer *writer;
	/* Before the repair as after it, readers that take snapshots see a whole commit. */
	CHECK_INT(kit_value(reader, &info), value);
	CHECK_INT(info.tick, tick);
	writer = kit_write(name);
	CHECK_INT(kit_value(reader, &info), value);
	CHECK_INT(info.tick, tick);
	CHECK_INT(pc_reader_control(reader)->recovered_payload, payloads);
	CHECK_INT(pc_reader_control(reader)->recovered_slot, slots);
	for (size_t i = 0; i < 64; i++) CHECK_INT(((const unsigned char *)pc_reader_payload(reader))[i], value);
	CHECK_INT(*(unsigned char *)pc_writer_begin(writer), value);
	pc_writer_abort(writer);
	kit_commit(writer, value + 1);
	CHECK_INT(kit_value(reader, &info), value + 1);
	CHECK_INT(info.tick, tick + 1);
	CHECK_INT(info.payload_flags, 0);
	pc_writer_close(&writer);
	pc_reader_close(&reader);
}

PC_TEST(death_before_commit_leaves_the_payload_untouched)
{
	static const uint32_t slot_counts[] = {1, 3, 4};
	for (size_t i = 0; i < 3; i++) {
		const char *name = kit_name("inbegin");
		uint64_t *cells = kit_cells();
		pc_owner *owner = kit_own_quick(name, slot_counts[i]);
		kit_kill(kit_spawn(die_in_begin, name, cells));
		check_after(name, 6, 6, 0, 1);
		pc_owner_close(&owner, 0);
	}
}

PC_TEST(death_between_slot_and_payload_completes_the_commit)
{
	const char *name = kit_name("between");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own_quick(name, 1);
	kit_kill(kit_spawn(die_after_slot, name, cells));
	check_after(name, 7, 7, 1, 0);
	pc_owner_close(&owner, 0);
}

PC_TEST(death_in_the_payload_is_repaired_from_the_slot)
{
	for (uint32_t slots = 1; slots < 5; slots++) {
		const char *name = kit_name("inpayload");
		uint64_t *cells = kit_cells();
		pc_owner *owner = kit_own_quick(name, slots);
		cells[2] = 1;
		kit_kill(kit_spawn(die_after_slot, name, cells));
		CHECK(memcmp(pc_owner_payload(owner), (const char *)pc_owner_payload(owner) + 1, 63) != 0);
		check_after(name, 7, 7, 1, 0);
		pc_owner_close(&owner, 0);
	}
}

PC_TEST(the_repaired_payload_says_that_it_was_repaired)
{
	const char *name = kit_name("flag");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own_quick(name, 4);
	pc_reader *reader = kit_read(name);
	pc_writer *writer;
	pc_snapshot_info info;
	kit_kill(kit_spawn(die_after_slot, name, cells));
	writer = kit_write(name);
	CHECK_INT(pc_reader_control(reader)->payload_flags, PC_PAYLOAD_RECOVERED);
	CHECK_INT(kit_value(reader, &info), 7);
	CHECK_INT(info.payload_flags, 0); /* the slot was written by a commit */
	pc_writer_close(&writer);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

static void die_in_payload_without_slots(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	kit_commit(writer, 1);
	memset(pc_writer_begin(writer), 2, 20);
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(60000);
}

PC_TEST(without_slots_a_cut_payload_is_refused_until_the_next_commit)
{
	const char *name = kit_name("cut");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own_quick(name, 0);
	pc_reader *reader = kit_read(name);
	pc_writer *writer;
	char got[64];
	kit_kill(kit_spawn(die_in_payload_without_slots, name, cells));
	CHECK_STATUS(pc_reader_snapshot(reader, got, 64, NULL), PC_EAGAIN);
	writer = kit_write(name);
	CHECK_STATUS(pc_reader_snapshot(reader, got, 64, NULL), PC_EAGAIN);
	CHECK(pc_writer_begin(writer) != NULL);
	pc_writer_abort(writer);
	CHECK_STATUS(pc_reader_snapshot(reader, got, 64, NULL), PC_EAGAIN);
	kit_commit(writer, 3);
	CHECK_INT(kit_value(reader, NULL), 3);
	pc_writer_close(&writer);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

static void lose_the_lock(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	kit_commit(writer, 1);
	CHECK(pc_writer_begin(writer) != NULL);
	/* What closing all descriptors does, as some programs do when they become daemons. */
	pc_lock_release(&writer->lock);
	pc_store_release_u64(&cells[0], 1);
	while (!pc_load_acquire_u64(&cells[1])) kit_sleep_ms(1);
	CHECK_STATUS(pc_writer_commit(writer), PC_ESTALE);
	CHECK_STATUS(pc_writer_write(writer, 0, "x", 1), PC_ESTALE);
	CHECK_STATUS(pc_writer_beat(writer), PC_ESTALE);
	CHECK(pc_writer_begin(writer) == NULL);
	pc_writer_abort(writer);
}

PC_TEST(a_writer_that_lost_its_lock_writes_nothing_after_a_successor_came)
{
	const char *name = kit_name("lost");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own_quick(name, 1);
	kit_process pid = kit_spawn(lose_the_lock, name, cells);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	uint64_t beats;
	kit_commit(writer, 2);
	beats = pc_reader_control(reader)->beat_count;
	pc_store_release_u64(&cells[1], 1);
	CHECK_INT(kit_reap(pid), 0);
	CHECK_INT(kit_value(reader, NULL), 2);
	CHECK_INT(pc_reader_control(reader)->tick, 2);
	CHECK_INT(pc_reader_control(reader)->beat_count, beats);
	CHECK_INT(((const unsigned char *)pc_reader_payload(reader))[0], 2);
	pc_writer_close(&writer);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}
