/* region_kit.h - short ways to own, write and read regions in tests. Every test is a process of its own, so
 * pc_test_name() makes names that no other run uses. */
#ifndef PC_REGION_KIT_H
#define PC_REGION_KIT_H
#include <pagecast/reader.h>
#include <pagecast/writer.h>

#include "test.h"

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
