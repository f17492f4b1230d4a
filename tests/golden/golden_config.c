/* golden_config.c - what the configuration loader makes of a file, as text: every message, or the whole result.
 *
 *   golden_config print FILE      print it
 *   golden_config check FILE      compare it with FILE's neighbour NAME.expected
 *   golden_config load FILE...    the files, shipped ones, load without a message
 *   golden_config schema FILE     compare the JSON Schema with the shipped one; without FILE, print it
 */
#include "config/config.h"
#include "config/node.h"
#include "config/schema.h"

#include "base/strbuf.h"

#include <inttypes.h>
#include <pagecast/writer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Options of the plugin that test files call `fixture`: one of each type. */
static const struct pc_option fixture[] = {
        {"interval", "100ms", "1ms", "1m", NULL, "time between two samples", PC_OPT_DURATION, PC_OPT_RELOAD},
        {"port", NULL, "1", "65535", NULL, "TCP port", PC_OPT_INT, PC_OPT_REQUIRED},
        {"buffer", "64KiB", "4KiB", "1GiB", NULL, "bytes per client", PC_OPT_SIZE, 0},
        {"scale", "1.5", "-10", "10", "m/s", "a factor", PC_OPT_REAL, PC_OPT_RELOAD},
        {"enabled", "true", NULL, NULL, NULL, "whether it does anything", PC_OPT_BOOL, 0},
        {"title", NULL, "1", "16", NULL, "what displays call it", PC_OPT_STRING, 0},
        {"mode", "fast", "slow|fast|fastest", NULL, NULL, "how", PC_OPT_ENUM, 0},
        {"region", NULL, NULL, NULL, NULL, "where to", PC_OPT_REGION, 0},
        {"origins", "http://localhost,https://localhost", NULL, NULL, NULL, "who may connect", PC_OPT_LIST, 0},
        {"token", NULL, "8", NULL, NULL, "what clients must know", PC_OPT_STRING, PC_OPT_SECRET},
        {0}};

static void add_options(pc_strbuf *out, const pc_config *c)
{
	static const char *const writer[] = {"interval", "port", "buffer", "enabled", "mode"};
	for (size_t i = 0; i < sizeof writer / sizeof writer[0]; i++)
		pc_strbuf_printf(out, "  %s %" PRId64 "\n", writer[i], pcd_options_int(c, writer[i]));
	pc_strbuf_printf(out, "  scale %g\n", pcd_options_real(c, "scale"));
	static const char *const texts[] = {"title", "region", "mode", "token"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		const char *text = pcd_options_string(c, texts[i]);
		pc_strbuf_printf(out, "  %s %s%s%s\n", texts[i], text ? "'" : "", text ? text : "unset",
		                 text ? "'" : "");
	}
	pc_strbuf_puts(out, "  origins");
	for (uint32_t i = 0; pcd_options_list(c, "origins", i); i++)
		pc_strbuf_printf(out, " '%s'", pcd_options_list(c, "origins", i));
	pc_strbuf_puts(out, "\n");
}

static void add_tree(pc_strbuf *out, const pcd_node *node, int depth)
{
	for (const pcd_node *n = node->first; n; n = n->next) {
		pc_strbuf_printf(out, "%*s%s%s%s\n", depth * 2, "", n->key ? n->key : "-",
		                 n->kind == PCD_NODE_TEXT ? " " : "", n->kind == PCD_NODE_TEXT ? n->text : "");
		add_tree(out, n, depth + 1);
	}
}

static void add_plugin(pc_strbuf *out, const pcd_plugin_conf *p, pcd_diags *diags)
{
	pc_config *options = NULL;
	pc_strbuf_printf(out, "plugin %s file %s%s\n", p->instance, p->plugin, p->required ? " required" : "");
	if (strcmp(p->plugin, "fixture")) {
		add_tree(out, p->options, 1);
	} else if (pcd_options_check(p, fixture, &options, diags) == PC_OK) {
		add_options(out, options);
		pcd_options_destroy(&options);
	}
}

static void add_layout(pc_strbuf *out, const pc_layout *layout)
{
	const char *at = pc_layout_text(layout, NULL);
	while (*at) {
		size_t bytes = strcspn(at, "\n");
		pc_strbuf_printf(out, "  | %.*s\n", (int)bytes, at);
		at += bytes + (at[bytes] == '\n');
	}
}

static void add_region(pc_strbuf *out, const pcd_region_conf *r)
{
	static const char *const kinds[] = {"plugin", "external", "legacy"};
	char slots[16] = "auto";
	if (r->slot_count != PC_SLOTS_AUTO) (void)snprintf(slots, sizeof slots, "%" PRIu32, r->slot_count);
	pc_strbuf_printf(out, "region %s object %s writer %s bytes %" PRIu64 " mode %04o slots %s\n", r->key, r->object,
	                 kinds[r->writer_kind], r->payload_bytes, (unsigned)r->mode, slots);
	pc_strbuf_printf(out,
	                 "  heartbeat %" PRIu32 " stale_after %" PRIu32 " publish_hint %" PRIu32 " notify_min %" PRIu32
	                 "us",
	                 r->heartbeat_ms, r->stale_after_ms, r->publish_hint_ms, r->notify_min_us);
	pc_strbuf_printf(out, " sample %" PRIu64 "ns\n", r->sample_ns);
	if (r->path) pc_strbuf_printf(out, "  file %s%s\n", strrchr(r->path, '/') + 1, r->sparse ? " sparse" : "");
	if (r->mutex) pc_strbuf_printf(out, "  mutex %s\n", r->mutex);
	if (r->event) pc_strbuf_printf(out, "  event %s\n", r->event);
	if (r->is_adopted)
		pc_strbuf_printf(out, "  adopted period %" PRIu32 " process %s\n", r->period_ms,
		                 r->process ? r->process : "-");
	if (r->sddl) pc_strbuf_printf(out, "  sddl %s\n", r->sddl);
	if (*r->doc) pc_strbuf_printf(out, "  doc %s\n", r->doc);
	if (r->layout_from) pc_strbuf_printf(out, "  layout_from %s\n", r->layout_from);
	if (*r->remote_write) pc_strbuf_printf(out, "  remote_write %s\n", r->remote_write);
	if (r->layout) add_layout(out, r->layout);
	for (uint32_t i = 0; i < r->initial_count; i++)
		pc_strbuf_printf(out, "  initial %s = %s\n", r->initial[i].path, r->initial[i].value);
}

