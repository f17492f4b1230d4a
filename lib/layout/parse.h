/* layout/parse.h - a layout while its text is read; shared by parse.c, settle.c, resolve.c and roles.c. */
#ifndef PC_LAYOUT_PARSE_H
#define PC_LAYOUT_PARSE_H
#include "layout/layout.h"
#include "layout/line.h"

/* A field while its struct is still open. */
struct node {
	pc_field field;
	const char *at;         /* its name in the text */
	const char *overlay_at; /* its overlay=, NULL */
	struct node *next, *before;
};

/* A struct, a named type, or the whole layout, that is still open. */
struct level {
	struct node *first, *last, **end;
	uint64_t count;          /* all fields */
	uint64_t floating_count; /* of them, those that lie where the map says */
	uint64_t line_count;     /* fields with those inside, named types written out */
	uint64_t next_byte;      /* behind the field that was listed last */
	uint64_t last_byte;      /* behind the field that ends last */
	uint32_t align;          /* of the fields */
	uint32_t packing;
	uint32_t deepest; /* structs in each other below this one */
	bool refuses_gaps;
	bool has_floating;   /* here or further inside */
	struct pc_line line; /* what opened it */
};

/* What is inside of a struct that was closed. */
struct inside {
	const pc_field *fields;
	uint32_t field_count, floating_count, deepest;
	uint64_t bytes, line_count;
	uint32_t align;
	bool has_floating;
};

/* A named type. */
struct named {
	pc_span name;
	struct inside inside;
	struct named *next;
};

/* A field's dynamic part with what is needed to fill it in. `dynamic` comes first: one pointer is both. */
struct pending {
	pc_dynamic dynamic;
	const struct pc_keys *keys; /* in scratch memory: NULL once it is filled in */
};

struct parser {
	struct pc_lines r;
	pc_arena scratch;
	pc_layout *layout;
	struct named *types;
	uint32_t depth, field_count, type_count;
	struct level levels[PC_LAYOUT_DEPTH_MAX + 1];
};

/** Sort the open struct's fields into their final block; refuses twins, overlaps, gaps. @p end_at is where it closes. */
pc_status pc_settle(struct parser *p, const struct level *level, uint32_t align, uint64_t bytes, const char *end_at,
                    pc_field **ret);
/** Find what paths in these fields and all inside mean; they cannot see further out. */
pc_status pc_resolve(struct parser *p, const pc_field *fields);
/** Find the layout's roles. */
pc_status pc_roles_find(struct parser *p);
/** The field of that name among @p fields, NULL if there is none. */
const pc_field *pc_fields_find(const pc_field *fields, pc_span name);

/** True if it lies where the map says; also before its paths are looked up. */
static inline bool pc_field_floats(const pc_field *f)
{
	const struct pending *pending = (const struct pending *)(const void *)f->dynamic;
	return pending && (pending->dynamic.at.field || (pending->keys && pending->keys->word[PC_KEY_AT]));
}

/** Where a field of a finished block stands in the text. */
static inline const char *pc_field_at(const struct parser *p, const pc_field *fields, uint32_t i)
{
	return p->r.c.start + pc_fields_by_name(fields)[pc_fields_head_of(fields)->count + i];
}

#endif
