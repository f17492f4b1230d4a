/* layout/plan.h - a layout as the structs, members and padding that a compiler must be told, for every language.
 *
 * Every gap is a member of its own, so that the places do not depend on what a compiler thinks of alignment; a struct is
 * packed only where its fields need it. What generators refer to has its name here, once. */
#ifndef LY_PLAN_H
#define LY_PLAN_H
#include "base/arena.h"
#include "layout/block.h"

enum ly_member_kind {
	LY_FIELD, /* one field */
	LY_PAD,   /* bytes that belong to nobody */
	LY_UNION, /* fields that share bytes: `parts` */
	LY_BITS   /* one number; `bit_fields` fields from `field` on are bits of it */
};

typedef struct ly_member {
	enum ly_member_kind kind;
	const char *name; /* of a field its own; unique in its struct */
	uint64_t offset, bytes;
	const pc_field *field;        /* FIELD, BITS */
	const struct ly_struct *type; /* FIELD: of a struct, or of what a blob is read as; else NULL */
	uint32_t bit_fields;
	uint64_t element_pad; /* FIELD: bytes behind each element that belong to nobody */
	bool is_bytes;        /* FIELD: elements lie so that only bytes can stand for them */
	struct ly_member *parts;
	uint32_t part_count;
} ly_member;

typedef struct ly_struct {
	const char *name;
	ly_block block;
	uint32_t pack;  /* 1, 2, 4: members must be packed to it; 0: natural */
	uint32_t align; /* that comes of it */
	ly_member *members;
	uint32_t member_count;
	const pc_field *placed_by; /* the field of a table that lies where the map says, NULL */
	struct ly_struct *next;
} ly_struct;

typedef struct ly_plan {
	pc_arena arena;
	ly_struct *first, *last; /* each behind those that it contains; `last` is the whole */
	const char *whole;       /* its name */
	bool no_memory;
} ly_plan;

/** Plan a block; zero the plan to start. @return PC_OK; PC_ENOMEM. Everything of the block is borrowed. */
pc_status ly_plan_make(ly_plan *plan, const ly_block *block);
void ly_plan_free(ly_plan *plan);

/** Bytes of the number, character or struct at which elements of this member align. */
uint64_t ly_member_align(const ly_member *m, uint32_t pack);

#endif
