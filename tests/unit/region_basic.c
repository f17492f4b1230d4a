/* One region, one writer, one reader: the whole happy path. */
#include "region_kit.h"

static const uint32_t slot_counts[] = {0, 1, 4, 5};

PC_TEST(what_is_committed_is_what_is_read)
{
	for (size_t i = 0; i < sizeof slot_counts / sizeof *slot_counts; i++) {
		const char *name = kit_name("basic");
		pc_owner *owner = kit_own(name, 100, slot_counts[i]);
		pc_writer *writer = kit_write(name);
		pc_reader *reader = kit_read(name);
		pc_snapshot_info info;
		CHECK_INT(kit_value(reader, &info), 0);
		CHECK_INT(info.tick, 0);
		CHECK_INT(info.commit_unix_ns, 0);
		for (int t = 1; t <= 20; t++) {
			kit_commit(writer, t);
			CHECK_INT(kit_value(reader, &info), t);
			CHECK_INT(info.tick, t);
			CHECK_INT(info.epoch, 1);
			CHECK_INT(info.attempts, 1);
			CHECK_INT(info.from_slot, slot_counts[i] != 0);
			CHECK(info.commit_unix_ns > 0 && info.age_ns < UINT64_C(60000000000));
			CHECK_INT(((const unsigned char *)pc_reader_payload(reader))[99], t);
		}
		pc_reader_close(&reader);
		pc_writer_close(&writer);
		pc_owner_close(&owner, 0);
		CHECK(!reader && !writer && !owner);
		CHECK_STATUS(pc_reader_open(name, NULL, &reader, NULL), PC_EABSENT);
	}
}

PC_TEST(begin_hands_out_the_newest_payload_and_abort_forgets)
{
	for (size_t i = 1; i < sizeof slot_counts / sizeof *slot_counts; i++) {
		const char *name = kit_name("abort");
		pc_owner *owner = kit_own(name, 64, slot_counts[i]);
		pc_writer *writer = kit_write(name);
		pc_reader *reader = kit_read(name);
		for (int t = 1; t < 12; t++) {
			unsigned char *p = pc_writer_begin(writer);
			CHECK_INT(p[0], t - 1);
			CHECK_INT(p[63], t - 1);
			CHECK(pc_writer_begin(writer) == NULL);
			memset(p, 99, 64);
			pc_writer_abort(writer);
			CHECK_INT(kit_value(reader, NULL), t - 1);
			CHECK_STATUS(pc_writer_commit(writer), PC_EINVAL);
			kit_commit(writer, t);
			CHECK_INT(kit_value(reader, NULL), t);
		}
		CHECK(pc_writer_begin(writer) != NULL);
		pc_writer_close(&writer); /* aborts */
		CHECK_INT(kit_value(reader, NULL), 11);
		pc_reader_close(&reader);
		pc_owner_close(&owner, 0);
	}
}

PC_TEST(a_partial_write_keeps_the_rest)
{
	for (size_t i = 0; i < sizeof slot_counts / sizeof *slot_counts; i++) {
		const char *name = kit_name("partial");
		pc_owner *owner = kit_own(name, 8, slot_counts[i]);
		pc_writer *writer = kit_write(name);
		pc_reader *reader = kit_read(name);
		char got[8];
		CHECK_STATUS(pc_writer_write(writer, 0, "abcdefgh", 8), PC_OK);
		CHECK_STATUS(pc_writer_write(writer, 2, "XY", 2), PC_OK);
		CHECK_STATUS(pc_writer_write(writer, 8, "", 0), PC_OK);
		CHECK_STATUS(pc_writer_write(writer, 7, "XY", 2), PC_EINVAL);
		CHECK_STATUS(pc_writer_write(writer, 9, "", 0), PC_EINVAL);
		CHECK_STATUS(pc_writer_write(writer, UINT64_MAX, "XY", 2), PC_EINVAL);
		CHECK_STATUS(pc_reader_snapshot(reader, got, 7, NULL), PC_EINVAL);
		CHECK_STATUS(pc_reader_snapshot(reader, got, 8, NULL), PC_OK);
		CHECK_MEM(got, "abXYefgh", 8);
		pc_reader_close(&reader);
		pc_writer_close(&writer);
		pc_owner_close(&owner, 0);
	}
}

