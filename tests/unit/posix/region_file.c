/* Regions whose payload is a file of the user's: kept, lengthened, shortened, deleted, shared with programs that know nothing. */
#define _GNU_SOURCE
#include "base/crc32c.h"
#include "process_kit.h"

#include <sys/resource.h>

#define NOBODY 65534
#define GIB    (UINT64_C(1) << 30)

/* Where this test's files are; removed at the end, also after a failed check. */
static char folder[] = "/tmp/pagecast-test-XXXXXX";
static pid_t folder_of;

static void remove_folder(void)
{
	static const char *const names[] = {"a", "b", "c"};
	char path[64];
	if (getpid() != folder_of) return;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static const char *path_of(const char *name)
{
	static char paths[3][64];
	char *path = paths[name[0] - 'a'];
	if (!folder_of) {
		CHECK(mkdtemp(folder) && !chmod(folder, 0777));
		folder_of = getpid();
		(void)atexit(remove_folder);
	}
	(void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static void put(const char *path, const char *bytes, size_t count)
{
	FILE *file = fopen(path, "w");
	CHECK(file && fwrite(bytes, 1, count, file) == count && !fclose(file));
}

static unsigned char byte_at(const char *path, uint64_t offset)
{
	unsigned char byte = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && pread(fd, &byte, 1, (off_t)offset) == 1);
	(void)close(fd);
	return byte;
}

static struct stat look(const char *path)
{
	struct stat st;
	CHECK_INT(stat(path, &st), 0);
	return st;
}

static pc_region_options options_of(const char *name, const char *path, uint64_t bytes)
{
	pc_region_options o = kit_options(name, bytes, PC_SLOTS_AUTO);
	o.path = path;
	return o;
}

PC_TEST(a_file_is_the_payload_and_outlives_its_region)
{
	const char *name = kit_name("file"), *path = path_of("a");
	pc_region_options o = options_of(name, path, 64);
	char initial[64] = "in the beginning", text[64];
	pc_owner *owner;
	pc_writer *writer;
	pc_reader *reader;
	pc_snapshot_info info;
	o.initial_payload = initial;
	o.mode = 0640;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	CHECK_INT(look(path).st_mode & 07777, 0640);
	CHECK_INT(kit_inode(name, ""), 0);
	CHECK_INT(pc_owner_control(owner)->flags, PC_REGION_FILE | PC_REGION_FOREIGN);
	reader = kit_read(name);
	CHECK_STATUS(pc_reader_snapshot(reader, text, 64, &info), PC_OK);
	CHECK(!strcmp(text, initial) && info.tick == 0);
	CHECK(!strcmp(pc_reader_payload(reader), initial));
	writer = kit_write(name);
	kit_commit(writer, 'x');
	CHECK_INT(byte_at(path, 63), 'x');
	CHECK_INT(((const char *)pc_reader_payload(reader))[63], 'x');
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
	pc_reader_close(&reader);
	CHECK_INT(kit_inode(name, ".pagecast"), 0);
	/* Values of last time are what a new owner starts with, whatever it would have put into a new file. */
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	reader = kit_read(name);
	CHECK_INT(kit_value(reader, &info), 'x');
	CHECK_INT(info.tick, 0);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(an_existing_file_is_lengthened_and_never_shortened)
{
	const char *name = kit_name("file"), *path = path_of("a");
	pc_region_options o = options_of(name, path, 10000);
	pc_owner *owner;
	put(path, "abc", 3);
	(void)chmod(path, 0600);
	o.initial_payload = calloc(1, 10000);
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	CHECK_INT(look(path).st_size, 10000);
	CHECK_INT(look(path).st_mode & 07777, 0600);
	CHECK(look(path).st_blocks * 512 >= 10000);
	CHECK_INT(byte_at(path, 2), 'c');
	o.payload_bytes = 4096;
	CHECK_OK(pc_owner_replace(&owner, &o, NULL, NULL), (pc_err *)&(pc_err){""});
	CHECK_INT(look(path).st_size, 10000);
	CHECK_INT(pc_owner_control(owner)->payload_bytes, 4096);
	pc_owner_close(&owner, 0);
	CHECK_INT(byte_at(path, 2), 'c');
	free((void *)(uintptr_t)o.initial_payload);
}

static void check_far(pc_writer *writer, pc_reader *reader, const char *path, uint64_t offset)
{
	unsigned char in[64], out[64];
	memset(in, (int)(offset % 250 + 1), sizeof in);
	memset(out, 0, sizeof out);
	CHECK_STATUS(pc_writer_write(writer, offset, in, sizeof in), PC_OK);
	CHECK_STATUS(pc_reader_read(reader, offset, out, sizeof out, NULL), PC_OK);
	CHECK(!memcmp(in, out, sizeof in));
	CHECK(!memcmp((const char *)pc_reader_payload(reader) + offset, in, sizeof in));
	CHECK_INT(byte_at(path, offset + 63), in[63]);
}

PC_TEST(five_gibibytes_on_a_sparse_file)
{
	const char *name = kit_name("file"), *path = path_of("a");
	pc_region_options o = options_of(name, path, 5 * GIB);
	unsigned char *bytes;
	pc_owner *owner;
	pc_writer *writer;
	pc_reader *reader;
	o.file_flags = PC_FILE_SPARSE;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	CHECK_INT(pc_owner_control(owner)->slot_count, 0);
	writer = kit_write(name);
	reader = kit_read(name);
	check_far(writer, reader, path, 0);
	check_far(writer, reader, path, 4 * GIB - 32);
	check_far(writer, reader, path, 5 * GIB - 64);
	CHECK_STATUS(pc_writer_write(writer, 5 * GIB - 63, "", 64), PC_EINVAL);
	bytes = pc_writer_begin(writer);
	CHECK(bytes != NULL);
	bytes[4 * GIB + 65536] = 77;
	CHECK_STATUS(pc_writer_commit(writer), PC_OK);
	CHECK_INT(byte_at(path, 4 * GIB + 65536), 77);
	CHECK_INT(look(path).st_size, 5 * GIB);
	CHECK(look(path).st_blocks * 512 < 1 << 20);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

static void own_and_commit(const char *name, uint64_t *cells)
{
	pc_region_options o = options_of(name, path_of("a"), 64);
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_writer *writer = kit_write(name);
	for (int i = 1; i <= 5; i++) kit_commit(writer, i);
	pc_store_release_u64(&cells[0], 1);
	(void)pause();
	pc_owner_close(&owner, 0);
}

PC_TEST(a_killed_owner_is_followed_in_place)
{
	const char *name = kit_name("file"), *path = path_of("a");
	pc_region_options o = options_of(name, path, 64);
	pid_t child = kit_spawn(own_and_commit, name, kit_cells());
	pc_reader *reader = kit_read(name);
	pc_snapshot_info info;
	pc_owner *owner = NULL;
	pc_writer *writer;
	pc_err err = {""};
	CHECK_STATUS(pc_owner_open(&o, &owner, NULL, &err), PC_EBUSY);
	kit_kill(child);
	owner = kit_own_with(&o, PC_OWNER_ADOPTED);
	CHECK_INT(pc_reader_liveness(reader), PC_DEAD);
	writer = kit_write(name);
	CHECK_INT(kit_value(reader, &info), 5);
	CHECK_INT(info.tick, 5);
	kit_commit(writer, 6);
	CHECK_INT(kit_value(reader, &info), 6);
	CHECK_INT(info.tick, 6);
	CHECK_INT(byte_at(path, 0), 6);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
	pc_reader_close(&reader);
}

PC_TEST(one_file_is_the_payload_of_one_region)
{
	const char *path = path_of("a");
	pc_region_options first = options_of(kit_name("one"), path, 64), second = options_of(kit_name("two"), path, 64);
	pc_owner *owner = kit_own_with(&first, PC_OWNER_CREATED), *other = NULL;
	pc_err err = {""};
	CHECK_STATUS(pc_owner_open(&second, &other, NULL, &err), PC_EBUSY);
	CHECK(strstr(err.text, path) && strstr(err.text, "another region"));
	CHECK_INT(kit_inode(second.name, ".pagecast"), 0);
	/* Its own successor is no rival. */
	first.payload_bytes = 128;
	CHECK_OK(pc_owner_replace(&owner, &first, NULL, &err), &err);
	CHECK_STATUS(pc_owner_open(&second, &other, NULL, &err), PC_EBUSY);
	pc_owner_close(&owner, 0);
	CHECK_OK(pc_owner_open(&second, &other, NULL, &err), &err);
	pc_owner_close(&other, 0);
}

PC_TEST(a_deleted_or_replaced_file_is_noticed_and_served_anew)
{
	const char *name = kit_name("file"), *path = path_of("a");
	pc_region_options o = options_of(name, path, 16);
	char initial[16] = "start";
	pc_owner *owner;
	pc_reader *reader;
	int outcome = 0;
	char text[16];
	o.initial_payload = initial;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	reader = kit_read(name);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
	CHECK_INT(unlink(path), 0);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_ESTALE);
	/* Who has it goes on until then. */
	CHECK_STATUS(pc_reader_snapshot(reader, text, 16, NULL), PC_OK);
	CHECK_STATUS(pc_owner_replace(&owner, &o, &outcome, NULL), PC_OK);
	CHECK_INT(outcome, PC_OWNER_REPLACED);
	CHECK_STATUS(pc_reader_snapshot(reader, text, 16, NULL), PC_ESTALE);
	CHECK_STATUS(pc_reader_reopen(reader, NULL), PC_OK);
	CHECK_STATUS(pc_reader_snapshot(reader, text, 16, NULL), PC_OK);
	CHECK(!strcmp(text, "start"));
	put(path_of("b"), "saved by rename", 16);
	CHECK_INT(rename(path_of("b"), path), 0);
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_ESTALE);
	CHECK_STATUS(pc_owner_replace(&owner, &o, &outcome, NULL), PC_OK);
	CHECK_STATUS(pc_reader_reopen(reader, NULL), PC_OK);
	CHECK_STATUS(pc_reader_snapshot(reader, text, 16, NULL), PC_OK);
	CHECK(!strcmp(text, "saved by rename"));
	CHECK_STATUS(pc_owner_tend(owner, NULL), PC_OK);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_shortened_file_kills_nobody_and_is_lengthened_again)
{
	const char *name = kit_name("file"), *path = path_of("a");
	pc_region_options o = options_of(name, path, 20000);
	pc_owner *owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_writer *writer = kit_write(name);
	pc_reader *reader = kit_read(name);
	pc_snapshot_info info;
	int restored = 0;
	kit_commit(writer, 1);
	CHECK_INT(truncate(path, 0), 0);
	CHECK_INT(kit_value(reader, &info), 1);
	CHECK_STATUS(pc_owner_tend(owner, &restored), PC_OK);
	CHECK_INT(restored, 1);
	CHECK_INT(look(path).st_size, 20000);
	CHECK_INT(truncate(path, 100), 0);
	kit_commit(writer, 2);
	CHECK_INT(byte_at(path, 19999), 2);
	CHECK_INT(kit_value(reader, &info), 2);
	CHECK_INT(info.payload_flags, 0);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_disk_that_is_full_is_an_error_of_the_commit)
{
	const char *name = kit_name("file"), *path = path_of("a");
	pc_region_options o = options_of(name, path, 20000);
	struct rlimit before, limit;
	pc_owner *owner;
	pc_writer *writer;
	pc_reader *reader;
	pc_snapshot_info info;
	void *bytes;
	o.file_flags = PC_FILE_SPARSE;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	writer = kit_write(name);
	reader = kit_read(name);
	/* The limit of file sizes stands for the disk: the same answer, in the same place. */
	(void)signal(SIGXFSZ, SIG_IGN);
	CHECK_INT(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 8192;
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
	bytes = pc_writer_begin(writer);
	CHECK(bytes != NULL);
	memset(bytes, 7, 20000);
	CHECK_STATUS(pc_writer_commit(writer), PC_ENOSPC);
	CHECK_INT(kit_value(reader, &info), 7);
	CHECK(info.tick == 1 && info.payload_flags == 0);
	CHECK_INT(pc_owner_control(owner)->payload_flags, PC_PAYLOAD_TORN);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &before), 0);
	kit_commit(writer, 8);
	CHECK_INT(byte_at(path, 19999), 8);
	CHECK_INT(pc_owner_control(owner)->payload_flags, 0);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

PC_TEST(what_plain_programs_write_is_seen)
{
	const char *name = kit_name("file"), *path = path_of("a");
	pc_region_options o = options_of(name, path, 20000);
	char *text = calloc(1, 20000);
	pc_owner *owner;
	pc_writer *observer;
	pc_reader *reader;
	pc_snapshot_info info;
	int changed;
	o.flags = PC_REGION_LEGACY;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	observer = kit_write(name);
	reader = kit_read(name);
	CHECK_STATUS(pc_writer_observe(observer, &changed), PC_OK);
	memset(text, 3, 20000);
	/* As cp does it: shortened, then written anew. Nothing of that is a value. */
	CHECK_INT(truncate(path, 0), 0);
	CHECK_STATUS(pc_writer_observe(observer, &changed), PC_OK);
	CHECK_INT(changed, 0);
	put(path, text, 20000);
	CHECK_STATUS(pc_writer_observe(observer, &changed), PC_OK);
	CHECK_INT(changed, 1);
	CHECK_INT(kit_value(reader, &info), 3);
	CHECK_STATUS(pc_writer_observe(observer, &changed), PC_OK);
	CHECK_INT(changed, 0);
	pc_reader_close(&reader);
	pc_writer_close(&observer);
	pc_owner_close(&owner, 0);
	free(text);
}

PC_TEST(memory_becomes_a_file_and_a_file_memory)
{
	const char *name = kit_name("file"), *path = path_of("a");
	pc_region_options memory = kit_options(name, 64, PC_SLOTS_AUTO), file = options_of(name, path, 64);
	pc_owner *owner = kit_own_with(&memory, PC_OWNER_CREATED);
	pc_writer *writer = kit_write(name);
	char hidden[80];
	pc_err err = {""};
	(void)snprintf(hidden, sizeof hidden, ".%s", name);
	kit_commit(writer, 4);
	CHECK_OK(pc_owner_replace(&owner, &file, NULL, &err), &err);
	CHECK_STATUS(pc_writer_beat(writer), PC_ESTALE);
	pc_writer_close(&writer);
	CHECK_INT(kit_inode(name, ""), 0);
	CHECK_INT(kit_inode(hidden, ".keep"), 0);
	writer = kit_write(name);
	kit_commit(writer, 5);
	CHECK_INT(byte_at(path, 0), 5);
	pc_writer_close(&writer);
	CHECK_OK(pc_owner_replace(&owner, &memory, NULL, &err), &err);
	CHECK(kit_inode(name, "") != 0);
	pc_owner_close(&owner, 0);
	CHECK_INT(kit_inode(name, "") + kit_inode(name, ".pagecast") + kit_inode(hidden, ".keep"), 0);
	CHECK_INT(byte_at(path, 0), 5);
}

/* ---- users ---- */

static void read_without_the_file(const char *name, uint64_t *cells)
{
	pc_reader *reader = NULL;
	pc_snapshot_info info;
	CHECK_INT(setresuid(NOBODY, NOBODY, NOBODY), 0);
	CHECK_STATUS(pc_reader_open(name, NULL, &reader, NULL), PC_OK);
	CHECK(pc_reader_payload(reader) == NULL);
	CHECK_INT(kit_value(reader, &info), 9);
	CHECK_INT(info.from_slot, 1);
	pc_store_release_u64(&cells[0], 1);
}

PC_TEST(who_may_not_open_the_file_has_the_slots)
{
	const char *name = kit_name("file"), *path = path_of("a");
	pc_region_options o = options_of(name, path, 64);
	pc_owner *owner;
	pc_writer *writer;
	if (geteuid() != 0) return;
	put(path, "", 0);
	(void)chmod(path, 0600);
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	writer = kit_write(name);
	kit_commit(writer, 9);
	CHECK_INT(kit_reap(kit_spawn(read_without_the_file, name, kit_cells())), 0);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

static void own_as_nobody(const char *name, uint64_t *cells)
{
	pc_region_options o = options_of(name, path_of("a"), 64);
	pc_owner *owner;
	CHECK_INT(setresuid(NOBODY, NOBODY, NOBODY), 0);
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	pc_store_release_u64(&cells[0], 1);
	(void)pause();
	pc_owner_close(&owner, 0);
}

/* What its user could do: let the control page speak of another file. */
static void lead_to(const char *name, const char *path)
{
	char file[256];
	int fd;
	pc_control *c;
	kit_path(name, ".pagecast", file);
	fd = open(file, O_RDWR | O_CLOEXEC);
	c = mmap(NULL, (size_t)kit_file_bytes(name, ".pagecast"), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(fd >= 0 && (void *)c != MAP_FAILED);
	CHECK_INT(c->path_bytes, strlen(path));
	memcpy((char *)c + c->path_offset, path, c->path_bytes);
	c->payload_file_id = (uint64_t)look(path).st_ino;
	c->identity_crc = pc_crc32c((const char *)c + 8, offsetof(pc_control, identity_crc) - 8);
	(void)munmap(c, (size_t)kit_file_bytes(name, ".pagecast"));
	(void)close(fd);
}

PC_TEST(a_stranger_cannot_lead_us_to_a_file_that_is_not_his)
{
	const char *name = kit_name("file");
	pc_reader_options trust_any = {.struct_size = sizeof trust_any, .flags = PC_READER_TRUST_ANY};
	pc_writer_options write_any = {.struct_size = sizeof write_any, .flags = PC_WRITER_TRUST_ANY};
	pc_reader *reader = NULL;
	pc_writer *writer = NULL;
	pid_t child;
	if (geteuid() != 0) return;
	put(path_of("b"), "a secret of root's, longer than sixty-four bytes: ................................", 80);
	(void)chmod(path_of("b"), 0600);
	(void)path_of("a");
	child = kit_spawn(own_as_nobody, name, kit_cells());
	CHECK_STATUS(pc_reader_open(name, NULL, &reader, NULL), PC_EUNTRUSTED);
	CHECK_STATUS(pc_reader_open(name, &trust_any, &reader, NULL), PC_OK);
	pc_reader_close(&reader);
	lead_to(name, path_of("b"));
	CHECK_STATUS(pc_reader_open(name, &trust_any, &reader, NULL), PC_EUNTRUSTED);
	CHECK_STATUS(pc_writer_open(name, &write_any, &writer, NULL), PC_EUNTRUSTED);
	kit_kill(child);
}
