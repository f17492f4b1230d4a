/* Adopted regions without a daemon: whatever a foreign map says and does, a look at it ends well. */
#define _GNU_SOURCE
#include "process_kit.h"
#include "region/adopt.h"

static pc_owner *own_adopted(const char *name, const char *layout, uint64_t bytes)
{
	pc_region_options o = kit_options(name, bytes, 4);
	o.flags = PC_REGION_LEGACY | PC_REGION_ADOPTED;
	o.schema_text = layout;
	o.schema_bytes = (uint32_t)strlen(layout);
	return kit_own_with(&o, PC_OWNER_CREATED);
}

/* Puts bytes where a foreign program has its map, in place. */
static void poke(const char *name, size_t offset, const void *bytes, size_t count)
{
	char path[256];
	int fd;
	kit_path(name, "", path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	CHECK(fd >= 0);
	CHECK_INT(pwrite(fd, bytes, count, (off_t)offset), count);
	(void)close(fd);
}

static int look(pc_writer *writer)
{
	int changed = -1;
	CHECK_STATUS(pc_writer_observe(writer, &changed), PC_OK);
	return changed;
}

static const char *judged(pc_writer *writer, uint64_t bytes, const pc_holding *holding, uint64_t period_ms,
                          pc_upstream *u)
{
	pc_evidence_judge(pc_writer_evidence(writer), holding, pc_writer_layout(writer), bytes, period_ms * 1000000,
	                  kit_now_ns(), u);
	(void)pc_writer_say_upstream(writer, u);
	return pc_liveness_name((pc_liveness)u->liveness);
}

static const char used_layout[] = "used u32 role=used_bytes\ntick u32 role=tick\nrows u32[1022]\nend u32\n";

PC_TEST(what_is_not_in_use_is_no_change)
{
	const char *name = kit_name("used");
	pc_owner *owner = own_adopted(name, used_layout, 4100);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	uint32_t map[1025] = {0}, copy[1025];
	static const uint32_t hostile[] = {0, 4100, 4101, UINT32_MAX, 0x80000000u};
	map[0] = 40;
	for (uint32_t i = 2; i < 1025; i++) map[i] = i;
	poke(name, 0, map, sizeof map);
	CHECK_INT(look(writer), 1);
	map[1000] = 77; /* behind what is in use: left over from earlier, or being prepared */
	poke(name, 0, map, sizeof map);
	CHECK_INT(look(writer), 0);
	map[5] = 55;
	poke(name, 0, map, sizeof map);
	CHECK_INT(look(writer), 1);
	CHECK_STATUS(pc_reader_snapshot(reader, copy, sizeof copy, NULL), PC_OK);
	CHECK_INT(copy[5], 55);
	CHECK_INT(copy[1000], 0); /* it never was in use */
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		map[0] = hostile[i];
		map[1024] = (uint32_t)i;
		poke(name, 0, map, sizeof map);
		CHECK_INT(look(writer), 1);
		CHECK_STATUS(pc_reader_snapshot(reader, copy, sizeof copy, NULL), PC_OK);
		CHECK_INT(copy[1024], i); /* no number that makes sense: all of it */
	}
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
	CHECK(kit_inode(name, "") != 0); /* not ours to remove */
}

