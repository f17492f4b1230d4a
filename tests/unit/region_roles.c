/* The roles of a layout in regions of ours: what a program that only maps the payload sees of signatures, ticks, busy marks,
 * and of the end of a writer. */
#define _GNU_SOURCE
#include "process_kit.h"

static const char layout[] = "magic u32 signature=\"0x53694748\" dead_value=\"0x44414544\"\n"
                             "begin u32 role=seq_begin\n"
                             "active u8 dead_value=\"0\"\n"
                             "lock u8 role=busy\n"
                             "tick u16 role=tick\n"
                             "used u32 role=used_bytes\n"
                             "value u32[8]\n"
                             "stamp u64 unit=\"us\" role=timestamp\n"
                             "end u32 role=seq_end\n";
struct map {
	uint32_t magic, begin;
	uint8_t active, lock;
	uint16_t tick;
	uint32_t used, value[8];
	uint64_t stamp;
	uint32_t end, pad;
};

static pc_owner *own(const char *name, const char *text, uint32_t slots)
{
	pc_region_options o = kit_options(name, sizeof(struct map), slots);
	o.schema_text = text;
	o.schema_bytes = (uint32_t)strlen(text);
	return kit_own_with(&o, PC_OWNER_CREATED);
}

static void commit(pc_writer *writer, uint32_t value)
{
	struct map *map = pc_writer_begin(writer);
	CHECK(map != NULL);
	memset(map, 0, sizeof *map); /* it knows nothing of roles */
	map->active = 1;
	map->used = 48;
	for (int i = 0; i < 8; i++) map->value[i] = value;
	CHECK_STATUS(pc_writer_commit(writer), PC_OK);
}

static void check_live(const struct map *map, uint32_t tick, uint32_t value)
{
	CHECK_INT(map->magic, 0x53694748);
	CHECK_INT(map->begin, tick);
	CHECK_INT(map->end, tick);
	CHECK_INT(map->tick, tick);
	CHECK_INT(map->lock, 0);
	CHECK_INT(map->active, 1);
	CHECK_INT(map->used, 48);
	CHECK(map->stamp > UINT64_C(1600000000000000) && map->stamp < UINT64_C(10000000000000000));
	for (int i = 0; i < 8; i++) CHECK_INT(map->value[i], value);
}

