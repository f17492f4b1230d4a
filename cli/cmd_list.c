/* cmd_list.c - `pagecast list`: every region, with its writer's state. */
#include "os.h"
#include "rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_INSTANCE, OPT_JSON, OPT_LONG, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_INSTANCE] = {'i', "instance", "NAME", "only what this daemon serves"},
        [OPT_JSON] = {'j', "json", NULL, "one JSON array"},
        [OPT_LONG] = {'l', "long", NULL, "also the object's name or file, the daemon, epoch and pid"},
        [OPTS] = {0, NULL, NULL, NULL}};

/* What to show: a cli_rows_wanted. */
static bool is_wanted(const void *arg, const cli_region *r)
{
	const cli_args *args = arg;
	const char *instance = args->value[OPT_INSTANCE];
	if (instance && (!r->daemon || strcmp(r->daemon->head.instance, instance) != 0)) return false;
	if (!args->word_count) return true;
	for (int i = 0; i < args->word_count; i++)
		if (cli_matches(args->words[i], r->key) || !strcmp(args->words[i], r->object)) return true;
	return false;
}

/* ---- table --------------------------------------------------------------------------------------------- */

static void state_cell(cli_table *t, const cli_row *row)
{
	char flags[96];
	if (!row->reader) {
		cli_cell(t, CLI_WARN, "%s", cli_closed_word(row->status));
		return;
	}
	(void)cli_flags_text(row->info.payload_flags & ~(uint32_t)PC_PAYLOAD_RECOVERED, flags);
	bool is_odd = *flags || cli_row_is_beside(row);
	cli_cell(t, is_odd ? CLI_WARN : cli_style_of(row->liveness), "%s%s%s%s", pc_liveness_name(row->liveness),
	         *flags ? ", " : "", flags, cli_row_is_beside(row) ? ", beside" : "");
}

static void writer_cell(cli_table *t, const cli_row *row)
{
	cli_who who = {.pid = 0};
	pc_strbuf b = {0};
	if (row->reader) who = cli_who_writes(pc_reader_control(row->reader));
	cli_escape_field(&b, who.name, sizeof who.name);
	cli_cell_buf(t, CLI_PLAIN, &b);
}

static void add_row(cli_table *t, const cli_row *row, bool is_long)
{
	const cli_region *r = row->region;
	char age[32] = "-", size[32] = "-";
	uint64_t bytes = row->reader ? pc_reader_payload_bytes(row->reader) : r->entry ? r->entry->payload_bytes : 0;
	if (bytes) cli_format_bytes(size, (double)bytes);
	if (row->info.tick) cli_format_age(age, row->info.age_ns);
	cli_cell_text(t, CLI_PLAIN, r->key, strlen(r->key));
	state_cell(t, row);
	cli_cell(t, CLI_PLAIN, "%s", size);
	cli_cell(t, CLI_PLAIN, row->reader ? "%" PRIu64 : "-", row->info.tick);
	cli_cell(t, CLI_PLAIN, "%s", age);
	writer_cell(t, row);
	if (!is_long) return;
	const pc_control *c = row->reader ? pc_reader_control(row->reader) : NULL;
	cli_cell(t, CLI_PLAIN, "%" PRIu32, c ? cli_who_writes(c).pid : 0);
	cli_cell(t, CLI_PLAIN, "%" PRIu32, row->info.epoch);
	cli_cell_text(t, CLI_PLAIN, r->daemon ? r->daemon->head.instance : "-",
	              r->daemon ? strlen(r->daemon->head.instance) : 1);
	const char *path = row->reader ? pc_reader_path(row->reader) : NULL;
	char object[128];
	cli_os_payload_name(r->object, c && !path ? c->payload_file_id : 0, object, sizeof object);
	cli_cell_text(t, CLI_PLAIN, path ? path : object, strlen(path ? path : object));
}

static void print_table(const cli_args *args, const cli_row *rows, uint32_t count)
{
	static const char *const headings[] = {"NAME",   "STATE", "SIZE",  "TICK",     "AGE",
	                                       "WRITER", "PID",   "EPOCH", "INSTANCE", "OBJECT"};
	bool is_long = args->value[OPT_LONG] != NULL;
	cli_table t;
	cli_table_start(&t, args->color, is_long ? 10 : 6, headings, 1u << 2 | 1u << 3 | 1u << 4 | 1u << 6 | 1u << 7);
	for (uint32_t i = 0; i < count; i++) add_row(&t, &rows[i], is_long);
	(void)cli_table_print(&t, 0);
}

/* ---- JSON ---------------------------------------------------------------------------------------------- */

