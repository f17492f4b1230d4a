/* layout/layout.h - inside of a layout: shared by parser, writer and look-up. */
#ifndef PC_LAYOUT_LAYOUT_H
#define PC_LAYOUT_LAYOUT_H
#include <pagecast/layout.h>

#include "base/arena.h"
#include "base/strbuf.h"

struct pc_layout {
	pc_arena arena; /* owns this struct, fields, labels, texts */
	char *text;     /* canonical, malloc'ed */
	size_t text_bytes;
	uint64_t id, bytes;
	uint32_t align;
	uint32_t field_count, floating_count;
	const pc_field *fields;
	const pc_field *role[PC_ROLE_COUNT]; /* NULL: no such field */
	uint64_t role_offset[PC_ROLE_COUNT];
};

/* Alignment of a struct: explicit in the text, not a member of pc_field, so it is kept in front of the fields.
 * Every array of fields in a layout is one block: header, the fields in order of offset, then their indices in
 * order of name (so that a look-up in 65536 fields is a bisection, and pc_field stays plain), then where they stand in
 * the text, for messages of the parser. */
typedef struct pc_fields_head {
	uint64_t align; /* 64 bits: keeps the fields behind it aligned */
	uint64_t count; /* with those that lie where the map says */
	uint64_t bytes; /* of the struct */
	uint64_t is_resolved;
} pc_fields_head;

static inline const pc_fields_head *pc_fields_head_of(const pc_field *fields)
{
	return (const pc_fields_head *)(const void *)fields - 1;
}

static inline const uint32_t *pc_fields_by_name(const pc_field *fields)
{
	return (const uint32_t *)(const void *)(fields + pc_fields_head_of(fields)->count);
}

/** Append the canonical text of @p layout (fields, bytes and align are set). */
void pc_layout_write(const pc_layout *layout, pc_strbuf *out);

#endif
