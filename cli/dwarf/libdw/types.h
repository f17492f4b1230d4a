/* dwarf/libdw/types.h - from an entry of debug information to a tree of fields. */
#ifndef LY_DWARF_TYPES_H
#define LY_DWARF_TYPES_H
#include "base/err.h"
#include "layout/tree.h"

#include <elfutils/libdw.h>

/** A type behind typedefs, qualifiers and arrays. */
typedef struct ly_type {
	Dwarf_Die die;
	int tag;           /* 0: void */
	const char *named; /* by the innermost typedef, NULL */
	uint64_t dims[16]; /* 0: of unknown length */
	uint32_t dim_count;
} ly_type;

/** A bit field whose number is not chosen yet. */
typedef struct ly_bits {
	ly_item *item;
	ly_type type;
	uint64_t first, count; /* from the start of the struct */
	uint64_t declared;     /* bytes of its declared type */
	struct ly_bits *next;
} ly_bits;

/** While one type is taken apart. */
typedef struct ly_taking {
	pc_arena *arena;
	pc_err *err;
	uint32_t items, bits; /* so far, of the whole */
} ly_taking;

/** Look through typedefs, qualifiers and arrays. @return false: damaged, or deeper than any compiler makes it */
bool ly_type_peel(Dwarf_Die *die, ly_type *ret);
/** The same for what an entry's DW_AT_type says. */
bool ly_type_of(Dwarf_Die *die, ly_type *ret);
/** An unsigned attribute. @return false it is not there */
bool ly_attr_number(Dwarf_Die *die, unsigned name, uint64_t *ret);
/** The definition that a declaration with a signature stands for, if there is one. */
void ly_type_complete(Dwarf_Die *die);
/** True for structs, classes and unions. */
bool ly_tag_is_struct(int tag);

/** What is in a struct, class or union. @param depth  structs around it. @return PC_OK; PC_EINVAL; PC_ENOMEM */
pc_status ly_struct_take(ly_taking *t, Dwarf_Die *die, ly_item *to, uint32_t depth);
/** Choose numbers for the bit fields of a finished struct, which are in order of declaration. */
pc_status ly_bits_place(ly_taking *t, ly_item *to, ly_bits *all);
/** A type that is no struct, into item->type and what belongs to it. @param bits  0, or a bit field of that many bits in `unit` bytes */
pc_status ly_scalar_take(ly_taking *t, ly_type *type, ly_item *item, uint32_t unit);

#endif
