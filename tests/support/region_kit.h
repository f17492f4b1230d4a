/* region_kit.h - short ways to own, write and read regions in tests. kit_name() makes names that no other run uses,
 * and removes them at the end, also after a failed check. */
#ifndef PC_REGION_KIT_H
#define PC_REGION_KIT_H
#include <pagecast/reader.h>
#include <pagecast/writer.h>

#include "test.h"

#ifndef _WIN32
#include <unistd.h>

static struct {
	char names[32][64];
	unsigned count;
	int pid;
} kit;

static inline void kit_path(const char *name, const char *suffix, char path[256])
{
	const char *dir = getenv("PAGECAST_SHM_DIR");
	(void)snprintf(path, 256, "%s/%s%s", dir ? dir : "/dev/shm", name, suffix);
}

static void kit_clean(void)
{
	char path[256], hidden[80];
	for (unsigned i = 0; i < kit.count && kit.pid == (int)getpid(); i++) {
		kit_path(kit.names[i], "", path);
		(void)unlink(path);
		kit_path(kit.names[i], ".pagecast", path);
		(void)unlink(path);
		(void)snprintf(hidden, sizeof hidden, ".%s", kit.names[i]);
		kit_path(hidden, ".keep", path);
		(void)unlink(path);
	}
}

static inline const char *kit_name(const char *what)
{
	if (!kit.count) {
		kit.pid = (int)getpid();
		(void)atexit(kit_clean);
	}
	if (kit.count == 32) PC_FAIL("too many names");
	(void)snprintf(kit.names[kit.count], sizeof kit.names[0], "%s", pc_test_name(what));
	return kit.names[kit.count++];
}
#else
#define kit_name pc_test_name
#endif

static inline pc_region_options kit_options(const char *name, uint64_t bytes, uint32_t slots)
{
	pc_region_options o;
	memset(&o, 0, sizeof o);
	o.struct_size = sizeof o;
	o.name = name;
	o.payload_bytes = bytes;
	o.slot_count = slots;
	return o;
}

static inline pc_owner *kit_own_with(const pc_region_options *o, int want_outcome)
{
	pc_owner *owner = NULL;
	pc_err err = {""};
	int outcome = 0;
	CHECK_OK(pc_owner_open(o, &owner, &outcome, &err), &err);
	if (want_outcome) CHECK_INT(outcome, want_outcome);
	return owner;
}

static inline pc_owner *kit_own(const char *name, uint64_t bytes, uint32_t slots)
{
	pc_region_options o = kit_options(name, bytes, slots);
	return kit_own_with(&o, 0);
}

static inline pc_writer *kit_write(const char *name)
{
	pc_writer *writer = NULL;
	pc_err err = {""};
	CHECK_OK(pc_writer_open(name, NULL, &writer, &err), &err);
	return writer;
}

static inline pc_reader *kit_read(const char *name)
{
	pc_reader *reader = NULL;
	pc_err err = {""};
	CHECK_OK(pc_reader_open(name, NULL, &reader, &err), &err);
	return reader;
}

/* Commit a payload that consists of one byte value. */
static inline void kit_commit(pc_writer *writer, int value)
{
	void *p = pc_writer_begin(writer);
	CHECK(p != NULL);
	memset(p, value, (size_t)pc_writer_payload_bytes(writer));
	CHECK_STATUS(pc_writer_commit(writer), PC_OK);
}

/* Read a payload that consists of one byte value, and return that. */
static inline int kit_value(pc_reader *reader, pc_snapshot_info *info)
{
	size_t bytes = (size_t)pc_reader_payload_bytes(reader);
	unsigned char *p = malloc(bytes);
	int value;
	CHECK(p != NULL);
	CHECK_STATUS(pc_reader_snapshot(reader, p, bytes, info), PC_OK);
	for (size_t i = 1; i < bytes; i++)
		if (p[i] != p[0]) PC_FAIL("torn: byte %zu is %d, byte 0 is %d", i, p[i], p[0]);
	value = p[0];
	free(p);
	return value;
}

#endif
