/* trial/options.c - options for a trial: those that were given, and what the table must refuse. All judged by the daemon's own check. */
#include "bench.h"

#include "base/strbuf.h"
#include "descriptor/option.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- maps ---- */

/* "key: value" as YAML; a value that does not begin like a list or a quoted text is one text. */
static pcd_node *parse_one(pcd_bench *bench, const char *key, const char *value)
{
	struct pcd_sink sink = {.arena = &bench->arena, .diags = bench->diags};
	pc_strbuf b = {0};
	bool is_yaml = *value && strchr("[{'\"", *value);
	pc_strbuf_printf(&b, "%s: %s", key, is_yaml ? value : "'");
	for (const char *c = value; !is_yaml && *c; c++) {
		pc_strbuf_add(&b, c, 1);
		if (*c == '\'') pc_strbuf_puts(&b, "'");
	}
	pc_strbuf_puts(&b, is_yaml ? "\n" : "'\n");
	const char *text = b.failed ? NULL : pcd_sink_copy(&sink, b.text);
	size_t bytes = b.bytes;
	pc_strbuf_free(&b);
	return text ? pcd_node_parse(&sink, "--set", text, bytes) : NULL;
}

static void append(pcd_node *map, pcd_node *entry)
{
	struct pcd_node **at = &map->first;
	while (*at) at = &(*at)->next;
	*at = entry;
	entry->next = NULL;
	map->count++;
}

pcd_node *pcd_trial_overlay(pcd_bench *bench, const pcd_node *base, const char *key, const char *value)
{
	struct pcd_sink sink = {.arena = &bench->arena, .diags = bench->diags};
	pcd_node *map = pcd_sink_alloc(&sink, 1, sizeof *map), *over = value ? parse_one(bench, key, value) : NULL;
	if (!map || (value && (!over || over->kind != PCD_NODE_MAP))) return NULL;
	map->kind = PCD_NODE_MAP;
	map->mark = (pcd_mark){"--set", 1, 1};
	for (const struct pcd_node *n = base ? base->first : NULL; n; n = n->next) {
		struct pcd_node *copy = pcd_sink_alloc(&sink, 1, sizeof *copy);
		if (!copy) return NULL;
		*copy = *n;
		if (!key || strcmp(n->key, key) != 0) append(map, copy);
	}
	if (over && over->first) append(map, over->first);
	return map;
}

pc_status pcd_trial_check(pcd_bench *bench, const pcd_node *set, pc_config **ret_options)
{
	pcd_plugin_conf block = {
	        .instance = PCD_TRIAL_INSTANCE, .plugin = bench->name, .options = set, .mark = set->mark};
	pcd_diags_destroy(&bench->diags);
	bench->diags = pcd_diags_create();
	if (!bench->diags) return PC_ENOMEM;
	return pcd_options_check(&block, bench->plugin->api.options, ret_options, bench->diags);
}

const char *pcd_trial_reason(pcd_bench *bench)
{
	const char *text = pcd_diags_count(bench->diags) ? pcd_diags_get(bench->diags, 0) : "out of memory";
	const char *behind = strstr(text, ": "); /* the place is no place of a file */
	return behind ? behind + 2 : text;
}

/* ---- wrong values ---- */

/* Beyond a limit by the least that counts; false where there is no such value. */
static bool beyond(const struct pc_option *o, bool is_max, char value[128])
{
	const char *limit = is_max ? o->max : o->min;
	int64_t i = 0;
	double r = 0;
	if (!limit || o->type == PC_OPT_ENUM || !pc_option_limit(o, limit, &i, &r)) return false;
	if (o->type == PC_OPT_REAL) {
		(void)snprintf(value, 128, "%.17g",
		               is_max ? r + (r > 0 ? r : -r) * 1e-3 + 1e-3 : r - (r > 0 ? r : -r) * 1e-3 - 1e-3);
		return true;
	}
	if (is_max ? i == INT64_MAX : i == INT64_MIN) return false;
	i += is_max ? 1 : -1;
	if (o->type == PC_OPT_STRING) {
		if (i < 0 || i > 126) return false;
		memset(value, 'x', (size_t)i);
		value[i] = 0;
		return true;
	}
	(void)snprintf(value, 128, "%" PRId64 "%s", i, o->type == PC_OPT_DURATION ? "ns" : "");
	return o->type == PC_OPT_INT || i >= 0;
}

static void must_refuse(pcd_bench *bench, const struct pc_option *o, const char *value, const char *what,
                        unsigned *refused)
{
	pc_config *options = NULL;
	pcd_node *set = pcd_trial_overlay(bench, bench->set, o->key, value);
	if (!set || pcd_trial_check(bench, set, &options) != PC_OK) {
		++*refused;
		return;
	}
	pcd_options_destroy(&options);
	pcd_trial_add(bench, PCD_FAULT,
	              "option '%s' takes %s, %s: give it a type and limits in the option table that say what it is",
	              o->key, value ? value : "nothing", what);
}

