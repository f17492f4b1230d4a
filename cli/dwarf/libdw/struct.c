/* dwarf/libdw/struct.c - members of structs, classes and unions; bit fields; base classes. See types.h. */
#include "libdw/types.h"

#include <dwarf.h>
#include <inttypes.h>
#include <string.h>

#define ITEMS_OF_ONE_MAX 16384u
#define BITS_MAX         2048u /* bit fields: each is compared with all fields */

/* Where the fields of a struct go: its own, and those of structs without a name and of base classes. */
struct place {
	ly_item *to;
	uint64_t base; /* of this one in `to` */
	uint32_t depth;
	ly_bits ***bits; /* where the next bit field of `to` is noted */
};

static pc_status take_members(ly_taking *t, Dwarf_Die *die, struct place at);

/* ---- names ---- */

static bool has_field(const ly_item *to, const char *name)
{
	const ly_item *f = to->first;
	while (f && strcmp(f->name, name)) f = f->next;
	return f != NULL;
}

/* Base classes may have fields of one name, and long names are cut. */
static const char *field_name(ly_taking *t, const ly_item *to, const char *name)
{
	const char *clean = ly_clean_name(t->arena, name);
	for (uint32_t i = 2; clean && has_field(to, clean); i++) {
		char numbered[64];
		(void)snprintf(numbered, sizeof numbered, "%.50s_%" PRIu32, name, i);
		clean = ly_clean_name(t->arena, numbered);
	}
	return clean;
}

/* ---- places ---- */

/* Bytes from the start of the struct around it; 0 for members of unions. @return false: only known when the program runs */
static bool location_of(Dwarf_Die *die, uint64_t *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Word word;
	Dwarf_Op *ops;
	size_t count;
	*ret = 0;
	if (!dwarf_attr_integrate(die, DW_AT_data_member_location, &attr)) return true;
	if (dwarf_formudata(&attr, &word) == 0) {
		*ret = word;
		return true;
	}
	if (dwarf_getlocation(&attr, &ops, &count) || count != 1) return false;
	*ret = ops[0].number;
	return ops[0].atom == DW_OP_plus_uconst || ops[0].atom == DW_OP_constu;
}

struct bits {
	uint64_t first, count; /* from the start of the struct; count 0: no bit field */
};

static struct bits bits_of(Dwarf_Die *die, uint64_t location, ly_type *type)
{
	struct bits bits = {0, 0};
	uint64_t big_endian, storage = 0;
	if (!ly_attr_number(die, DW_AT_bit_size, &bits.count)) return bits;
	if (ly_attr_number(die, DW_AT_data_bit_offset, &bits.first))
		return (struct bits){bits.first + location * 8, bits.count};
	bits.first = location * 8;
	if (!ly_attr_number(die, DW_AT_bit_offset, &big_endian)) return bits;
	/* DWARF 2 and 3 count from the most significant bit of the storage unit */
	if (!ly_attr_number(die, DW_AT_byte_size, &storage))
		(void)ly_attr_number(&type->die, DW_AT_byte_size, &storage);
	if (storage <= 8 && big_endian + bits.count <= storage * 8) bits.first += storage * 8 - big_endian - bits.count;
	return bits;
}

/* ---- members ---- */

static ly_item *new_field(ly_taking *t, struct place at, const char *name)
{
	const char *clean = field_name(t, at.to, name);
	ly_item *item = clean && ++t->items <= PC_LAYOUT_FIELDS_MAX && at.to->count < ITEMS_OF_ONE_MAX
	                        ? ly_item_add(t->arena, at.to)
	                        : NULL;
	if (item)
		item->name = clean;
	else
		(void)pc_err_set(t->err, PC_EINVAL, "the type has too many fields");
	return item;
}

/* Which number it is part of is decided when all fields are known. */
static pc_status note_bits(ly_taking *t, ly_type *type, struct place at, const char *name, struct bits bits)
{
	ly_item *item = new_field(t, at, name);
	ly_bits *noted = pc_arena_alloc(t->arena, sizeof *noted);
	if (!item || !noted) return item ? PC_ENOMEM : PC_EINVAL;
	if (bits.count > 4096 || bits.first >= PC_LAYOUT_BYTES_MAX || ++t->bits > BITS_MAX)
		return pc_err_set(t->err, PC_EINVAL, "bit field %s cannot be", item->name);
	*noted = (ly_bits){.item = item, .type = *type, .first = bits.first, .count = bits.count};
	(void)ly_attr_number(&type->die, DW_AT_byte_size, &noted->declared);
	item->bit_count = (uint32_t)bits.count;
	**at.bits = noted;
	*at.bits = &noted->next;
	return PC_OK;
}

