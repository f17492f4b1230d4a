/* Payloads that are files: what is opened, what is created, and who else has it. */
#define _GNU_SOURCE
#include "platform/lock.h"
#include "process_kit.h"

#define ACCESS(bits) (&(const pc_access){.mode = (bits)})

/* A path of this process's own, in a folder that is on a disk. */
static const char *own_path(void)
{
	static char path[128];
	(void)snprintf(path, sizeof path, "/tmp/%s.bin", kit_name("file"));
	return path;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	CHECK(file && fputs(text, file) >= 0 && !fclose(file));
}

PC_TEST(a_file_is_created_with_its_mode_and_found_again_as_it_was)
{
	const char *path = own_path();
	pc_object a = {0};
	pc_object_facts facts;
	pc_err err = {""};
	char back[4] = "";
	(void)umask(077);
	CHECK_OK(pc_object_open_file(path, "unused", 5000, ACCESS(0640), 1, &a, &facts, &err), &err);
	CHECK(facts.is_new && facts.bytes == 5000 && facts.mode == 0640 && facts.is_plain);
	CHECK_STATUS(pc_object_write(&a, 4997, "end", 3), PC_OK);
	pc_object_close(&a);
	CHECK_OK(pc_object_open_file(path, "unused", 100, ACCESS(0666), 1, &a, &facts, &err), &err);
	CHECK(!facts.is_new && facts.bytes == 5000 && facts.mode == 0640);
	CHECK_STATUS(pc_object_read(&a, 4997, back, 3), PC_OK);
	CHECK(!memcmp(back, "end", 3));
	pc_object_close(&a);
	CHECK_OK(pc_object_open_file(path, "unused", 6000, ACCESS(0666), 1, &a, &facts, &err), &err);
	CHECK(!facts.is_new && facts.bytes == 6000);
	CHECK_STATUS(pc_object_read(&a, 4997, back, 4), PC_OK);
	CHECK(!memcmp(back, "end", 4));
	pc_object_close(&a);
	CHECK(!unlink(path));
}

PC_TEST(an_empty_file_counts_as_new)
{
	const char *path = own_path();
	pc_object a = {0};
	pc_object_facts facts;
	put(path, "");
	CHECK_STATUS(pc_object_open_file(path, "unused", 10, ACCESS(0644), 1, &a, &facts, NULL), PC_OK);
	CHECK(facts.is_new && facts.bytes == 10);
	pc_object_close(&a);
	CHECK(!unlink(path));
}

PC_TEST(links_folders_and_relative_paths_are_refused)
{
	const char *path = own_path();
	pc_object a = {0};
	pc_object_facts facts;
	pc_err err = {""};
	CHECK(!symlink("/etc/hostname", path));
	CHECK_STATUS(pc_object_open_file(path, "unused", 1, ACCESS(0644), 1, &a, &facts, &err), PC_EUNTRUSTED);
	CHECK_STATUS(pc_object_open_payload("unused", path, 0, 0, &a, &facts, &err), PC_EUNTRUSTED);
	CHECK(!unlink(path));
	CHECK(!mkfifo(path, 0600));
	CHECK_STATUS(pc_object_open_payload("unused", path, 0, 1, &a, &facts, &err), PC_EUNTRUSTED);
	CHECK(!unlink(path));
	CHECK_STATUS(pc_object_open_file("/tmp", "unused", 1, ACCESS(0644), 1, &a, &facts, &err), PC_EUNTRUSTED);
	CHECK_STATUS(pc_object_open_file("here.bin", "unused", 1, ACCESS(0644), 1, &a, &facts, &err), PC_EINVAL);
	CHECK_STATUS(pc_object_open_file("/tmp/no/such/folder", "unused", 1, ACCESS(0644), 1, &a, &facts, &err),
	             PC_EABSENT);
	CHECK(strstr(err.text, "/tmp/no/such/folder") != NULL);
	CHECK_INT(a.handle, 0);
}

