/* A writer that is stopped, forks or becomes another program: what only POSIX processes do. */
#define _GNU_SOURCE
#include "process_kit.h"

PC_TEST(a_stopped_writer_is_stale_and_a_continued_one_lives)
{
	const char *name = kit_name("stop");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own_quick(name, 1);
	pc_reader *reader = kit_read(name);
	pid_t pid = kit_spawn(kit_write_and_beat, name, cells);
	double ms;
	CHECK_STR(pc_liveness_name(pc_reader_liveness_settled(reader)), "live");
	(void)kill(pid, SIGSTOP);
	ms = kit_until(reader, PC_STALE, 10000);
	CHECK(ms > 50);
	CHECK_STR(pc_liveness_name(pc_reader_liveness_settled(reader)), "stale");
	(void)kill(pid, SIGCONT);
	(void)kit_until(reader, PC_LIVE, 10000);
	kit_kill(pid);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "dead");
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

static void write_with_child(const char *name, uint64_t *cells)
{
	pc_writer *writer = kit_write(name);
	pid_t parent = getpid(), child = fork();
	if (!child) {
		/* Inherited, and useless: every call says so, none touches a page, and the end closes nothing. */
		int bad = pc_writer_begin(writer) != NULL || pc_writer_commit(writer) != PC_EINVAL ||
		          pc_writer_write(writer, 0, "x", 1) != PC_ESTALE || pc_writer_beat(writer) != PC_ESTALE;
		pc_writer_close(&writer);
		cells[1] = (uint64_t)getpid();
		pc_store_release_u64(&cells[0], bad ? 2 : 1);
		while (getppid() == parent) kit_sleep_ms(1);
		kit_sleep_ms(60000);
		_exit(0);
	}
	kit_sleep_ms(60000);
}

PC_TEST(a_forked_child_does_not_keep_a_dead_writer_alive)
{
	const char *name = kit_name("fork");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own_quick(name, 1);
	pc_reader *reader = kit_read(name);
	pid_t pid = kit_spawn(write_with_child, name, cells);
	pc_writer *writer;
	CHECK_INT(cells[0], 1);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	kit_kill(pid);
	CHECK_INT(kill((pid_t)cells[1], 0), 0);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "dead");
	writer = kit_write(name); /* the lock is free, too */
	(void)kill((pid_t)cells[1], SIGKILL);
	pc_writer_close(&writer);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

static void exec_something(const char *name, uint64_t *cells)
{
	(void)kit_write(name);
	pc_store_release_u64(&cells[0], 1);
	(void)execl("/bin/sleep", "sleep", "60", (char *)NULL);
}

PC_TEST(a_writer_that_execs_something_else_is_dead)
{
	const char *name = kit_name("exec");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own_quick(name, 1);
	pc_reader *reader = kit_read(name);
	pid_t pid = kit_spawn(exec_something, name, cells);
	(void)kit_until(reader, PC_DEAD, 5000);
	CHECK_INT(kill(pid, 0), 0);
	kit_kill(pid);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}
