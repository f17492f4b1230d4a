/* Owning what others made, where there is no room, and in another place. */
#define _GNU_SOURCE
#include "process_kit.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* ---- payloads that other programs created ------------------------------------------------------------- */

PC_TEST(a_foreign_payload_is_adopted_and_never_unlinked)
{
	const char *name = kit_name("foreign");
	pc_region_options o = kit_options(name, 8, 1);
	pc_owner *owner;
	pc_writer *writer;
	pc_reader *reader;
	uint64_t payload;
	kit_put_payload(name, "\7\7\7\7\7\7\7\7 and more", 17);
	payload = kit_inode(name, "");
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	CHECK_INT(kit_inode(name, ""), payload);
	CHECK_INT(kit_file_bytes(name, ""), 17);
	CHECK(pc_owner_control(owner)->flags & PC_REGION_FOREIGN);
	reader = kit_read(name);
	CHECK_INT(kit_value(reader, NULL), 7); /* the slot starts with what was there */
	writer = kit_write(name);
	CHECK_INT(*(char *)pc_writer_begin(writer), 7);
	pc_writer_abort(writer);
	kit_commit(writer, 8);
	pc_writer_close(&writer);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	o.payload_bytes = 12; /* fits still */
	owner = kit_own_with(&o, PC_OWNER_REPLACED);
	CHECK_INT(kit_inode(name, ""), payload);
	pc_owner_close(&owner, 0);
	CHECK_INT(kit_inode(name, ""), payload);
	CHECK_INT(kit_inode(name, ".pagecast"), 0);
	pc_reader_close(&reader);
}

PC_TEST(a_foreign_payload_that_is_too_small_is_grown)
{
	static const size_t sizes[] = {0, 3, 7};
	for (size_t i = 0; i < 3; i++) {
		const char *name = kit_name("small");
		uint64_t payload;
		pc_owner *owner;
		pc_reader *reader;
		pc_writer *writer;
		kit_put_payload(name, "abcdefg", sizes[i]);
		payload = kit_inode(name, "");
		owner = kit_own(name, 5000, 1);
		CHECK_INT(kit_inode(name, ""), payload);
		CHECK_INT(kit_file_bytes(name, ""), 5000);
		CHECK_MEM(pc_owner_payload(owner), "abcdefg", sizes[i]);
		CHECK_INT(((const char *)pc_owner_payload(owner))[sizes[i]], 0);
		writer = kit_write(name);
		reader = kit_read(name);
		kit_commit(writer, 1);
		CHECK_INT(kit_value(reader, NULL), 1);
		pc_reader_close(&reader);
		pc_writer_close(&writer);
		pc_owner_close(&owner, 0);
		CHECK_INT(kit_inode(name, ""), payload);
	}
}

PC_TEST(a_payload_that_another_program_replaced_is_noticed)
{
	const char *name = kit_name("swapped");
	pc_owner *owner = kit_own(name, 8, 1);
	pc_region_options o = kit_options(name, 8, 1);
	pc_reader *reader = NULL;
	char path[256];
	kit_path(name, "", path);
	CHECK_INT(unlink(path), 0);
	CHECK_STATUS(pc_reader_open(name, NULL, &reader, NULL), PC_ENOTREADY);
	kit_put_payload(name, "12345678", 8);
	CHECK_STATUS(pc_reader_open(name, NULL, &reader, NULL), PC_ENOTREADY);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	owner = kit_own_with(&o, PC_OWNER_REPLACED);
	CHECK(pc_owner_control(owner)->flags & PC_REGION_FOREIGN);
	reader = kit_read(name);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
	CHECK(kit_inode(name, "") != 0);
}

#define SOMEBODY 54321u

PC_TEST(a_foreign_payload_of_another_user_is_refused)
{
	const char *name = kit_name("theirs");
	pc_region_options o = kit_options(name, 8, 1);
	pc_owner *owner = NULL;
	char path[256];
	pc_err err = {""};
	if (geteuid() != 0) {
		puts("skipped: needs root");
		return;
	}
	kit_put_payload(name, "12345678", 8);
	kit_path(name, "", path);
	CHECK_INT(chown(path, SOMEBODY, SOMEBODY), 0);
	CHECK_STATUS(pc_owner_open(&o, &owner, NULL, &err), PC_EPERM);
	CHECK(strstr(err.text, "54321") != NULL);
}

/* ---- names that other programs unlink ---------------------------------------------------------------- */

static void unlink_payload(const char *name)
{
	char path[256];
	kit_path(name, "", path);
	CHECK_INT(unlink(path), 0);
}

