/* Attaching to what is absent, unfinished, foreign, damaged, or not to be trusted. */
#define _GNU_SOURCE
#include "base/crc32c.h"
#include "process_kit.h"

#include <fcntl.h>
#include <sys/stat.h>

static void put_file(const char *name, const char *suffix, const void *bytes, size_t count, mode_t mode)
{
	char path[256];
	int fd;
	kit_path(name, suffix, path);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	if (count) CHECK_INT(write(fd, bytes, count), count);
	CHECK_INT(fchmod(fd, mode), 0);
	(void)close(fd);
}

static size_t get_file(const char *name, const char *suffix, void *bytes, size_t count)
{
	char path[256];
	int fd;
	ssize_t got;
	kit_path(name, suffix, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	got = read(fd, bytes, count);
	CHECK(got >= 0);
	(void)close(fd);
	return (size_t)got;
}

static pc_status try_open(const char *name, pc_err *err)
{
	pc_reader *reader = NULL;
	pc_status s = pc_reader_open(name, NULL, &reader, err);
	pc_reader_close(&reader);
	return s;
}

PC_TEST(names_are_checked)
{
	static const char *const bad[] = {"",           ".hidden",
	                                  "a/b",        "../etc",
	                                  "a.pagecast", "Local\\",
	                                  "Global\\.x", "a\nb",
	                                  "\xc3\xa4",   "0123456789012345678901234567890123456789012345678901234x"};
	pc_err err;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		pc_region_options o = kit_options(bad[i], 8, 1);
		pc_owner *owner = NULL;
		err.text[0] = 0;
		CHECK_STATUS(try_open(bad[i], &err), PC_EINVAL);
		CHECK(err.text[0] != 0);
		CHECK_STATUS(pc_owner_open(&o, &owner, NULL, NULL), PC_EINVAL);
	}
	CHECK_STATUS(try_open(NULL, &err), PC_EINVAL);
	CHECK_STATUS(try_open("0123456789012345678901234567890123456789012345678901234", &err), PC_EABSENT);
	CHECK_STATUS(try_open("Global\\no_such $+#@ -region", &err), PC_EABSENT);
}

PC_TEST(both_prefixes_lead_to_the_same_region)
{
	const char *name = kit_name("prefix");
	char local[80], global[80];
	pc_owner *owner;
	pc_reader *reader;
	(void)snprintf(local, sizeof local, "Local\\%s", name);
	(void)snprintf(global, sizeof global, "Global\\%s", name);
	owner = kit_own(local, 8, 1);
	reader = kit_read(global);
	CHECK_STR(pc_reader_name(reader), name);
	CHECK_STR(pc_reader_control(reader)->name, local);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_reader_may_start_first)
{
	const char *name = kit_name("first");
	pc_err err = {""};
	pc_reader *reader = NULL;
	char page[4096] = {0};
	uint64_t start = kit_now_ns();
	CHECK_STATUS(try_open(name, &err), PC_EABSENT);
	CHECK_STATUS(pc_reader_open_wait(name, NULL, 30, &reader, &err), PC_ETIMEDOUT);
	CHECK(kit_now_ns() - start >= 30000000 && reader == NULL);
	put_file(name, "", "plain", 5, 0644);
	CHECK_STATUS(try_open(name, &err), PC_EABSENT);
	put_file(name, ".pagecast", page, sizeof page, 0644);
	CHECK_STATUS(try_open(name, &err), PC_ENOTREADY);
	CHECK_STATUS(pc_reader_open_wait(name, NULL, 0, &reader, &err), PC_ETIMEDOUT);
}

static void own_a_little_later(const char *name, uint64_t *cells)
{
	pc_owner *owner;
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(30);
	owner = kit_own(name, 8, 1);
	kit_sleep_ms(60000);
	pc_owner_close(&owner, 0);
}

PC_TEST(waiting_to_open_ends_when_the_region_appears)
{
	const char *name = kit_name("appears");
	pid_t pid = kit_spawn(own_a_little_later, name, kit_cells());
	pc_reader *reader = NULL;
	CHECK_STATUS(pc_reader_open_wait(name, NULL, 20000, &reader, NULL), PC_OK);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "starting");
	pc_reader_close(&reader);
	kit_kill(pid);
}

PC_TEST(what_is_no_control_page_is_corrupt)
{
	const char *name = kit_name("garbage");
	pc_err err = {""};
	char page[8192];
	memset(page, 'x', sizeof page);
	put_file(name, "", page, 64, 0644);
	put_file(name, ".pagecast", page, sizeof page, 0644);
	CHECK_STATUS(try_open(name, &err), PC_ECORRUPT);
	CHECK(strstr(err.text, name) != NULL);
	put_file(name, ".pagecast", page, 100, 0644);
	CHECK_STATUS(try_open(name, &err), PC_ECORRUPT);
	put_file(name, ".pagecast", page, 0, 0644);
	CHECK_STATUS(try_open(name, &err), PC_ECORRUPT);
}

