/* Objects and locks: what the region room builds on. */
#define _GNU_SOURCE
#include "platform/lock.h"
#include "platform/process.h"
#include "platform/random.h"
#include "process_kit.h"

#include <dirent.h>
#include <sys/stat.h>

#define ACCESS(bits) (&(const pc_access){.mode = (bits)})

static int exists(const char *name)
{
	pc_object_facts facts;
	return pc_object_look(name, &facts) == PC_OK;
}

/* Entries of the folder whose names have @p part in them. */
static int count_entries(const char *part)
{
	DIR *dir = opendir("/dev/shm");
	const struct dirent *entry;
	int count = 0;
	CHECK(dir != NULL);
	while ((entry = readdir(dir)) != NULL) count += strstr(entry->d_name, part) != NULL;
	(void)closedir(dir);
	return count;
}

static void create_and_publish(void)
{
	const char *name = kit_name("object");
	pc_object a = {0}, b = {0}, c = {0};
	pc_object_facts facts;
	pc_map map = {0}, other = {0};
	pc_err err = {""};
	(void)umask(077);
	CHECK_OK(pc_object_create(name, 5000, ACCESS(0644), &a, &err), &err);
	CHECK(!exists(name));
	CHECK_OK(pc_map_open(&a, 5000, PC_MAP_WRITABLE, &map, &err), &err);
	for (int i = 0; i < 5000; i++) CHECK_INT(((char *)map.base)[i], 0);
	memset(map.base, 3, 5000);
	CHECK_OK(pc_object_publish(&a, name, 0, &err), &err);
	CHECK_INT(count_entries(name), 1);
	CHECK_STATUS(pc_object_open(name, 0, &b, &facts, &err), PC_OK);
	CHECK_INT(facts.bytes, 5000);
	CHECK_INT(facts.mode, 0644);
	CHECK_INT(facts.link_count, 1);
	CHECK_INT(facts.is_plain, 1);
	CHECK_INT(facts.uid, pc_process_uid());
	CHECK_INT(facts.file_id, a.file_id);
	CHECK_OK(pc_map_open(&b, 5000, 0, &other, &err), &err);
	CHECK_MEM(map.base, other.base, 5000);
	CHECK_STATUS(pc_map_open(&b, 5000, PC_MAP_WRITABLE, &other, &err), PC_EPERM);
	/* A taken name is taken, unless it is to be replaced. */
	CHECK_OK(pc_object_create(name, 10, ACCESS(0600), &c, &err), &err);
	CHECK_STATUS(pc_object_publish(&c, name, 0, &err), PC_EBUSY);
	CHECK_OK(pc_object_publish(&c, name, 1, &err), &err);
	CHECK_STATUS(pc_object_look(name, &facts), PC_OK);
	CHECK_INT(facts.file_id, c.file_id);
	CHECK_INT(facts.bytes, 10);
	CHECK_MEM(map.base, other.base, 5000); /* who had the old one has it still */
	CHECK_STATUS(pc_object_unlink(name, a.file_id), PC_ESTALE);
	CHECK_OK(pc_object_grow(&c, 6000, &err), &err);
	CHECK_STATUS(pc_object_facts_of(&c, &facts), PC_OK);
	CHECK_INT(facts.bytes, 6000);
	CHECK_OK(pc_object_grow(&c, 100, &err), &err);
	CHECK_STATUS(pc_object_facts_of(&c, &facts), PC_OK);
	CHECK_INT(facts.bytes, 6000);
	CHECK_STATUS(pc_object_unlink(name, c.file_id), PC_OK);
	CHECK_STATUS(pc_object_unlink(name, c.file_id), PC_EABSENT);
	pc_map_close(&map);
	pc_map_close(&other);
	pc_map_close(&other);
	pc_object_close(&a);
	pc_object_close(&b);
	pc_object_close(&c);
	pc_object_close(&c);
	/* What is never published is gone. */
	CHECK_OK(pc_object_create(name, 10, ACCESS(0600), &a, &err), &err);
	pc_object_close(&a);
	CHECK_INT(count_entries(name), 0);
}

PC_TEST(an_object_appears_whole_and_under_its_name_alone)
{
	create_and_publish();
}

PC_TEST(objects_can_be_created_where_every_file_needs_a_name)
{
	pc_object_use_temp_names(1);
	create_and_publish();
}

