/* config/layout_file.c - `layout_file:`: a layout that stands in a file of its own, with its types. */
#include "config/build.h"
#include "config/file.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

#define INCLUDES_MAX 64u

void pcd_types_add(struct pcd_sink *sink, struct pcd_types *types, const struct pcd_node *map)
{
	if (!map || pcd_node_is_null(map) || map->kind == PCD_NODE_WRONG) return;
	if (map->kind != PCD_NODE_MAP) {
		pcd_diags_add(sink->diags, &map->mark, "types: expected a mapping, NAME: {FIELD: TYPE}, found %s",
		              pcd_node_found(map).text);
		return;
	}
	for (const struct pcd_node *n = map->first; n; n = n->next) {
		struct pcd_type *t = types->first;
		while (t && strcmp(t->node->key, n->key)) t = t->next;
		if (t) {
			pcd_diags_add(sink->diags, &n->key_mark, "type %.60s is given twice, here and in %s:%u", n->key,
			              t->node->key_mark.file, t->node->key_mark.line);
			continue;
		}
		if (!pcd_type_name_is_free(sink, n)) continue;
		t = pcd_sink_alloc(sink, 1, sizeof *t);
		if (!t) return;
		t->node = n;
		*(types->first ? types->end : &types->first) = t;
		types->end = &t->next;
	}
}

static const struct pcd_node *read_tree(struct pcd_sink *sink, const char *path, const pcd_mark *mark)
{
	struct pcd_file_id id;
	char *text;
	size_t bytes;
	pc_err err = {""};
	pcd_mark whole = {path, 1, 1};
	uint32_t before = pcd_diags_total(sink->diags);
	pc_status s = pcd_file_read(path, &text, &bytes, &id, &err);
	if (s != PC_OK) {
		pcd_diags_add(sink->diags, mark ? mark : &whole, "cannot read layout file %.200s: %s", path, err.text);
		return NULL;
	}
	pcd_diags_file(sink->diags, path);
	const struct pcd_node *root = pcd_node_parse(sink, path, text, bytes);
	free(text);
	if (!root && pcd_diags_total(sink->diags) == before)
		pcd_diags_add(sink->diags, &whole, "the file is empty; expected 'layout:'");
	return root;
}

struct reading {
	struct pcd_sink *sink;
	struct pcd_types *types;
	const char *seen[INCLUDES_MAX];
	uint32_t count;
};

static void include_types(struct reading *r, const char *base, const struct pcd_value *includes);

/* A file of types; each is read once, however many name it. */
static void include_file(struct reading *r, const char *base, const struct pcd_node *name)
{
	struct pcd_value v[PCD_LAYOUT_FILE_KEY_COUNT] = {{0}};
	struct pcd_table table = {pcd_layout_file_keys, NULL, "a layout file"};
	if (name->kind != PCD_NODE_TEXT) return; /* was reported */
	const char *path = pcd_file_resolve(r->sink, base, name->text);
	if (!path) return;
	for (uint32_t i = 0; i < r->count; i++)
		if (!strcmp(r->seen[i], path)) return;
	if (r->count == INCLUDES_MAX) {
		pcd_diags_add(r->sink->diags, &name->mark, "expected at most %u files with types", INCLUDES_MAX);
		return;
	}
	r->seen[r->count++] = path;
	const struct pcd_node *root = read_tree(r->sink, path, &name->mark);
	if (!root) return;
	(void)pcd_table_read(r->sink, &table, root, v);
	pcd_types_add(r->sink, r->types, v[PCD_LAYOUT_FILE_TYPES].node);
	include_types(r, path, &v[PCD_LAYOUT_FILE_INCLUDE]);
}

static void include_types(struct reading *r, const char *base, const struct pcd_value *includes)
{
	const struct pcd_node *node = includes->node;
	if (!node) return;
	if (node->kind != PCD_NODE_LIST) {
		include_file(r, base, node);
		return;
	}
	for (const struct pcd_node *n = node->first; n; n = n->next) include_file(r, base, n);
}

void pcd_layout_tree_read(struct pcd_sink *sink, const char *path, const pcd_mark *mark, struct pcd_layout_tree *ret)
{
	struct pcd_table table = {pcd_layout_file_keys, NULL, "a layout file"};
	struct reading r = {.sink = sink, .types = &ret->types, .seen = {path}, .count = 1};
	*ret = (struct pcd_layout_tree){.root = read_tree(sink, path, mark)};
	if (!ret->root) return;
	ret->is_right = pcd_table_read(sink, &table, ret->root, ret->values);
	pcd_types_add(sink, &ret->types, ret->values[PCD_LAYOUT_FILE_TYPES].node);
	include_types(&r, path, &ret->values[PCD_LAYOUT_FILE_INCLUDE]);
}

pc_layout *pcd_layout_tree_build(struct pcd_sink *sink, const struct pcd_layout_tree *tree)
{
	const struct pcd_value *v = tree->values;
	struct pcd_layout_frame frame = {&v[PCD_LAYOUT_FILE_SIZE], &v[PCD_LAYOUT_FILE_ALIGN],
	                                 &v[PCD_LAYOUT_FILE_PACKING], "the layout", &v[PCD_LAYOUT_FILE_GAPS]};
	if (!tree->root) return NULL;
	if (v[PCD_LAYOUT_FILE_LAYOUT].node)
		return pcd_layout_build(sink, v[PCD_LAYOUT_FILE_LAYOUT].node, &frame, &tree->types);
	if (tree->is_right) pcd_diags_add(sink->diags, &tree->root->mark, "a layout file needs the key 'layout'");
	return NULL;
}

pc_layout *pcd_layout_file(struct pcd_sink *sink, const char *path, const pcd_mark *mark)
{
	struct pcd_layout_tree tree;
	pcd_layout_tree_read(sink, path, mark, &tree);
	return pcd_layout_tree_build(sink, &tree);
}

pc_status pcd_layout_load(const char *path, pc_layout **ret_layout, pcd_diags *diags)
{
	pc_arena arena = {0};
	struct pcd_sink sink = {.arena = &arena, .diags = diags};
	uint32_t before = pcd_diags_total(diags);
	pc_layout *layout = pcd_layout_file(&sink, path, NULL);
	pc_status s = sink.no_memory ? PC_ENOMEM : pcd_diags_total(diags) == before ? PC_OK : PC_EINVAL;
	if (s == PC_OK)
		*ret_layout = layout;
	else
		pc_layout_destroy(&layout);
	pc_arena_free(&arena);
	return s;
}
