/* The object of keepsakes: what is left is found, whatever was done to it is refused. */
#include "keepsake.h"
#include "platform/posix/object.h"

#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const pcd_run run = {12345678901, 77, 0}, none;
static pcd_log *quiet;
static char directory[40], path[PC_PATH_BYTES];

static void prepare(void)
{
	char name[PC_OBJECT_NAME_BYTES];
	quiet = pcd_log_create(PCD_LOG_TEXT, PC_LOG_ERROR);
	CHECK(quiet);
	(void)snprintf(directory, sizeof directory, "pagecast.u%ld", (long)getpid());
	(void)snprintf(name, sizeof name, ".%s%s", directory, PCD_KEEPSAKE_SUFFIX);
	CHECK_OK(pc_object_path(name, path, NULL), NULL);
}

static void done(void)
{
	CHECK(access(path, F_OK) != 0);
	pcd_log_destroy(&quiet);
}

static void leave(pcd_keepsakes *k, uint32_t next_id)
{
	pc_err err = {""};
	CHECK_INT(pcd_keepsakes_recall(k, quiet, directory, &none), 0);
	CHECK_OK(pcd_keepsakes_leave(k, "dash", "websocket", "thirteen byte", 13, &err), &err);
	CHECK_OK(pcd_keepsakes_leave(k, "other", "websocket", NULL, 0, &err), &err);
	pcd_keepsakes_publish(k, &run, next_id);
	pcd_keepsakes_fini(k);
}

static void write_file(const unsigned char *bytes, size_t count)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && write(fd, bytes, count) == (ssize_t)count);
	(void)close(fd);
}

static size_t read_file(unsigned char *bytes, size_t room)
{
	int fd = open(path, O_RDONLY);
	ssize_t got = read(fd, bytes, room);
	CHECK(fd >= 0 && got > 0 && (size_t)got < room);
	(void)close(fd);
	return (size_t)got;
}

/* True if everything was found as it was left. Whatever happened, the object is gone. */
static bool is_found(void)
{
	pcd_keepsakes k = {0};
	uint32_t next_id = pcd_keepsakes_recall(&k, quiet, directory, &run);
	const pcd_keepsake *a = pcd_keepsakes_find(&k, "dash", "websocket");
	const pcd_keepsake *b = pcd_keepsakes_find(&k, "other", "websocket");
	bool found = a && b && next_id == 7;
	CHECK(found || (!a && !b && !next_id));
	CHECK(!found || (a->head.bytes == 13 && !memcmp(a->bytes, "thirteen byte", 13) && !b->head.bytes));
	CHECK(access(path, F_OK) != 0);
	pcd_keepsakes_fini(&k);
	return found;
}

PC_TEST(what_is_left_is_found_once)
{
	pcd_keepsakes k = {0};
	prepare();
	leave(&k, 7);
	CHECK(is_found());
	CHECK(!is_found());
	done();
}

PC_TEST(what_is_not_published_vanishes)
{
	pcd_keepsakes k = {0};
	pc_err err = {""};
	prepare();
	(void)pcd_keepsakes_recall(&k, quiet, directory, &none);
	CHECK_OK(pcd_keepsakes_leave(&k, "dash", "websocket", "x", 1, &err), &err);
	pcd_keepsakes_fini(&k);
	CHECK(!is_found());
	done();
}

PC_TEST(every_truncation_and_every_bit_that_flips_is_noticed)
{
	static unsigned char whole[4096];
	pcd_keepsakes k = {0};
	size_t bytes, padding = 3; /* behind the thirteen bytes */
	unsigned harmless = 0;
	prepare();
	leave(&k, 7);
	bytes = read_file(whole, sizeof whole);
	for (size_t n = 0; n < bytes; n++) {
		write_file(whole, n);
		CHECK(!is_found());
	}
	for (size_t bit = 0; bit < 8 * bytes; bit++) {
		whole[bit / 8] ^= (unsigned char)(1u << bit % 8);
		write_file(whole, bytes);
		harmless += is_found();
		whole[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	CHECK_INT(harmless, 8 * padding);
	write_file(whole, bytes);
	CHECK(is_found());
	done();
}

PC_TEST(a_number_that_no_daemon_gives_is_refused)
{
	pcd_keepsakes k = {0};
	prepare();
	leave(&k, UINT32_MAX);
	CHECK(!is_found());
	done();
}
