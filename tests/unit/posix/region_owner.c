/* Owning: creating, adopting, replacing, giving up, racing. */
#define _GNU_SOURCE
#include "process_kit.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

PC_TEST(the_payload_is_exact_and_the_control_object_holds_the_rest)
{
	const char *name = kit_name("exact");
	pc_owner *owner = kit_own(name, 101, 2);
	const pc_control *c = pc_owner_control(owner);
	CHECK_INT(kit_file_bytes(name, ""), 101);
	CHECK_INT(c->slot_offset % 64, 0);
	CHECK_INT(kit_file_bytes(name, ".pagecast"), c->slot_offset + 2 * c->slot_stride);
	CHECK_INT(c->slot_stride, 192);
	CHECK_INT(c->liveness_offset, 0x240);
	CHECK_INT(c->payload_file_id, kit_inode(name, ""));
	CHECK_INT(c->stale_after_ms, 500);
	CHECK_INT(c->heartbeat_ms, 100);
	CHECK_INT(c->notify_min_us, 1000);
	pc_owner_close(&owner, 0);
	CHECK_INT(kit_inode(name, ""), 0);
	CHECK_INT(kit_inode(name, ".pagecast"), 0);
}

PC_TEST(slots_are_chosen_by_size)
{
	static const struct {
		uint64_t bytes;
		uint32_t flags, want;
	} rows[] = {{1, 0, 4}, {65536, 0, 4}, {64 << 20, 0, 0}, {64 << 20, PC_REGION_LEGACY, 1}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *name = kit_name("auto");
		pc_region_options o = kit_options(name, rows[i].bytes, PC_SLOTS_AUTO);
		pc_owner *owner;
		o.flags = rows[i].flags;
		owner = kit_own_with(&o, PC_OWNER_CREATED);
		CHECK_INT(pc_owner_control(owner)->slot_count, rows[i].want);
		if (rows[i].bytes >= 4096) CHECK_INT(pc_owner_control(owner)->slot_offset % 4096, 0);
		pc_owner_close(&owner, 0);
	}
}

PC_TEST(bad_options_are_refused)
{
	pc_region_options good = kit_options(kit_name("bad"), 8, 1), o;
	pc_owner *owner = NULL;
	pc_err err;
#define REFUSED(change)                                                         \
	do {                                                                    \
		o = good;                                                       \
		change;                                                         \
		err.text[0] = 0;                                                \
		CHECK_STATUS(pc_owner_open(&o, &owner, NULL, &err), PC_EINVAL); \
		CHECK(err.text[0] != 0);                                        \
	} while (0)
	REFUSED(o.struct_size = 0);
	REFUSED(o.payload_bytes = 0);
	REFUSED(o.payload_bytes = UINT64_MAX);
	REFUSED(o.slot_count = PC_SLOT_MAX + 1);
	REFUSED(o.flags = PC_REGION_FOREIGN);
	REFUSED(o.flags = 1u << 20);
	REFUSED((o.flags = PC_REGION_LEGACY, o.slot_count = 0));
	REFUSED(o.mode = 01777);
	REFUSED((o.heartbeat_ms = 300, o.stale_after_ms = 500));
	REFUSED(o.schema_text = "a u32");
	REFUSED(o.schema_bytes = 5);
	REFUSED(o.notify_min_us = UINT32_MAX);
	REFUSED(o.stale_after_ms = UINT32_MAX);
	CHECK_STATUS(pc_owner_open(NULL, &owner, NULL, NULL), PC_EINVAL);
	CHECK(owner == NULL);
}

PC_TEST(the_same_region_is_adopted_in_place)
{
	const char *name = kit_name("adopt");
	pc_region_options o = kit_options(name, 64, 1);
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	uint64_t payload = kit_inode(name, ""), control = kit_inode(name, ".pagecast");
	kit_commit(writer, 1);
	pc_writer_close(&writer);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "closed");
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	CHECK_INT(kit_inode(name, ""), payload);
	CHECK_INT(kit_inode(name, ".pagecast"), control);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "closed");
	writer = kit_write(name);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	kit_commit(writer, 2);
	CHECK_INT(kit_value(reader, NULL), 2);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_changed_mode_is_applied_on_adoption)
{
	const char *name = kit_name("mode");
	pc_region_options o = kit_options(name, 64, 1);
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED);
	char path[256];
	struct stat st;
	pc_owner_close(&owner, PC_OWNER_KEEP);
	o.mode = 0660;
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	kit_path(name, "", path);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0660);
	kit_path(name, ".pagecast", path);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0640);
	pc_owner_close(&owner, 0);
}

static void own_and_hang(const char *name, uint64_t *cells)
{
	pc_region_options o = kit_options(name, 64, 1);
	(void)kit_own_with(&o, (int)cells[1]);
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(60000);
}

