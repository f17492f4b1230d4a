/* cmd_status.c - `pagecast status`: the daemons, their last reload, their plugins. */
#include "facts.h"
#include "os.h"

#include <inttypes.h>
#include <string.h>

#define PLUGINS_MAX 256u

enum { OPT_JSON, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_JSON] = {'j', "json", NULL, "one JSON array"}, [OPTS] = {0, NULL, NULL, NULL}};

/* One daemon and what it says of itself. */
struct report {
	const cli_args *args;
	const cli_daemon *daemon;
	pc_liveness liveness;
	cli_facts about, plugins;
	bool has_about, has_plugins;
};

static uint32_t plugin_count(const struct report *r)
{
	uint64_t count = r->has_plugins ? cli_fact(&r->plugins, "count", 0) : 0;
	return count > PLUGINS_MAX ? PLUGINS_MAX : (uint32_t)count;
}

static const char *plugin_path(uint32_t i, const char *field, char dst[64])
{
	(void)snprintf(dst, 64, "plugins[%" PRIu32 "].%s", i, field);
	return dst;
}

/* ---- text ---------------------------------------------------------------------------------------------- */

static void line(cli_table *t, const char *name, pc_strbuf *value)
{
	cli_cell(t, CLI_DIM, "%s", name);
	cli_cell_buf(t, CLI_PLAIN, value);
}

static void process_line(cli_table *t, const struct report *r)
{
	const pc_directory *head = &r->daemon->head;
	uint64_t now = cli_os_unix_ns();
	char age[32];
	pc_strbuf b = {0};
	pc_strbuf_printf(&b, "pid %" PRIu32, head->daemon_pid);
	if (r->liveness == PC_LIVE && head->started_unix_ns && head->started_unix_ns < now) {
		cli_format_age(age, now - head->started_unix_ns);
		pc_strbuf_printf(&b, ", up %s", age);
	}
	if (r->has_about) pc_strbuf_puts(&b, ", version ");
	if (r->has_about) cli_fact_text(&b, &r->about, "version");
	line(t, "process", &b);
}

static void config_line(cli_table *t, const struct report *r)
{
	const pc_directory *head = &r->daemon->head;
	pc_strbuf b = {0};
	cli_escape_z(&b, head->config_path);
	pc_strbuf_printf(&b, " (generation %" PRIu32 ")", head->config_generation);
	line(t, "configuration", &b);
}

static void reload_line(cli_table *t, const struct report *r)
{
	const pc_directory *head = &r->daemon->head;
	uint64_t when = r->has_about ? cli_fact(&r->about, "reload_unix_ns", 0) : 0, now = cli_os_unix_ns();
	bool color = r->args->color;
	char age[32];
	pc_strbuf b = {0};
	if (!head->reload_count) {
		pc_strbuf_puts(&b, "never tried");
		line(t, "last reload", &b);
		return;
	}
	if (head->reload_status)
		pc_strbuf_printf(&b, "%sfailed%s: %s", cli_style(color, CLI_BAD), cli_style(color, CLI_PLAIN),
		                 pc_status_text((pc_status)head->reload_status));
	else
		pc_strbuf_puts(&b, "ok");
	if (when && when <= now) {
		cli_format_age(age, now - when);
		pc_strbuf_printf(&b, ", %s ago", age);
	}
	line(t, "last reload", &b);
	pc_strbuf text = {0};
	if (r->has_about) cli_fact_text(&text, &r->about, "reload_text");
	if (text.bytes)
		line(t, "", &text);
	else
		pc_strbuf_free(&text);
}

static void regions_lines(cli_table *t, const struct report *r)
{
	uint64_t beside = r->has_about ? cli_fact(&r->about, "beside_count", 0) : 0;
	pc_strbuf count = {0}, why = {0};
	pc_strbuf_printf(&count, "%" PRIu32, r->daemon->entry_count);
	if (beside) pc_strbuf_printf(&count, ", %" PRIu64 " beside a name that other programs hold", beside);
	line(t, "regions", &count);
	if (!beside) return;
	cli_fact_text(&why, &r->about, "beside_text");
	cli_cell(t, CLI_DIM, "%s", "");
	cli_cell_buf(t, CLI_WARN, &why);
}

