/* config/gather.c - reads the configuration file and all it includes into trees, and puts their entries together. */
#include "config/build.h"
#include "config/file.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

#define FILES_MAX         256u
#define REGIONS_MAX       16384u
#define PLUGINS_MAX       256u
#define INCLUDE_DEPTH_MAX 8u

/* A file that was read. */
struct source {
	const char *path;
	struct pcd_file_id id;
	const struct source *includer;
	struct source *next;
};

struct loader {
	struct pcd_sink *sink;
	struct pcd_gathered *to;
	struct source *sources;
	uint32_t source_count;
};

static void gather(struct loader *l, const struct pcd_value *value, struct pcd_entries *to, uint32_t max)
{
	const struct pcd_node *map = value->node;
	if (!map || pcd_node_is_null(map)) return;
	if (map->kind != PCD_NODE_MAP) {
		pcd_diags_add(l->sink->diags, &map->mark, "%s: expected a mapping, NAME: ..., found %s", map->key,
		              pcd_node_found(map).text);
		return;
	}
	for (const struct pcd_node *n = map->first; n; n = n->next) {
		struct pcd_entry *entry = to->count < max ? pcd_sink_alloc(l->sink, 1, sizeof *entry) : NULL;
		if (to->count == max)
			pcd_diags_add(l->sink->diags, &n->key_mark, "expected at most %u %s", max, map->key);
		if (!entry) return;
		entry->node = n;
		*to->end = entry;
		to->end = &entry->next;
		to->count++;
	}
}

static void include(struct loader *l, const struct source *source, const struct pcd_value *value);

static void read_included(struct loader *l, const struct source *source, const struct pcd_node *root)
{
	struct pcd_value v[PCD_INCLUDED_KEY_COUNT] = {{0}};
	struct pcd_table table = {pcd_included_keys, NULL, "an included file"};
	(void)pcd_table_read(l->sink, &table, root, v);
	pcd_types_add(l->sink, &l->to->types, v[PCD_INCLUDED_TYPES].node);
	gather(l, &v[PCD_INCLUDED_REGIONS], &l->to->regions, REGIONS_MAX);
	gather(l, &v[PCD_INCLUDED_PLUGINS], &l->to->plugins, PLUGINS_MAX);
	include(l, source, &v[PCD_INCLUDED_INCLUDE]);
}

/* ---- files ---- */

/* mark: the include, NULL for the main file. *ret_text is malloc'ed. */
static pc_status read_source(struct loader *l, const char *path, const struct source *includer, const pcd_mark *mark,
                             struct source **ret, char **ret_text, size_t *ret_bytes)
{
	pc_err err = {""};
	pcd_mark whole_file = {path, 0, 0};
	struct source *source = pcd_sink_alloc(l->sink, 1, sizeof *source);
	if (!source) return PC_ENOMEM;
	pcd_diags_file(l->sink->diags, path);
	pc_status s = pcd_file_read(path, ret_text, ret_bytes, &source->id, &err);
	if (s != PC_OK) {
		if (mark)
			pcd_diags_add(l->sink->diags, mark, "cannot include %s: %s", path, err.text);
		else
			pcd_diags_add(l->sink->diags, &whole_file, "cannot read the configuration: %s", err.text);
		return s;
	}
	source->path = path;
	source->includer = includer;
	*ret = source;
	return PC_OK;
}

static bool is_same_file(const struct source *a, const struct source *b)
{
	return a->id.device == b->id.device && a->id.inode == b->id.inode;
}

/* True if the file may be taken: not twice, and not by itself. */
static bool check_source(struct loader *l, const struct source *source, const pcd_mark *mark)
{
	uint32_t depth = 0;
	for (const struct source *s = source->includer; s; s = s->includer, depth++) {
		if (!is_same_file(s, source)) continue;
		pcd_diags_add(l->sink->diags, mark, "%s includes itself through this line", source->path);
		return false;
	}
	for (const struct source *s = l->sources; s; s = s->next) {
		if (!is_same_file(s, source)) continue;
		pcd_diags_add(l->sink->diags, mark, "%s is included twice, here and in %s", source->path,
		              s->includer ? s->includer->path : "the configuration");
		return false;
	}
	if (depth > INCLUDE_DEPTH_MAX || l->source_count == FILES_MAX) {
		pcd_diags_add(l->sink->diags, mark, "expected at most %u files that include each other, and %u in all",
		              INCLUDE_DEPTH_MAX, FILES_MAX);
		return false;
	}
	return true;
}