PC_TEST(an_owner_that_is_killed_and_restarts_does_not_disturb_a_live_writer)
{
	const char *name = kit_name("restart");
	uint64_t *cells = kit_cells();
	pid_t pid = kit_spawn(own_and_hang, name, cells);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_region_options o = kit_options(name, 64, 1);
	pc_owner *owner;
	pc_control before, *c;
	kit_commit(writer, 1);
	CHECK(pc_writer_begin(writer) != NULL);
	kit_kill(pid);
	memcpy(&before, pc_reader_control(reader), sizeof before);
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	c = (pc_control *)(uintptr_t)pc_reader_control(reader);
	CHECK_MEM(&before, c, sizeof before);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	CHECK_STATUS(pc_writer_commit(writer), PC_OK);
	CHECK_INT(kit_value(reader, NULL), 1);
	CHECK_INT(pc_reader_control(reader)->tick, 2);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

static void write_and_tear(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	pc_control *c = (pc_control *)(uintptr_t)pc_writer_control(writer);
	char path[256];
	int fd;
	kit_commit(writer, 1);
	kit_path(name, "", path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	c->seq |= 1;
	CHECK_INT(pwrite(fd, "torn", 4, 10), 4);
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(60000);
}

PC_TEST(an_owner_that_adopts_after_a_dead_writer_repairs_the_payload_and_leaves_it_dead)
{
	const char *name = kit_name("torn");
	uint64_t *cells = kit_cells();
	pc_region_options o = kit_options(name, 64, 1);
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_reader *reader = kit_read(name);
	pid_t pid;
	pc_owner_close(&owner, PC_OWNER_KEEP);
	pid = kit_spawn(write_and_tear, name, cells);
	owner = kit_own_with(&o, PC_OWNER_ADOPTED); /* alive still: hands off */
	CHECK_INT(((const char *)pc_owner_payload(owner))[10], 't');
	CHECK_INT(pc_owner_control(owner)->seq & 1, 1);
	kit_kill(pid);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	CHECK_INT(((const char *)pc_reader_payload(reader))[10], 't');
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	for (int i = 0; i < 64; i++) CHECK_INT(((const char *)pc_reader_payload(reader))[i], 1);
	CHECK_INT(pc_owner_control(owner)->seq & 1, 0);
	CHECK_INT(pc_owner_control(owner)->recovered_payload, 1);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "dead");
	CHECK_INT(pc_owner_control(owner)->epoch, 1);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_second_owner_is_refused_and_told_who_the_first_is)
{
	const char *name = kit_name("second");
	pc_region_options o = kit_options(name, 64, 1);
	pc_owner *owner, *other = NULL;
	pc_writer *writer;
	pc_writer_options wo = {.struct_size = sizeof wo, .program = "the-writer"};
	pc_err err = {""};
	memset(o.instance, 0xab, 16);
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	CHECK_OK(pc_writer_open(name, &wo, &writer, &err), &err);
	CHECK_STATUS(pc_owner_open(&o, &other, NULL, &err), PC_EBUSY);
	CHECK(strstr(err.text, name) && strstr(err.text, "abababababababab") && strstr(err.text, "'the-writer'"));
	o.payload_bytes = 65; /* nor may it be replaced */
	CHECK_STATUS(pc_owner_open(&o, &other, NULL, &err), PC_EBUSY);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_second_writer_is_refused_and_told_who_the_first_is)
{
	const char *name = kit_name("busy");
	pc_owner *owner = kit_own(name, 64, 1);
	pc_writer_options o = {.struct_size = sizeof o,
	                       .program = "first\x01 with a name that is far too long for its place"};
	pc_writer *writer, *other = NULL;
	char pid[32];
	pc_err err = {""};
	CHECK_OK(pc_writer_open(name, &o, &writer, &err), &err);
	(void)snprintf(pid, sizeof pid, "(pid %d)", (int)getpid());
	CHECK_STATUS(pc_writer_open(name, NULL, &other, &err), PC_EBUSY);
	CHECK(strstr(err.text, name) && strstr(err.text, "'first? with a name that is far '") && strstr(err.text, pid));
	CHECK(other == NULL);
	kit_commit(writer, 1);
	pc_writer_close(&writer);
	other = kit_write(name);
	CHECK_STR(pc_writer_control(other)->writer_name, "test_unit_regio"); /* comm is cut by the kernel */
	pc_writer_close(&other);
	o.struct_size = 3;
	CHECK_STATUS(pc_writer_open(name, &o, &other, &err), PC_EINVAL);
	pc_owner_close(&owner, 0);
}

PC_TEST(another_schema_replaces_the_control_object_alone)
{
	const char *name = kit_name("schema");
	pc_region_options o = kit_options(name, 4, 1);
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	uint64_t payload = kit_inode(name, ""), control = kit_inode(name, ".pagecast");
	uint32_t events = 0;
	char got[4];
	kit_commit(writer, 5);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	o.schema_text = "a u32\n";
	o.schema_bytes = 6;
	o.region_id = 77;
	(void)pc_reader_wait(reader, 0, &events);
	owner = kit_own_with(&o, PC_OWNER_REPLACED);
	CHECK_INT(kit_inode(name, ""), payload);
	CHECK(kit_inode(name, ".pagecast") != control);
	/* The reader of the old one, and its live writer, are told. */
	CHECK_STATUS(pc_reader_wait(reader, 1000, &events), PC_OK);
	CHECK_INT(events, PC_WAIT_STATE);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "retired");
	CHECK_INT(pc_reader_control(reader)->successor_region, 77);
	CHECK_STATUS(pc_reader_snapshot(reader, got, 4, NULL), PC_ESTALE);
	CHECK(pc_writer_begin(writer) == NULL);
	CHECK_STATUS(pc_writer_write(writer, 0, "x", 1), PC_ESTALE);
	CHECK_STATUS(pc_writer_beat(writer), PC_ESTALE);
	pc_writer_close(&writer);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "retired");
	/* The pointer goes on, and the successor starts from what it shows. */
	CHECK_INT(((const char *)pc_reader_payload(reader))[3], 5);
	CHECK_STATUS(pc_reader_reopen(reader, NULL), PC_OK);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "starting");
	CHECK_INT(kit_value(reader, NULL), 5);
	CHECK_INT(pc_layout_bytes(pc_reader_layout(reader)), 4);
	writer = kit_write(name);
	CHECK_INT(*(char *)pc_writer_begin(writer), 5);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(another_size_replaces_both_and_the_old_reader_keeps_its_bytes)
{
	const char *name = kit_name("size");
	pc_region_options o = kit_options(name, 4, 1);
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	uint64_t payload = kit_inode(name, ""), control = kit_inode(name, ".pagecast");
	kit_commit(writer, 5);
	pc_writer_close(&writer);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	o.payload_bytes = 5000;
	owner = kit_own_with(&o, PC_OWNER_REPLACED);
	CHECK(kit_inode(name, "") != payload && kit_inode(name, ".pagecast") != control);
	CHECK_INT(kit_file_bytes(name, ""), 5000);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "retired");
	CHECK_INT(((const char *)pc_reader_payload(reader))[3], 5);
	CHECK_STATUS(pc_reader_reopen(reader, NULL), PC_OK);
	CHECK_INT(pc_reader_payload_bytes(reader), 5000);
	CHECK_INT(kit_value(reader, NULL), 0);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
	CHECK_INT(kit_inode(name, ""), 0);
}