static void add_config(pc_strbuf *out, const pcd_config *c, pcd_diags *diags)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	pc_strbuf_printf(out, "instance %s log %s %s\n", c->instance, levels[c->log_level],
	                 c->log_format == PCD_LOG_JSON ? "json" : "text");
	pc_strbuf_printf(out, "heartbeat %" PRIu32 " stale_after %" PRIu32 " budget %" PRIu64 "ns\n", c->heartbeat_ms,
	                 c->stale_after_ms, c->budget_ns);
	for (const char *const *p = c->plugin_path; *p; p++) pc_strbuf_printf(out, "plugin_path %s\n", *p);
	for (uint32_t i = 0; i < c->region_count; i++) add_region(out, &c->regions[i]);
	for (uint32_t i = 0; i < c->plugin_count; i++) add_plugin(out, &c->plugins[i], diags);
}

/* The messages, or the result if there are none. */
static char *outcome(const char *path)
{
	pc_strbuf out = {0};
	pcd_config *config = NULL;
	pcd_diags *diags = pcd_diags_create();
	if (!diags) exit(2);
	pc_status s = pcd_config_load(path, &config, diags);
	if ((s == PC_OK) != (config != NULL) || (s == PC_OK) != (pcd_diags_count(diags) == 0)) {
		fprintf(stderr, "%s: %s, but %u messages\n", path, pc_status_name(s), pcd_diags_count(diags));
		exit(1);
	}
	if (config) add_config(&out, config, diags);
	if (pcd_diags_count(diags)) {
		out.bytes = 0;
		if (s != PC_EINVAL && s != PC_OK) pc_strbuf_printf(&out, "%s\n", pc_status_name(s));
		for (uint32_t i = 0; i < pcd_diags_count(diags); i++)
			pc_strbuf_printf(&out, "%s\n", pcd_diags_get(diags, i));
	}
	pcd_config_destroy(&config);
	pcd_diags_destroy(&diags);
	char *text = pc_strbuf_take(&out, NULL);
	if (!text) exit(2);
	return text;
}

static char *read_text(const char *name)
{
	static char text[65536];
	FILE *file = fopen(name, "rb");
	if (!file) {
		fprintf(stderr, "%s is missing\n", name);
		exit(1);
	}
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	(void)fclose(file);
	return text;
}

static char *expected_of(const char *path)
{
	char name[512];
	(void)snprintf(name, sizeof name, "%.*s.expected", (int)(strlen(path) - strlen(".yaml")), path);
	return read_text(name);
}

static int do_schema(const char *path, char *schema)
{
	if (!schema) return 2;
	int result = path && strcmp(schema, read_text(path)) != 0;
	if (!path) (void)fputs(schema, stdout);
	if (result) fprintf(stderr, "%s is not what the option tables say: run tests/golden/regenerate.sh\n", path);
	free(schema);
	return result;
}

static int load_all(int count, char **paths)
{
	int result = 0;
	for (int i = 0; i < count; i++) {
		pcd_config *config = NULL;
		pcd_diags *diags = pcd_diags_create();
		if (!diags || pcd_config_load(paths[i], &config, diags) != PC_OK) result = 1;
		for (uint32_t k = 0; diags && k < pcd_diags_count(diags); k++)
			fprintf(stderr, "%s\n", pcd_diags_get(diags, k));
		pcd_config_destroy(&config);
		pcd_diags_destroy(&diags);
	}
	return result;
}

static int load_layouts(int count, char **paths, bool prints)
{
	int result = 0;
	for (int i = 0; i < count; i++) {
		pc_layout *layout = NULL;
		pcd_diags *diags = pcd_diags_create();
		if (!diags || pcd_layout_load(paths[i], &layout, diags) != PC_OK) result = 1;
		for (uint32_t k = 0; diags && k < pcd_diags_count(diags); k++)
			fprintf(stderr, "%s\n", pcd_diags_get(diags, k));
		if (layout && prints) (void)fputs(pc_layout_text(layout, NULL), stdout);
		pc_layout_destroy(&layout);
		pcd_diags_destroy(&diags);
	}
	return result;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "schema")) return do_schema(argv[2], pcd_config_schema());
	if (argc > 1 && !strcmp(argv[1], "layout_schema")) return do_schema(argv[2], pcd_layout_schema());
	if (argc < 3) {
		fprintf(stderr, "usage: golden_config print|check|load FILE...\n");
		return 2;
	}
	if (!strcmp(argv[1], "load")) return load_all(argc - 2, argv + 2);
	if (!strcmp(argv[1], "load_layouts")) return load_layouts(argc - 2, argv + 2, false);
	if (!strcmp(argv[1], "print_layout")) return load_layouts(argc - 2, argv + 2, true);
	char *got = outcome(argv[2]);
	int result = 0;
	if (!strcmp(argv[1], "print"))
		(void)fputs(got, stdout);
	else
		result = strcmp(got, expected_of(argv[2])) != 0;
	if (result) fprintf(stderr, "got:\n%sexpected:\n%s", got, expected_of(argv[2]));
	free(got);
	return result;
}