/* 1 if the page at @p base is mapped in this process. */
static int is_mapped(void *base)
{
	unsigned char page;
	return mincore(base, 1, &page) == 0;
}

PC_TEST(a_forked_child_has_the_mappings_of_readers_alone)
{
	const char *name = kit_name("inherit");
	pc_object a = {0};
	pc_map reader = {0}, writer = {0};
	pid_t pid;
	CHECK_STATUS(pc_object_create(name, 10, ACCESS(0644), &a, NULL), PC_OK);
	CHECK_STATUS(pc_map_open(&a, 10, 0, &reader, NULL), PC_OK);
	CHECK_STATUS(pc_map_open(&a, 10, PC_MAP_WRITABLE | PC_MAP_NOT_INHERITED, &writer, NULL), PC_OK);
	CHECK(is_mapped(reader.base) && is_mapped(writer.base));
	pid = fork();
	if (!pid) _exit(is_mapped(reader.base) && !is_mapped(writer.base) ? 0 : 1);
	CHECK_INT(kit_reap(pid), 0);
	pc_map_close(&reader);
	pc_map_close(&writer);
	pc_object_close(&a);
}

static void create_and_hang(const char *name, uint64_t *cells)
{
	pc_object a = {0};
	CHECK_STATUS(pc_object_create(name, 1 << 20, ACCESS(0644), &a, NULL), PC_OK);
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(60000);
}

PC_TEST(a_killed_creator_leaves_nothing_behind)
{
	const char *name = kit_name("created");
	kit_kill(kit_spawn(create_and_hang, name, kit_cells()));
	CHECK_INT(count_entries(name), 0);
}

PC_TEST(a_role_lock_is_exclusive_and_visible_to_mere_readers)
{
	const char *name = kit_name("lock");
	pc_object a = {0}, r = {0};
	pc_object_facts facts;
	pc_lock first = {0}, second = {0};
	pc_err err = {""};
	CHECK_OK(pc_object_create(name, 10, ACCESS(0644), &a, &err), &err);
	CHECK_OK(pc_lock_take(&a, name, 100, &first, &err), &err); /* before it has a name */
	CHECK_OK(pc_object_publish(&a, name, 0, &err), &err);
	CHECK_STATUS(pc_object_open(name, 0, &r, &facts, &err), PC_OK);
	CHECK_INT(pc_lock_is_held(&r, 100), 1);
	CHECK_INT(pc_lock_is_held(&r, 101), 0);
	CHECK_STATUS(pc_lock_take(&a, name, 100, &second, &err), PC_EBUSY);
	CHECK_OK(pc_lock_take(&a, name, 101, &second, &err), &err);
	pc_lock_release(&first);
	CHECK_INT(pc_lock_is_held(&r, 100), 0);
	CHECK_INT(pc_lock_is_held(&r, 101), 1);
	pc_lock_release(&second);
	pc_lock_release(&second);
	CHECK_INT(pc_lock_is_held(&r, 101), 0);
	CHECK_STATUS(pc_object_unlink(name, a.file_id), PC_OK);
	CHECK_STATUS(pc_lock_take(&a, name, 100, &first, &err), PC_ESTALE);
	pc_object_close(&a);
	pc_object_close(&r);
}

PC_TEST(the_folder_tells_when_a_name_changes_and_is_not_believed_at_once)
{
	const char *name = kit_name("stamp");
	char folder[] = "/dev/shm/pc-stamp-XXXXXX";
	struct timespec old[2] = {{.tv_sec = 1000, .tv_nsec = 7}, {.tv_sec = 1000, .tv_nsec = 7}};
	pc_object a = {0};
	CHECK(mkdtemp(folder) != NULL);
	CHECK_INT(setenv("PAGECAST_SHM_DIR", folder, 1), 0);
	CHECK_INT(pc_object_names_stamp(), 0); /* made a moment ago */
	CHECK_INT(utimensat(AT_FDCWD, folder, old, 0), 0);
	CHECK_INT(pc_object_names_stamp(), 1000000000007);
	CHECK_INT(pc_object_names_stamp(), 1000000000007);
	CHECK_STATUS(pc_object_create(name, 10, ACCESS(0644), &a, NULL), PC_OK);
	CHECK_INT(utimensat(AT_FDCWD, folder, old, 0), 0);
	CHECK_STATUS(pc_object_publish(&a, name, 0, NULL), PC_OK);
	CHECK(pc_object_names_stamp() != 1000000000007);
	CHECK_INT(utimensat(AT_FDCWD, folder, old, 0), 0);
	CHECK_STATUS(pc_object_unlink(name, a.file_id), PC_OK);
	CHECK(pc_object_names_stamp() != 1000000000007);
	pc_object_close(&a);
	CHECK_INT(rmdir(folder), 0);
	CHECK_INT(pc_object_names_stamp(), 0); /* no such folder */
}

