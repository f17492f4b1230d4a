/* layout/block.c - see block.h. */
#include "layout/block.h"

#include <inttypes.h>
#include <string.h>

ly_block ly_block_of_layout(const pc_layout *layout, const char *name)
{
	ly_block b = {.name = name, .bytes = pc_layout_bytes(layout), .align = pc_layout_align(layout)};
	b.fields = pc_layout_fields(layout, &b.field_count);
	b.floating_count = pc_layout_floating(layout);
	return b;
}

ly_block ly_block_of_field(const pc_field *f)
{
	return (ly_block){f->type_name,
	                  f->fields,
	                  f->field_count,
	                  f->floating_count,
	                  pc_field_struct_bytes(f),
	                  pc_field_struct_align(f)};
}

bool ly_block_find(const ly_block *from, const char *path, ly_block *ret)
{
	ly_block at = *from;
	while (*path) {
		size_t bytes = strcspn(path, ".");
		const pc_field *f = NULL;
		for (uint32_t i = 0; i < at.field_count + at.floating_count && !f; i++)
			if (strlen(at.fields[i].name) == bytes && !memcmp(at.fields[i].name, path, bytes))
				f = &at.fields[i];
		if (!f || !f->fields) return false;
		at = ly_block_of_field(f);
		path += bytes;
		if (*path == '.' && !path[1]) return false;
		path += *path == '.';
	}
	*ret = at;
	return true;
}

uint64_t ly_field_bytes(const pc_field *f)
{
	return (f->count - 1) * f->stride_bytes + f->element_bytes;
}

uint64_t ly_unit_bytes(const pc_field *f)
{
	return f->text_units ? f->element_bytes / f->text_units : f->element_bytes;
}

bool ly_field_floats(const pc_field *f)
{
	return f->dynamic && f->dynamic->at.field;
}

ly_group ly_group_at(const ly_block *block, uint32_t first)
{
	const pc_field *f = &block->fields[first];
	ly_group g = {first, 1, f->offset, f->offset + ly_field_bytes(f), f->bit_count != 0};
	for (uint32_t i = first + 1; i < block->field_count && block->fields[i].offset < g.end; i++, g.count++) {
		const pc_field *next = &block->fields[i];
		uint64_t end = next->offset + ly_field_bytes(next);
		g.is_bits &= next->bit_count && next->offset == g.offset && next->element_bytes == f->element_bytes;
		if (end > g.end) g.end = end;
	}
	return g;
}

bool ly_group_is_union(const ly_group *g)
{
	return g->count > 1 && !g->is_bits;
}

bool ly_block_is_union(const ly_block *block)
{
	ly_group g = ly_group_at(block, 0);
	if (g.offset || g.count != block->field_count || !ly_group_is_union(&g)) return false;
	for (uint32_t i = 0; i < block->field_count; i++)
		if (block->fields[i].offset) return false;
	return true;
}

void ly_sources_of(const pc_dynamic *d, ly_source ret[LY_SOURCES])
{
	const ly_source all[LY_SOURCES] = {{"at", &d->at},          {"newest", &d->newest}, {"stride", &d->stride},
	                                   {"count", &d->count},    {"length", &d->length}, {"when", &d->when},
	                                   {"columns", &d->columns}};
	for (uint32_t i = 0; i < LY_SOURCES; i++) ret[i] = all[i];
}

void ly_type_text(pc_strbuf *b, const pc_field *f)
{
	pc_strbuf_puts(b, pc_type_name(f->type));
	if (*f->type_name) pc_strbuf_printf(b, " %s", f->type_name);
	for (uint32_t i = 0; i < f->dim_count; i++) pc_strbuf_printf(b, "[%" PRIu32 "]", f->dims[i]);
	if (f->text_units) pc_strbuf_printf(b, "[%" PRIu32 "]", f->text_units);
}

/* ---- rows ---- */

struct walk {
	pc_strbuf path;
	int which;
	void (*fn)(void *arg, const ly_row *row);
	void *arg;
};

static void walk_block(struct walk *w, const ly_block *block, uint64_t base, uint32_t depth);

