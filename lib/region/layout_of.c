/* region/layout_of.c - see layout_of.h. */
#include "region/layout_of.h"

#include "region/reader.h"
#include "region/writer.h"

#include <stdlib.h>
#include <string.h>

/* A private copy: the text is immutable by promise only, and parsers look at a byte more than once. */
static pc_layout *parse(const pc_attached *a)
{
	pc_layout *layout = NULL;
	size_t bytes = a->id.schema_bytes;
	char *text = bytes && bytes <= PC_LAYOUT_TEXT_MAX ? malloc(bytes) : NULL;
	if (!text) return NULL;
	memcpy(text, (const char *)a->control_map.base + a->id.schema_offset, bytes);
	if (pc_layout_parse(text, bytes, &layout, NULL) != PC_OK) layout = NULL;
	free(text);
	/* Whoever made the object is not believed that its fields lie inside the payload: callers read where they say. */
	if (layout && pc_layout_bytes(layout) > a->id.payload_bytes) pc_layout_destroy(&layout);
	return layout;
}

const pc_layout *pc_layout_of(const pc_attached *a, pc_layout **cache)
{
	if (!*cache && a->id.schema_kind == PC_SCHEMA_LAYOUT_TEXT) *cache = parse(a);
	return *cache;
}

void pc_layout_drop(pc_layout **cache)
{
	pc_layout_destroy(cache);
}

const pc_layout *pc_reader_layout(pc_reader *reader)
{
	return pc_layout_of(&reader->at, &reader->layout);
}

const pc_layout *pc_writer_layout(pc_writer *writer)
{
	return pc_layout_of(&writer->at, &writer->layout);
}
