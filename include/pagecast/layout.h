/* pagecast/layout.h - what the bytes of a region mean: fields, types, offsets, and values by name.
 * SPDX-License-Identifier: MIT
 *
 * A layout is written as text, one field a line (docs/layout.md has the grammar):
 *
 *     temp f32 unit="degC" min=0 max=120 doc="coolant"
 *     name char[10]
 *     wheel struct[4] {
 *       slip f64
 *     }
 *
 * Parsing computes every offset as a C compiler would (or takes `@12 temp f32` literally); the
 * canonical text, with every offset and size written out, is what is stored beside a region, and
 * its FNV-1a 64 is the region's schema id. Layouts are immutable after parsing: any thread may read. */
#ifndef PAGECAST_LAYOUT_H
#define PAGECAST_LAYOUT_H
#include <pagecast/status.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* X(enumerator, text name, element bytes, alignment); STRUCT's are its own */
#define PC_TYPE_TABLE(X)                 \
	X(PC_TYPE_BOOL, "bool", 1)       \
	X(PC_TYPE_I8, "i8", 1)           \
	X(PC_TYPE_U8, "u8", 1)           \
	X(PC_TYPE_I16, "i16", 2)         \
	X(PC_TYPE_U16, "u16", 2)         \
	X(PC_TYPE_I32, "i32", 4)         \
	X(PC_TYPE_U32, "u32", 4)         \
	X(PC_TYPE_I64, "i64", 8)         \
	X(PC_TYPE_U64, "u64", 8)         \
	X(PC_TYPE_F32, "f32", 4)         \
	X(PC_TYPE_F64, "f64", 8)         \
	X(PC_TYPE_CHAR, "char", 1)       \
	X(PC_TYPE_WCHAR16, "wchar16", 2) \
	X(PC_TYPE_ENUM8, "enum8", 1)     \
	X(PC_TYPE_ENUM16, "enum16", 2)   \
	X(PC_TYPE_ENUM32, "enum32", 4)   \
	X(PC_TYPE_STRUCT, "struct", 0)   \
	X(PC_TYPE_BOOL32, "bool32", 4)   \
	X(PC_TYPE_WCHAR32, "wchar32", 4)

typedef enum pc_type {
#define PC_X(id, name, bytes) id,
	PC_TYPE_TABLE(PC_X) PC_TYPE_COUNT
#undef PC_X
} pc_type;

#define PC_DIMS_MAX          4u
#define PC_LAYOUT_DEPTH_MAX  16u
#define PC_LAYOUT_FIELDS_MAX 65536u              /* lines, not elements */
#define PC_LAYOUT_BYTES_MAX  (UINT64_C(1) << 40) /* of one payload */
#define PC_LAYOUT_TEXT_MAX   (1u << 20)

/* X(enumerator, name): how the bytes of a text mean letters */
#define PC_ENCODING_TABLE(X)            \
	X(PC_ENCODING_NONE, "")         \
	X(PC_ENCODING_UTF8, "utf-8")    \
	X(PC_ENCODING_LATIN1, "latin1") \
	X(PC_ENCODING_CP1250, "cp1250") \
	X(PC_ENCODING_CP1251, "cp1251") \
	X(PC_ENCODING_CP1252, "cp1252") \
	X(PC_ENCODING_CP1253, "cp1253") \
	X(PC_ENCODING_CP1254, "cp1254") \
	X(PC_ENCODING_CP1255, "cp1255") \
	X(PC_ENCODING_CP1256, "cp1256") \
	X(PC_ENCODING_CP1257, "cp1257") \
	X(PC_ENCODING_CP1258, "cp1258")
typedef enum pc_encoding {
#define PC_X(id, name) id,
	PC_ENCODING_TABLE(PC_X) PC_ENCODING_COUNT
#undef PC_X
} pc_encoding;

