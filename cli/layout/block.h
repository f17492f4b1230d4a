/* layout/block.h - a struct of a layout as tables and generators see it: the whole, a named type, or one inside. */
#ifndef LY_BLOCK_H
#define LY_BLOCK_H
#include "base/strbuf.h"

#include <pagecast/layout.h>
#include <stdbool.h>

/** The struct's fields in order of offset, behind them those that lie where the map says. Everything is borrowed. */
typedef struct ly_block {
	const char *name; /* "" if it has none */
	const pc_field *fields;
	uint32_t field_count, floating_count;
	uint64_t bytes;
	uint32_t align;
} ly_block;

ly_block ly_block_of_layout(const pc_layout *layout, const char *name);
/** Of a struct, or of the bytes of a u8[N] that has fields. */
ly_block ly_block_of_field(const pc_field *field);
/** The struct at a path of fields without indices: "sensor", "mVehicles.mPos". @return false there is none */
bool ly_block_find(const ly_block *from, const char *path, ly_block *ret);

/** Bytes from the start of the first element to the end of the last. */
uint64_t ly_field_bytes(const pc_field *f);
/** Bytes of one number, character or struct. */
uint64_t ly_unit_bytes(const pc_field *f);
/** True if it lies where the map says. */
bool ly_field_floats(const pc_field *f);

/** Fields that share bytes. */
typedef struct ly_group {
	uint32_t first, count;
	uint64_t offset, end;
	bool is_bits; /* they are bits of one number */
} ly_group;
/** The group that begins with field @p first of the block; most have one field. */
ly_group ly_group_at(const ly_block *block, uint32_t first);
/** True if the group is a union: several fields, not bits of one number. */
bool ly_group_is_union(const ly_group *g);
/** True if all of the block is one union that begins at its start. */
bool ly_block_is_union(const ly_block *block);

/** What a field depends on: a key of layout files, and the field it names. */
typedef struct ly_source {
	const char *key;
	const pc_source *source; /* its path is NULL if the key is not given */
} ly_source;
#define LY_SOURCES 7u
/** All of them, in the order in which people read them; the last one is `columns`, whose path is written otherwise. */
void ly_sources_of(const pc_dynamic *d, ly_source ret[LY_SOURCES]);

/** "f32[3]", "char[64]", "struct Vec3[4]". */
void ly_type_text(pc_strbuf *b, const pc_field *f);

/** A line of a table. */
typedef struct ly_row {
	const pc_field *field; /* NULL: an anonymous union */
	const char *path;      /* "mVehicles[0].mPos.x", or "(anon)" */
	uint64_t offset;       /* from the start of the block; 0 for what lies where the map says */
	uint64_t bytes, unit_bytes;
	uint32_t depth;
} ly_row;
enum { LY_ROWS_PLACED, LY_ROWS_ALL }; /* without or with what lies where the map says, and second readings of blobs */
/** Call fn for each. @return false memory ran out */
bool ly_rows(const ly_block *block, int which, void (*fn)(void *arg, const ly_row *row), void *arg);

/** The table as it is in docs/layout-tool.md. */
void ly_tsv_write(pc_strbuf *b, const ly_block *block);

#endif
