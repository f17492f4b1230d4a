/* config/load.c - a configuration from its files.
 *
 * First all is gathered (gather.c); then every region and plugin is checked; then what only shows when all are known:
 * names that collide, instances that do not exist. Errors never stop the rest, so that all come out at once. */
#include "config/build.h"
#include "config/file.h"
#include "config/suggest.h"

#include "base/err.h"
#include "base/sort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)

struct loader {
	struct pcd_build b;
	struct pcd_gathered gathered;
};

/* ---- the top level ---- */

static bool is_made_of(const char *text, const char *letters)
{
	return text[strspn(text, letters)] == '\0';
}

static uint32_t whole_ms(struct loader *l, const struct pcd_value *value, const char *key)
{
	if (value->node && value->i % NS_PER_MS)
		pcd_diags_add(l->b.sink.diags, &value->node->mark, "%s: expected whole milliseconds, found '%s'", key,
		              value->text);
	return (uint32_t)(value->i / NS_PER_MS);
}

static void build_plugin_path(struct loader *l, const struct pcd_value *value)
{
	pcd_config *config = &l->b.whole->config;
	const char **paths = pcd_sink_alloc(&l->b.sink, (size_t)value->list_count + 1, sizeof *paths);
	if (!paths) return;
	for (uint32_t i = 0; i < value->list_count; i++)
		paths[i] = pcd_file_resolve(&l->b.sink, config->path, value->list[i]);
	config->plugin_path = paths;
}

static void build_log(struct loader *l, const struct pcd_value *value)
{
	static const struct pcd_node none = {.kind = PCD_NODE_MAP, .text = ""};
	struct pcd_value v[PCD_LOG_KEY_COUNT] = {{0}};
	struct pcd_table table = {pcd_log_keys, NULL, "log"};
	(void)pcd_table_read(&l->b.sink, &table, value->node ? value->node : &none, v);
	l->b.whole->config.log_level = (int)v[PCD_LOG_LEVEL].i; /* the words are in the order of the enums */
	l->b.whole->config.log_format = (enum pcd_log_format)v[PCD_LOG_FORMAT].i;
	if (v[PCD_LOG_FILE].text)
		l->b.whole->config.log_file =
		        pcd_file_resolve(&l->b.sink, l->b.whole->config.path, v[PCD_LOG_FILE].text);
}

static void build_top(struct loader *l)
{
	const struct pcd_value *v = l->gathered.top;
	pcd_config *config = &l->b.whole->config;
	const struct pcd_value *instance = &v[PCD_TOP_INSTANCE];
	config->instance = instance->text;
	if (instance->node && !is_made_of(instance->text, "abcdefghijklmnopqrstuvwxyz0123456789-"))
		pcd_diags_add(l->b.sink.diags, &instance->node->mark,
		              "instance: expected small letters, digits and '-', found '%s'", instance->text);
	config->heartbeat_ms = whole_ms(l, &v[PCD_TOP_HEARTBEAT], "heartbeat");
	config->stale_after_ms = whole_ms(l, &v[PCD_TOP_STALE_AFTER], "stale_after");
	config->budget_ns = (uint64_t)v[PCD_TOP_BUDGET].i;
	if (config->stale_after_ms < 2 * config->heartbeat_ms) {
		const struct pcd_value *at =
		        v[PCD_TOP_STALE_AFTER].node ? &v[PCD_TOP_STALE_AFTER] : &v[PCD_TOP_HEARTBEAT];
		pcd_diags_add(l->b.sink.diags, &at->node->mark,
		              "expected stale_after to be at least two heartbeats, found %ums and %ums",
		              (unsigned)config->stale_after_ms, (unsigned)config->heartbeat_ms);
	}
	build_plugin_path(l, &v[PCD_TOP_PLUGIN_PATH]);
	build_log(l, &v[PCD_TOP_LOG]);
}

/* ---- plugins ---- */

#define PLUGIN_LETTERS     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
#define INSTANCE_BYTES_MAX 31u /* it is shown as the writer of its regions */

