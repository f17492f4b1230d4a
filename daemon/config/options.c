/* config/options.c - a plugin's options: checked against its table, copied, and handed out by key. */
#include "config/keys.h"
#include "config/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One option as the plugin sees it. */
struct option {
	const char *key;
	uint16_t type;
	struct pcd_value value; /* without its node: the tree may be gone */
};

struct pc_config {
	pc_arena arena;
	struct option *options;
	uint32_t count;
};

/* What a table must be for the checks to mean anything. A plugin is input, too. */
static bool check_table(struct pcd_sink *sink, const pcd_plugin_conf *block, const struct pc_option *table)
{
	for (const struct pc_option *o = table; o && o->key; o++) {
		struct pcd_value value;
		const char *wrong = NULL;
		char word[64];
		if (o->type > PC_OPT_ENUM)
			wrong = "its type is unknown";
		else if (o->type == PC_OPT_ENUM && !pc_option_word(o, 0, word))
			wrong = "it has no words";
		else if (!pcd_value_default(sink, o, &value))
			wrong = "its default does not fit its type and range";
		for (int k = 0; k < PCD_PLUGIN_KEY_COUNT; k++)
			if (!strcmp(o->key, pcd_plugin_keys[k].key)) wrong = "the daemon uses this key itself";
		if (!wrong) continue;
		pcd_diags_add(sink->diags, &block->mark, "plugin %.63s has a wrong table of options: '%.60s': %s",
		              block->plugin, o->key, wrong);
		return false;
	}
	return true;
}

static void copy_value(struct pcd_sink *sink, struct pcd_value *value)
{
	if (value->text) value->text = pcd_sink_copy(sink, value->text);
	if (!value->list) return;
	const char **list = pcd_sink_alloc(sink, (size_t)value->list_count + 1, sizeof *list);
	for (uint32_t i = 0; list && i < value->list_count; i++) list[i] = pcd_sink_copy(sink, value->list[i]);
	value->list = list;
}

static void copy_all(struct pcd_sink *sink, pc_config *c, const struct pc_option *table, const struct pcd_value *values)
{
	c->options = pcd_sink_alloc(sink, c->count, sizeof *c->options);
	for (uint32_t i = 0; c->options && i < c->count; i++) {
		struct option *o = &c->options[i];
		*o = (struct option){pcd_sink_copy(sink, table[i].key), table[i].type, values[i]};
		o->value.node = NULL;
		copy_value(sink, &o->value);
	}
}

static pc_status check(struct pcd_sink *sink, const pcd_plugin_conf *block, const struct pc_option *table, pc_config *c)
{
	char what[80];
	struct pcd_table keys = {table, pcd_plugin_keys, what};
	struct pcd_value *values = pcd_sink_alloc(sink, c->count, sizeof *values);
	if (!values) return PC_ENOMEM;
	if (!check_table(sink, block, table)) return sink->no_memory ? PC_ENOMEM : PC_EINVAL;
	(void)snprintf(what, sizeof what, "plugin %.31s", block->instance);
	bool all_well = pcd_table_read(sink, &keys, block->options, values);
	if (all_well) copy_all(sink, c, table, values);
	if (sink->no_memory) return PC_ENOMEM;
	return all_well ? PC_OK : PC_EINVAL;
}

pc_status pcd_options_check(const pcd_plugin_conf *block, const struct pc_option *table, pc_config **ret_options,
                            pcd_diags *diags)
{
	if (!block->options) return PC_EINVAL;
	pc_config *c = calloc(1, sizeof *c);
	if (!c) return PC_ENOMEM;
	struct pcd_sink sink = {.arena = &c->arena, .diags = diags};
	c->count = pcd_table_count(table);
	pc_status s = check(&sink, block, table, c);
	if (s == PC_OK)
		*ret_options = c;
	else
		pcd_options_destroy(&c);
	return s;
}

void pcd_options_destroy(pc_config **options)
{
	if (!*options) return;
	pc_arena arena = (*options)->arena;
	pc_arena_free(&arena);
	free(*options);
	*options = NULL;
}

/* ---- getters: a plugin that asks for what it did not declare gets nothing ---- */

static const struct pcd_value *find(const pc_config *options, const char *key)
{
	static const struct pcd_value unset = {0};
	for (uint32_t i = 0; i < options->count; i++)
		if (!strcmp(options->options[i].key, key)) return &options->options[i].value;
	return &unset;
}

int64_t pcd_options_int(const pc_config *options, const char *key)
{
	return find(options, key)->i;
}

double pcd_options_real(const pc_config *options, const char *key)
{
	return find(options, key)->r;
}

const char *pcd_options_string(const pc_config *options, const char *key)
{
	return find(options, key)->text;
}

const char *pcd_options_list(const pc_config *options, const char *key, uint32_t index)
{
	const struct pcd_value *value = find(options, key);
	return index < value->list_count ? value->list[index] : NULL;
}

/* ---- reload ---- */

static bool is_same(const struct option *a, const struct option *b)
{
	const struct pcd_value *x = &a->value, *y = &b->value;
	if (x->is_set != y->is_set || x->i != y->i || x->list_count != y->list_count) return false;
	if (memcmp(&x->r, &y->r, sizeof x->r)) return false;
	/* 100ms and 0.1s are the same; a text is itself. */
	bool is_text = a->type == PC_OPT_STRING || a->type == PC_OPT_REGION;
	if (is_text && x->is_set && strcmp(x->text, y->text)) return false;
	for (uint32_t i = 0; i < x->list_count; i++)
		if (strcmp(x->list[i], y->list[i])) return false;
	return true;
}

enum pcd_options_change pcd_options_compare(const pc_config *a, const pc_config *b, const struct pc_option *table)
{
	enum pcd_options_change change = PCD_OPTIONS_SAME;
	if (a->count != b->count || a->count != pcd_table_count(table)) return PCD_OPTIONS_RESTART;
	for (uint32_t i = 0; i < a->count; i++) {
		bool is_same_now = is_same(&a->options[i], &b->options[i]);
		if (is_same_now && !(table[i].flags & PC_OPT_FILE)) continue;
		if (!is_same_now && !(table[i].flags & PC_OPT_RELOAD)) return PCD_OPTIONS_RESTART;
		change = PCD_OPTIONS_RELOAD;
	}
	return change;
}
