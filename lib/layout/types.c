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
	case PC_TYPE_BOOL:
	case PC_TYPE_BOOL32: return PC_KIND_BOOL;
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
	case PC_TYPE_WCHAR16:
	case PC_TYPE_WCHAR32: return PC_KIND_TEXT;
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
	return pc_type_kind(type) == PC_KIND_TEXT || type == PC_TYPE_U8;
}

const char *pc_type_name(pc_type type)
{
	return (unsigned)type < PC_TYPE_COUNT ? types[type].name : "?";
}

pc_type pc_type_of_name(const char *name, size_t bytes)
{
	int t = 0;
	if (bytes == 5 && !memcmp(name, "bool8", 5)) return PC_TYPE_BOOL;
	while (t < PC_TYPE_COUNT && (strlen(types[t].name) != bytes || memcmp(types[t].name, name, bytes))) t++;
	return (pc_type)t;
}

bool pc_field_is_blob(const pc_field *field)
{
	return field->type == PC_TYPE_U8 && field->text_units && !field->encoding;
}

int pc_field_is_text(const pc_field *field)
{
	return pc_type_kind(field->type) == PC_KIND_TEXT || (field->type == PC_TYPE_U8 && field->encoding);
}

size_t pc_field_text_bytes(const pc_field *field)
{
	if (!pc_field_is_text(field)) return 1;
	return (size_t)field->text_units * (field->type == PC_TYPE_WCHAR32 ? 4u : 3u) + 1;
}

const char *pc_encoding_name(pc_encoding encoding)
{
	static const char *const names[PC_ENCODING_COUNT] = {
#define PC_X(id, name) [id] = name,
	        PC_ENCODING_TABLE(PC_X)
#undef PC_X
	};
	return (unsigned)encoding < PC_ENCODING_COUNT ? names[encoding] : "?";
}

const char *pc_role_name(pc_role role)
{
	static const char *const names[PC_ROLE_COUNT] = {
#define PC_X(id, name) [id] = name,
	        PC_ROLE_TABLE(PC_X)
#undef PC_X
	};
	return (unsigned)role < PC_ROLE_COUNT ? names[role] : "?";
}

pc_range pc_range_of(pc_type type, bool is_signed)
{
	return pc_range_of_bits(pc_type_bytes(type) * 8, is_signed);
}

pc_range pc_range_of_bits(uint32_t width, bool is_signed)
{
	unsigned bits = width - (is_signed ? 1 : 0);
	if (!bits) return (pc_range){-1, 0}; /* one bit, signed */
	uint64_t max = UINT64_MAX >> (64 - bits);
	return (pc_range){is_signed ? -1 - (int64_t)max : 0, max};
}

bool pc_field_is_signed(const pc_field *field)
{
	if (pc_type_kind(field->type) == PC_KIND_ENUM) return field->label_count && field->labels[0].value < 0;
	return pc_type_kind(field->type) == PC_KIND_SIGNED;
}
