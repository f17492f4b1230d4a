/* What an owner can say of a new payload, serving a name by other terms, and reading parts. */
#include "region_kit.h"

#include <unistd.h>

PC_TEST(a_new_payload_starts_with_the_owners_values_and_was_never_written)
{
	static const uint32_t slots[] = {0, 1, 4};
	for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
		pc_region_options o = kit_options(pc_test_name("initial"), 32, slots[i]);
		unsigned char initial[32];
		pc_owner *owner;
		pc_reader *reader;
		pc_writer *writer;
		pc_snapshot_info info;
		memset(initial, 7, sizeof initial);
		o.initial_payload = initial;
		owner = kit_own_with(&o, PC_OWNER_CREATED);
		reader = kit_read(o.name);
		CHECK_INT(kit_value(reader, &info), 7);
		CHECK_INT(info.tick, 0);
		CHECK_INT(info.commit_unix_ns, 0);
		CHECK_INT(pc_reader_liveness(reader), PC_STARTING);
		CHECK_INT(*(const unsigned char *)pc_reader_payload(reader), 7);
		writer = kit_write(o.name);
		CHECK_INT(*(unsigned char *)pc_writer_begin(writer), 7);
		pc_writer_abort(writer);
		kit_commit(writer, 8);
		pc_writer_close(&writer);
		pc_owner_close(&owner, PC_OWNER_KEEP);
		/* What is adopted stays as it is. */
		owner = kit_own_with(&o, PC_OWNER_ADOPTED);
		CHECK_INT(kit_value(reader, NULL), 8);
		pc_reader_close(&reader);
		pc_owner_close(&owner, 0);
	}
}

PC_TEST(a_region_is_served_by_other_terms_without_giving_up_its_name)
{
	pc_region_options o = kit_options(pc_test_name("replace"), 32, 1);
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED), *rival = NULL;
	pc_writer *writer = kit_write(o.name);
	pc_reader *reader = kit_read(o.name);
	const pc_owner *before = owner;
	pc_err err = {""};
	int outcome = 0;
	kit_commit(writer, 3);

	CHECK_OK(pc_owner_replace(&owner, &o, &outcome, &err), &err);
	CHECK_INT(outcome, PC_OWNER_ADOPTED);
	CHECK(owner == before);
	kit_commit(writer, 4);
	CHECK_INT(kit_value(reader, NULL), 4);

	o.payload_bytes = 64;
	CHECK_OK(pc_owner_replace(&owner, &o, &outcome, &err), &err);
	CHECK_INT(outcome, PC_OWNER_REPLACED);
	CHECK_INT(pc_reader_liveness(reader), PC_RETIRED);
	CHECK(pc_writer_begin(writer) == NULL);
	CHECK_STATUS(pc_writer_beat(writer), PC_ESTALE);
	CHECK_STATUS(pc_owner_open(&o, &rival, NULL, &err), PC_EBUSY);
	pc_writer_close(&writer);
	CHECK_OK(pc_reader_reopen(reader, &err), &err);
	CHECK_INT(pc_reader_payload_bytes(reader), 64);
	CHECK_INT(kit_value(reader, NULL), 0);
	writer = kit_write(o.name);
	kit_commit(writer, 5);
	CHECK_INT(kit_value(reader, NULL), 5);

	/* Other terms, same size: the bytes stay. */
	o.heartbeat_ms = 50;
	CHECK_OK(pc_owner_replace(&owner, &o, &outcome, &err), &err);
	CHECK_INT(outcome, PC_OWNER_REPLACED);
	CHECK_OK(pc_reader_reopen(reader, &err), &err);
	CHECK_INT(kit_value(reader, NULL), 5);
	CHECK_INT(pc_reader_control(reader)->heartbeat_ms, 50);
	pc_writer_close(&writer);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
	CHECK_STATUS(pc_reader_open(o.name, NULL, &reader, NULL), PC_EABSENT);
}

