/* Legacy regions: programs that have never heard of us write the payload, an observer fills slots. */
#define _GNU_SOURCE
#include "process_kit.h"

static pc_owner *own_legacy_of(const char *name, uint64_t bytes, uint32_t slots)
{
	pc_region_options o = kit_options(name, bytes, slots);
	o.flags = PC_REGION_LEGACY;
	o.mode = 0666;
	o.heartbeat_ms = 10;
	o.stale_after_ms = 50;
	return kit_own_with(&o, 0);
}

static pc_owner *own_legacy(const char *name, uint32_t slots)
{
	return own_legacy_of(name, 64, slots);
}

/* The first bytes of the payload as such a program maps it. */
static unsigned char *map_plain(const char *name)
{
	char path[256];
	void *p;
	FILE *f;
	kit_path(name, "", path);
	f = fopen(path, "r+");
	CHECK(f != NULL);
	p = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(f), 0);
	CHECK(p != MAP_FAILED);
	(void)fclose(f);
	return p;
}

static void observe_changes(uint32_t slots)
{
	const char *name = kit_name("legacy");
	pc_owner *owner = own_legacy(name, slots);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	unsigned char *plain = map_plain(name);
	pc_snapshot_info info;
	uint32_t events;
	int changed = -1;
	CHECK_STATUS(pc_reader_wait(reader, 0, &events), PC_ETIMEDOUT);
	CHECK_STATUS(pc_writer_observe(writer, &changed), PC_OK);
	CHECK_INT(changed, 0);
	for (int t = 1; t < 8; t++) {
		memset(plain, t, 64);
		CHECK_INT(kit_value(reader, &info), t - 1); /* slots only: not seen before it is observed */
		CHECK_STATUS(pc_writer_observe(writer, &changed), PC_OK);
		CHECK_INT(changed, 1);
		CHECK_STATUS(pc_writer_observe(writer, &changed), PC_OK);
		CHECK_INT(changed, 0);
		CHECK_STATUS(pc_reader_wait(reader, 1000, &events), PC_OK);
		CHECK_INT(events, PC_WAIT_DATA);
		CHECK_INT(kit_value(reader, &info), t);
		CHECK_INT(info.tick, t);
		CHECK_INT(info.from_slot, 1);
		CHECK_INT(info.payload_flags, 0);
		CHECK_INT(plain[0], t); /* and never written by us */
		CHECK_INT(pc_reader_control(reader)->tick, t);
	}
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
	(void)munmap(plain, 64);
}

PC_TEST(the_observer_turns_changes_of_a_legacy_payload_into_ticks)
{
	observe_changes(1);
	observe_changes(3);
}

PC_TEST(what_stood_in_a_legacy_payload_before_is_the_first_tick)
{
	const char *name = kit_name("before");
	char path[256];
	FILE *f;
	pc_owner *owner;
	pc_writer *writer;
	pc_reader *reader;
	int changed = 0;
	kit_path(name, "", path);
	f = fopen(path, "w");
	CHECK(f != NULL);
	for (int i = 0; i < 64; i++) CHECK_INT(fputc(9, f), 9);
	(void)fclose(f);
	owner = own_legacy(name, 1);
	writer = kit_write(name);
	reader = kit_read(name);
	CHECK_STATUS(pc_writer_observe(writer, &changed), PC_OK);
	CHECK_INT(changed, 1);
	CHECK_INT(kit_value(reader, NULL), 9);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(the_liveness_of_a_legacy_region_is_its_observers)
{
	const char *name = kit_name("observer");
	pc_owner *owner = own_legacy(name, 1);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "legacy");
	(void)kit_until(reader, PC_UNREACHABLE, 5000); /* it is silent */
	CHECK_STATUS(pc_writer_observe(writer, NULL), PC_OK);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "legacy");
	pc_writer_close(&writer);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "closed");
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_legacy_region_cannot_be_written_and_no_other_can_be_observed)
{
	const char *name = kit_name("legacy"), *plain = kit_name("plain");
	pc_owner *owner = own_legacy(name, 1), *other = kit_own(plain, 64, 1);
	pc_writer *writer = kit_write(name);
	CHECK(pc_writer_begin(writer) == NULL);
	CHECK_STATUS(pc_writer_commit(writer), PC_EINVAL);
	CHECK_STATUS(pc_writer_write(writer, 0, "x", 1), PC_EINVAL);
	pc_writer_abort(writer);
	pc_writer_close(&writer);
	writer = kit_write(plain);
	CHECK_STATUS(pc_writer_observe(writer, NULL), PC_EINVAL);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
	pc_owner_close(&other, 0);
}

