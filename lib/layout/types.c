/* layout/types.c - see types.h. */
#include "layout/types.h"

#include <string.h>

static const struct type {
	const char *name;
	uint32_t bytes;
} types[PC_TYPE_COUNT] = {
#define PC_X(id, name, bytes) [id] = {name, bytes},
        PC_TYPE_TABLE(PC_X)
#undef PC_X
};

uint32_t pc_type_bytes(pc_type type)
{
	return types[type].bytes;
}

enum pc_kind pc_type_kind(pc_type type)
{
	switch (type) {
	case PC_TYPE_BOOL: return PC_KIND_BOOL;
	case PC_TYPE_I8:
	case PC_TYPE_I16:
	case PC_TYPE_I32:
	case PC_TYPE_I64: return PC_KIND_SIGNED;
	case PC_TYPE_F32:
	case PC_TYPE_F64: return PC_KIND_REAL;
	case PC_TYPE_ENUM8:
	case PC_TYPE_ENUM16:
	case PC_TYPE_ENUM32: return PC_KIND_ENUM;
	case PC_TYPE_CHAR:
	case PC_TYPE_WCHAR16: return PC_KIND_TEXT;
	case PC_TYPE_STRUCT: return PC_KIND_STRUCT;
	case PC_TYPE_U8:
	case PC_TYPE_U16:
	case PC_TYPE_U32:
	case PC_TYPE_U64:
	case PC_TYPE_COUNT: break;
	}
	return PC_KIND_UNSIGNED;
}

bool pc_type_takes_dim(pc_type type)
{
	return type == PC_TYPE_CHAR || type == PC_TYPE_WCHAR16 || type == PC_TYPE_U8;
}

const char *pc_type_name(pc_type type)
{
	return (unsigned)type < PC_TYPE_COUNT ? types[type].name : "?";
}

pc_type pc_type_of_name(const char *name, size_t bytes)
{
	int t = 0;
	while (t < PC_TYPE_COUNT && (strlen(types[t].name) != bytes || memcmp(types[t].name, name, bytes))) t++;
	return (pc_type)t;
}

bool pc_field_is_blob(const pc_field *field)
{
	return field->type == PC_TYPE_U8 && field->text_units;
}

pc_range pc_range_of(pc_type type, bool is_signed)
{
	unsigned bits = pc_type_bytes(type) * 8 - (is_signed ? 1 : 0);
	uint64_t max = UINT64_MAX >> (64 - bits);
	return (pc_range){is_signed ? -1 - (int64_t)max : 0, max};
}

bool pc_field_is_signed(const pc_field *field)
{
	if (pc_type_kind(field->type) == PC_KIND_ENUM) return field->label_count && field->labels[0].value < 0;
	return pc_type_kind(field->type) == PC_KIND_SIGNED;
}