PC_TEST(a_payload_that_lost_its_name_gets_it_back)
{
	const char *name = kit_name("unlinked");
	pc_owner *owner = kit_own(name, 8, 1);
	pc_writer *writer = kit_write(name);
	uint64_t payload = kit_inode(name, "");
	char hidden[80];
	int restored = -1;
	(void)snprintf(hidden, sizeof hidden, ".%s", name);
	CHECK_INT(kit_inode(hidden, ".keep"), payload);
	CHECK_STATUS(pc_owner_tend(owner, &restored), PC_OK);
	CHECK_INT(restored, 0);
	for (int i = 1; i < 3; i++) {
		pc_reader *reader;
		unlink_payload(name);
		CHECK_STATUS(pc_owner_tend(owner, &restored), PC_OK);
		CHECK_INT(restored, 1);
		CHECK_INT(kit_inode(name, ""), payload);
		reader = kit_read(name);
		kit_commit(writer, i);
		CHECK_INT(((const char *)pc_reader_payload(reader))[7], i);
		pc_reader_close(&reader);
	}
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
	CHECK_INT(kit_inode(name, ""), 0);
	CHECK_INT(kit_inode(hidden, ".keep"), 0);
}

PC_TEST(a_restarting_owner_gives_an_unlinked_payload_its_name_back)
{
	const char *name = kit_name("relink");
	pc_region_options o = kit_options(name, 8, 1);
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_reader *reader = kit_read(name);
	uint64_t payload = kit_inode(name, "");
	pc_owner_close(&owner, PC_OWNER_KEEP);
	unlink_payload(name);
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	CHECK_INT(kit_inode(name, ""), payload);
	CHECK_STATUS(pc_reader_reopen(reader, NULL), PC_OK);
	pc_reader_close(&reader);
	o.payload_bytes = 9; /* a successor of another size is kept in its place */
	pc_owner_close(&owner, PC_OWNER_KEEP);
	owner = kit_own_with(&o, PC_OWNER_REPLACED);
	payload = kit_inode(name, "");
	unlink_payload(name);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
	CHECK_INT(kit_inode(name, ""), payload);
	pc_owner_close(&owner, 0);
	CHECK_INT(kit_inode(name, ""), 0);
}

PC_TEST(a_name_that_stands_for_something_else_is_reported)
{
	const char *name = kit_name("else"), *other = kit_name("foreign");
	pc_owner *owner = kit_own(name, 8, 1);
	char path[256];
	unlink_payload(name);
	kit_put_payload(name, "12345678", 8);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_ESTALE);
	pc_owner_close(&owner, PC_OWNER_RETIRE);
	CHECK(kit_inode(name, "") != 0);
	kit_put_payload(other, "12345678", 8);
	owner = kit_own(other, 8, 1);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
	unlink_payload(other); /* its creator's right */
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_ESTALE);
	pc_owner_close(&owner, 0);
	owner = kit_own(other, 8, 1);
	kit_path(other, ".pagecast", path);
	CHECK_INT(unlink(path), 0);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_ESTALE);
	pc_owner_close(&owner, 0);
}

/* ---- room and place ------------------------------------------------------------------------------------ */

PC_TEST(a_full_tmpfs_is_an_error_and_leaves_nothing)
{
	char dir[] = "/tmp/pct-tmpfs-XXXXXX";
	pc_region_options o;
	pc_owner *owner = NULL;
	pc_err err = {""};
	char path[256];
	if (geteuid() != 0 || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		puts("skipped: needs root");
		return;
	}
	CHECK(mkdtemp(dir) != NULL);
	CHECK_INT(mount("pct", dir, "tmpfs", 0, "size=256k"), 0);
	CHECK_INT(setenv("PAGECAST_SHM_DIR", dir, 1), 0);
	o = kit_options("full", 200 << 10, 0);
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	(void)snprintf(path, sizeof path, "%s/full", dir);
	CHECK_INT(access(path, F_OK), 0);
	pc_owner_close(&owner, 0);
	/* The payload fits, the slot does not. */
	o = kit_options("full", 200 << 10, 1);
	CHECK_STATUS(pc_owner_open(&o, &owner, NULL, &err), PC_ENOSPC);
	CHECK(strstr(err.text, "full") != NULL);
	o = kit_options("full", 300 << 10, 0);
	CHECK_STATUS(pc_owner_open(&o, &owner, NULL, &err), PC_ENOSPC);
	CHECK(access(path, F_OK) != 0);
	o = kit_options("full", 240 << 10, 0); /* all of it is free again */
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_owner_close(&owner, 0);
	CHECK_INT(umount(dir), 0);
	CHECK_INT(rmdir(dir), 0);
}

PC_TEST(regions_live_where_the_environment_says)
{
	pc_region_options o = kit_options("here", 8, 1);
	pc_owner *owner = NULL;
	char dir[] = "/tmp/pct-dir-XXXXXX", path[256];
	CHECK(mkdtemp(dir) != NULL);
	CHECK_INT(setenv("PAGECAST_SHM_DIR", dir, 1), 0);
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	(void)snprintf(path, sizeof path, "%s/here.pagecast", dir);
	CHECK_INT(access(path, F_OK), 0);
	pc_owner_close(&owner, 0);
	CHECK_INT(setenv("PAGECAST_SHM_DIR", "relative", 1), 0);
	CHECK_STATUS(pc_owner_open(&o, &owner, NULL, NULL), PC_EINVAL);
	CHECK_INT(rmdir(dir), 0);
}