PC_TEST(other_periods_and_slots_replace_the_control_object)
{
	const char *name = kit_name("periods");
	pc_region_options o = kit_options(name, 4, 1);
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	o.stale_after_ms = 700;
	owner = kit_own_with(&o, PC_OWNER_REPLACED);
	CHECK_INT(pc_owner_control(owner)->stale_after_ms, 700);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	o.slot_count = 3;
	owner = kit_own_with(&o, PC_OWNER_REPLACED);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	pc_owner_close(&owner, PC_OWNER_KEEP | PC_OWNER_RETIRE);
	owner = kit_own_with(&o, PC_OWNER_REPLACED); /* retired is for ever */
	pc_owner_close(&owner, 0);
}

PC_TEST(a_damaged_control_object_of_ours_is_replaced)
{
	const char *name = kit_name("damaged");
	pc_owner *owner = kit_own(name, 8, 1);
	pc_region_options o = kit_options(name, 8, 1);
	char path[256], zeroes[300] = {0};
	int fd;
	pc_owner_close(&owner, PC_OWNER_KEEP);
	kit_path(name, ".pagecast", path);
	for (int i = 1; i < 3; i++) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		CHECK_INT(pwrite(fd, zeroes, i == 1 ? 300 : 8, 0), i == 1 ? 300 : 8);
		if (i == 2) CHECK_INT(ftruncate(fd, 10), 0);
		(void)close(fd);
		owner = kit_own_with(&o, PC_OWNER_REPLACED);
		pc_owner_close(&owner, PC_OWNER_KEEP);
	}
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	pc_owner_close(&owner, 0);
}