static enum cli_style state_style(const char *state)
{
	if (!state || !strcmp(state, "running")) return CLI_GOOD;
	return !strcmp(state, "failed") ? CLI_BAD : CLI_WARN;
}

static void text_cell(cli_table *t, const struct report *r, uint32_t i, const char *field)
{
	char path[64];
	pc_strbuf b = {0};
	cli_fact_text(&b, &r->plugins, plugin_path(i, field, path));
	cli_cell_buf(t, !strcmp(field, "state") ? state_style(b.text) : CLI_PLAIN, &b);
}

static void error_cell(cli_table *t, const struct report *r, uint32_t i)
{
	char path[64], age[32];
	uint64_t when = cli_fact(&r->plugins, plugin_path(i, "error_unix_ns", path), 0), now = cli_os_unix_ns();
	pc_strbuf b = {0};
	cli_fact_text(&b, &r->plugins, plugin_path(i, "error", path));
	if (b.bytes && when && when <= now) {
		cli_format_age(age, now - when);
		pc_strbuf_printf(&b, " (%s ago)", age);
	}
	cli_cell_buf(t, CLI_PLAIN, &b);
}

static bool print_plugins(const struct report *r)
{
	static const char *const headings[] = {"PLUGIN", "FILE", "VERSION", "STATE", "RESTARTS", "LAST ERROR"};
	uint32_t count = plugin_count(r);
	cli_table t;
	if (!count) return true;
	cli_table_start(&t, r->args->color, 6, headings, 1u << 4);
	for (uint32_t i = 0; i < count; i++) {
		text_cell(&t, r, i, "instance");
		text_cell(&t, r, i, "plugin");
		text_cell(&t, r, i, "version");
		text_cell(&t, r, i, "state");
		text_cell(&t, r, i, "restarts");
		error_cell(&t, r, i);
	}
	return cli_puts("\n") && cli_table_print(&t, 3);
}

static bool print_text(const struct report *r)
{
	bool color = r->args->color;
	pc_strbuf b = {0};
	cli_table t;
	pc_strbuf_puts(&b, cli_style(color, CLI_BOLD));
	cli_escape_z(&b, r->daemon->head.instance);
	pc_strbuf_printf(&b, "%s  %s%s%s\n", cli_style(color, CLI_PLAIN), cli_style(color, cli_style_of(r->liveness)),
	                 pc_liveness_name(r->liveness), cli_style(color, CLI_PLAIN));
	if (!cli_put_buf(&b)) return false;
	cli_table_start(&t, color, 2, NULL, 0);
	process_line(&t, r);
	config_line(&t, r);
	reload_line(&t, r);
	regions_lines(&t, r);
	return cli_table_print(&t, 3) && print_plugins(r);
}

/* ---- JSON ---------------------------------------------------------------------------------------------- */

static void plugin_json(cli_json *j, const struct report *r, uint32_t i)
{
	static const char *const names[] = {"instance",   "plugin",    "version",      "state",
	                                    "restarts",   "running_s", "calls",        "budget_overruns",
	                                    "longest_ms", "error",     "error_unix_ns"};
	char path[64];
	cli_json_open(j, '{');
	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		cli_json_key(j, names[k]);
		cli_fact_json(j, &r->plugins, plugin_path(i, names[k], path));
	}
	cli_json_close(j, '}');
}