static void check_limits(pcd_bench *bench, const struct pc_option *o, unsigned *refused)
{
	const char *const limits[] = {o->min, o->max};
	char value[128];
	int64_t i;
	double r;
	bool has_limits = o->type == PC_OPT_INT || o->type == PC_OPT_REAL || o->type == PC_OPT_STRING ||
	                  o->type == PC_OPT_DURATION || o->type == PC_OPT_SIZE;
	for (int k = 0; k < 2 && has_limits; k++) {
		if (limits[k] && !pc_option_limit(o, limits[k], &i, &r))
			pcd_trial_add(bench, PCD_FAULT,
			              "option '%s': its %s '%s' is no value of its type, so that nothing fits: correct "
			              "the option table",
			              o->key, k ? "max" : "min", limits[k]);
		else if (beyond(o, k, value))
			must_refuse(bench, o, value, k ? "beyond its max" : "below its min", refused);
	}
	if (o->type == PC_OPT_INT && (!o->min || !o->max))
		pcd_trial_add(bench, PCD_NOTE, "option '%s' has no %s: any whole number reaches the plugin", o->key,
		              o->min   ? "max"
		              : o->max ? "min"
		                       : "min and no max");
}

void pcd_trial_check_table(pcd_bench *bench)
{
	/* Of another type than any but texts. */
	static const char wrong[] = "neither a number nor a word";
	const struct pc_option *o = bench->plugin->api.options;
	unsigned count = 0, refused = 0, reloads = 0;
	char unknown[] = "no_such_option_";
	for (; o && o->key; o++, count++) {
		bool is_text = o->type == PC_OPT_STRING || o->type == PC_OPT_REGION || o->type == PC_OPT_LIST;
		must_refuse(bench, o, is_text ? "{ a: b }" : wrong, "which is of another type", &refused);
		check_limits(bench, o, &refused);
		if (o->flags & PC_OPT_REQUIRED) must_refuse(bench, o, NULL, "although it is required", &refused);
		if (!o->doc || !*o->doc)
			pcd_trial_add(bench, PCD_NOTE, "option '%s' has no doc: say in one sentence what it does",
			              o->key);
		reloads += (o->flags & (PC_OPT_RELOAD | PC_OPT_FILE)) != 0;
	}
	if (reloads && !bench->plugin->api.reload)
		pcd_trial_add(bench, PCD_FAULT,
		              "%u option%s marked PC_OPT_RELOAD or PC_OPT_FILE, but there is no reload(): write it, or "
		              "drop the mark, and a change restarts the instance",
		              reloads, reloads == 1 ? " is" : "s are");
	struct pc_option stranger = {.key = unknown};
	must_refuse(bench, &stranger, "1", "which is not in the table", &refused);
	pcd_trial_add(bench, PCD_WELL, "%u option%s, %u wrong values refused", count, count == 1 ? "" : "s", refused);
}

/* ---- values that are worth a run ---- */

/* Values of one option: its words, or its limits. */
static bool value_of(const struct pc_option *o, uint32_t i, char value[128])
{
	switch (o->type) {
	case PC_OPT_BOOL: (void)snprintf(value, 128, "%s", i ? "true" : "false"); return i < 2;
	case PC_OPT_ENUM: return pc_option_word(o, i, value);
	case PC_OPT_INT:
	case PC_OPT_REAL:
	case PC_OPT_DURATION:
	case PC_OPT_SIZE:
		if (i > 1) return false;
		if (!(i ? o->max : o->min)) return i == 0 && o->max && snprintf(value, 128, "%s", o->max) > 0;
		(void)snprintf(value, 128, "%s", i ? o->max : o->min);
		return true;
	default: return false;
	}
}

bool pcd_trial_value(const pcd_bench *bench, uint32_t i, const struct pc_option **ret_option, char value[128])
{
	for (const struct pc_option *o = bench->plugin->api.options; o && o->key; o++) {
		uint32_t own = 0;
		for (; value_of(o, own, value); own++) {
			if (i--) continue;
			*ret_option = o;
			return true;
		}
	}
	return false;
}

/* A value that this option does not have now. */
static pcd_node *change_one(pcd_bench *bench, const struct pc_option *o, pcd_node *set, const pc_config *now)
{
	char value[128];
	for (uint32_t i = 0; value_of(o, i, value); i++) {
		pc_config *options = NULL;
		pcd_node *changed = pcd_trial_overlay(bench, set, o->key, value);
		if (!changed || pcd_trial_check(bench, changed, &options) != PC_OK) continue;
		bool is_other = pcd_options_int(options, o->key) != pcd_options_int(now, o->key) ||
		                pcd_options_real(options, o->key) > pcd_options_real(now, o->key) ||
		                pcd_options_real(options, o->key) < pcd_options_real(now, o->key);
		pcd_options_destroy(&options);
		if (is_other) return changed;
	}
	return set;
}

pcd_node *pcd_trial_changed(pcd_bench *bench)
{
	pcd_node *set = bench->set;
	pc_config *now = NULL;
	bool has_file = false;
	if (pcd_trial_check(bench, set, &now) != PC_OK) return NULL;
	for (const struct pc_option *o = bench->plugin->api.options; o && o->key; o++) {
		if (o->flags & PC_OPT_RELOAD) set = change_one(bench, o, set, now);
		has_file = has_file || o->flags & PC_OPT_FILE;
	}
	pcd_options_destroy(&now);
	return set == bench->set && !has_file ? NULL : set;
}
