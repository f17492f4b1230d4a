/* cmd_list.c - `pagecast list`: every region, with its writer's state. */
#include "catalogue.h"
#include "os.h"
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS   2
#define LOOKS_MAX 1500 /* 3 s: a region that asks for more patience is shown as it is */

enum { OPT_INSTANCE, OPT_JSON, OPT_LONG, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_INSTANCE] = {'i', "instance", "NAME", "only what this daemon serves"},
        [OPT_JSON] = {'j', "json", NULL, "one JSON array"},
        [OPT_LONG] = {'l', "long", NULL, "also the object's name or file, the daemon, epoch and pid"},
        [OPTS] = {0, NULL, NULL, NULL}};

struct row {
	const cli_region *region;
	pc_reader *reader; /* NULL: see status */
	pc_status status;
	uint64_t first_beat;
	pc_liveness liveness;
	pc_snapshot_info info;
};

/* ---- what to show -------------------------------------------------------------------------------------- */

/* '*' any text, '?' one byte. */
static bool matches(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL;
	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*') pattern++;
	return !*pattern;
}

static bool is_wanted(const cli_args *args, const cli_region *r)
{
	const char *instance = args->value[OPT_INSTANCE];
	if (instance && (!r->daemon || strcmp(r->daemon->head.instance, instance) != 0)) return false;
	if (!args->word_count) return true;
	for (int i = 0; i < args->word_count; i++)
		if (matches(args->words[i], r->key) || !strcmp(args->words[i], r->object)) return true;
	return false;
}

/* Tick and age without copying the payload: from a slot where there is one, else from the control page. */
static void look_at_commit(struct row *row)
{
	const pc_control *c = pc_reader_control(row->reader);
	pc_view view;
	if (pc_reader_view(row->reader, &view) == PC_OK && pc_reader_still_valid(&view)) {
		row->info = view.info;
		return;
	}
	uint64_t mono = pc_load_relaxed_u64(&c->commit_mono_ns), now = cli_os_mono_ns();
	row->info.tick = pc_load_relaxed_u64(&c->tick);
	row->info.commit_unix_ns = pc_load_relaxed_u64(&c->commit_unix_ns);
	row->info.age_ns = now > mono ? now - mono : 0;
	row->info.epoch = pc_load_relaxed_u32(&c->epoch);
	row->info.payload_flags = pc_load_relaxed_u32(&c->payload_flags);
}

static uint32_t open_rows(const cli_args *args, const cli_catalogue *c, struct row *rows)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < c->region_count; i++) {
		struct row *row = &rows[count];
		if (!is_wanted(args, &c->regions[i])) continue;
		count++;
		row->region = &c->regions[i];
		row->status = pc_reader_open(row->region->object, &args->trust, &row->reader, NULL);
		if (row->status != PC_OK) continue;
		row->first_beat = pc_load_acquire_u64(&pc_reader_control(row->reader)->beat_count);
		row->liveness = pc_reader_liveness(row->reader);
		look_at_commit(row);
	}
	return count;
}

/* A first look can only tell that a writer exists. Watch all regions together until each heartbeat has moved, or has
 * stood still for long enough to say so: as long as the slowest takes, not as all together. */
static void settle(struct row *rows, uint32_t count)
{
	uint32_t waiting = count;
	for (int look = 0; waiting && look < LOOKS_MAX; look++) {
		waiting = 0;
		for (uint32_t i = 0; i < count; i++) {
			struct row *row = &rows[i];
			if (!row->reader) continue;
			row->liveness = pc_reader_liveness(row->reader);
			waiting += (row->liveness == PC_LIVE || row->liveness == PC_LEGACY) &&
			           pc_load_acquire_u64(&pc_reader_control(row->reader)->beat_count) == row->first_beat;
		}
		if (waiting) cli_os_sleep_ms(LOOK_MS);
	}
}

/* ---- table --------------------------------------------------------------------------------------------- */

static const char *closed_word(pc_status status)
{
	switch (status) {
	case PC_EABSENT: return "absent";
	case PC_ENOTREADY: return "starting";
	case PC_EPERM: return "no permission";
	case PC_EUNTRUSTED: return "untrusted";
	case PC_EVERSION: return "other version";
	case PC_ECORRUPT: return "corrupt";
	default: return "unreadable";
	}
}

/* Does its payload stand beside a section of its name that other programs hold? */
static bool is_beside(const struct row *row)
{
	const pc_control *c = pc_reader_control(row->reader);
	return !(c->flags & PC_REGION_FILE) && cli_os_is_beside(c->payload_file_id);
}

static void state_cell(cli_table *t, const struct row *row)
{
	char flags[96];
	if (!row->reader) {
		cli_cell(t, CLI_WARN, "%s", closed_word(row->status));
		return;
	}
	(void)cli_flags_text(row->info.payload_flags & ~(uint32_t)PC_PAYLOAD_RECOVERED, flags);
	bool is_odd = *flags || is_beside(row);
	cli_cell(t, is_odd ? CLI_WARN : cli_style_of(row->liveness), "%s%s%s%s", pc_liveness_name(row->liveness),
	         *flags ? ", " : "", flags, is_beside(row) ? ", beside" : "");
}

static void writer_cell(cli_table *t, const struct row *row)
{
	cli_who who = {.pid = 0};
	pc_strbuf b = {0};
	if (row->reader) who = cli_who_writes(pc_reader_control(row->reader));
	cli_escape_field(&b, who.name, sizeof who.name);
	cli_cell_buf(t, CLI_PLAIN, &b);
}

static void add_row(cli_table *t, const struct row *row, bool is_long)
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

static void print_table(const cli_args *args, const struct row *rows, uint32_t count)
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

static const char *kind_of(const cli_region *r)
{
	if (!r->entry) return "standalone";
	switch (r->entry->writer_kind) {
	case PC_WRITER_PLUGIN: return "plugin";
	case PC_WRITER_EXTERNAL: return "external";
	case PC_WRITER_LEGACY: return "legacy";
	default: return "unknown";
	}
}

static void row_json(cli_json *j, const struct row *row)
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
	cli_json_z(j, kind_of(r));
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
		cli_json_bool(j, is_beside(row));
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

static void print_json(const struct row *rows, uint32_t count)
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
	struct row *rows = NULL;
	pc_status s = cli_catalogue_load(&c, args, &err);
	if (s == PC_OK && !(rows = calloc(c.region_count + 1, sizeof *rows)))
		s = pc_err_set(&err, PC_ENOMEM, "out of memory");
	if (s != PC_OK) {
		cli_error("%s", err.text);
		cli_catalogue_free(&c);
		return CLI_FAILED;
	}
	uint32_t count = open_rows(args, &c, rows);
	settle(rows, count);
	if (!count) result = nothing(args);
	if (args->value[OPT_JSON])
		print_json(rows, count);
	else if (count)
		print_table(args, rows, count);
	for (uint32_t i = 0; i < count; i++) pc_reader_close(&rows[i].reader);
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