PC_TEST(links_and_folders_are_not_followed)
{
	const char *name = kit_name("link"), *real = kit_name("real");
	pc_owner *owner = kit_own(real, 8, 1);
	pc_region_options o = kit_options(name, 8, 1);
	char from[256], to[256];
	pc_err err = {""};
	pc_owner *other = NULL;
	kit_path(real, ".pagecast", to);
	kit_path(name, ".pagecast", from);
	CHECK_INT(symlink(to, from), 0);
	CHECK_STATUS(try_open(name, &err), PC_EUNTRUSTED);
	CHECK_STATUS(pc_owner_open(&o, &other, NULL, &err), PC_EUNTRUSTED);
	CHECK_INT(unlink(from), 0);
	CHECK_INT(mkfifo(from, 0644), 0);
	CHECK_STATUS(try_open(name, &err), PC_EUNTRUSTED); /* and does not hang */
	CHECK_STATUS(pc_owner_open(&o, &other, NULL, &err), PC_EUNTRUSTED);
	CHECK_INT(unlink(from), 0);
	CHECK_INT(mkdir(from, 0755), 0);
	CHECK_STATUS(try_open(name, &err), PC_EUNTRUSTED);
	CHECK_STATUS(pc_owner_open(&o, &other, NULL, &err), PC_EUNTRUSTED);
	CHECK_INT(rmdir(from), 0);
	kit_path(real, "", to);
	kit_path(name, "", from);
	CHECK_INT(symlink(to, from), 0);
	CHECK_STATUS(pc_owner_open(&o, &other, NULL, &err), PC_EUNTRUSTED);
	pc_owner_close(&owner, 0);
}

PC_TEST(another_version_is_told_apart_from_damage)
{
	const char *name = kit_name("version");
	pc_owner *owner = kit_own(name, 8, 0);
	pc_control page;
	pc_err err = {""};
	CHECK_INT(get_file(name, ".pagecast", &page, sizeof page), sizeof page);
	page.minor++;
	page.identity_crc = pc_crc32c(&page.major, 0xfc - 8);
	put_file(name, ".pagecast", &page, sizeof page, 0644);
	CHECK_STATUS(try_open(name, &err), PC_OK);
	page.major++;
	put_file(name, ".pagecast", &page, sizeof page, 0644);
	CHECK_STATUS(try_open(name, &err), PC_EVERSION);
	page.major--;
	page.endian = 0x04030201;
	put_file(name, ".pagecast", &page, sizeof page, 0644);
	CHECK_STATUS(try_open(name, &err), PC_EVERSION);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_truncated_object_is_refused)
{
	const char *name = kit_name("short");
	pc_owner *owner = kit_own(name, 10000, 2);
	char path[256];
	pc_err err = {""};
	struct stat st;
	kit_path(name, "", path);
	CHECK_INT(truncate(path, 9999), 0);
	CHECK_STATUS(try_open(name, &err), PC_ENOTREADY);
	CHECK_INT(truncate(path, 10000), 0);
	CHECK_STATUS(try_open(name, &err), PC_OK);
	kit_path(name, ".pagecast", path);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(truncate(path, st.st_size - 1), 0);
	CHECK_STATUS(try_open(name, &err), PC_ECORRUPT);
	CHECK_INT(truncate(path, 4096), 0);
	CHECK_STATUS(try_open(name, &err), PC_ECORRUPT);
	CHECK_INT(truncate(path, 4095), 0);
	CHECK_STATUS(try_open(name, &err), PC_ECORRUPT);
	pc_owner_close(&owner, 0);
}

/* Every use of a reader and a writer that looks at the identity. */
static void use(const char *name)
{
	static char buffer[1 << 16];
	pc_reader *reader = NULL;
	pc_writer *writer = NULL;
	pc_view view;
	uint32_t events;
	if (pc_reader_open(name, NULL, &reader, NULL) == PC_OK) {
		(void)pc_reader_layout(reader);
		if (pc_reader_payload_bytes(reader) <= sizeof buffer) {
			(void)pc_reader_snapshot(reader, buffer, sizeof buffer, NULL);
			for (uint64_t t = 0; t < 4; t++)
				(void)pc_reader_history(reader, t, buffer, sizeof buffer, NULL);
			if (pc_reader_view(reader, &view) == PC_OK) memcpy(buffer, view.data, (size_t)view.bytes);
		}
		(void)pc_reader_liveness(reader);
		(void)pc_reader_wait(reader, 0, &events);
		pc_reader_close(&reader);
	}
	if (pc_writer_open(name, NULL, &writer, NULL) == PC_OK) {
		(void)pc_writer_write(writer, 0, buffer, 1);
		(void)pc_writer_layout(writer);
		pc_writer_close(&writer);
	}
}

