/* dwarf/libdw/scalar.c - types: typedefs and arrays looked through, and what is no struct. See types.h. */
#include "libdw/types.h"

#include <dwarf.h>
#include <inttypes.h>
#include <string.h>

#define STEPS_MAX  64u   /* of typedefs and arrays in each other */
#define LABELS_MAX 1024u /* of an enum: more are no help to anybody */

bool ly_tag_is_struct(int tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

bool ly_attr_number(Dwarf_Die *die, unsigned name, uint64_t *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Word value;
	if (!dwarf_attr_integrate(die, name, &attr) || dwarf_formudata(&attr, &value)) return false;
	*ret = value;
	return true;
}

void ly_type_complete(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	Dwarf_Die whole;
	if (dwarf_attr(die, DW_AT_signature, &attr) && dwarf_formref_die(&attr, &whole)) *die = whole;
}

/* ---- typedefs, qualifiers, arrays ---- */

static bool next_type(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute attr;
	return dwarf_attr_integrate(die, DW_AT_type, &attr) && dwarf_formref_die(&attr, ret);
}

/* The dimensions of one array, which may have several. */
static bool take_dims(Dwarf_Die *array, ly_type *type)
{
	Dwarf_Die child;
	for (int s = dwarf_child(array, &child); s == 0; s = dwarf_siblingof(&child, &child)) {
		uint64_t count = 0, upper, lower = 0;
		if (dwarf_tag(&child) != DW_TAG_subrange_type) continue;
		if (type->dim_count == sizeof type->dims / sizeof *type->dims) return false;
		(void)ly_attr_number(&child, DW_AT_lower_bound, &lower);
		if (!ly_attr_number(&child, DW_AT_count, &count) && ly_attr_number(&child, DW_AT_upper_bound, &upper))
			count = upper + 1 - lower;
		if (count > UINT32_MAX) count = 0; /* [0] has an upper bound of -1 */
		type->dims[type->dim_count++] = count;
	}
	return true;
}

bool ly_type_peel(Dwarf_Die *die, ly_type *ret)
{
	*ret = (ly_type){.die = *die};
	for (uint32_t steps = 0; steps < STEPS_MAX; steps++) {
		Dwarf_Die next;
		ret->tag = dwarf_tag(&ret->die);
		switch (ret->tag) {
		case DW_TAG_typedef: ret->named = dwarf_diename(&ret->die); break;
		case DW_TAG_array_type:
			ret->named = NULL;
			if (!take_dims(&ret->die, ret)) return false;
			break;
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_restrict_type:
		case DW_TAG_atomic_type:
		case DW_TAG_packed_type:
		case DW_TAG_immutable_type: break;
		default: ly_type_complete(&ret->die); return true;
		}
		if (!next_type(&ret->die, &next)) {
			ret->tag = 0; /* void */
			return true;
		}
		ret->die = next;
	}
	return false;
}

bool ly_type_of(Dwarf_Die *die, ly_type *ret)
{
	Dwarf_Die type;
	return next_type(die, &type) && ly_type_peel(&type, ret);
}

/* ---- numbers, characters, enums ---- */

static const char *integer(uint64_t bytes, bool is_signed)
{
	static const char *const words[2][9] = {{NULL, "u8", "u16", NULL, "u32", NULL, NULL, NULL, "u64"},
	                                        {NULL, "i8", "i16", NULL, "i32", NULL, NULL, NULL, "i64"}};
	return bytes <= 8 ? words[is_signed][bytes] : NULL;
}

/* C has these by typedef, C++ as types of their own. */
static const char *character(const char *name, uint64_t bytes)
{
	static const char *const names[] = {"wchar_t", "char16_t", "char32_t", "char8_t", "WCHAR", "TCHAR"};
	for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return bytes == 1 ? "char" : bytes == 2 ? "wchar16" : bytes == 4 ? "wchar32" : NULL;
	return NULL;
}

static const char *base_type(ly_type *type, uint64_t bytes)
{
	uint64_t encoding = 0;
	const char *name = dwarf_diename(&type->die), *text = character(type->named, bytes);
	(void)ly_attr_number(&type->die, DW_AT_encoding, &encoding);
	if (text || (text = character(name, bytes))) return text;
	switch (encoding) {
	case DW_ATE_boolean: return bytes == 1 ? "bool" : bytes == 4 ? "bool32" : integer(bytes, false);
	case DW_ATE_float: return bytes == 4 ? "f32" : bytes == 8 ? "f64" : NULL;
	case DW_ATE_signed: return integer(bytes, true);
	case DW_ATE_unsigned: return integer(bytes, false);
	case DW_ATE_signed_char:
	case DW_ATE_unsigned_char:
		if (name && !strcmp(name, "char") && bytes == 1) return "char";
		return integer(bytes, encoding == DW_ATE_signed_char);
	case DW_ATE_UTF: return bytes == 1 ? "char" : bytes == 2 ? "wchar16" : bytes == 4 ? "wchar32" : NULL;
	default: return NULL;
	}
}

static bool is_signed(Dwarf_Die *die)
{
	uint64_t encoding = 0;
	(void)ly_attr_number(die, DW_AT_encoding, &encoding);
	return encoding == DW_ATE_signed_char || encoding == DW_ATE_signed;
}

/* A negative value comes in a form that has a sign. */
static bool enumerator_value(Dwarf_Die *die, int64_t *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Word word;
	Dwarf_Sword sword;
	if (!dwarf_attr(die, DW_AT_const_value, &attr)) return false;
	unsigned form = dwarf_whatform(&attr);
	if (form == DW_FORM_sdata || form == DW_FORM_implicit_const) {
		if (dwarf_formsdata(&attr, &sword)) return false;
		*ret = sword;
		return true;
	}
	if (dwarf_formudata(&attr, &word)) return false;
	*ret = (int64_t)word;
	return true;
}

/* Two names for one value: the first stays. @return false memory ran out, or they are no labels of a number that large */
static bool take_labels(ly_taking *t, Dwarf_Die *die, uint64_t bytes, const char **ret)
{
	int64_t *values = pc_arena_array(t->arena, LABELS_MAX, sizeof *values), low = 0, high = 0;
	uint32_t count = 0;
	pc_strbuf text = {0};
	Dwarf_Die child;
	for (int s = values ? dwarf_child(die, &child) : 1; s == 0 && count < LABELS_MAX;
	     s = dwarf_siblingof(&child, &child)) {
		const char *name = dwarf_diename(&child);
		uint32_t i = 0;
		if (dwarf_tag(&child) != DW_TAG_enumerator || !name || !enumerator_value(&child, &values[count]))
			continue;
		while (i < count && values[i] != values[count]) i++;
		const char *clean = i == count ? ly_clean_name(t->arena, name) : NULL;
		if (!clean) continue;
		if (values[count] < low) low = values[count];
		if (values[count] > high) high = values[count];
		pc_strbuf_printf(&text, "%s%" PRId64 ":%s", count ? "," : "", values[count], clean);
		count++;
	}
	int64_t limit = INT64_C(1) << (bytes * 8 - 1); /* bytes <= 4 */
	bool fits = low < 0 ? low >= -limit && high < limit : high < 2 * limit;
	*ret = fits && count && !text.failed ? pc_arena_copy(t->arena, text.text, text.bytes) : NULL;
	pc_strbuf_free(&text);
	return *ret != NULL;
}

static const char *enum_type(ly_taking *t, Dwarf_Die *die, uint64_t bytes, ly_item *item)
{
	if ((bytes == 1 || bytes == 2 || bytes == 4) && take_labels(t, die, bytes, &item->labels))
		return bytes == 1 ? "enum8" : bytes == 2 ? "enum16" : "enum32";
	return integer(bytes, false);
}

/* Letters, digits and blanks are all that a name may put into a text of ours. */
static const char *describe(ly_taking *t, const char *what, const char *name)
{
	char text[120];
	size_t n = 0;
	const char *parts[] = {what, name ? " " : "", name ? name : ""};
	for (size_t i = 0; i < 3; i++)
		for (const char *c = parts[i]; *c && n + 1 < sizeof text; c++)
			text[n++] = *c >= ' ' && *c < 0x7F && *c != '"' && *c != '\\' ? *c : '?';
	return pc_arena_copy(t->arena, text, n);
}

static const char *pointed_to(Dwarf_Die *die)
{
	ly_type to;
	return ly_type_of(die, &to) && to.tag ? dwarf_diename(&to.die) : NULL;
}

pc_status ly_scalar_take(ly_taking *t, ly_type *type, ly_item *item, uint32_t unit)
{
	uint64_t bytes = 0;
	bool is_pointer = type->tag == DW_TAG_pointer_type || type->tag == DW_TAG_reference_type ||
	                  type->tag == DW_TAG_rvalue_reference_type ||
	                  type->tag == DW_TAG_unspecified_type; /* of nullptr */
	if (!ly_attr_number(&type->die, DW_AT_byte_size, &bytes) && is_pointer) {
		uint8_t address = 8;
		(void)dwarf_cu_die(type->die.cu, &(Dwarf_Die){0}, NULL, NULL, &address, NULL, NULL, NULL);
		bytes = address;
	}
	if (type->tag == DW_TAG_ptr_to_member_type && !bytes) bytes = 8;
	if (unit) bytes = unit;
	if (!bytes || bytes > UINT32_MAX)
		return pc_err_set(t->err, PC_EINVAL, "field %s has a type of unknown size", item->name);
	if (type->tag == DW_TAG_base_type) item->type = base_type(type, bytes);
	if (unit && item->type && (!strcmp(item->type, "char") || !strncmp(item->type, "wchar", 5)))
		item->type = integer(bytes, is_signed(&type->die)); /* a bit field is a number */
	if (type->tag == DW_TAG_enumeration_type)
		item->type = enum_type(t, &type->die, bytes, item);
	else if (is_pointer)
		item->type = integer(bytes, false);
	if (is_pointer)
		item->doc = describe(t, "pointer to", pointed_to(&type->die) ? pointed_to(&type->die) : "something");
	item->unit_bytes = bytes;
	if (item->type) return PC_OK;
	item->type = "u8"; /* long double, __int128, a pointer to a member */
	item->doc = describe(
	        t, dwarf_diename(&type->die) ? dwarf_diename(&type->die) : "bytes of a type that has no word here",
	        NULL);
	if (item->dim_count == LY_DIMS_MAX)
		return pc_err_set(t->err, PC_EINVAL, "field %s has more than %u dimensions", item->name, PC_DIMS_MAX);
	item->dims[item->dim_count++] = (uint32_t)bytes;
	item->unit_bytes = 1;
	return PC_OK;
}
