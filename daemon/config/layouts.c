/* config/layouts.c - every layout of a file, each with its name: for those who want layouts and no daemon. */
#include "config/build.h"
#include "config/file.h"

#include <stdlib.h>
#include <string.h>

/* What owns everything that a list of layouts borrows. */
struct memory {
	pc_arena arena;
	pcd_config *config;
};

struct listing {
	struct pcd_sink sink;
	pcd_layouts *to;
	uint32_t room;
};

/* ---- which kind of file ---- */

static bool has_key(const struct pcd_node *map, const char *key)
{
	const struct pcd_node *n = map->first;
	while (n && strcmp(n->key, key)) n = n->next;
	return n != NULL;
}

/* One that has `layout`, or nothing but what a layout file may have. What is wrong with it comes out when it is read. */
static bool is_layout_file(struct memory *memory, const char *path)
{
	struct pcd_file_id id;
	char *text;
	size_t bytes;
	pcd_diags *unheard = pcd_diags_create();
	struct pcd_sink sink = {.arena = &memory->arena, .diags = unheard};
	bool result = false;
	if (unheard && pcd_file_read(path, &text, &bytes, &id, NULL) == PC_OK) {
		const struct pcd_node *root = pcd_node_parse(&sink, path, text, bytes);
		free(text);
		if (root && root->kind == PCD_NODE_MAP)
			result = has_key(root, "layout") || (has_key(root, "types") && !has_key(root, "regions") &&
			                                     !has_key(root, "plugins") && !has_key(root, "instance"));
	}
	pcd_diags_destroy(&unheard);
	return result;
}

/* ---- the list ---- */

/* Takes the layout; NULL was reported. */
static void add(struct listing *l, pcd_named_layout item)
{
	pcd_layouts *to = l->to;
	if (!item.layout) return;
	if (to->count == l->room) {
		uint32_t room = l->room ? l->room * 2 : 16;
		pcd_named_layout *grown = realloc(to->items, room * sizeof *grown);
		if (!grown) {
			l->sink.no_memory = true;
			pc_layout_destroy(&item.layout);
			return;
		}
		to->items = grown;
		l->room = room;
	}
	to->items[to->count++] = item;
}

static void add_types(struct listing *l, const struct pcd_types *types, const struct pcd_value *packing)
{
	for (const struct pcd_type *t = types ? types->first : NULL; t; t = t->next)
		add(l,
		    (pcd_named_layout){"type", t->node->key, "", "", "", pcd_type_build(&l->sink, t, packing, types)});
}

static const char *text_of(const struct pcd_value *value)
{
	return value->text ? value->text : "";
}

static void list_layout_file(struct listing *l, const char *path)
{
	struct pcd_layout_tree *tree = pcd_sink_alloc(&l->sink, 1, sizeof *tree);
	const char *name = pcd_sink_copy(&l->sink, path);
	if (!tree || !name) return;
	pcd_layout_tree_read(&l->sink, name, NULL, tree);
	if (!tree->root) return;
	const struct pcd_value *v = tree->values;
	if (v[PCD_LAYOUT_FILE_LAYOUT].node)
		add(l, (pcd_named_layout){"layout", text_of(&v[PCD_LAYOUT_FILE_NAME]), "",
		                          text_of(&v[PCD_LAYOUT_FILE_DOC]), text_of(&v[PCD_LAYOUT_FILE_SOURCE]),
		                          pcd_layout_tree_build(&l->sink, tree)});
	add_types(l, &tree->types, &v[PCD_LAYOUT_FILE_PACKING]);
}

/* A configuration keeps its layouts; those of the list are copies. */
static pc_status list_config(struct listing *l, struct memory *memory, const char *path)
{
	pc_status s = pcd_config_load(path, &memory->config, l->sink.diags);
	if (s != PC_OK) return s;
	const struct pcd_whole *whole = (const struct pcd_whole *)memory->config; /* its first member */
	for (uint32_t i = 0; i < memory->config->region_count && s == PC_OK; i++) {
		const pcd_region_conf *r = &memory->config->regions[i];
		pc_layout *copy = NULL;
		size_t bytes;
		if (!r->layout) continue;
		const char *text = pc_layout_text(r->layout, &bytes);
		s = pc_layout_parse(text, bytes, &copy, NULL);
		add(l, (pcd_named_layout){"region", r->key, r->object, r->doc, "", copy});
	}
	add_types(l, whole->types, NULL);
	return s;
}

pc_status pcd_layouts_load(const char *path, pcd_layouts *ret, pcd_diags *diags)
{
	struct memory *memory = calloc(1, sizeof *memory);
	uint32_t before = pcd_diags_total(diags);
	pc_status s = PC_OK;
	if (!memory) return PC_ENOMEM;
	*ret = (pcd_layouts){.memory = memory};
	struct listing l = {.sink = {.arena = &memory->arena, .diags = diags}, .to = ret};
	if (is_layout_file(memory, path))
		list_layout_file(&l, path);
	else
		s = list_config(&l, memory, path);
	if (s == PC_OK && l.sink.no_memory) s = PC_ENOMEM;
	if (s == PC_OK && pcd_diags_total(diags) != before) s = PC_EINVAL;
	if (s != PC_OK) pcd_layouts_fini(ret);
	return s;
}

void pcd_layouts_fini(pcd_layouts *layouts)
{
	struct memory *memory = layouts->memory;
	for (uint32_t i = 0; i < layouts->count; i++) pc_layout_destroy(&layouts->items[i].layout);
	free(layouts->items);
	if (memory) {
		pcd_config_destroy(&memory->config);
		pc_arena_free(&memory->arena);
		free(memory);
	}
	*layouts = (pcd_layouts){0};
}