/* A region with everything, as a file image; the page can then be damaged and put back. */
static size_t make_image(const char *name, unsigned char *image, size_t bytes)
{
	const char *text = "a u32\nb f32[20]\n";
	pc_region_options o = kit_options(name, 84, 3);
	pc_owner *owner;
	size_t got;
	o.schema_text = text;
	o.schema_bytes = (uint32_t)strlen(text);
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	got = get_file(name, ".pagecast", image, bytes);
	pc_owner_close(&owner, PC_OWNER_KEEP);
	return got;
}

PC_TEST(no_damage_to_the_identity_harms_a_reader_or_writer)
{
	const char *name = kit_name("fuzz");
	static unsigned char image[8192], copy[8192];
	size_t bytes = make_image(name, image, sizeof image);
	pc_control *c = (pc_control *)(void *)copy;
	unsigned ok = 0;
	CHECK(bytes > 4096 && bytes < sizeof image);
	for (size_t at = 0; at < 0x100; at++) {
		for (int bit = 0; bit < 8; bit++) {
			memcpy(copy, image, bytes);
			copy[at] = (unsigned char)(copy[at] ^ 1 << bit);
			put_file(name, ".pagecast", copy, bytes, 0644);
			CHECK(try_open(name, NULL) != PC_OK);
			use(name);
			/* The same with a checksum that fits: what is left to stop it are the bounds. */
			c->identity_crc = pc_crc32c(&c->major, 0xfc - 8);
			put_file(name, ".pagecast", copy, bytes, 0644);
			ok += try_open(name, NULL) == PC_OK;
			use(name);
		}
	}
	CHECK(ok > 100); /* names, times, ids: most of these say nothing about places */
}

PC_TEST(no_number_in_the_identity_leads_out_of_the_object)
{
	const char *name = kit_name("bounds");
	static const uint64_t values[] = {1,
	                                  63,
	                                  64,
	                                  4095,
	                                  4096,
	                                  4160,
	                                  1 << 20,
	                                  0x7fffffff,
	                                  0x80000000,
	                                  0xffffffc0,
	                                  0xffffffff,
	                                  UINT64_C(0x100000000),
	                                  UINT64_C(1) << 40,
	                                  UINT64_C(0x7fffffffffffffc0),
	                                  UINT64_C(0x8000000000000000),
	                                  UINT64_C(0xffffffffffffffc0),
	                                  UINT64_MAX};
	static const struct {
		size_t at, bytes;
	} fields[] = {{offsetof(pc_control, object_bytes), 8},  {offsetof(pc_control, payload_bytes), 8},
	              {offsetof(pc_control, slot_offset), 8},   {offsetof(pc_control, slot_stride), 8},
	              {offsetof(pc_control, slot_count), 4},    {offsetof(pc_control, schema_offset), 4},
	              {offsetof(pc_control, schema_bytes), 4},  {offsetof(pc_control, liveness_offset), 4},
	              {offsetof(pc_control, notify_min_us), 4}, {offsetof(pc_control, liveness_kind), 4}};
	static unsigned char image[8192], copy[8192];
	size_t bytes = make_image(name, image, sizeof image), n = sizeof fields / sizeof *fields;
	pc_control *c = (pc_control *)(void *)copy;
	for (size_t f = 0; f < n; f++) {
		for (size_t g = 0; g < n; g++) {
			for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
				memcpy(copy, image, bytes);
				memcpy(copy + fields[f].at, &values[v], fields[f].bytes);
				memcpy(copy + fields[g].at, &values[(v * 7 + f) % 17], fields[g].bytes);
				c->identity_crc = pc_crc32c(&c->major, 0xfc - 8);
				put_file(name, ".pagecast", copy, bytes, 0644);
				use(name);
			}
		}
	}
}

/* ---- trust --------------------------------------------------------------------------------------------- */

#define SOMEBODY 54321u
#define SKIP_UNLESS_ROOT()                   \
	if (geteuid() != 0) {                \
		puts("skipped: needs root"); \
		return;                      \
	}

static void read_as_somebody(const char *name, uint64_t *cells)
{
	pc_err err = {""};
	pc_reader *reader = NULL;
	pc_writer *writer = NULL;
	pc_region_options o = kit_options(name, 8, 1);
	pc_owner *owner = NULL;
	if (setgid(SOMEBODY) || setuid(SOMEBODY)) _exit(9);
	CHECK_OK(pc_reader_open(name, NULL, &reader, &err), &err);
	CHECK_INT(kit_value(reader, NULL), 5);
	CHECK_STR(pc_liveness_name(pc_reader_liveness(reader)), "live");
	CHECK_STATUS(pc_writer_open(name, NULL, &writer, &err), PC_EPERM);
	CHECK_STATUS(pc_owner_open(&o, &owner, NULL, &err), PC_EPERM);
	CHECK(strstr(err.text, "user 0") != NULL);
	cells[1] = 1;
}

