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
	PC_ON_INTEGER = 4,
	PC_ON_REAL = 8,
	PC_ON_ENUM = 16,
	PC_ON_BOOL = 32,
	PC_ON_TEXT = 64,   /* char, wchar16, wchar32 */
	PC_ON_BLOB = 128,  /* u8[N], with or without fields */
	PC_ON_NAMED = 256, /* a field of a named type */
	PC_ON_TYPE = 512,  /* the definition of one */
	PC_ON_NUMBER = PC_ON_INTEGER | PC_ON_REAL,
	PC_ON_UNITS = PC_ON_TEXT | PC_ON_BLOB,
	PC_ON_BITS = PC_ON_INTEGER | PC_ON_ENUM | PC_ON_BOOL,
	PC_ON_VALUE = PC_ON_NUMBER | PC_ON_ENUM | PC_ON_BOOL | PC_ON_UNITS,
	PC_ON_FIELD = PC_ON_VALUE | PC_ON_STRUCT | PC_ON_NAMED,
	PC_ON_BLOCK = PC_ON_LAYOUT | PC_ON_STRUCT | PC_ON_TYPE | PC_ON_BLOB
};

/* X(enumerator, name, what it may stand on, what that is called); the canonical text writes keys in this order. */
#define PC_KEY_TABLE(X)                                                       \
	X(PC_KEY_SIZE, "size", PC_ON_BLOCK, "the layout and structs")         \
	X(PC_KEY_ALIGN, "align", PC_ON_BLOCK, "the layout and structs")       \
	X(PC_KEY_PACKING, "packing", PC_ON_BLOCK, "the layout and structs")   \
	X(PC_KEY_GAPS, "gaps", PC_ON_BLOCK, "the layout and structs")         \
	X(PC_KEY_STRIDE, "stride", PC_ON_FIELD, "arrays")                     \
	X(PC_KEY_UNIT, "unit", PC_ON_VALUE, "values")                         \
	X(PC_KEY_TITLE, "title", PC_ON_FIELD, "fields")                       \
	X(PC_KEY_DOC, "doc", PC_ON_FIELD, "fields")                           \
	X(PC_KEY_MIN, "min", PC_ON_NUMBER, "numbers")                         \
	X(PC_KEY_MAX, "max", PC_ON_NUMBER, "numbers")                         \
	X(PC_KEY_LABELS, "labels", PC_ON_ENUM, "enum8, enum16 and enum32")    \
	X(PC_KEY_SCALE, "scale", PC_ON_NUMBER, "numbers")                     \
	X(PC_KEY_BITS, "bits", PC_ON_BITS, "integers, enums and bool")        \
	X(PC_KEY_FLAGS, "flags", PC_ON_INTEGER, "integers")                   \
	X(PC_KEY_ENCODING, "encoding", PC_ON_UNITS, "char[N] and u8[N]")      \
	X(PC_KEY_FORMAT, "format", PC_ON_UNITS, "texts and u8[N]")            \
	X(PC_KEY_TYPE, "type", PC_ON_STRUCT, "structs")                       \
	X(PC_KEY_OVERLAY, "overlay", PC_ON_FIELD, "fields")                   \
	X(PC_KEY_AT, "at", PC_ON_FIELD, "fields")                             \
	X(PC_KEY_NEWEST, "newest", PC_ON_FIELD, "fields")                     \
	X(PC_KEY_COUNT, "count", PC_ON_FIELD, "arrays")                       \
	X(PC_KEY_LENGTH, "length", PC_ON_UNITS, "texts and u8[N]")            \
	X(PC_KEY_WHEN, "when", PC_ON_FIELD, "fields")                         \
	X(PC_KEY_COLUMNS, "columns", PC_ON_BLOB, "u8[N]")                     \
	X(PC_KEY_CODES, "codes", PC_ON_BLOB, "u8[N]")                         \
	X(PC_KEY_ROLE, "role", PC_ON_NUMBER | PC_ON_BITS, "numbers and bool") \
	X(PC_KEY_SIGNATURE, "signature", PC_ON_VALUE, "values")               \
	X(PC_KEY_DEAD_VALUE, "dead_value", PC_ON_VALUE, "values")

enum pc_key {
#define PC_X(id, name, where, called) id,
	PC_KEY_TABLE(PC_X)
#undef PC_X
	        PC_KEYS
};
const char *pc_key_name(enum pc_key key);

#define PC_PACKING_NATURAL 4096u /* no cap: also the largest alignment there is */
#define PC_ALIGN_MAX       4096u
#define PC_FIELD_NAME_MAX  63u
#define PC_PATH_MAX        255u

/** The keys of one line. `at[KEY]` is where a key was given, NULL if it was not. */
struct pc_keys {
	const char *at[PC_KEYS];
	uint64_t size, stride;
	uint32_t align, packing;
	double min, max;
	const char *unit, *title, *doc; /* "" if not given */
	const pc_label *labels;         /* in order of value */
	uint32_t label_count;
	const pc_label *flags, *codes; /* likewise */
	uint32_t flag_count, code_count;
	double scale;
	uint32_t bit_first, bit_count;
	bool refuses_gaps;
	pc_encoding encoding;
	pc_role role;
	const char
	        *word[PC_KEYS]; /* text of TYPE OVERLAY FORMAT SIGNATURE DEAD_VALUE, and of what names other fields: AT
	                              NEWEST COUNT LENGTH WHEN COLUMNS STRIDE; NULL if not given */
};

enum pc_line_kind {
	PC_LINE_LAYOUT,
	PC_LINE_FIELD,
	PC_LINE_OPEN, /* struct, or u8[N] with fields */
	PC_LINE_TYPE, /* opens the definition of a named type */
	PC_LINE_CLOSE
};

struct pc_line {
	enum pc_line_kind kind;
	const char *at;        /* its first token; for fields, the name */
	const char *offset_at; /* explicit offset, NULL if it is to be computed */
	uint64_t offset;
	pc_span name;
	pc_type type;                   /* PC_TYPE_STRUCT for a named type */
	pc_span type_name;              /* of a named type; bytes == 0: none */
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
	bool is_first;                                    /* no statement so far: `layout` may come */
	bool (*is_type)(const void *types, pc_span name); /* is there a named type of that name */
	const void *types;
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

/** Up to the end of the line or, where a block may come, its '{'. */
pc_status pc_keys_read(struct pc_lines *r, int where, pc_type type, struct pc_keys *k);

/** What the numbers of a list "0:idle,1:running" are. */
enum pc_labels { PC_LABELS_ENUM, PC_LABELS_MASKS, PC_LABELS_CODES };
/** Such a list, in order of its numbers; c stands on the first byte after the opening quote. */
pc_status pc_labels_read(struct pc_lines *r, enum pc_labels what, pc_type type, const pc_label **ret,
                         uint32_t *ret_count);

#endif