/* X(enumerator, name): what a field tells about the map itself (docs/layout.md, "Roles") */
#define PC_ROLE_TABLE(X)                  \
	X(PC_ROLE_NONE, "")               \
	X(PC_ROLE_TICK, "tick")           \
	X(PC_ROLE_SEQ_BEGIN, "seq_begin") \
	X(PC_ROLE_SEQ_END, "seq_end")     \
	X(PC_ROLE_SEQ_ODD, "seq_odd")     \
	X(PC_ROLE_BUSY, "busy")           \
	X(PC_ROLE_TIMESTAMP, "timestamp") \
	X(PC_ROLE_USED_BYTES, "used_bytes")
typedef enum pc_role {
#define PC_X(id, name) id,
	PC_ROLE_TABLE(PC_X) PC_ROLE_COUNT
#undef PC_X
} pc_role;

/** One label of an enum field, or of a bit mask (flags). */
typedef struct pc_label {
	int64_t value;
	const char *text;
} pc_label;

struct pc_field;

/** A number of the map that says something about another field. `field` is NULL where there is none. */
typedef struct pc_source {
	const struct pc_field *field; /* an integer, bool or enum; for `when` also a text */
	uint64_t offset;              /* from the start of the struct that is meant */
	uint32_t up;      /* which one: 0 = the struct that holds the field with this source, 1 = around it, ... */
	const char *path; /* as written */
} pc_source;

/** One value of `when=`: low..high for numbers, a text, or the start of one ("1.7*"). */
typedef struct pc_case {
	int64_t low, high;
	const char *text; /* NULL: numbers */
	uint32_t is_prefix;
} pc_case;

/* The columns of a row that describes itself: X(enumerator, name in columns=) */
#define PC_COLUMN_TABLE(X)            \
	X(PC_COLUMN_NAME, "name")     \
	X(PC_COLUMN_TYPE, "type")     \
	X(PC_COLUMN_OFFSET, "offset") \
	X(PC_COLUMN_COUNT, "count")   \
	X(PC_COLUMN_UNIT, "unit")     \
	X(PC_COLUMN_DOC, "doc")
enum pc_column_key {
#define PC_X(id, name) id,
	PC_COLUMN_TABLE(PC_X) PC_COLUMN_KEY_COUNT
#undef PC_X
};

/** What of a field depends on the bytes of the map. Read it through pc_scope_locate(). */
typedef struct pc_dynamic {
	pc_source at;     /* where it lies, from the start of the map */
	pc_source stride; /* from one row to the next */
	pc_source count;  /* elements in use, of the first dimension */
	pc_source length; /* units of a text, bytes of a blob in use */
	pc_source newest; /* `at` is taken from the element of an array in which this is largest */
	const struct pc_field *newest_array;
	pc_source when; /* the field is there if this has one of the cases */
	const pc_case *cases;
	uint32_t case_count;
	uint32_t when_not; /* 1: if it has none of them */
	pc_source
	        columns; /* u8[N]: array of structs, static or placed by `at`, that describes the fields in these bytes */
	const struct pc_field *column[PC_COLUMN_KEY_COUNT]; /* fields of that struct; NULL where not given */
	uint64_t column_offset[PC_COLUMN_KEY_COUNT];
	const pc_label *codes; /* what the numbers in PC_COLUMN_TYPE mean: text is the name of a type */
	uint32_t code_count;
} pc_dynamic;

/**
 * One field. For `char`, `wchar16`, `wchar32` and `u8` the LAST dimension is part of the value (a text of that
 * many units, or a blob for u8) and not counted in `count`: char[4][10] is 4 texts of 10 units.
 * Element i of a field starts at offset + i * stride_bytes.
 */
