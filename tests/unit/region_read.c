/* Views, history, flags, and readers against a writer at full speed. */
#define _GNU_SOURCE
#include "process_kit.h"

PC_TEST(a_view_is_valid_until_its_slot_is_written_again)
{
	const char *name = kit_name("view");
	pc_owner *owner = kit_own(name, 64, 2);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_view first, second;
	kit_commit(writer, 1);
	CHECK_STATUS(pc_reader_view(reader, &first), PC_OK);
	CHECK_INT(first.bytes, 64);
	CHECK_INT(first.info.tick, 1);
	CHECK_INT(first.info.from_slot, 1);
	CHECK_INT(((const char *)first.data)[63], 1);
	CHECK(first.data != pc_reader_payload(reader));
	kit_commit(writer, 2);
	CHECK_INT(pc_reader_still_valid(&first), 1);
	CHECK_INT(((const char *)first.data)[63], 1);
	CHECK_STATUS(pc_reader_view(reader, &second), PC_OK);
	CHECK_INT(second.info.tick, 2);
	CHECK(pc_writer_begin(writer) != NULL); /* tick 3 goes where tick 1 was */
	CHECK_INT(pc_reader_still_valid(&first), 0);
	CHECK_INT(pc_reader_still_valid(&second), 1);
	pc_writer_abort(writer);
	CHECK_INT(pc_reader_still_valid(&first), 0);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(there_is_no_view_while_the_only_slot_is_written_and_none_without_slots)
{
	const char *name = kit_name("noview");
	pc_owner *owner = kit_own(name, 64, 1);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_snapshot_info info;
	pc_view view;
	char got[64];
	kit_commit(writer, 1);
	CHECK(pc_writer_begin(writer) != NULL);
	CHECK_STATUS(pc_reader_view(reader, &view), PC_EAGAIN);
	CHECK_INT(kit_value(reader, &info), 1); /* a snapshot has the payload to go to */
	CHECK_INT(info.from_slot, 0);
	CHECK_INT(info.attempts, 1);
	pc_writer_close(&writer);
	pc_owner_close(&owner, PC_OWNER_RETIRE);
	CHECK_STATUS(pc_reader_view(reader, &view), PC_ESTALE);
	pc_reader_close(&reader);
	owner = kit_own(name, 64, 0);
	reader = kit_read(name);
	CHECK_STATUS(pc_reader_view(reader, &view), PC_EUNSUPPORTED);
	CHECK_STATUS(pc_reader_history(reader, 0, got, 64, NULL), PC_EABSENT);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(history_holds_the_last_k_ticks)
{
	const char *name = kit_name("history");
	pc_owner *owner = kit_own(name, 64, 4);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_snapshot_info info;
	char got[64];
	CHECK_STATUS(pc_reader_history(reader, 1, got, 64, NULL), PC_EABSENT);
	for (int t = 1; t <= 10; t++) kit_commit(writer, t);
	for (uint64_t t = 0; t <= 12; t++) {
		pc_status want = t > 6 && t <= 10 ? PC_OK : PC_EABSENT;
		CHECK_STATUS(pc_reader_history(reader, t, got, 64, &info), want);
		if (want != PC_OK) continue;
		CHECK_INT(info.tick, t);
		CHECK_INT(got[63], t);
	}
	CHECK_STATUS(pc_reader_history(reader, UINT64_MAX, got, 64, NULL), PC_EABSENT);
	CHECK_STATUS(pc_reader_history(reader, 10, got, 63, NULL), PC_EINVAL);
	CHECK(pc_writer_begin(writer) != NULL); /* takes the place of 7 */
	CHECK_STATUS(pc_reader_history(reader, 7, got, 64, NULL), PC_EABSENT);
	pc_writer_abort(writer);
	CHECK_STATUS(pc_reader_history(reader, 7, got, 64, NULL), PC_EABSENT);
	CHECK_STATUS(pc_reader_history(reader, 8, got, 64, NULL), PC_OK);
	CHECK_STATUS(pc_reader_history(reader, 10, got, 64, NULL), PC_OK);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(history_of_the_newest_tick_is_there_while_the_only_slot_is_written)
{
	const char *name = kit_name("newest");
	pc_owner *owner = kit_own(name, 64, 1);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	char got[64];
	kit_commit(writer, 1);
	kit_commit(writer, 2);
	CHECK(pc_writer_begin(writer) != NULL);
	CHECK_STATUS(pc_reader_history(reader, 2, got, 64, NULL), PC_OK);
	CHECK_INT(got[5], 2);
	CHECK_STATUS(pc_reader_history(reader, 1, got, 64, NULL), PC_EABSENT);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(flags_go_with_the_commits_that_follow)
{
	const char *name = kit_name("flags");
	pc_owner *owner = kit_own(name, 64, 1);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_snapshot_info info;
	pc_writer_set_flags(writer, PC_PAYLOAD_SOURCE_STALE | PC_PAYLOAD_RECOVERED);
	(void)kit_value(reader, &info);
	CHECK_INT(info.payload_flags, 0);
	kit_commit(writer, 1);
	(void)kit_value(reader, &info);
	CHECK_INT(info.payload_flags, PC_PAYLOAD_SOURCE_STALE);
	pc_writer_set_flags(writer, 0);
	kit_commit(writer, 2);
	(void)kit_value(reader, &info);
	CHECK_INT(info.payload_flags, 0);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_slot_that_was_read_before_it_was_named_newest_can_be_read_again)
{
	const char *name = kit_name("ahead");
	pc_owner *owner = kit_own(name, 8, 4);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_control *c = (pc_control *)(uintptr_t)pc_writer_control(writer);
	char bytes[8];
	pc_snapshot_info info;
	pc_view view;
	for (int i = 1; i <= 4; i++) kit_commit(writer, i);
	CHECK_INT(kit_value(reader, &info), 4);
	/* As if the writer were stopped in commit 4, between closing the slot and naming it. */
	pc_store_relaxed_u64(&c->latest, 3);
	pc_store_relaxed_u64(&c->tick, 3);
	CHECK_STATUS(pc_reader_snapshot(reader, bytes, sizeof bytes, &info), PC_OK);
	CHECK_INT(info.tick, 4);
	CHECK_STATUS(pc_reader_snapshot(reader, bytes, sizeof bytes, NULL), PC_OK);
	CHECK_INT(bytes[0], 4);
	CHECK_STATUS(pc_reader_view(reader, &view), PC_OK);
	CHECK_INT(view.info.tick, 4);
	pc_store_relaxed_u64(&c->tick, 4);
	pc_store_relaxed_u64(&c->latest, 4);
	kit_commit(writer, 5);
	CHECK_INT(kit_value(reader, &info), 5);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

/* ---- against a writer at full speed ------------------------------------------------------------------- */

#define WORDS 100u

static void write_at_full_speed(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	uint64_t words[WORDS];
	pc_store_release_u64(&cells[0], 1);
	for (uint64_t t = 1;; t++) {
		for (unsigned i = 0; i < WORDS; i++) words[i] = t * 3 + i;
		CHECK_STATUS(pc_writer_write(writer, 0, words, sizeof words), PC_OK);
	}
}

static void check_words(const uint64_t *words, uint64_t tick)
{
	for (unsigned i = 0; i < WORDS && tick; i++)
		if (words[i] != tick * 3 + i)
			PC_FAIL("torn: word %u of tick %" PRIu64 " is %" PRIu64, i, tick, words[i]);
}

static void read_at_full_speed(uint32_t slots)
{
	const char *name = kit_name("speed");
	pc_owner *owner = kit_own(name, sizeof(uint64_t) * WORDS, slots);
	pc_reader *reader = kit_read(name);
	kit_process pid = kit_spawn(write_at_full_speed, name, kit_cells());
	uint64_t words[WORDS], last = 0, views = 0, copies = 0, end = kit_now_ns() + 300000000;
	pc_snapshot_info info;
	pc_view view;
	unsigned reads = 0;
	while (kit_now_ns() < end) {
		CHECK_STATUS(pc_reader_snapshot(reader, words, sizeof words, &info), PC_OK);
		CHECK(info.tick >= last);
		check_words(words, info.tick);
		last = info.tick;
		copies += info.attempts;
		reads++;
		if (pc_reader_view(reader, &view) != PC_OK) continue;
		CHECK(view.info.tick >= last);
		last = view.info.tick;
		memcpy(words, view.data, sizeof words);
		if (!pc_reader_still_valid(&view)) continue;
		check_words(words, last);
		views++;
	}
	printf("K=%u: %u reads, %.3f copies each, %" PRIu64 " good views, %" PRIu64 " ticks\n", slots, reads,
	       (double)copies / reads, views, last);
	CHECK(last > 100 && reads > 100 && views > 10);
	kit_kill(pid);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(reads_are_whole_and_ticks_never_go_back_at_full_speed)
{
	read_at_full_speed(1);
	read_at_full_speed(4);
	read_at_full_speed(3);
}