PC_TEST(another_user_may_read_but_neither_write_nor_own)
{
	const char *name = kit_name("other");
	uint64_t *cells = kit_cells();
	pc_owner *owner;
	pc_writer *writer;
	SKIP_UNLESS_ROOT();
	owner = kit_own(name, 8, 1);
	writer = kit_write(name);
	kit_commit(writer, 5);
	CHECK_INT(kit_reap(kit_spawn(read_as_somebody, name, cells)), 0);
	CHECK_INT(cells[1], 1);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
}

static void own_as_somebody(const char *name, uint64_t *cells)
{
	if (setgid(SOMEBODY) || setuid(SOMEBODY)) _exit(9);
	(void)kit_own(name, 8, 1);
	pc_store_release_u64(&cells[0], 1);
	kit_sleep_ms(60000);
}

PC_TEST(objects_of_strangers_need_a_word_of_trust)
{
	const char *name = kit_name("stranger");
	static const uint32_t uids[] = {1, SOMEBODY};
	pc_reader_options o = {.struct_size = sizeof o};
	pc_writer_options wo = {.struct_size = sizeof wo, .flags = PC_WRITER_TRUST_ANY};
	pc_region_options ro = kit_options(name, 8, 1);
	pc_reader *reader = NULL;
	pc_writer *writer = NULL;
	pc_owner *owner = NULL;
	pc_err err = {""};
	pid_t pid;
	SKIP_UNLESS_ROOT();
	pid = kit_spawn(own_as_somebody, name, kit_cells());
	CHECK_STATUS(pc_reader_open(name, &o, &reader, &err), PC_EUNTRUSTED);
	CHECK(strstr(err.text, "54321") != NULL);
	o.trusted_uids = uids;
	o.trusted_uid_count = 1;
	CHECK_STATUS(pc_reader_open(name, &o, &reader, &err), PC_EUNTRUSTED);
	o.trusted_uid_count = 2;
	CHECK_STATUS(pc_reader_open(name, &o, &reader, &err), PC_OK);
	CHECK_STATUS(pc_reader_reopen(reader, &err), PC_OK);
	pc_reader_close(&reader);
	o.trusted_uid_count = 0;
	o.flags = PC_READER_TRUST_ANY;
	CHECK_STATUS(pc_reader_open(name, &o, &reader, &err), PC_OK);
	pc_reader_close(&reader);
	CHECK_STATUS(pc_writer_open(name, NULL, &writer, &err), PC_EUNTRUSTED);
	CHECK_STATUS(pc_writer_open(name, &wo, &writer, &err), PC_OK);
	pc_writer_close(&writer);
	CHECK_STATUS(pc_owner_open(&ro, &owner, NULL, &err), PC_EPERM);
	kit_kill(pid);
}

PC_TEST(a_control_object_that_others_may_write_is_not_believed)
{
	const char *name = kit_name("loose");
	pc_region_options o = kit_options(name, 8, 1);
	pc_reader_options ro = {.struct_size = sizeof ro, .flags = PC_READER_TRUST_ANY};
	pc_reader *reader = NULL;
	pc_owner *owner;
	o.control_mode = 0664;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	CHECK_STATUS(try_open(name, NULL), PC_EUNTRUSTED);
	CHECK_STATUS(pc_reader_open(name, &ro, &reader, NULL), PC_OK);
	pc_reader_close(&reader);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_payload_that_others_may_truncate_is_read_from_slots_alone)
{
	const char *name = kit_name("open");
	pc_region_options o = kit_options(name, 64, 1);
	pc_owner *owner;
	pc_writer *writer;
	pc_reader *reader;
	char path[256], got[64];
	struct stat st;
	o.mode = 0666;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	kit_path(name, "", path);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0666);
	kit_path(name, ".pagecast", path);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0644);
	writer = kit_write(name);
	kit_commit(writer, 1);
	reader = kit_read(name);
	CHECK_INT(kit_value(reader, NULL), 1);
	CHECK(pc_writer_begin(writer) != NULL);
	kit_path(name, "", path);
	CHECK_INT(truncate(path, 0), 0); /* reading the payload is a SIGBUS from here on */
	CHECK_STATUS(pc_reader_snapshot(reader, got, sizeof got, NULL), PC_EAGAIN);
	CHECK_INT(truncate(path, 64), 0);
	pc_writer_abort(writer);
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
	o.slot_count = 0;
	owner = kit_own_with(&o, PC_OWNER_CREATED);
	CHECK_STATUS(try_open(name, NULL), PC_EUNTRUSTED);
	pc_owner_close(&owner, 0);
}