/* Dimensions of length 1 that are too many are left out, others multiplied. @return false there are no elements */
static bool take_dims(const ly_type *type, ly_item *item)
{
	for (uint32_t i = 0; i < type->dim_count; i++) {
		if (!type->dims[i]) return false;
		if (item->dim_count < PC_DIMS_MAX)
			item->dims[item->dim_count++] = (uint32_t)type->dims[i];
		else if (type->dims[i] * item->dims[item->dim_count - 1] <= UINT32_MAX)
			item->dims[item->dim_count - 1] *= (uint32_t)type->dims[i];
		else
			return false;
	}
	return true;
}

static pc_status take_inner(ly_taking *t, ly_type *type, ly_item *item, uint32_t depth)
{
	const char *name = dwarf_diename(&type->die);
	if (!name) name = type->named;
	if (name) item->type_name = ly_clean_name(t->arena, name);
	if (!ly_attr_number(&type->die, DW_AT_byte_size, &item->unit_bytes))
		return pc_err_set(t->err, PC_EINVAL, "field %s has a type that is only declared here: %.60s",
		                  item->name, name ? name : "without a name");
	pc_status s = ly_struct_take(t, &type->die, item, depth + 1);
	if (s != PC_OK || item->first) return s;
	item->type = "u8"; /* nothing in it: the byte or so that it has */
	if (item->unit_bytes > 1 && item->unit_bytes <= UINT32_MAX && item->dim_count < LY_DIMS_MAX)
		item->dims[item->dim_count++] = (uint32_t)item->unit_bytes;
	item->unit_bytes = 1;
	return PC_OK;
}

/* Of no length, as the last member of a struct may be: it has no bytes. */
static bool is_empty(ly_type *type)
{
	uint64_t bytes;
	for (uint32_t i = 0; i < type->dim_count; i++)
		if (!type->dims[i]) return true;
	return ly_tag_is_struct(type->tag) && ly_attr_number(&type->die, DW_AT_byte_size, &bytes) && !bytes;
}

static pc_status take_field(ly_taking *t, struct place at, const char *name, ly_type *type, uint64_t offset)
{
	ly_item *item = new_field(t, at, name);
	if (!item) return PC_EINVAL;
	item->offset = offset;
	if (!take_dims(type, item)) return pc_err_set(t->err, PC_EINVAL, "field %s has too many elements", item->name);
	return ly_tag_is_struct(type->tag) ? take_inner(t, type, item, at.depth) : ly_scalar_take(t, type, item, 0);
}

static pc_status take_member(ly_taking *t, Dwarf_Die *die, struct place at, bool is_base)
{
	uint64_t location;
	ly_type type;
	const char *name = is_base ? NULL : dwarf_diename(die);
	if (dwarf_hasattr(die, DW_AT_external) || dwarf_hasattr(die, DW_AT_declaration)) return PC_OK; /* static */
	if (!ly_type_of(die, &type) || !type.tag)
		return pc_err_set(t->err, PC_EINVAL, "field %.60s has no type that can be read",
		                  name ? name : "without a name");
	if (!location_of(die, &location) || location > PC_LAYOUT_BYTES_MAX)
		return pc_err_set(t->err, PC_EINVAL, "field %.60s lies where only the running program knows",
		                  name ? name : "of a virtual base class");
	struct bits bits = bits_of(die, location, &type);
	bits.first += at.base * 8;
	if (bits.count) return name ? note_bits(t, &type, at, name, bits) : PC_OK;
	if (is_empty(&type)) return PC_OK;
	if (name) return take_field(t, at, name, &type, at.base + location);
	if (!ly_tag_is_struct(type.tag) || type.dim_count) return PC_OK;
	/* of a base class, or of a struct without a name: its fields are ours */
	if (at.depth > 2 * PC_LAYOUT_DEPTH_MAX) return pc_err_set(t->err, PC_EINVAL, "the type is nested too deep");
	return take_members(t, &type.die, (struct place){at.to, at.base + location, at.depth + 1, at.bits});
}

static pc_status take_members(ly_taking *t, Dwarf_Die *die, struct place at)
{
	Dwarf_Die child;
	pc_status s = PC_OK;
	uint32_t seen = 0;
	for (int more = dwarf_child(die, &child); more == 0 && s == PC_OK; more = dwarf_siblingof(&child, &child)) {
		int tag = dwarf_tag(&child);
		if (++seen > 4 * PC_LAYOUT_FIELDS_MAX)
			return pc_err_set(t->err, PC_EINVAL, "the type has too many members");
		if (tag == DW_TAG_member || tag == DW_TAG_inheritance)
			s = take_member(t, &child, at, tag == DW_TAG_inheritance);
	}
	return s;
}

pc_status ly_struct_take(ly_taking *t, Dwarf_Die *die, ly_item *to, uint32_t depth)
{
	if (depth > PC_LAYOUT_DEPTH_MAX) return pc_err_set(t->err, PC_EINVAL, "the type is nested too deep");
	ly_bits *bits = NULL, **end = &bits;
	pc_status s = take_members(t, die, (struct place){to, 0, depth, &end});
	return s == PC_OK ? ly_bits_place(t, to, bits) : s;
}