static void row_json(cli_json *j, const cli_row *row)
{
	const cli_region *r = row->region;
	cli_json_open(j, '{');
	cli_json_key(j, "name");
	cli_json_z(j, r->key);
	cli_json_key(j, "object");
	cli_json_z(j, r->object);
	cli_json_key(j, "instance");
	if (r->daemon)
		cli_json_z(j, r->daemon->head.instance);
	else
		cli_json_null(j);
	cli_json_key(j, "kind");
	cli_json_z(j, cli_kind_of(r));
	if (row->reader) {
		char id[17];
		uint32_t flags = pc_reader_control(row->reader)->flags;
		(void)snprintf(id, sizeof id, "%016" PRIx64, pc_reader_schema_id(row->reader));
		if (pc_reader_path(row->reader)) {
			cli_json_key(j, "path");
			cli_json_z(j, pc_reader_path(row->reader));
		}
		cli_json_key(j, "bytes");
		cli_json_u64(j, pc_reader_payload_bytes(row->reader));
		cli_json_key(j, "schema");
		cli_json_z(j, pc_reader_schema_id(row->reader) ? id : "");
		cli_json_key(j, "system");
		cli_json_bool(j, flags & PC_REGION_SYSTEM);
		cli_json_key(j, "beside");
		cli_json_bool(j, cli_row_is_beside(row));
		cli_view_json(j, row->reader, &row->info, row->liveness);
	} else {
		cli_json_key(j, "state");
		cli_json_z(j, row->status == PC_EABSENT     ? "absent"
		              : row->status == PC_ENOTREADY ? "starting"
		                                            : "unreadable");
		cli_json_key(j, "error");
		cli_json_z(j, pc_status_text(row->status));
	}
	cli_json_close(j, '}');
}

static void print_json(const cli_row *rows, uint32_t count)
{
	cli_json j = {.depth = 0};
	cli_json_open(&j, '[');
	for (uint32_t i = 0; i < count; i++) {
		pc_strbuf_puts(&j.text, i ? "" : "\n");
		row_json(&j, &rows[i]);
		pc_strbuf_puts(&j.text, "\n");
	}
	cli_json_close(&j, ']');
	pc_strbuf_puts(&j.text, "\n");
	(void)cli_put_buf(&j.text);
}

/* -------------------------------------------------------------------------------------------------------- */

static int nothing(const cli_args *args)
{
	if (args->value[OPT_INSTANCE]) {
		cli_error("no daemon '%s' here, or it serves nothing of that name", args->value[OPT_INSTANCE]);
		return CLI_FAILED;
	}
	if (args->word_count) {
		cli_error("no region is called so");
		return CLI_FAILED;
	}
	cli_hint("there are no regions; pagecastd creates those of its configuration");
	return CLI_OK;
}

static int run(const cli_args *args)
{
	cli_catalogue c = {0};
	pc_err err = {""};
	int result = CLI_OK;
	cli_row *rows = NULL;
	pc_status s = cli_catalogue_load(&c, args, &err);
	if (s == PC_OK && !(rows = calloc(c.region_count + 1, sizeof *rows)))
		s = pc_err_set(&err, PC_ENOMEM, "out of memory");
	if (s != PC_OK) {
		cli_error("%s", err.text);
		cli_catalogue_free(&c);
		return CLI_FAILED;
	}
	uint32_t count = cli_rows_open(args, &c, is_wanted, args, rows);
	cli_rows_settle(rows, count);
	if (!count) result = nothing(args);
	if (args->value[OPT_JSON])
		print_json(rows, count);
	else if (count)
		print_table(args, rows, count);
	if (!args->value[OPT_JSON]) cli_rows_hint(args, rows, count);
	cli_rows_close(rows, count);
	free(rows);
	cli_catalogue_free(&c);
	return result;
}

const cli_command cli_list = {
        .name = "list",
        .group = "look at regions",
        .summary = "regions, their state, size, age and writer",
        .usage = "[PATTERN...] [-l] [--json] [--instance NAME]",
        .about = "Regions that daemons serve, as their directory regions say, and regions of programs\n"
                 "that stand alone. PATTERN is a name with * and ?.\n"
                 "\n"
                 "STATE is live, stale (the writer exists but stands still), dead (it ended without\n"
                 "saying so), closed (it ended), starting (no writer yet), legacy (a writer without\n"
                 "libpagecast), unreachable (whoever watches it for us is gone). A region that cannot\n"
                 "be read shows why; beside means that on Windows other programs hold its name, see\n"
                 "pagecast status. AGE is the time since the last commit.\n",
        .examples = "pagecast list\teverything\n"
                    "pagecast list 'sysmon.*'\tsome of it\n"
                    "pagecast list --json | jq '.[] | select(.state != \"live\")'\twhat needs attention\n",
        .options = options,
        .least = 0,
        .most = -1,
        .run = run};