PC_TEST(who_holds_a_lock_can_ask_for_the_others_and_does_not_see_itself)
{
	const char *name = kit_name("asks");
	pc_object a = {0};
	pc_lock owner = {0}, writer = {0};
	pc_err err = {""};
	CHECK_OK(pc_object_create(name, 10, ACCESS(0644), &a, &err), &err);
	CHECK_INT(pc_lock_sees(&owner, name, a.file_id, 101), -1); /* not held: nothing to ask by */
	CHECK_OK(pc_lock_take(&a, name, 100, &owner, &err), &err);
	CHECK_OK(pc_object_publish(&a, name, 0, &err), &err);
	CHECK_INT(pc_lock_sees(&owner, name, a.file_id, 101), 0);
	CHECK_INT(pc_lock_sees(&owner, name, a.file_id, 100), 0); /* its own */
	CHECK_OK(pc_lock_take(&a, name, 101, &writer, &err), &err);
	CHECK_INT(pc_lock_sees(&owner, name, a.file_id, 101), 1); /* of the same process, but another description */
	CHECK_INT(pc_lock_sees(&writer, name, a.file_id, 100), 1);
	pc_lock_release(&writer);
	CHECK_INT(pc_lock_sees(&owner, name, a.file_id, 101), 0);
	pc_lock_release(&owner);
	CHECK_STATUS(pc_object_unlink(name, a.file_id), PC_OK);
	pc_object_close(&a);
	CHECK_INT(pc_lock_is_held(&a, 100), -1);
}

PC_TEST(a_lock_on_an_object_that_was_replaced_is_no_lock)
{
	const char *name = kit_name("stale");
	pc_object a = {0}, b = {0};
	pc_lock lock = {0};
	CHECK_STATUS(pc_object_create(name, 10, ACCESS(0644), &a, NULL), PC_OK);
	CHECK_STATUS(pc_object_publish(&a, name, 0, NULL), PC_OK);
	CHECK_STATUS(pc_object_create(name, 10, ACCESS(0644), &b, NULL), PC_OK);
	CHECK_STATUS(pc_object_publish(&b, name, 1, NULL), PC_OK);
	CHECK_STATUS(pc_lock_take(&a, name, 100, &lock, NULL), PC_ESTALE);
	CHECK_STATUS(pc_lock_take(&b, name, 100, &lock, NULL), PC_OK);
	pc_lock_release(&lock);
	CHECK_STATUS(pc_object_unlink(name, b.file_id), PC_OK);
	pc_object_close(&a);
	pc_object_close(&b);
}

PC_TEST(a_process_knows_itself)
{
	pc_process self;
	uint8_t boot[16], again[16], zeroes[16] = {0}, random[2][32];
	uint32_t forks = pc_process_forks();
	int status;
	pid_t pid;
	pc_process_self(&self);
	CHECK_INT(self.pid, getpid());
	CHECK_INT(self.uid, geteuid());
	CHECK(self.start > 0 && self.pidns > 0);
	CHECK_STR(self.name, "test_unit_platf"); /* cut by the kernel */
	pc_machine_boot_id(boot);
	pc_machine_boot_id(again);
	CHECK_MEM(boot, again, 16);
	CHECK(memcmp(boot, zeroes, 16) != 0);
	CHECK_STATUS(pc_random_bytes(random, sizeof random), PC_OK);
	CHECK(memcmp(random[0], random[1], 32) != 0);
	pid = fork();
	if (!pid) _exit(pc_process_forks() == forks + 1 ? 0 : 1);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	CHECK_INT(pc_process_forks(), forks);
}
