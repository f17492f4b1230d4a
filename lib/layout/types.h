/* layout/types.h - what each field type is: its size, its kind of value, its range. */
#ifndef PC_LAYOUT_TYPES_H
#define PC_LAYOUT_TYPES_H
#include <pagecast/layout.h>
#include <stdbool.h>

/** How the value of a field is read and written. */
enum pc_kind {
	PC_KIND_BOOL,
	PC_KIND_SIGNED,
	PC_KIND_UNSIGNED,
	PC_KIND_REAL,
	PC_KIND_ENUM,
	PC_KIND_TEXT,
	PC_KIND_STRUCT
};

/** Bytes of one unit: 2 for wchar16, 0 for a struct. */
uint32_t pc_type_bytes(pc_type type);
enum pc_kind pc_type_kind(pc_type type);
/** True if the last dimension of this type belongs to the value: texts, and u8 as a blob. */
bool pc_type_takes_dim(pc_type type);
/** PC_TYPE_COUNT if there is no such type. */
pc_type pc_type_of_name(const char *name, size_t bytes);
/** u8 with a dimension and no encoding: bytes without meaning. */
bool pc_field_is_blob(const pc_field *field);

/** An integer, enum or bool, not a text or blob. */
bool pc_field_is_integer(const pc_field *field);

/** What an integer or enum field can hold. An enum is signed when one of its labels is negative. */
typedef struct pc_range {
	int64_t min;
	uint64_t max;
} pc_range;
pc_range pc_range_of(pc_type type, bool is_signed);
/** The same of a number that has @p width bits, 1..64. */
pc_range pc_range_of_bits(uint32_t width, bool is_signed);
bool pc_field_is_signed(const pc_field *field);

#endif
