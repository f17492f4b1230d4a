/* layout/tree.h - a struct that was found elsewhere, in a table or in debug information, on its way to layout text. */
#ifndef LY_TREE_H
#define LY_TREE_H
#include "base/arena.h"
#include "base/strbuf.h"

#include <pagecast/layout.h>
#include <stdbool.h>

#define LY_DIMS_MAX (PC_DIMS_MAX + 1) /* with that of a text */

/** One field, or the whole. Zero to start; lives in an arena. */
typedef struct ly_item {
	const char *name;
	const char *type;         /* "f32"; NULL: a struct */
	const char *type_name;    /* of a struct, NULL */
	const char *doc, *labels; /* as in layout text, without quotes; NULL */
	uint64_t offset;          /* from the start of the struct around it */
	uint64_t unit_bytes;      /* one number, character or struct */
	uint64_t stride_bytes;    /* 0: elements lie side by side */
	uint32_t dims[LY_DIMS_MAX], dim_count;
	uint32_t bit_first, bit_count;
	uint32_t align;                      /* of a struct; found out by ly_tree_text() */
	struct ly_item *first, *last, *next; /* of a struct: its fields, in order of declaration */
	uint32_t count;
} ly_item;

/** A new last field of a struct; NULL without memory. */
ly_item *ly_item_add(pc_arena *arena, ly_item *to);
/** Bytes from the first element to the end of the last. */
uint64_t ly_item_bytes(const ly_item *item);
/** The name as a layout can have it: other characters become '_', and it is cut to 63. NULL without memory. */
const char *ly_clean_name(pc_arena *arena, const char *name);

/**
 * Write the whole as layout text: alignments and overlays follow from the offsets.
 * @param root  its unit_bytes is the size
 */
void ly_tree_text(pc_arena *arena, ly_item *root, pc_strbuf *out);

#endif