static void scribble(const char *name, uint64_t *cells)
{
	volatile unsigned char *plain = map_plain(name);
	pc_store_release_u64(&cells[0], 1);
	for (unsigned char i = 0;; i++)
		for (int k = 0; k < 64; k++) plain[k] = i;
}

/* Large: a look at it takes longer than a turn on the processor, so that it is scribbled on in between also on one core.
 * Not where copies go word by word: a look takes seconds there. */
#ifdef PC_STRICT_ATOMICS
#define SCRIBBLED_BYTES UINT64_C(64)
#else
#define SCRIBBLED_BYTES (UINT64_C(64) << 20)
#endif
PC_TEST(a_payload_that_never_stands_still_is_flagged_and_cleared_when_it_does)
{
	const char *name = kit_name("scribble");
	pc_owner *owner = own_legacy_of(name, SCRIBBLED_BYTES, 1);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pid_t pid = kit_spawn(scribble, name, kit_cells());
	uint64_t end = kit_now_ns() + UINT64_C(20000000000);
	pc_snapshot_info info = {0};
	char got[64];
	while (!(info.payload_flags & PC_PAYLOAD_TORN) && kit_now_ns() < end) {
		CHECK_STATUS(pc_writer_observe(writer, NULL), PC_OK);
		CHECK_STATUS(pc_reader_read(reader, 0, got, sizeof got, &info), PC_OK);
	}
	CHECK(info.payload_flags & PC_PAYLOAD_TORN);
	kit_kill(pid);
	CHECK_STATUS(pc_writer_observe(writer, NULL), PC_OK);
	CHECK_STATUS(pc_reader_read(reader, 0, got, sizeof got, &info), PC_OK);
	CHECK_INT(info.payload_flags, 0);
	CHECK_MEM(got, pc_owner_payload(owner), 64);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

static void observe_and_die_in_the_slot(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	unsigned char *plain = map_plain(name);
	pc_control *c = (pc_control *)(uintptr_t)pc_writer_control(writer);
	pc_slot *slot;
	memset(plain, 1, 64);
	CHECK_STATUS(pc_writer_observe(writer, NULL), PC_OK);
	slot = (pc_slot *)(void *)((char *)c + c->slot_offset + (2 % c->slot_count) * c->slot_stride);
	slot->seq |= 1;
	memset(slot + 1, 0x55, 30);
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(60000);
}

PC_TEST(an_observer_that_dies_in_its_only_slot_is_made_up_for)
{
	const char *name = kit_name("obsdies");
	pc_owner *owner = own_legacy(name, 1);
	pc_reader *reader = kit_read(name);
	pc_writer *writer;
	char got[64];
	kit_kill(kit_spawn(observe_and_die_in_the_slot, name, kit_cells()));
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "unreachable");
	CHECK_STATUS(pc_reader_snapshot(reader, got, 64, NULL), PC_EAGAIN);
	writer = kit_write(name);
	CHECK_STATUS(pc_reader_snapshot(reader, got, 64, NULL), PC_EAGAIN);
	CHECK_STATUS(pc_writer_observe(writer, NULL), PC_OK);
	CHECK_INT(kit_value(reader, NULL), 1);
	CHECK_INT(pc_reader_control(reader)->tick, 2);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(an_observer_that_dies_in_one_of_its_slots_leaves_the_newest_readable)
{
	const char *name = kit_name("obsring");
	pc_owner *owner = own_legacy(name, 3);
	pc_reader *reader = kit_read(name);
	pc_writer *writer;
	char got[64];
	kit_kill(kit_spawn(observe_and_die_in_the_slot, name, kit_cells()));
	CHECK_INT(kit_value(reader, NULL), 1);
	writer = kit_write(name);
	CHECK_INT(kit_value(reader, NULL), 1);
	CHECK_INT(pc_reader_control(reader)->recovered_slot, 1);
	CHECK_STATUS(pc_reader_history(reader, 2, got, 64, NULL), PC_EABSENT);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}