static void walk_field(struct walk *w, const pc_field *f, uint64_t base, uint32_t depth)
{
	size_t before = w->path.bytes;
	bool floats = ly_field_floats(f), is_blob = f->type != PC_TYPE_STRUCT;
	pc_strbuf_puts(&w->path, f->name);
	if (w->path.failed) return;
	w->fn(w->arg,
	      &(ly_row){f, w->path.text, floats ? 0 : base + f->offset, ly_field_bytes(f), ly_unit_bytes(f), depth});
	if (f->fields && (!is_blob || w->which == LY_ROWS_ALL)) {
		ly_block inner = ly_block_of_field(f);
		for (uint32_t i = 0; i < f->dim_count; i++) pc_strbuf_puts(&w->path, "[0]");
		pc_strbuf_puts(&w->path, ".");
		walk_block(w, &inner, floats ? 0 : base + f->offset, depth + 1);
	}
	w->path.bytes = before;
	if (w->path.text) w->path.text[before] = '\0';
}

/* As a compiler would round it up. */
static uint64_t union_bytes(const ly_block *block, const ly_group *g)
{
	uint64_t align = 1;
	for (uint32_t i = g->first; i < g->first + g->count; i++) {
		const pc_field *f = &block->fields[i];
		uint64_t own = f->type == PC_TYPE_STRUCT ? pc_field_struct_align(f) : ly_unit_bytes(f);
		if (own > align) align = own;
	}
	if (align > block->align) align = block->align;
	return (g->end - g->offset + align - 1) / align * align;
}

static void walk_block(struct walk *w, const ly_block *block, uint64_t base, uint32_t depth)
{
	bool is_union = ly_block_is_union(block);
	for (uint32_t i = 0; i < block->field_count;) {
		ly_group g = ly_group_at(block, i);
		uint64_t bytes = union_bytes(block, &g);
		if (ly_group_is_union(&g) && !is_union && w->which == LY_ROWS_PLACED)
			w->fn(w->arg, &(ly_row){NULL, "(anon)", base + g.offset, bytes, bytes, depth});
		for (uint32_t end = i + g.count; i < end; i++) walk_field(w, &block->fields[i], base, depth);
	}
	for (uint32_t i = 0; i < block->floating_count && w->which == LY_ROWS_ALL; i++)
		walk_field(w, &block->fields[block->field_count + i], base, depth);
}

bool ly_rows(const ly_block *block, int which, void (*fn)(void *arg, const ly_row *row), void *arg)
{
	struct walk w = {.which = which, .fn = fn, .arg = arg};
	walk_block(&w, block, 0, 0);
	bool is_whole = !w.path.failed;
	pc_strbuf_free(&w.path);
	return is_whole;
}

/* ---- the table of offsetof and sizeof ---- */

static void put_struct(pc_strbuf *b, const ly_block *block, bool is_array)
{
	pc_strbuf_printf(b, "%s %s%s", ly_block_is_union(block) ? "union" : "struct",
	                 *block->name ? block->name : "anon", is_array ? "[]" : "");
}

static void put_count(pc_strbuf *b, const pc_field *f)
{
	for (uint32_t i = 0; i < f->dim_count; i++) pc_strbuf_printf(b, i ? "x%" PRIu32 : "%" PRIu32, f->dims[i]);
	if (f->text_units) pc_strbuf_printf(b, f->dim_count ? "x%" PRIu32 : "%" PRIu32, f->text_units);
	if (!f->dim_count && !f->text_units) pc_strbuf_puts(b, "1");
}

static void put_row(void *arg, const ly_row *row)
{
	pc_strbuf *b = arg;
	const pc_field *f = row->field;
	pc_strbuf_printf(b, "%s\t", row->path);
	if (!f) {
		pc_strbuf_puts(b, "union anon\t1");
	} else if (f->type == PC_TYPE_STRUCT) {
		ly_block block = ly_block_of_field(f);
		put_struct(b, &block, f->dim_count != 0);
		pc_strbuf_puts(b, "\t");
		put_count(b, f);
	} else {
		pc_strbuf_printf(b, "%s\t", f->type == PC_TYPE_BOOL ? "bool8" : pc_type_name(f->type));
		put_count(b, f);
	}
	pc_strbuf_printf(b, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", row->offset, row->bytes, row->unit_bytes);
}

void ly_tsv_write(pc_strbuf *b, const ly_block *block)
{
	pc_strbuf_puts(b, "field\ttype\tcount\toffset\tsize\telem_size\n");
	if (!ly_rows(block, LY_ROWS_PLACED, put_row, b)) b->failed = true;
	pc_strbuf_puts(b, "#total\t");
	put_struct(b, block, false);
	pc_strbuf_printf(b, "\t1\t0\t%" PRIu64 "\t%" PRIu64 "\n", block->bytes, block->bytes);
}