typedef struct pc_field {
	const char *name; /* [A-Za-z_][A-Za-z0-9_]*, unique within its struct */
	pc_type type;
	uint64_t offset;        /* from the start of the enclosing struct */
	uint64_t element_bytes; /* one element: 4 for f32, 10 for char[4][10], sizeof for a struct */
	uint64_t stride_bytes;  /* distance of two elements, >= element_bytes */
	uint64_t count;         /* elements, product of the dimensions that count; 1 for a scalar */
	uint32_t dim_count;     /* dimensions that count, 0 for a scalar */
	uint32_t dims[PC_DIMS_MAX];
	uint32_t text_units;       /* units of a text or bytes of a blob, 0 for other types */
	uint32_t has_min, has_max; /* 1 if min / max were given */
	double min, max;
	const char *unit, *title, *doc; /* "" if not given */
	const pc_label *labels;         /* enum types: in order of value; else NULL */
	uint32_t label_count;
	const struct pc_field
	        *fields;      /* struct: its fields in order of offset; u8[N]: how else to read the bytes; else NULL */
	uint32_t field_count; /* those that have a place of their own */
	uint32_t floating_count; /* further ones behind them in `fields`: they lie where the map says (dynamic->at) */
	uint32_t bit_count, bit_first; /* bits of the integer, from the least significant; bit_count 0 = all of it */
	double scale;                  /* people see the number times this; 1 if not given */
	pc_encoding encoding;          /* char; u8 that is a text; else PC_ENCODING_NONE */
	const char *format;            /* what a text is: "json", "xml", ...; "" if not given */
	const char *type_name;         /* what a struct's type is called, "" */
	const char *overlay;           /* name of the field whose bytes it shares on purpose, "" */
	const pc_label *flags;         /* integers: names of masks, which do not overlap; value is the mask */
	uint32_t flag_count;
	pc_role role;
	const char *signature;     /* value that its owner writes first, NULL; as for pc_value_set() */
	const char *dead_value;    /* value that says that nobody writes any more, NULL */
	const pc_dynamic *dynamic; /* NULL: nothing of it depends on the bytes */
} pc_field;

typedef struct pc_layout pc_layout;

/**
 * Parse layout text, computing what it leaves out.
 * @param text        UTF-8, need not end with NUL; borrowed during the call
 * @param text_bytes  <= PC_LAYOUT_TEXT_MAX
 * @param ret_layout  released with pc_layout_destroy()
 * @param err         may be NULL; on PC_EINVAL "LINE:COLUMN: what was expected"
 * @return PC_OK; PC_EINVAL the text is wrong; PC_ENOMEM. [any thread]
 */
PC_API pc_status pc_layout_parse(const char *text, size_t text_bytes, pc_layout **ret_layout, pc_err *err);
/** Free a layout and set *layout to NULL; accepts NULL. [any thread] */
PC_API void pc_layout_destroy(pc_layout **layout);
/** Canonical text, NUL-ended, borrowed; *ret_bytes without the NUL, may be NULL. */
PC_API const char *pc_layout_text(const pc_layout *layout, size_t *ret_bytes);
/** FNV-1a 64 of the canonical text. */
PC_API uint64_t pc_layout_id(const pc_layout *layout);
/** Size of the payload, trailing padding and `size=` included. */
PC_API uint64_t pc_layout_bytes(const pc_layout *layout);
/** Alignment of the whole struct. */
PC_API uint32_t pc_layout_align(const pc_layout *layout);
/** Top-level fields in order of offset, borrowed. */
PC_API const pc_field *pc_layout_fields(const pc_layout *layout, uint32_t *ret_count);
/** How many fields stand behind those of pc_layout_fields() in the same array: top-level fields that lie where the map says. */
PC_API uint32_t pc_layout_floating(const pc_layout *layout);
/** "f32", "struct", ...; "?" for an unknown value. Static storage. */
PC_API const char *pc_type_name(pc_type type);
/** "cp1252", ...; "" for PC_ENCODING_NONE, "?" for an unknown value. */
PC_API const char *pc_encoding_name(pc_encoding encoding);
/** "seq_begin", ...; "" for PC_ROLE_NONE, "?" for an unknown value. */
PC_API const char *pc_role_name(pc_role role);
/** 1 if values of this field are texts: char, wchar16, wchar32, and u8 with an encoding. */
PC_API int pc_field_is_text(const pc_field *field);
/** Bytes that the text of one value may need in UTF-8, with its NUL; 1 for fields that are no texts. */
PC_API size_t pc_field_text_bytes(const pc_field *field);
/** Size of the struct that `fields` describe: element_bytes of a struct, what its bytes are read as for u8[N]; else 0. */
PC_API uint64_t pc_field_struct_bytes(const pc_field *field);
/** Alignment of that struct as a compiler would have it, 1 where there is none. */
PC_API uint32_t pc_field_struct_align(const pc_field *field);