static void remember(struct loader *l, struct source *source)
{
	source->next = l->sources;
	l->sources = source;
	l->source_count++;
}

static void include_file(struct loader *l, const char *path, const struct source *includer, const pcd_mark *mark)
{
	struct source *source;
	char *text;
	size_t bytes;
	if (read_source(l, path, includer, mark, &source, &text, &bytes) != PC_OK) return;
	if (check_source(l, source, mark)) {
		remember(l, source);
		const struct pcd_node *root = pcd_node_parse(l->sink, path, text, bytes);
		if (root) read_included(l, source, root);
	}
	free(text);
}

static void include_pattern(struct loader *l, const struct source *source, const struct pcd_node *pattern)
{
	struct pcd_file_list files = {0};
	pc_err err = {""};
	if (pattern->kind != PCD_NODE_TEXT) return; /* was reported */
	if (pcd_file_expand(l->sink, source->path, pattern->text, &files, &err) != PC_OK)
		pcd_diags_add(l->sink->diags, &pattern->mark, "cannot include %.200s: %s", pattern->text, err.text);
	for (uint32_t i = 0; i < files.count; i++) include_file(l, files.paths[i], source, &pattern->mark);
}

static void include(struct loader *l, const struct source *source, const struct pcd_value *value)
{
	const struct pcd_node *node = value->node;
	if (!node) return;
	if (node->kind != PCD_NODE_LIST) {
		include_pattern(l, source, node);
		return;
	}
	for (const struct pcd_node *n = node->first; n; n = n->next) include_pattern(l, source, n);
}

/* ---- the main file ---- */

static void read_main(struct loader *l, const struct source *source, const struct pcd_node *root)
{
	struct pcd_value *v = l->to->top;
	struct pcd_table table = {pcd_top_keys, NULL, "the configuration"};
	(void)pcd_table_read(l->sink, &table, root, v);
	pcd_types_add(l->sink, &l->to->types, v[PCD_TOP_TYPES].node);
	gather(l, &v[PCD_TOP_REGIONS], &l->to->regions, REGIONS_MAX);
	gather(l, &v[PCD_TOP_PLUGINS], &l->to->plugins, PLUGINS_MAX);
	include(l, source, &v[PCD_TOP_INCLUDE]);
}

static pc_status main_source(struct loader *l, const char *path, const struct pcd_text *text,
                             const struct pcd_node **ret_root)
{
	struct source *source = NULL;
	char *read = NULL;
	size_t bytes = 0;
	pc_status s = PC_OK;
	if (!text)
		s = read_source(l, path, NULL, NULL, &source, &read, &bytes);
	else if ((source = pcd_sink_alloc(l->sink, 1, sizeof *source)) == NULL)
		s = PC_ENOMEM;
	if (s != PC_OK) return s;
	source->path = path;
	remember(l, source);
	*ret_root = pcd_node_parse(l->sink, path, text ? text->text : read, text ? text->bytes : bytes);
	free(read);
	return PC_OK;
}

pc_status pcd_gather(struct pcd_sink *sink, const char *path, const struct pcd_text *main_text,
                     struct pcd_gathered *ret)
{
	struct loader l = {.sink = sink, .to = ret};
	const struct pcd_node *root = NULL;
	uint32_t errors_before = pcd_diags_total(sink->diags);
	*ret = (struct pcd_gathered){.is_empty = true};
	ret->regions.end = &ret->regions.first;
	ret->plugins.end = &ret->plugins.first;
	pc_status s = main_source(&l, path, main_text, &root);
	if (s != PC_OK) return s;
	if (root) {
		ret->is_empty = false;
		read_main(&l, l.sources, root);
	} else if (pcd_diags_total(sink->diags) == errors_before && !sink->no_memory) {
		pcd_mark start = {path, 1, 1};
		pcd_diags_add(sink->diags, &start, "the file is empty; expected 'regions:' and 'plugins:'");
	}
	return sink->no_memory ? PC_ENOMEM : PC_OK;
}
