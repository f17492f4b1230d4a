/* config/table.c - see table.h. */
#include "config/table.h"

#include "base/strbuf.h"
#include "config/suggest.h"

#include <string.h>

uint32_t pcd_table_count(const struct pc_option *options)
{
	uint32_t count = 0;
	while (options && options[count].key) count++;
	return count;
}

static const struct pc_option *find(const struct pc_option *options, const char *key)
{
	for (; options && options->key; options++)
		if (!strcmp(options->key, key)) return options;
	return NULL;
}

static void list_keys(pc_strbuf *out, const struct pc_option *options)
{
	for (; options && options->key; options++) pc_strbuf_printf(out, "%s%s", out->bytes ? ", " : "", options->key);
}

static void report_unknown(struct pcd_sink *sink, const struct pcd_table *table, const struct pcd_node *entry)
{
	struct pcd_suggest suggest = {.word = entry->key};
	pc_strbuf keys = {0};
	for (const struct pc_option *o = table->options; o && o->key; o++) pcd_suggest_try(&suggest, o->key);
	for (const struct pc_option *o = table->others; o && o->key; o++) pcd_suggest_try(&suggest, o->key);
	if (suggest.best) {
		pcd_diags_add(sink->diags, &entry->key_mark, "unknown key '%.60s' in %s; did you mean '%s'?",
		              entry->key, table->what, suggest.best);
		return;
	}
	list_keys(&keys, table->options);
	list_keys(&keys, table->others);
	pcd_diags_add(sink->diags, &entry->key_mark, "unknown key '%.60s' in %s; expected one of: %s", entry->key,
	              table->what, keys.text ? keys.text : "(none)");
	pc_strbuf_free(&keys);
}

static bool read_entries(struct pcd_sink *sink, const struct pcd_table *table, const struct pcd_node *map,
                         struct pcd_value *values)
{
	bool all_well = !map->is_partial;
	for (const struct pcd_node *n = map->first; n; n = n->next) {
		const struct pc_option *option = find(table->options, n->key);
		if (!option) {
			if (find(table->others, n->key)) continue;
			report_unknown(sink, table, n);
			all_well = false;
			continue;
		}
		struct pcd_value value = {.node = n, .is_set = true};
		if (option->type != PCD_OPT_TREE && !pcd_value_read(sink, option, n, &value))
			all_well = false;
		else if (n->kind == PCD_NODE_WRONG)
			all_well = false;
		else
			values[option - table->options] = value;
	}
	return all_well;
}

/* A key that was given, rightly or not. */
static bool is_given(const struct pcd_node *map, const char *key)
{
	for (const struct pcd_node *n = map->first; n; n = n->next)
		if (!strcmp(n->key, key)) return true;
	return false;
}

static bool require(struct pcd_sink *sink, const struct pcd_table *table, const struct pcd_node *map)
{
	bool all_well = true;
	for (const struct pc_option *o = table->options; o && o->key; o++) {
		if (!(o->flags & PC_OPT_REQUIRED) || is_given(map, o->key)) continue;
		pcd_diags_add(sink->diags, map->key ? &map->key_mark : &map->mark, "%s needs the key '%s': %s",
		              table->what, o->key, pc_option_expected(o).text);
		all_well = false;
	}
	return all_well;
}

bool pcd_table_read(struct pcd_sink *sink, const struct pcd_table *table, const struct pcd_node *map,
                    struct pcd_value *values)
{
	for (const struct pc_option *o = table->options; o && o->key; o++)
		if (!pcd_value_default(sink, o, &values[o - table->options])) return false;
	if (map->kind == PCD_NODE_WRONG) return false;
	if (map->kind != PCD_NODE_MAP && !pcd_node_is_null(map)) {
		pcd_diags_add(sink->diags, &map->mark, "expected the keys of %s, found %s", table->what,
		              pcd_node_found(map).text);
		return false;
	}
	bool all_well = read_entries(sink, table, map, values);
	return require(sink, table, map) && all_well;
}
