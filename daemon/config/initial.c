/* config/initial.c - `initial:` values, checked against the layout and flattened into paths. A map goes into a struct, a list
 * into an array, and a path such as 'wheel[0].slip' may be written as one key. */
#include "config/build.h"

#include "base/strbuf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELEMENT_BYTES_MAX (UINT64_C(1) << 20)
#define VALUES_MAX        4096u

struct item {
	pcd_initial initial;
	struct item *next;
};

struct flattener {
	struct pcd_sink *sink;
	const pc_layout *layout;
	struct item *first, **end;
	uint32_t count;
	pc_strbuf path; /* of the node in hand */
};

static void report(struct flattener *f, const pcd_mark *mark, const char *message)
{
	pcd_diags_add(f->sink->diags, mark, "initial %s: %s", f->path.text ? f->path.text : "", message);
}

static void add(struct flattener *f, const struct pcd_node *node)
{
	struct item *item = f->count < VALUES_MAX ? pcd_sink_alloc(f->sink, 1, sizeof *item) : NULL;
	if (f->count == VALUES_MAX) {
		pcd_diags_add(f->sink->diags, &node->mark, "initial: expected at most %u values in a region",
		              VALUES_MAX);
		f->count++; /* said once */
	}
	if (!item) return;
	item->initial = (pcd_initial){pcd_sink_copy(f->sink, f->path.text), node->text, node->mark};
	*f->end = item;
	f->end = &item->next;
	f->count++;
}

static void take_value(struct flattener *f, const struct pcd_node *node, const pc_ref *ref)
{
	pc_err err = {""};
	if (ref->count > 1) {
		(void)snprintf(err.text, sizeof err.text, "expected a list of %" PRIu64 " values, found %s", ref->count,
		               pcd_node_found(node).text);
		report(f, &node->mark, err.text);
		return;
	}
	if (ref->field->element_bytes > ELEMENT_BYTES_MAX) {
		report(f, &node->mark, "too large for a value in a config file");
		return;
	}
	void *element = malloc((size_t)ref->field->element_bytes);
	if (!element)
		f->sink->no_memory = true;
	else if (pc_value_set(ref->field, element, node->text, &err) != PC_OK)
		report(f, &node->mark, err.text);
	else
		add(f, node);
	free(element);
}

static void flatten(struct flattener *f, const struct pcd_node *node);

static void flatten_map(struct flattener *f, const struct pcd_node *node)
{
	size_t before = f->path.bytes;
	for (const struct pcd_node *n = node->first; n; n = n->next) {
		pc_ref ref;
		pc_err err = {""};
		pc_strbuf_printf(&f->path, "%s%s", before ? "." : "", n->key);
		if (f->path.failed) return;
		if (pc_layout_find(f->layout, f->path.text, &ref, &err) != PC_OK)
			pcd_diags_add(f->sink->diags, &n->key_mark, "initial: %s", err.text);
		else
			flatten(f, n);
		f->path.text[f->path.bytes = before] = '\0';
	}
}

static void flatten_list(struct flattener *f, const struct pcd_node *node, const pc_ref *ref)
{
	size_t before = f->path.bytes;
	uint32_t i = 0, left = ref->field->dim_count - ref->dims_given;
	char message[100] = "expected one value, found a list";
	uint32_t room = left ? ref->field->dims[ref->dims_given] : 0;
	if (left) (void)snprintf(message, sizeof message, "expected at most %u values, found %u", room, node->count);
	if (node->count > room || !left) {
		report(f, &node->mark, message);
		return;
	}
	for (const struct pcd_node *n = node->first; n; n = n->next, i++) {
		pc_strbuf_printf(&f->path, "[%" PRIu32 "]", i);
		if (f->path.failed) return;
		flatten(f, n);
		f->path.text[f->path.bytes = before] = '\0';
	}
}

/* The path is that of the node. Depth is that of the YAML tree, which is limited. */
static void flatten(struct flattener *f, const struct pcd_node *node)
{
	pc_ref ref;
	pc_err err = {""};
	if (node->kind == PCD_NODE_WRONG) return;
	if (pc_layout_find(f->layout, f->path.text, &ref, &err) != PC_OK) {
		report(f, &node->mark, err.text);
		return;
	}
	if (pcd_node_is_null(node))
		report(f, &node->mark, "expected a value, found nothing");
	else if (node->kind == PCD_NODE_LIST)
		flatten_list(f, node, &ref);
	else if (node->kind == PCD_NODE_MAP && ref.field->type != PC_TYPE_STRUCT)
		report(f, &node->mark, "expected a value, found a mapping");
	else if (node->kind == PCD_NODE_MAP && ref.count > 1)
		report(f, &node->mark, "expected a list of mappings, found a mapping");
	else if (node->kind == PCD_NODE_MAP)
		flatten_map(f, node);
	else
		take_value(f, node, &ref);
}

void pcd_initial_build(struct pcd_sink *sink, const struct pcd_node *node, const pc_layout *layout,
                       pcd_region_conf *ret)
{
	struct flattener f = {.sink = sink, .layout = layout};
	uint32_t i = 0;
	f.end = &f.first;
	if (node->kind != PCD_NODE_MAP) {
		pcd_diags_add(sink->diags, &node->mark,
		              "initial: expected values by path, such as {speed: 0}, found %s",
		              pcd_node_found(node).text);
		return;
	}
	flatten_map(&f, node);
	if (f.path.failed) sink->no_memory = true;
	pc_strbuf_free(&f.path);
	pcd_initial *list = pcd_sink_alloc(sink, f.count, sizeof *list);
	if (!list || f.count > VALUES_MAX) return;
	for (const struct item *item = f.first; item; item = item->next) list[i++] = item->initial;
	ret->initial = list;
	ret->initial_count = f.count;
}