/** The one field with a role, NULL if there is none; @p ret_offset from the start of the map, may be NULL. */
PC_API const pc_field *pc_layout_role(const pc_layout *layout, pc_role role, uint64_t *ret_offset);

/** One element of one field at an absolute place in the payload. */
typedef struct pc_ref {
	const pc_field *field;
	uint64_t offset;     /* absolute */
	uint32_t dims_given; /* indices that the path named; < field->dim_count = the rest of the array */
	uint64_t count;      /* elements that the reference still covers, stride field->stride_bytes */
} pc_ref;

/**
 * Resolve "wheel[2].slip" or "grid[1][3]" or "name", without looking at a payload: fields that lie where the map says
 * are not found (see pc_payload_find()).
 * @return PC_OK; PC_EINVAL no such field, an index out of range or malformed, with the reason in err. [any thread]
 */
PC_API pc_status pc_layout_find(const pc_layout *layout, const char *path, pc_ref *ret_ref, pc_err *err);

enum pc_value_kind { PC_VALUE_BOOL, PC_VALUE_INT, PC_VALUE_UINT, PC_VALUE_REAL, PC_VALUE_TEXT, PC_VALUE_BLOB };
/** One decoded element. Text is UTF-8: char[] is cut at the first NUL and bad bytes become U+FFFD. */
typedef struct pc_value {
	enum pc_value_kind kind;
	union {
		int64_t i;  /* INT: signed integers and enums; BOOL: 0 or 1 */
		uint64_t u; /* UINT */
		double r;   /* REAL: f32 and f64 */
	} as;
	const char *label;  /* enum: its label, or NULL */
	const void *bytes;  /* BLOB: points into the payload given */
	size_t bytes_count; /* BLOB, TEXT: length; TEXT without NUL */
	char *text;         /* TEXT: points into the caller's buffer, NUL-ended */
} pc_value;

/**
 * Decode one element; unaligned places are fine.
 * @param field     not a struct
 * @param element   its first byte, field->element_bytes long, in a private copy (see pc_reader_snapshot)
 * @param text_buf  for texts, >= pc_field_text_bytes(field) bytes; may be NULL for other types
 * @return PC_OK; PC_EINVAL a struct, or text_buf too small. [any thread]
 */
PC_API pc_status pc_value_get(const pc_field *field, const void *element, char *text_buf, size_t text_buf_bytes,
                              pc_value *ret_value);
/** As pc_value_get(), of a text or blob of which only the first @p units are in use (pc_place::units). */
PC_API pc_status pc_value_get_used(const pc_field *field, const void *element, uint32_t units, char *text_buf,
                                   size_t text_buf_bytes, pc_value *ret_value);
/**
 * Encode one element from text as a person writes it: "true", "-3", "2.5e3", "idle" or "2" for an enum, "abs|tc" or a
 * number for flags, any text for texts (the rest is filled with NUL), hex digits for a blob. Of an integer with `bits`
 * only those bits are changed.
 * @return PC_OK; PC_EINVAL not a value of that type, out of its range, or too long; nothing is written then. [any thread]
 */
PC_API pc_status pc_value_set(const pc_field *field, void *element, const char *text, pc_err *err);
/**
 * "abs|tc|0x40" for the value of a field with flags, "0" for none; cut short if @p dst_bytes is too small.
 * @return length of the whole text
 */
PC_API size_t pc_flags_text(const pc_field *field, uint64_t value, char *dst, size_t dst_bytes);