static void commits_carry_roles(uint32_t slots)
{
	const char *name = kit_name("roles");
	pc_owner *owner = own(name, layout, slots);
	const struct map *map = pc_owner_payload(owner);
	pc_reader *reader;
	pc_writer *writer;
	CHECK_INT(map->magic, 0x53694748);
	CHECK_INT(map->used, sizeof(struct map));
	writer = kit_write(name);
	reader = kit_read(name);
	for (uint32_t t = 1; t < 10; t++) {
		struct map copy;
		commit(writer, t * 7);
		check_live(map, t, t * 7);
		CHECK_STATUS(pc_reader_snapshot(reader, &copy, sizeof copy, NULL), PC_OK);
		check_live(&copy, t, t * 7);
	}
	pc_writer_close(&writer);
	CHECK_INT(map->magic, 0x44414544);
	CHECK_INT(map->active, 0);
	CHECK_INT(map->value[0], 63);
	CHECK_INT(map->begin, 10);
	CHECK_INT(map->end, 10);
	writer = kit_write(name);
	commit(writer, 5);
	check_live(map, 11, 5);
	pc_writer_close(&writer);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(every_commit_carries_the_roles_whatever_the_writer_puts_there)
{
	commits_carry_roles(4);
	commits_carry_roles(1);
}

PC_TEST(without_slots_the_roles_are_kept_in_the_payload)
{
	commits_carry_roles(0);
}

PC_TEST(what_was_begun_without_slots_shows_as_in_progress_until_it_ends)
{
	const char *name = kit_name("open");
	pc_owner *owner = own(name, layout, 0);
	const volatile struct map *map = pc_owner_payload(owner);
	pc_writer *writer = kit_write(name);
	commit(writer, 1);
	CHECK(pc_writer_begin(writer) != NULL);
	CHECK_INT(map->begin, 2);
	CHECK_INT(map->end, 1);
	CHECK_INT(map->lock, 1);
	pc_writer_abort(writer);
	CHECK_INT(map->begin, 1);
	CHECK_INT(map->end, 1);
	CHECK_INT(map->lock, 0);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(an_odd_number_and_bits_say_that_a_write_is_in_progress)
{
	static const char text[] =
	        "n u32 role=seq_odd\nstate u16 bits=0..7\nbusy u16 bits=8 role=busy\nt f64 role=timestamp";
	const char *name = kit_name("odd");
	pc_owner *owner = own(name, text, 0);
	const volatile uint32_t *n = pc_owner_payload(owner);
	const volatile uint16_t *bits = (const volatile uint16_t *)(n + 1);
	pc_writer *writer = kit_write(name);
	uint16_t *state = pc_writer_begin(writer);
	CHECK(state != NULL);
	CHECK_INT(*n, 1);
	CHECK_INT(*bits, 0x100);
	state[2] = 0x17a;
	CHECK_STATUS(pc_writer_commit(writer), PC_OK);
	CHECK_INT(*n, 2);
	CHECK_INT(*bits, 0x7a);
	pc_writer_close(&writer);
	CHECK_INT(*n, 2); /* it has nothing to say of its end */
	pc_owner_close(&owner, 0);
}

static void write_and_wait(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	commit(writer, 77);
	pc_store_release_u64(&cells[0], 1);
	for (;;) {
		(void)pc_writer_beat(writer);
		kit_sleep_ms(5);
	}
}

/* As the daemon does: again, until the system has given the dead one's lock back. */
static void tend_until_dead(pc_owner *owner, const volatile struct map *map)
{
	for (int i = 0; i < 2000 && map->magic != 0x44414544; i++) {
		CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
		kit_sleep_ms(1);
	}
	CHECK_INT(map->magic, 0x44414544);
}

PC_TEST(after_a_killed_writer_its_owner_says_dead_in_the_payload)
{
	for (uint32_t slots = 0; slots < 2; slots++) {
		const char *name = kit_name("killed");
		uint64_t *cells = kit_cells();
		pc_owner *owner = own(name, layout, slots);
		const volatile struct map *map = pc_owner_payload(owner);
		pc_reader *reader = kit_read(name);
		kit_process pid = kit_spawn(write_and_wait, name, cells);
		pc_snapshot_info info;
		pc_writer *writer;
		struct map copy;
		CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
		CHECK_INT(map->magic, 0x53694748);
		kit_kill(pid);
		tend_until_dead(owner, map);
		CHECK_INT(map->active, 0);
		CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "dead");
		CHECK_STATUS(pc_reader_snapshot(reader, &copy, sizeof copy, &info), PC_OK);
		CHECK_INT(copy.magic, 0x44414544);
		CHECK_INT(copy.value[3], 77);
		CHECK_INT(info.tick, 2);
		CHECK_INT(info.payload_flags, PC_PAYLOAD_RECOVERED);
		CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK); /* said once */
		CHECK_STATUS(pc_reader_snapshot(reader, &copy, sizeof copy, &info), PC_OK);
		CHECK_INT(info.tick, 2);
		writer = kit_write(name);
		CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
		commit(writer, 78);
		CHECK_INT(map->magic, 0x53694748);
		CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
		CHECK_INT(map->magic, 0x53694748);
		pc_writer_close(&writer);
		pc_reader_close(&reader);
		pc_owner_close(&owner, 0);
	}
}

PC_TEST(a_successor_that_is_first_is_not_disturbed)
{
	const char *name = kit_name("successor");
	uint64_t *cells = kit_cells();
	pc_owner *owner = own(name, layout, 1);
	const volatile struct map *map = pc_owner_payload(owner);
	pc_writer *writer;
	kit_kill(kit_spawn(write_and_wait, name, cells));
	writer = kit_write(name);
	for (int i = 0; i < 3; i++) CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
	CHECK_INT(map->magic, 0x53694748);
	CHECK_INT(map->value[0], 77);
	CHECK_INT(map->tick, 1);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(an_owner_that_gives_up_a_region_without_a_writer_says_dead)
{
	const char *name = kit_name("unwritten");
	pc_owner *owner = own(name, layout, 4);
	pc_reader *reader = kit_read(name);
	const struct map *map = pc_reader_payload(reader);
	CHECK_INT(map->magic, 0x53694748);
	pc_owner_close(&owner, 0);
	CHECK_INT(map->magic, 0x44414544);
	pc_reader_close(&reader);
}