static void build_plugin(struct loader *l, const struct pcd_node *node, pcd_plugin_conf *to)
{
	struct pcd_value v[PCD_PLUGIN_KEY_COUNT] = {{0}};
	*to = (pcd_plugin_conf){.instance = node->key, .plugin = node->key, .options = node, .mark = node->key_mark};
	if (strlen(node->key) > INSTANCE_BYTES_MAX || !is_made_of(node->key, PLUGIN_LETTERS))
		pcd_diags_add(l->b.sink.diags, &node->key_mark,
		              "'%.60s' cannot be the name of a plugin instance: expected at most %u of [A-Za-z0-9_-]",
		              node->key, INSTANCE_BYTES_MAX);
	if (node->kind != PCD_NODE_MAP) {
		if (!pcd_node_is_null(node)) to->options = NULL;
		if (node->kind != PCD_NODE_WRONG && !pcd_node_is_null(node))
			pcd_diags_add(l->b.sink.diags, &node->mark, "plugin %.31s: expected its options, found %s",
			              node->key, pcd_node_found(node).text);
		return;
	}
	for (const struct pcd_node *n = node->first; n; n = n->next)
		for (int k = 0; k < PCD_PLUGIN_KEY_COUNT; k++)
			if (!strcmp(n->key, pcd_plugin_keys[k].key))
				(void)pcd_value_read(&l->b.sink, &pcd_plugin_keys[k], n, &v[k]);
	if (v[PCD_PLUGIN_PLUGIN].text) to->plugin = v[PCD_PLUGIN_PLUGIN].text;
	to->required = v[PCD_PLUGIN_REQUIRED].i != 0;
	if (v[PCD_PLUGIN_PLUGIN].text && !is_made_of(to->plugin, PLUGIN_LETTERS))
		pcd_diags_add(l->b.sink.diags, &v[PCD_PLUGIN_PLUGIN].node->mark,
		              "plugin: expected a file name without folder and suffix, [A-Za-z0-9_-], found '%s'",
		              to->plugin);
}

/* ---- what only shows when all are known ---- */

enum twin { TWIN_REGION, TWIN_OBJECT, TWIN_FILE, TWIN_PLUGIN };

/* One name that must be unique, and where it was given. */
struct name {
	const char *text, *key;
	const pcd_mark *mark;
};

static int order_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static void report_twin(struct loader *l, enum twin twin, const struct name *first, const struct name *second)
{
	const char *file = first->mark->file;
	unsigned line = (unsigned)first->mark->line;
	pcd_diags *diags = l->b.sink.diags;
	if (twin == TWIN_REGION)
		pcd_diags_add(diags, second->mark, "region %s is given twice; the first is in %s:%u", second->key, file,
		              line);
	else if (twin == TWIN_PLUGIN)
		pcd_diags_add(diags, second->mark, "plugin %s is given twice; the first is in %s:%u", second->key, file,
		              line);
	else if (twin == TWIN_FILE)
		pcd_diags_add(diags, second->mark,
		              "regions %s and %s would have the same file, %s; the first is in %s:%u", first->key,
		              second->key, second->text, file, line);
	else if (strcmp(first->key, second->key)) /* else the region is there twice */
		pcd_diags_add(diags, second->mark,
		              "regions %s and %s would be the same shared-memory object, %s; the first is in %s:%u",
		              first->key, second->key, second->text, file, line);
}

static void refuse_twins(struct loader *l, enum twin twin, const struct name *names, uint32_t count)
{
	const void **items = pcd_sink_alloc(&l->b.sink, (size_t)count * 2 + 1, sizeof *items);
	if (!items) return;
	for (uint32_t i = 0; i < count; i++) items[i] = &names[i];
	pc_sort(items, items + count, count, order_names);
	for (uint32_t i = 1, first = 0; i < count; i++) {
		if (order_names(items[first], items[i]))
			first = i;
		else
			report_twin(l, twin, items[first], items[i]);
	}
}

static void check_names(struct loader *l)
{
	const pcd_config *c = &l->b.whole->config;
	uint32_t count = 0, most = (3 * c->region_count > c->plugin_count ? 3 * c->region_count : c->plugin_count) + 1;
	struct name *names = pcd_sink_alloc(&l->b.sink, most, sizeof *names);
	char(*plain)[PC_NAME_BYTES] = pcd_sink_alloc(&l->b.sink, most, sizeof *plain);
	if (!names || !plain) return;
	for (uint32_t i = 0; i < c->region_count; i++)
		names[i] = (struct name){c->regions[i].key, c->regions[i].key, &c->regions[i].mark};
	refuse_twins(l, TWIN_REGION, names, c->region_count);
	for (uint32_t i = 0; i < c->region_count; i++) {
		const pcd_region_conf *r = &c->regions[i];
		const char *objects[] = {r->object, r->is_adopted ? NULL : r->mutex, r->is_adopted ? NULL : r->event};
		for (unsigned k = 0; k < sizeof objects / sizeof objects[0]; k++) {
			/* What is no name was reported. */
			if (!objects[k] || pc_name_parse(objects[k], plain[count], NULL, NULL) != PC_OK) continue;
			names[count] = (struct name){plain[count], r->key, &r->mark};
			count++;
		}
	}
	refuse_twins(l, TWIN_OBJECT, names, count);
	count = 0;
	for (uint32_t i = 0; i < c->region_count; i++)
		if (c->regions[i].path)
			names[count++] = (struct name){c->regions[i].path, c->regions[i].key, &c->regions[i].mark};
	refuse_twins(l, TWIN_FILE, names, count);
	for (uint32_t i = 0; i < c->plugin_count; i++)
		names[i] = (struct name){c->plugins[i].instance, c->plugins[i].instance, &c->plugins[i].mark};
	refuse_twins(l, TWIN_PLUGIN, names, c->plugin_count);
}