/* ---- fields that depend on the bytes: used lengths, tables, variants, rows that describe themselves ----
 *
 * Everything in a map is input: an offset that leads out of it, a stride of 0, a count of four billion. What is located
 * here lies within the payload, whatever the bytes say. The payload is a private copy (pc_reader_snapshot) that does not
 * change meanwhile; nothing is allocated, everything is [any thread].
 *
 *     pc_scope top;
 *     pc_scope_top(layout, payload, bytes, &top);
 *     for (uint32_t i = 0; i < pc_scope_count(&top); i++)
 *         if (pc_scope_locate(&top, &top.fields[i], &place) == PC_OK) ...
 */

/** A struct at a place in a payload, with those around it. */
typedef struct pc_scope {
	const uint8_t *payload;
	uint64_t payload_bytes;
	const pc_field *fields;
	uint32_t field_count, floating_count;
	uint32_t depth;                         /* structs around it */
	uint64_t end;                           /* the struct's bytes end here: what lies behind it is not there */
	uint64_t base[PC_LAYOUT_DEPTH_MAX + 1]; /* where they start, outermost first; base[depth] is its own */
} pc_scope;

/** Where a field is, after the bytes were asked. */
typedef struct pc_place {
	const pc_field *field;
	uint64_t offset;       /* absolute, of the first element */
	uint64_t stride_bytes; /* >= 1 */
	uint64_t
	        element_bytes; /* of one element that are there; less than the field's if rows are shorter than known */
	uint64_t count;        /* elements in use; may be 0 for arrays */
	uint32_t dim0;         /* in use of the first dimension; the others are whole */
	uint32_t units;        /* texts and blobs: units in use */
	uint32_t is_cut;       /* 1: the map said more than fits the payload or the field */
} pc_place;

/** The whole payload; it may be smaller than the layout: then what does not fit is not there. */
PC_API void pc_scope_top(const pc_layout *layout, const void *payload, uint64_t payload_bytes, pc_scope *ret_scope);
/** Fields of a scope, floating ones included. */
static inline uint32_t pc_scope_count(const pc_scope *scope)
{
	return scope->field_count + scope->floating_count;
}
/**
 * Where a field of this scope lies.
 * @param field  one of scope->fields
 * @return PC_OK: all count elements lie within the payload; PC_EABSENT: not there (another variant, beyond the end,
 *         an offset that leads out of the map)
 */
PC_API pc_status pc_scope_locate(const pc_scope *scope, const pc_field *field, pc_place *ret_place);
/** Enter element @p index < place->count of a struct, or the struct that a u8[N] is read as. @p scope may be *ret_inner. */
PC_API void pc_scope_enter(const pc_scope *scope, const pc_place *place, uint64_t index, pc_scope *ret_inner);

/** Part of a payload that a path names: elements from `place.offset` on. */
typedef struct pc_part {
	pc_scope scope; /* the struct that holds the field */
	pc_place place; /* count, dim0 and offset are those of the part */
	uint32_t dims_given;
} pc_part;
/**
 * Resolve a path as pc_layout_find() does, in a payload: also what lies where the map says.
 * @return PC_OK; PC_EINVAL no such field or a malformed path; PC_EABSENT it is not there now, index beyond those in use
 */
PC_API pc_status pc_payload_find(const pc_layout *layout, const void *payload, uint64_t payload_bytes, const char *path,
                                 pc_part *ret_part, pc_err *err);

#define PC_COLUMN_TEXT_MAX 256u
/** One column of a row that describes itself. `field` and its texts point into this struct: do not copy it. */
typedef struct pc_column {
	pc_field field;                                                                   /* offset is absolute */
	char name[PC_COLUMN_TEXT_MAX], unit[PC_COLUMN_TEXT_MAX], doc[PC_COLUMN_TEXT_MAX]; /* UTF-8 */
} pc_column;
/** How many columns the map says there are for a field with `columns`; 0 for others. */
PC_API uint32_t pc_scope_columns(const pc_scope *scope, const pc_field *field);
/**
 * Column @p index of the row at @p place.
 * @return PC_OK; PC_EABSENT no name, an unknown type, or it does not lie within the row: go on with the next
 */
PC_API pc_status pc_scope_column(const pc_scope *scope, const pc_place *place, uint32_t index, pc_column *ret_column);

#ifdef __cplusplus
}
#endif
#endif