static void print_json(cli_json *j, const struct report *r)
{
	const pc_directory *head = &r->daemon->head;
	cli_json_open(j, '{');
	cli_json_key(j, "instance");
	cli_json_z(j, head->instance);
	cli_json_key(j, "state");
	cli_json_z(j, pc_liveness_name(r->liveness));
	cli_json_key(j, "pid");
	cli_json_u64(j, head->daemon_pid);
	cli_json_key(j, "started_unix_ms");
	cli_json_u64(j, head->started_unix_ns / 1000000);
	cli_json_key(j, "config_path");
	cli_json_z(j, head->config_path);
	cli_json_key(j, "config_generation");
	cli_json_u64(j, head->config_generation);
	cli_json_key(j, "regions");
	cli_json_u64(j, r->daemon->entry_count);
	cli_json_key(j, "beside_count");
	cli_fact_json(j, &r->about, "beside_count");
	cli_json_key(j, "beside_text");
	cli_fact_json(j, &r->about, "beside_text");
	cli_json_key(j, "reload_count");
	cli_json_u64(j, head->reload_count);
	cli_json_key(j, "reload_status");
	cli_json_i64(j, head->reload_status);
	cli_json_key(j, "reload_text");
	cli_fact_json(j, &r->about, "reload_text");
	cli_json_key(j, "version");
	cli_fact_json(j, &r->about, "version");
	cli_json_key(j, "plugins");
	cli_json_open(j, '[');
	for (uint32_t i = 0; i < plugin_count(r); i++) plugin_json(j, r, i);
	cli_json_close(j, ']');
	cli_json_close(j, '}');
}

/* -------------------------------------------------------------------------------------------------------- */

static int report_on(const cli_args *args, const cli_daemon *daemon, cli_json *j, bool is_first)
{
	struct report r = {.args = args, .daemon = daemon, .liveness = pc_reader_liveness_settled(daemon->reader)};
	r.has_about = cli_facts_read(&r.about, args, daemon, ".daemon");
	r.has_plugins = cli_facts_read(&r.plugins, args, daemon, ".plugins");
	if (args->value[OPT_JSON])
		print_json(j, &r);
	else if (is_first || cli_puts("\n"))
		(void)print_text(&r);
	cli_facts_free(&r.about);
	cli_facts_free(&r.plugins);
	return r.liveness == PC_LIVE ? CLI_OK : CLI_NOT_LIVE;
}

static int run(const cli_args *args)
{
	cli_catalogue c = {0};
	cli_json j = {.depth = 0};
	pc_err err = {""};
	const char *wanted = args->word_count ? args->words[0] : NULL;
	int result = CLI_OK;
	if (cli_catalogue_load(&c, args, &err) != PC_OK) {
		cli_error("%s", err.text);
		return CLI_FAILED;
	}
	const cli_daemon *only = wanted || !c.daemon_count ? cli_find_daemon(&c, wanted) : NULL;
	if (!only && (wanted || !c.daemon_count)) result = CLI_FAILED;
	if (args->value[OPT_JSON]) cli_json_open(&j, '[');
	bool is_found = result == CLI_OK;
	for (uint32_t i = 0, shown = 0; is_found && i < c.daemon_count; i++) {
		if (only && only != &c.daemons[i]) continue;
		if (report_on(args, &c.daemons[i], &j, shown++ == 0) != CLI_OK) result = CLI_NOT_LIVE;
	}
	if (args->value[OPT_JSON]) {
		cli_json_close(&j, ']');
		pc_strbuf_puts(&j.text, "\n");
		(void)cli_put_buf(&j.text);
	}
	cli_catalogue_free(&c);
	return result;
}

const cli_command cli_status = {
        .name = "status",
        .group = "the daemon",
        .summary = "daemons, their last reload and their plugins",
        .usage = "[INSTANCE] [--json]",
        .about = "Everything shown comes from regions: pagecast.INSTANCE, pagecast.INSTANCE.daemon and\n"
                 "pagecast.INSTANCE.plugins, which any reader and viewer can watch as well. A daemon that\n"
                 "was killed leaves them behind, and is shown as dead. The exit code is 3 if one of the\n"
                 "daemons shown is not live.\n",
        .examples = "pagecast status\tall daemons of this machine\n"
                    "pagecast status rig-1 --json\tone, for programs\n"
                    "pagecast watch pagecast.rig-1.daemon loop_late_max_ms\tits own numbers are a region\n",
        .options = options,
        .least = 0,
        .most = 1,
        .run = run};
