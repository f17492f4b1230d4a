/* cmd_export.c - `pagecast export`: a recording as lines of JSON, or one region of it as CSV. */
#include "os.h"
#include "recorded.h"
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_CSV, OPT_JSONL, OPT_REGION, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_CSV] = {0, "csv", NULL, "one region: a column per field"},
        [OPT_JSONL] = {0, "jsonl", NULL, "a line of JSON per message; the default"},
        [OPT_REGION] = {'r', "region", "NAME", "only this one"},
        [OPTS] = {0, NULL, NULL, NULL}};

struct export
{
	const char *region;
	cli_heard_list heard;
	char **columns; /* paths, of CSV */
	size_t column_count;
	const cli_heard *table; /* whose they are */
	pc_strbuf *cells;       /* of the row */
	bool failed;
};

/* ---- JSON ------------------------------------------------------------------------------------------------ */

static bool put_json(const cli_heard *h, const rec_message *m)
{
	cli_json j = {.depth = 0};
	char flags[96];
	cli_json_open(&j, '{');
	cli_json_key(&j, "region");
	cli_json_z(&j, h->channel->topic);
	cli_json_key(&j, "event");
	cli_json_z(&j, cli_event_name(m->event));
	cli_json_key(&j, "unix_ns");
	cli_json_u64(&j, m->log_ns);
	cli_json_key(&j, "commit_unix_ns");
	cli_json_u64(&j, m->commit_unix_ns);
	cli_json_key(&j, "tick");
	cli_json_u64(&j, m->tick);
	cli_json_key(&j, "missed");
	if (m->missed == REC_UNKNOWN)
		cli_json_null(&j);
	else
		cli_json_u64(&j, m->missed);
	cli_json_key(&j, "epoch");
	cli_json_u64(&j, m->epoch);
	cli_json_key(&j, "state");
	cli_json_z(&j, pc_liveness_name((pc_liveness)m->liveness));
	cli_json_key(&j, "flags");
	cli_json_z(&j, cli_flags_text(m->flags, flags));
	if (m->event == REC_VALUE) {
		cli_payload p = cli_heard_payload(h, m);
		cli_json_key(&j, "values");
		cli_payload_json(&j, &p);
	}
	cli_json_close(&j, '}');
	pc_strbuf_puts(&j.text, "\n");
	return cli_put_buf(&j.text);
}

/* ---- CSV ------------------------------------------------------------------------------------------------- */

/* RFC 4180; and no cell that a spreadsheet would run: '=' and its like are numbers here, or quoted texts. */
static void put_cell(pc_strbuf *row, const char *text)
{
	bool needs_quotes = strpbrk(text, ",\"\r\n") != NULL;
	pc_strbuf_puts(row, ",");
	if (!needs_quotes) {
		pc_strbuf_puts(row, text);
		return;
	}
	pc_strbuf_puts(row, "\"");
	for (; *text; text++) {
		if (*text == '"') pc_strbuf_puts(row, "\"");
		pc_strbuf_add(row, text, 1);
	}
	pc_strbuf_puts(row, "\"");
}

static bool add_column(void *arg, const cli_part *part)
{
	struct export *e = arg;
	char **more = realloc(e->columns, (e->column_count + 1) * sizeof *more);
	size_t bytes = strlen(part->path) + 1;
	if (more) e->columns = more;
	if (!more || !(more[e->column_count] = malloc(bytes))) {
		e->failed = true;
		return false;
	}
	memcpy(more[e->column_count++], part->path, bytes);
	return true;
}

/* What is not a column, since it was not there in the first row, is left out. */
static bool fill_cell(void *arg, const cli_part *part)
{
	struct export *e = arg;
	for (size_t i = 0; i < e->column_count; i++)
		if (!e->cells[i].bytes && !strcmp(e->columns[i], part->path)) {
			cli_part_text(&e->cells[i], part, 0, CLI_STORED);
			break;
		}
	return true;
}

static bool put_head(struct export *e, const cli_heard *h, const rec_message *m)
{
	pc_strbuf row = {0};
	cli_payload p = cli_heard_payload(h, m);
	e->table = h;
	if (!cli_walk_payload(&(cli_walk){.fn = add_column, .arg = e}, &p)) e->failed = true;
	e->cells = calloc(e->column_count + 1, sizeof *e->cells);
	if (!e->cells) e->failed = true;
	pc_strbuf_puts(&row, "unix_ns,tick,missed,state,flags");
	for (size_t i = 0; i < e->column_count; i++) put_cell(&row, e->columns[i]);
	pc_strbuf_puts(&row, "\n");
	return cli_put_buf(&row);
}

