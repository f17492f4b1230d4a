/* layout/line.h - one line of layout text: what it says, before anything is computed from it. */
#ifndef PC_LAYOUT_LINE_H
#define PC_LAYOUT_LINE_H
#include <pagecast/layout.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/err.h"

/* What a key may stand on. */
enum {
	PC_ON_LAYOUT = 1,
	PC_ON_STRUCT = 2,
	PC_ON_NUMBER = 4, /* integers and floats */
	PC_ON_ENUM = 8,
	PC_ON_OTHER = 16, /* bool, texts, blobs */
	PC_ON_VALUE = PC_ON_NUMBER | PC_ON_ENUM | PC_ON_OTHER,
	PC_ON_FIELD = PC_ON_VALUE | PC_ON_STRUCT,
	PC_ON_BLOCK = PC_ON_LAYOUT | PC_ON_STRUCT
};

/* X(enumerator, name, what it may stand on, what that is called); the canonical text writes keys in this order. */
#define PC_KEY_TABLE(X)                                                     \
	X(PC_KEY_SIZE, "size", PC_ON_BLOCK, "the layout and structs")       \
	X(PC_KEY_ALIGN, "align", PC_ON_BLOCK, "the layout and structs")     \
	X(PC_KEY_PACKING, "packing", PC_ON_BLOCK, "the layout and structs") \
	X(PC_KEY_STRIDE, "stride", PC_ON_FIELD, "arrays")                   \
	X(PC_KEY_UNIT, "unit", PC_ON_VALUE, "values")                       \
	X(PC_KEY_TITLE, "title", PC_ON_FIELD, "fields")                     \
	X(PC_KEY_DOC, "doc", PC_ON_FIELD, "fields")                         \
	X(PC_KEY_MIN, "min", PC_ON_NUMBER, "numbers")                       \
	X(PC_KEY_MAX, "max", PC_ON_NUMBER, "numbers")                       \
	X(PC_KEY_LABELS, "labels", PC_ON_ENUM, "enum8, enum16 and enum32")

enum pc_key {
#define PC_X(id, name, where, called) id,
	PC_KEY_TABLE(PC_X)
#undef PC_X
	        PC_KEY_COUNT
};
const char *pc_key_name(enum pc_key key);

#define PC_PACKING_NATURAL 4096u /* no cap: also the largest alignment there is */
#define PC_ALIGN_MAX       4096u
#define PC_FIELD_NAME_MAX  63u

/** The keys of one line. `at[KEY]` is where a key was given, NULL if it was not. */
struct pc_keys {
	const char *at[PC_KEY_COUNT];
	uint64_t size, stride;
	uint32_t align, packing;
	double min, max;
	const char *unit, *title, *doc; /* "" if not given */
	const pc_label *labels;         /* in order of value */
	uint32_t label_count;
};

enum pc_line_kind { PC_LINE_LAYOUT, PC_LINE_FIELD, PC_LINE_OPEN, PC_LINE_CLOSE };

struct pc_line {
	enum pc_line_kind kind;
	const char *at;        /* its first token; for fields, the name */
	const char *offset_at; /* explicit offset, NULL if it is to be computed */
	uint64_t offset;
	pc_span name;
	pc_type type;
	uint32_t dims[PC_DIMS_MAX + 1]; /* as written */
	uint32_t dim_count;
	struct pc_keys keys;
};

/** The text that is being parsed and where its strings go. */
struct pc_lines {
	pc_cursor c;
	pc_arena *arena;   /* strings and labels */
	pc_arena *scratch; /* gone after the parse */
	pc_err *err;
	bool is_first; /* no statement so far: `layout` may come */
};

/**
 * Read the next statement, skipping blank lines and comments.
 * @return true with *ret; false at the end of the text with *ret_status PC_OK, or on an error
 */
bool pc_line_next(struct pc_lines *r, struct pc_line *ret, pc_status *ret_status);
/** Set "LINE:COLUMN: ..." for the place @p at of the text and return PC_EINVAL. */
pc_status pc_line_fail(const struct pc_lines *r, const char *at, const char *format, ...) PC_PRINTF(3, 4);

/** The word at @p at, cut short and made printable, quoted; for messages. */
struct pc_found {
	char text[40];
};
struct pc_found pc_line_found(const struct pc_lines *r, const char *at);

/** The quoted text of labels=, for a field of @p type; c stands on the first byte after the opening quote. */
pc_status pc_labels_read(struct pc_lines *r, pc_type type, struct pc_keys *keys);

#endif
