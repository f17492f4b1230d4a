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
	X(PC_TYPE_STRUCT, "struct", 0)

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

/** One label of an enum field. */
typedef struct pc_label {
	int64_t value;
	const char *text;
} pc_label;

/**
 * One field. For `char`, `wchar16` and `u8` the LAST dimension is part of the value (a text of that
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
	const struct pc_field *fields; /* struct: its fields in order of offset; else NULL */
	uint32_t field_count;
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
/** "f32", "struct", ...; "?" for an unknown value. Static storage. */
PC_API const char *pc_type_name(pc_type type);

/** One element of one field at an absolute place in the payload. */
typedef struct pc_ref {
	const pc_field *field;
	uint64_t offset;     /* absolute */
	uint32_t dims_given; /* indices that the path named; < field->dim_count = the rest of the array */
	uint64_t count;      /* elements that the reference still covers, stride field->stride_bytes */
} pc_ref;

/**
 * Resolve "wheel[2].slip" or "grid[1][3]" or "name".
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
 * @param text_buf  for texts, >= 3 * text_units + 1 bytes; may be NULL for other types
 * @return PC_OK; PC_EINVAL a struct, or text_buf too small. [any thread]
 */
PC_API pc_status pc_value_get(const pc_field *field, const void *element, char *text_buf, size_t text_buf_bytes,
                              pc_value *ret_value);
/**
 * Encode one element from text as a person writes it: "true", "-3", "2.5e3", "idle" or "2" for an enum, any
 * text for char and wchar16 (the rest is filled with NUL), hex digits for a blob.
 * @return PC_OK; PC_EINVAL not a value of that type, out of its range, or too long; nothing is written then. [any thread]
 */
PC_API pc_status pc_value_set(const pc_field *field, void *element, const char *text, pc_err *err);

#ifdef __cplusplus
}
#endif
#endif