PC_TEST(terms_that_cannot_be_served_leave_the_old_ones)
{
	pc_region_options o = kit_options(pc_test_name("refuse"), 32, 1), worse;
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_writer *writer = kit_write(o.name);
	pc_reader *reader = kit_read(o.name);
	const pc_owner *before = owner;
	pc_err err = {""};
	worse = o;
	worse.name = pc_test_name("other");
	CHECK_STATUS(pc_owner_replace(&owner, &worse, NULL, &err), PC_EINVAL);
	CHECK(strstr(err.text, "cannot become") != NULL);
	worse = o;
	worse.payload_bytes = UINT64_C(1) << 40; /* no tmpfs is that large */
	CHECK_STATUS(pc_owner_replace(&owner, &worse, NULL, &err), PC_ENOSPC);
	worse = o;
	worse.slot_count = PC_SLOT_MAX + 1;
	CHECK_STATUS(pc_owner_replace(&owner, &worse, NULL, &err), PC_EINVAL);
	CHECK(owner == before);
	kit_commit(writer, 9);
	CHECK_INT(kit_value(reader, NULL), 9);
	CHECK_INT(pc_reader_liveness(reader), PC_LIVE);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

/* What somebody does who clears the folder. */
static void remove_name(const char *name, const char *suffix)
{
	const char *folder = getenv("PAGECAST_SHM_DIR");
	char path[512];
	(void)snprintf(path, sizeof path, "%s/%s%s", folder && *folder ? folder : "/dev/shm", name, suffix);
	CHECK_INT(unlink(path), 0);
}

PC_TEST(a_region_whose_names_were_removed_is_served_again_with_what_it_held)
{
	for (int both = 0; both < 2; both++) {
		pc_region_options o = kit_options(pc_test_name("lost"), 32, 1);
		pc_owner *owner;
		pc_writer *writer;
		pc_reader *reader;
		int outcome = 0;
		pc_err err = {""};
		o.region_id = 77;
		owner = kit_own_with(&o, PC_OWNER_CREATED);
		writer = kit_write(o.name);
		reader = kit_read(o.name);
		kit_commit(writer, 6);
		remove_name(o.name, PC_CONTROL_SUFFIX);
		if (both) remove_name(o.name, "");
		CHECK_OK(pc_owner_replace(&owner, &o, &outcome, &err), &err);
		CHECK_INT(outcome, PC_OWNER_REPLACED);
		CHECK_INT(pc_reader_liveness(reader), PC_RETIRED);
		CHECK_INT(pc_reader_control(reader)->successor_region, 77);
		CHECK_STATUS(pc_writer_beat(writer), PC_ESTALE);
		CHECK_OK(pc_reader_reopen(reader, &err), &err);
		CHECK_INT(kit_value(reader, NULL), 6);
		pc_writer_close(&writer);
		pc_reader_close(&reader);
		/* The payload still is ours to remove. */
		pc_owner_close(&owner, 0);
		owner = kit_own_with(&o, PC_OWNER_CREATED);
		pc_owner_close(&owner, 0);
	}
}

PC_TEST(a_part_of_a_snapshot_is_read_alone)
{
	static const uint32_t slots[] = {0, 1, 4};
	for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
		const char *name = pc_test_name("part");
		pc_owner *owner = kit_own(name, 8, slots[i]);
		pc_writer *writer = kit_write(name);
		pc_reader *reader = kit_read(name);
		pc_snapshot_info info;
		char got[4] = "....";
		CHECK_STATUS(pc_writer_write(writer, 0, "abcdefgh", 8), PC_OK);
		CHECK_STATUS(pc_reader_read(reader, 5, got, 3, &info), PC_OK);
		CHECK_MEM(got, "fgh.", 4);
		CHECK_INT(info.tick, 1);
		CHECK_STATUS(pc_reader_read(reader, 8, NULL, 0, &info), PC_OK);
		CHECK_INT(info.tick, 1);
		CHECK_STATUS(pc_reader_read(reader, 6, got, 3, NULL), PC_EINVAL);
		CHECK_STATUS(pc_reader_read(reader, 9, got, 0, NULL), PC_EINVAL);
		CHECK_STATUS(pc_reader_read(reader, UINT64_MAX, got, 2, NULL), PC_EINVAL);
		pc_reader_close(&reader);
		pc_writer_close(&writer);
		pc_owner_close(&owner, 0);
	}
}