PC_TEST(a_shortened_file_is_an_error_to_read_and_no_signal)
{
	const char *path = own_path();
	pc_object a = {0};
	pc_object_facts facts;
	char bytes[64];
	CHECK_STATUS(pc_object_open_file(path, "unused", 10000, ACCESS(0644), 1, &a, &facts, NULL), PC_OK);
	CHECK_STATUS(pc_object_read(&a, 9000, bytes, sizeof bytes), PC_OK);
	CHECK(!truncate(path, 0));
	CHECK_STATUS(pc_object_read(&a, 9000, bytes, sizeof bytes), PC_EIO);
	CHECK_STATUS(pc_object_write(&a, 9000, "x", 1), PC_OK);
	CHECK_STATUS(pc_object_read(&a, 9000, bytes, 1), PC_OK);
	pc_object_close(&a);
	CHECK(!unlink(path));
}

PC_TEST(without_holes_every_byte_has_its_place)
{
	const char *path = own_path();
	pc_object a = {0};
	pc_object_facts facts;
	pc_err err = {""};
	struct stat st;
	CHECK_STATUS(pc_object_open_file(path, "unused", 1 << 20, ACCESS(0644), 1, &a, &facts, NULL), PC_OK);
	CHECK(!stat(path, &st) && st.st_blocks * 512 < 1 << 20);
	pc_object_close(&a);
	CHECK_OK(pc_object_open_file(path, "unused", 1 << 20, ACCESS(0644), 0, &a, &facts, &err), &err);
	CHECK(!facts.is_new);
	CHECK(!stat(path, &st) && st.st_blocks * 512 >= 1 << 20);
	CHECK_INT(st.st_size, 1 << 20);
	pc_object_close(&a);
	CHECK(!unlink(path));
}

PC_TEST(what_has_no_place_is_an_error_and_a_new_file_stays_empty)
{
	const char *path = own_path();
	pc_object a = {0};
	pc_object_facts facts;
	pc_err err = {""};
	struct stat st;
	CHECK_STATUS(pc_object_open_file(path, "unused", UINT64_C(1) << 40, ACCESS(0644), 0, &a, &facts, &err),
	             PC_ENOSPC);
	CHECK(strstr(err.text, path) != NULL);
	CHECK(!stat(path, &st) && st.st_size == 0 && st.st_blocks == 0);
	CHECK_STATUS(pc_object_open_file(path, "unused", UINT64_C(1) << 33, ACCESS(0644), 1, &a, &facts, &err), PC_OK);
	CHECK(facts.is_new && facts.bytes == UINT64_C(1) << 33);
	pc_object_close(&a);
	CHECK(!unlink(path));
}

static void sit(const char *name, uint64_t *cells)
{
	(void)name;
	pc_store_release_u64(&cells[0], 1);
	(void)pause();
}

PC_TEST(a_file_is_claimed_once_and_free_when_its_owner_is_killed)
{
	const char *path = own_path();
	pc_object a = {0}, b = {0};
	pc_object_facts facts;
	pc_lock first = {0}, second = {0};
	pc_err err = {""};
	pid_t child;
	CHECK_STATUS(pc_object_open_file(path, "one", 10, ACCESS(0644), 1, &a, &facts, NULL), PC_OK);
	CHECK_STATUS(pc_object_open_file(path, "two", 10, ACCESS(0644), 1, &b, &facts, NULL), PC_OK);
	child = fork();
	if (!child) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (pc_lock_take_file(&a, &first, NULL) == PC_OK) (void)raise(SIGKILL);
		_exit(1);
	}
	CHECK_INT(kit_reap(child), -SIGKILL);
	CHECK_OK(pc_lock_take_file(&a, &first, &err), &err);
	CHECK_STATUS(pc_lock_take_file(&b, &second, &err), PC_EBUSY);
	CHECK(strstr(err.text, "another region") != NULL);
	/* A child's copy is nothing. */
	child = kit_spawn(sit, path, kit_cells());
	pc_lock_release(&first);
	CHECK_OK(pc_lock_take_file(&b, &second, &err), &err);
	pc_lock_release(&second);
	kit_kill(child);
	pc_object_close(&a);
	pc_object_close(&b);
	CHECK(!unlink(path));
}