PC_TEST(liveness_follows_the_writer)
{
	const char *name = kit_name("live");
	pc_owner *owner = kit_own(name, 8, 1);
	pc_reader *reader = kit_read(name);
	pc_writer *writer;
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "starting");
	writer = kit_write(name);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	CHECK_STATUS(pc_writer_beat(writer), PC_OK);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	pc_writer_close(&writer);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "closed");
	writer = kit_write(name);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	pc_writer_close(&writer);
	pc_owner_close(&owner, PC_OWNER_RETIRE);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "retired");
	pc_reader_close(&reader);
}

PC_TEST(waiting_tells_data_state_and_nothing_apart)
{
	const char *name = kit_name("wait");
	pc_owner *owner = kit_own(name, 8, 1);
	pc_reader *reader = kit_read(name);
	pc_writer *writer;
	uint32_t events = 0;
	CHECK_STATUS(pc_reader_wait(reader, 0, &events), PC_ETIMEDOUT);
	CHECK_STATUS(pc_reader_wait(reader, 20, &events), PC_ETIMEDOUT);
	writer = kit_write(name);
	CHECK_STATUS(pc_reader_wait(reader, 1000, &events), PC_OK);
	CHECK_INT(events, PC_WAIT_STATE);
	kit_commit(writer, 1);
	CHECK_STATUS(pc_reader_wait(reader, 1000, &events), PC_OK);
	CHECK_INT(events, PC_WAIT_DATA);
	CHECK_STATUS(pc_reader_wait(reader, 10, &events), PC_ETIMEDOUT);
	kit_commit(writer, 2);
	CHECK_INT(kit_value(reader, NULL), 2);
	CHECK_STATUS(pc_reader_wait(reader, 0, &events), PC_ETIMEDOUT);
	pc_writer_close(&writer);
	CHECK_STATUS(pc_reader_wait(reader, 1000, &events), PC_OK);
	CHECK_INT(events, PC_WAIT_STATE);
	pc_owner_close(&owner, PC_OWNER_RETIRE);
	CHECK_STATUS(pc_reader_wait(reader, 1000, &events), PC_OK);
	CHECK_INT(events, PC_WAIT_STATE);
	CHECK_STATUS(pc_reader_wait(reader, 0, &events), PC_ETIMEDOUT);
	pc_reader_close(&reader);
}

PC_TEST(the_layout_travels_with_the_region)
{
	const char *name = kit_name("layout");
	const char *text = "a u32\nb f32\n";
	pc_region_options o = kit_options(name, 8, 1);
	pc_owner *owner;
	pc_writer *writer;
	pc_reader *reader;
	o.schema_text = text;
	o.schema_bytes = (uint32_t)strlen(text);
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	writer = kit_write(name);
	reader = kit_read(name);
	CHECK(pc_reader_layout(reader) && pc_writer_layout(writer));
	CHECK_INT(pc_layout_bytes(pc_reader_layout(reader)), 8);
	CHECK(pc_reader_layout(reader) == pc_reader_layout(reader));
	CHECK(pc_reader_schema_id(reader) != 0);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_region_larger_than_the_memory_is_refused_and_takes_none_of_it)
{
	pc_region_options o = kit_options(pc_test_name("huge"), UINT64_C(1) << 40, 0);
	pc_owner *owner = NULL;
	pc_err err = {""};
	CHECK_STATUS(pc_owner_open(&o, &owner, NULL, &err), PC_ENOSPC);
	CHECK(strstr(err.text, "huge") != NULL);
}

PC_TEST(a_layout_that_reaches_beyond_the_payload_is_not_believed)
{
	static const char fits[] = "a u64\n", beyond[] = "a u64\nb u8\n";
	pc_region_options o = kit_options(pc_test_name("beyond"), 8, 1);
	for (int i = 0; i < 2; i++) {
		o.schema_text = i ? beyond : fits;
		o.schema_bytes = (uint32_t)strlen(o.schema_text);
		pc_owner *owner = kit_own_with(&o, i ? 0 : PC_OWNER_CREATED);
		pc_reader *reader = kit_read(o.name);
		CHECK_INT(pc_reader_layout(reader) != NULL, !i);
		pc_reader_close(&reader);
		pc_owner_close(&owner, i ? 0 : PC_OWNER_KEEP);
	}
}