/* Every layout_from is an instance that exists. */
static void check_layout_from(struct loader *l)
{
	const pcd_config *c = &l->b.whole->config;
	for (uint32_t i = 0; i < c->region_count; i++) {
		const pcd_region_conf *r = &c->regions[i];
		struct pcd_suggest suggest = {.word = r->layout_from};
		uint32_t k = 0;
		if (!r->layout_from) continue;
		for (; k < c->plugin_count && strcmp(c->plugins[k].instance, r->layout_from); k++)
			pcd_suggest_try(&suggest, c->plugins[k].instance);
		if (k == c->plugin_count)
			pcd_diags_add(l->b.sink.diags, &r->mark,
			              "region %s: layout_from names no instance in plugins: '%s'%s%s%s", r->key,
			              r->layout_from, suggest.best ? "; did you mean '" : "",
			              suggest.best ? suggest.best : "", suggest.best ? "'?" : "");
	}
}

static void build_all(struct loader *l)
{
	struct pcd_whole *whole = l->b.whole;
	uint32_t i = 0;
	pcd_region_conf *regions = pcd_sink_alloc(&l->b.sink, l->gathered.regions.count, sizeof *regions);
	pcd_plugin_conf *plugins = pcd_sink_alloc(&l->b.sink, l->gathered.plugins.count, sizeof *plugins);
	whole->layouts = pcd_sink_alloc(&l->b.sink, l->gathered.regions.count, sizeof *whole->layouts);
	if (!regions || !plugins || !whole->layouts) return;
	whole->config.regions = regions;
	whole->config.region_count = l->gathered.regions.count;
	for (const struct pcd_entry *e = l->gathered.regions.first; e; e = e->next, i++)
		pcd_region_build(&l->b, e->node, &regions[i], &whole->layouts[i]);
	i = 0;
	for (const struct pcd_entry *e = l->gathered.plugins.first; e; e = e->next)
		build_plugin(l, e->node, &plugins[i++]);
	whole->config.plugins = plugins;
	whole->config.plugin_count = l->gathered.plugins.count;
	check_names(l);
	check_layout_from(l);
}

/* ---- the whole ---- */

static pc_status load(struct loader *l, const char *path, const struct pcd_text *text)
{
	struct pcd_sink *sink = &l->b.sink;
	uint32_t errors_before = pcd_diags_total(sink->diags);
	const char *name = pcd_sink_copy(sink, path);
	if (!name) return PC_ENOMEM;
	l->b.whole->config.path = name;
	pc_status s = pcd_gather(sink, name, text, &l->gathered);
	if (s != PC_OK) return s;
	if (!l->gathered.is_empty) {
		struct pcd_types *types = pcd_sink_alloc(sink, 1, sizeof *types);
		if (!types) return PC_ENOMEM;
		*types = l->gathered.types;
		l->b.types = l->b.whole->types = types;
		build_top(l);
		build_all(l);
	}
	if (sink->no_memory) return PC_ENOMEM;
	return pcd_diags_total(sink->diags) == errors_before ? PC_OK : PC_EINVAL;
}

/* With PC_EINVAL, too, there is a configuration if its blocks could be told apart. */
static pc_status load_draft(const char *path, const struct pcd_text *text, pcd_config **ret_config, pcd_diags *diags)
{
	struct pcd_whole *whole = calloc(1, sizeof *whole);
	if (!whole) return PC_ENOMEM;
	struct loader l = {.b = {.whole = whole, .sink = {.arena = &whole->arena, .diags = diags}}};
	pc_status s = load(&l, path, text);
	pcd_config *config = &whole->config;
	if (s == PC_OK || (s == PC_EINVAL && config->plugins))
		*ret_config = config;
	else
		pcd_config_destroy(&config);
	return s;
}

static pc_status load_whole(const char *path, const struct pcd_text *text, pcd_config **ret_config, pcd_diags *diags)
{
	pc_status s = load_draft(path, text, ret_config, diags);
	if (s != PC_OK) pcd_config_destroy(ret_config);
	return s;
}

pc_status pcd_config_load_draft(const char *path, pcd_config **ret_config, pcd_diags *diags)
{
	return load_draft(path, NULL, ret_config, diags);
}

pc_status pcd_config_load(const char *path, pcd_config **ret_config, pcd_diags *diags)
{
	return load_whole(path, NULL, ret_config, diags);
}

pc_status pcd_config_parse(const char *path, const char *text, size_t bytes, pcd_config **ret_config, pcd_diags *diags)
{
	struct pcd_text main_text = {text, bytes};
	return load_whole(path, &main_text, ret_config, diags);
}

void pcd_config_destroy(pcd_config **config)
{
	struct pcd_whole *whole = (struct pcd_whole *)*config; /* its first member */
	if (!whole) return;
	for (uint32_t i = 0; whole->layouts && i < whole->config.region_count; i++)
		pc_layout_destroy(&whole->layouts[i]);
	pc_arena_free(&whole->arena);
	free(whole);
	*config = NULL;
}