PC_TEST(what_an_owner_had_finished_but_not_published_is_still_ours)
{
	const char *name = kit_name("unpublished");
	pc_owner *owner = kit_own(name, 8, 1);
	pc_region_options o = kit_options(name, 8, 1);
	char path[256], zeroes[8] = {0};
	int fd;
	pc_owner_close(&owner, PC_OWNER_KEEP);
	kit_path(name, ".pagecast", path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	CHECK_INT(pwrite(fd, zeroes, sizeof zeroes, 0), sizeof zeroes);
	(void)close(fd);
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	CHECK_INT(pc_owner_control(owner)->flags & PC_REGION_FOREIGN, 0);
	pc_owner_close(&owner, 0);
	CHECK_INT(kit_inode(name, ""), 0);
	CHECK_INT(kit_inode(name, ".pagecast"), 0);
}

PC_TEST(closing_tells_a_writer_that_would_go_on_in_a_nameless_object)
{
	const char *name = kit_name("orphan");
	pc_owner *owner = kit_own(name, 8, 1);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_owner_close(&owner, 0);
	CHECK_STATUS(pc_writer_beat(writer), PC_ESTALE);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "retired");
	CHECK_STATUS(pc_reader_reopen(reader, NULL), PC_EABSENT);
	CHECK_INT(((const char *)pc_reader_payload(reader))[0], 0); /* it keeps what it had */
	pc_writer_close(&writer);
	pc_reader_close(&reader);
}

PC_TEST(closing_unlinks_only_what_is_still_ours)
{
	const char *name = kit_name("still");
	pc_owner *owner = kit_own(name, 8, 1);
	char path[256];
	kit_path(name, "", path);
	CHECK_INT(unlink(path), 0);
	kit_put_payload(name, "somebody else's", 15);
	pc_owner_close(&owner, 0);
	CHECK_INT(kit_file_bytes(name, ""), 15);
	CHECK_INT(kit_inode(name, ".pagecast"), 0);
}

/* ---- races --------------------------------------------------------------------------------------------- */

static void race_to_own(const char *name, uint64_t *cells)
{
	pc_region_options o = kit_options(name, 64, 1);
	pc_owner *owner = NULL;
	pc_writer *writer = NULL;
	pc_err err = {""};
	pc_status s;
	int outcome = 0;
	pc_store_release_u64(&cells[0], 1);
	while (!pc_load_acquire_u64(&cells[1])) {
	}
	s = pc_owner_open(&o, &owner, &outcome, &err);
	if (s != PC_OK) _exit(s == PC_EBUSY ? 10 : 99);
	if (pc_writer_open(name, NULL, &writer, &err) != PC_OK) _exit(98);
	pc_store_release_u64(&cells[3], 1);
	kit_sleep_ms(60000);
}

PC_TEST(racing_owners_make_exactly_one_winner)
{
	const char *name = kit_name("race");
	uint64_t *cells = kit_cells();
	for (int round = 0; round < 60; round++) {
		pid_t pids[3];
		int losers = 0, winner = -1;
		cells[1] = cells[3] = 0;
		for (int i = 0; i < 3; i++) pids[i] = kit_spawn(race_to_own, name, cells);
		pc_store_release_u64(&cells[1], 1);
		while (losers < 2) {
			int status;
			pid_t pid = waitpid(-1, &status, 0);
			CHECK(WIFEXITED(status));
			CHECK_INT(WEXITSTATUS(status), 10);
			for (int i = 0; i < 3; i++)
				if (pids[i] == pid) pids[i] = 0;
			losers++;
		}
		for (int i = 0; i < 3; i++)
			if (pids[i]) winner = i;
		while (!pc_load_acquire_u64(&cells[3])) {
			CHECK_INT(waitpid(pids[winner], NULL, WNOHANG), 0);
			kit_sleep_ms(0.2);
		}
		kit_kill(pids[winner]); /* every second round starts from what this one left */
		if (round % 2) kit_clean();
	}
}

static void own_with_child(const char *name, uint64_t *cells)
{
	pc_owner *owner = kit_own(name, 64, 1);
	pid_t parent = getpid(), child = fork();
	if (!child) {
		int bad = pc_owner_tend(owner, NULL) != PC_ESTALE;
		pc_owner_close(&owner, 0); /* inherited: unlinks nothing */
		cells[1] = (uint64_t)getpid();
		pc_store_release_u64(&cells[0], bad ? 2 : 1);
		while (getppid() == parent) kit_sleep_ms(1);
	}
	kit_sleep_ms(60000);
}

PC_TEST(a_forked_child_does_not_keep_a_dead_owners_lock)
{
	const char *name = kit_name("ownfork");
	uint64_t *cells = kit_cells();
	pid_t pid = kit_spawn(own_with_child, name, cells);
	pc_region_options o = kit_options(name, 64, 1);
	pc_owner *owner = NULL;
	CHECK_INT(cells[0], 1);
	CHECK(kit_inode(name, "") && kit_inode(name, ".pagecast"));
	CHECK_STATUS(pc_owner_open(&o, &owner, NULL, NULL), PC_EBUSY);
	kit_kill(pid);
	CHECK_INT(kill((pid_t)cells[1], 0), 0);
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	(void)kill((pid_t)cells[1], SIGKILL);
	pc_owner_close(&owner, 0);
}
