/* way_pagecast.c - a region: pc_writer_write(), pc_reader_wait(), pc_reader_snapshot(). */
#include "versus.h"

#include <pagecast/reader.h>
#include <pagecast/writer.h>

static const char *name;
static size_t bytes;
static pc_owner *owner;
static pc_writer *writer;
static pc_reader *reader;
static pc_err err;

static void must(pc_status s, const char *what)
{
	if (s != PC_OK) versus_fail(what, err.text[0] ? err.text : pc_status_name(s));
}

static void begin(const char *where, size_t value_bytes)
{
	pc_region_options o = {
	        .struct_size = sizeof o, .name = where, .payload_bytes = value_bytes, .slot_count = PC_SLOTS_AUTO};
	name = where;
	bytes = value_bytes;
	must(pc_owner_open(&o, &owner, NULL, &err), "own");
}

static void end(void)
{
	pc_owner_close(&owner, 0);
}

static void open_writer(void)
{
	must(pc_writer_open(name, NULL, &writer, &err), "write");
}

static void publish(const void *value)
{
	must(pc_writer_write(writer, 0, value, bytes), "commit");
}

static void open_reader(void)
{
	must(pc_reader_open(name, NULL, &reader, &err), "read");
}

static bool take(void *value)
{
	return pc_reader_snapshot(reader, value, bytes, NULL) == PC_OK;
}

static void nothing(void)
{
}

static void wait_for(void)
{
	uint32_t events = 0;
	(void)pc_reader_wait(reader, 1000, &events);
}

const versus_way versus = {"pagecast", false, begin, end, open_writer, publish, open_reader, take, nothing, wait_for};