static bool put_csv(struct export *e, const cli_heard *h, const rec_message *m)
{
	pc_strbuf row = {0};
	char flags[96];
	cli_payload p = cli_heard_payload(h, m);
	if (m->event != REC_VALUE) return true;
	if (!e->table && !put_head(e, h, m)) return false;
	if (e->table != h || e->failed) {
		cli_error(e->failed ? "out of memory"
		                    : "'%s' changed its layout in this recording: the rest has other columns",
		          h->channel->topic);
		e->failed = true;
		return false;
	}
	for (size_t i = 0; i < e->column_count; i++) pc_strbuf_free(&e->cells[i]);
	(void)cli_walk_payload(&(cli_walk){.fn = fill_cell, .arg = e}, &p);
	pc_strbuf_printf(&row, "%" PRIu64 ",%" PRIu64 ",", m->log_ns, m->tick);
	if (m->missed != REC_UNKNOWN) pc_strbuf_printf(&row, "%" PRIu64, m->missed);
	put_cell(&row, pc_liveness_name((pc_liveness)m->liveness));
	put_cell(&row, cli_flags_text(m->flags, flags));
	for (size_t i = 0; i < e->column_count; i++) put_cell(&row, e->cells[i].text ? e->cells[i].text : "");
	pc_strbuf_puts(&row, "\n");
	return cli_put_buf(&row);
}

/* ---------------------------------------------------------------------------------------------------------- */

static int loop(struct export *e, rec_reader *r, bool is_csv)
{
	const rec_channel *channel;
	rec_message m;
	pc_err err = {""};
	pc_status s;
	int result = CLI_OK;
	while ((s = rec_reader_next(r, &channel, &m, &err)) != PC_EABSENT) {
		if (s != PC_OK) {
			cli_error("%s", err.text);
			result = CLI_FAILED;
			if (s == PC_ENOMEM || s == PC_EIO) return result;
			continue;
		}
		if (e->region && strcmp(channel->topic, e->region) != 0) continue;
		cli_heard *h = cli_heard_of(&e->heard, channel);
		if (!h) return CLI_FAILED;
		cli_heard_count(h, &m);
		if (is_csv && e->heard.first != h && strcmp(e->heard.first->channel->topic, channel->topic) != 0) {
			cli_error("there is more than one region in it: say which with --region");
			return CLI_FAILED;
		}
		if (!(is_csv ? put_csv(e, h, &m) : put_json(h, &m))) return e->failed ? CLI_FAILED : result;
	}
	if (!rec_reader_facts(r)->is_whole) cli_error("without an end: %s", rec_reader_facts(r)->why);
	if (!e->heard.first && e->region) {
		cli_error("there is no region '%s' in it", e->region);
		result = CLI_FAILED;
	}
	return result;
}

static int run(const cli_args *args)
{
	struct export e = {.region = args->value[OPT_REGION]};
	rec_reader *r = NULL;
	if (args->value[OPT_CSV] && args->value[OPT_JSONL])
		return cli_usage_error(&cli_export, "either --csv or --jsonl");
	int result = cli_recording_open(args->words[0], &r);
	if (result) return result;
	result = loop(&e, r, args->value[OPT_CSV] != NULL);
	for (size_t i = 0; i < e.column_count; i++) {
		if (e.cells) pc_strbuf_free(&e.cells[i]);
		free(e.columns[i]);
	}
	free(e.columns);
	free(e.cells);
	cli_heard_free(&e.heard);
	rec_reader_close(&r);
	return result;
}

const cli_command cli_export = {
        .name = "export",
        .group = "recordings",
        .summary = "a recording as lines of JSON, or as CSV",
        .usage = "FILE [--csv] [--jsonl] [--region NAME]",
        .about = "JSON has all messages, events included: a writer that died, commits that were missed.\n"
                 "CSV has the values of one region: the fields that its first value has, arrays of numbers\n"
                 "as one cell. Numbers are as stored, without scale.\n",
        .examples = "pagecast export drive.mcap > drive.jsonl\teverything\n"
                    "pagecast export drive.mcap --csv --region car > car.csv\tfor a spreadsheet\n",
        .options = options,
        .least = 1,
        .most = 1,
        .run = run};