PC_TEST(every_size_of_the_map_is_survived_and_the_last_whole_copy_stays)
{
	const char *name = kit_name("sizes");
	pc_owner *owner = own_adopted(name, used_layout, 4100);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_holding nobody = {PC_HOLDING_UNKNOWN, 0, ""};
	uint32_t map[1025] = {0}, copy[1025];
	char path[256];
	pc_upstream u;
	kit_path(name, "", path);
	CHECK_INT(look(writer), 0);
	CHECK_STR(judged(writer, 4100, &nobody, 0, &u), "absent");
	map[9] = 9;
	poke(name, 0, map, sizeof map);
	CHECK_INT(look(writer), 1);
	CHECK_STR(judged(writer, 4100, &nobody, 0, &u), "legacy");
	for (off_t bytes = 4100; bytes >= 0; bytes -= 41) {
		CHECK_INT(truncate(path, bytes), 0);
		CHECK_INT(look(writer), 0);
	}
	CHECK_STR(judged(writer, 4100, &nobody, 0, &u), "starting");
	CHECK_STATUS(pc_reader_snapshot(reader, copy, sizeof copy, NULL), PC_OK);
	CHECK_INT(copy[9], 9);
	CHECK(pc_reader_payload(reader) == NULL);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(symlink("/etc/passwd", path), 0);
	CHECK_INT(look(writer), 0);
	CHECK_STR(judged(writer, 4100, &nobody, 0, &u), "starting");
	CHECK_INT(unlink(path), 0);
	CHECK_INT(mkfifo(path, 0600), 0);
	CHECK_INT(look(writer), 0); /* and does not wait for who opens its other end */
	CHECK_INT(unlink(path), 0);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(the_state_follows_from_the_map_its_process_and_its_period_in_that_order)
{
	static const char text[] = "magic u32 signature=\"7\" dead_value=\"9\"\ntick u32 role=tick\n";
	const char *name = kit_name("judge");
	pc_owner *owner = own_adopted(name, text, 8);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_holding nobody = {PC_HOLDING_UNKNOWN, 0, ""}, alive = {PC_HOLDING_ALIVE, 12, "game"};
	pc_holding gone = {PC_HOLDING_GONE, 12, "game"};
	uint32_t map[2] = {0, 1};
	char path[256];
	pc_upstream u;
	kit_path(name, "", path);
	poke(name, 0, map, 8);
	(void)look(writer);
	CHECK_STR(judged(writer, 8, &alive, 1000, &u), "starting"); /* no signature */
	map[0] = 7;
	poke(name, 0, map, 8);
	(void)look(writer);
	CHECK_STR(judged(writer, 8, &nobody, 0, &u), "legacy");
	CHECK_STR(judged(writer, 8, &alive, 0, &u), "live");
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	CHECK_INT(u.pid, 12);
	CHECK_STR(judged(writer, 8, &nobody, 100000, &u), "starting"); /* its tick was not seen to move yet */
	map[1] = 2;
	poke(name, 0, map, 8);
	(void)look(writer);
	CHECK_STR(judged(writer, 8, &nobody, 100000, &u), "live");
	CHECK_STR(judged(writer, 8, &gone, 100000, &u), "dead");
	CHECK_STR(u.why, "its process 'game' (pid 12) has ended");
	kit_sleep_ms(30);
	CHECK_STR(judged(writer, 8, &alive, 20, &u), "stale");
	CHECK_STR(u.why, "tick has stood still for longer than 20 ms");
	map[1] = 1; /* started anew */
	poke(name, 0, map, 8);
	(void)look(writer);
	CHECK_STR(judged(writer, 8, &alive, 20000, &u), "live");
	CHECK_INT(pc_writer_evidence(writer)->restarts, 1);
	map[1] = UINT32_MAX;
	poke(name, 0, map, 8);
	(void)look(writer);
	CHECK_INT(pc_writer_evidence(writer)->restarts, 2);
	map[1] = 3; /* round its end: forward */
	poke(name, 0, map, 8);
	(void)look(writer);
	CHECK_INT(pc_writer_evidence(writer)->restarts, 2);
	CHECK_INT(unlink(path), 0);
	(void)look(writer);
	CHECK_STR(judged(writer, 8, &alive, 0, &u), "live");
	CHECK_STR(judged(writer, 8, &gone, 0, &u), "dead");
	kit_sleep_ms(1010);
	CHECK_STR(judged(writer, 8, &nobody, 0, &u), "closed");
	map[0] = 9;
	poke(name, 0, map, 8); /* another map of the same name */
	(void)look(writer);
	CHECK_STR(judged(writer, 8, &alive, 0, &u), "closed");
	CHECK_STR(u.why, "its map has its dead value");
	pc_writer_close(&writer);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "closed");
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_mark_of_being_written_is_respected_and_not_for_ever)
{
	static const char text[] = "busy u8 role=busy\nn u32\n";
	const char *name = kit_name("busy");
	pc_owner *owner = own_adopted(name, text, 8);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	uint32_t map[2] = {0, 1}, copy[2];
	pc_snapshot_info info;
	int changed = 0;
	poke(name, 0, map, 8);
	CHECK_INT(look(writer), 1);
	map[0] = 1;
	map[1] = 2;
	poke(name, 0, map, 8);
	CHECK_INT(look(writer), 0);
	CHECK_STATUS(pc_reader_snapshot(reader, copy, sizeof copy, NULL), PC_OK);
	CHECK_INT(copy[1], 1);
	for (int i = 0; i < 1000 && !changed; i++) {
		kit_sleep_ms(5);
		changed = look(writer);
	}
	CHECK_STATUS(pc_reader_snapshot(reader, copy, sizeof copy, &info), PC_OK);
	CHECK_INT(copy[1], 2);
	CHECK_INT(info.payload_flags, PC_PAYLOAD_TORN);
	CHECK_INT(look(writer), 0); /* said once */
	map[0] = 0;
	poke(name, 0, map, 8);
	CHECK_INT(look(writer), 1);
	CHECK_STATUS(pc_reader_snapshot(reader, copy, sizeof copy, &info), PC_OK);
	CHECK_INT(info.payload_flags, 0);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}
