/* config/layout_types.c - named types, which may stand in any order and in any file: each is written before the first that
 * uses it. */
#include "config/layout_yaml.h"

#include <stdio.h>
#include <string.h>

struct pcd_type *pcd_ly_find_type(const struct writer *w, const char *name, size_t bytes)
{
	struct pcd_type *t = w->types ? w->types->first : NULL;
	while (t && (strlen(t->node->key) != bytes || memcmp(t->node->key, name, bytes))) t = t->next;
	return t;
}

static const struct pcd_node *entry(const struct pcd_node *map, const char *key)
{
	const struct pcd_node *n = map->kind == PCD_NODE_MAP ? map->first : NULL;
	while (n && strcmp(n->key, key)) n = n->next;
	return n;
}

/* `Vec: {x: f64}`, or with keys of its own: `Vec: {packing: 4, fields: {x: f64}}`. */
static const struct pcd_node *fields_of(const struct pcd_node *type)
{
	const struct pcd_node *fields = entry(type, "fields");
	return fields && fields->kind == PCD_NODE_MAP ? fields : type;
}

static void use_type(struct writer *w, const struct pcd_node *at, const char *text);

static void use_types_of(struct writer *w, const struct pcd_node *fields)
{
	if (fields->kind != PCD_NODE_MAP) return;
	for (const struct pcd_node *n = fields->first; n; n = n->next) {
		const struct pcd_node *type = n->kind == PCD_NODE_MAP ? entry(n, "type") : n;
		const struct pcd_node *inner = entry(n, "fields");
		if (type && type->kind == PCD_NODE_TEXT) use_type(w, type, type->text);
		if (inner) use_types_of(w, inner);
	}
}

static void write_definition(struct writer *w, const struct pcd_type *t)
{
	struct pcd_value values[PCD_TYPE_KEY_COUNT] = {{0}};
	const struct pcd_node *fields = fields_of(t->node);
	char what[80];
	(void)snprintf(what, sizeof what, "type %.60s", t->node->key);
	if (fields != t->node) {
		struct pcd_table table = {pcd_type_keys, NULL, what};
		if (!pcd_table_read(w->sink, &table, t->node, values)) w->is_wrong = true;
	}
	pcd_ly_piece(w, t->node->key_mark, -1);
	pc_strbuf_printf(&w->text, "type %s", t->node->key);
	pcd_ly_int(w, "size", &values[PCD_TYPE_SIZE]);
	pcd_ly_int(w, "align", &values[PCD_TYPE_ALIGN]);
	pcd_ly_word(w, "packing", &values[PCD_TYPE_PACKING]);
	pcd_ly_word(w, "gaps", &values[PCD_TYPE_GAPS]);
	pc_strbuf_puts(&w->text, " {\n");
	pcd_ly_fields(w, fields, what);
	pcd_ly_piece(w, fields->mark, -1);
	pc_strbuf_puts(&w->text, "}\n");
}

static void use_type(struct writer *w, const struct pcd_node *at, const char *text)
{
	struct pcd_type *t = pcd_ly_find_type(w, text, strcspn(text, "["));
	if (!t || t->written == w) return;
	if (t->open) {
		pcd_ly_fail(w, &at->mark, "type %.60s contains itself", t->node->key);
		t->written = w;
		return;
	}
	t->open = true;
	use_types_of(w, fields_of(t->node));
	t->open = false;
	if (t->written == w) return; /* it was found to contain itself */
	t->written = w;
	write_definition(w, t);
}

void pcd_ly_types(struct writer *w, const struct pcd_node *fields)
{
	for (struct pcd_type *t = w->types ? w->types->first : NULL; t; t = t->next) t->written = NULL;
	use_types_of(w, fields);
}

pc_layout *pcd_type_build(struct pcd_sink *sink, const struct pcd_type *type, const struct pcd_value *packing,
                          const struct pcd_types *types)
{
	struct pcd_value values[PCD_TYPE_KEY_COUNT] = {{0}}, none = {0};
	const struct pcd_node *fields = fields_of(type->node);
	char what[80];
	(void)snprintf(what, sizeof what, "type %.60s", type->node->key);
	struct pcd_table table = {pcd_type_keys, NULL, what};
	if (fields != type->node && !pcd_table_read(sink, &table, type->node, values)) return NULL;
	if (!values[PCD_TYPE_PACKING].node) values[PCD_TYPE_PACKING] = packing ? *packing : none;
	struct pcd_layout_frame frame = {&values[PCD_TYPE_SIZE], &values[PCD_TYPE_ALIGN], &values[PCD_TYPE_PACKING],
	                                 what, &values[PCD_TYPE_GAPS]};
	return pcd_layout_build(sink, fields, &frame, types);
}
