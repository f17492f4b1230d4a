/* cmd_doctor.c - `pagecast doctor`: what is wrong on this machine, why it matters, and what mends it. */
#include "doctor.h"
#include "json.h"
#include "os.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_CONFIG, OPT_FIX, OPT_JSON, OPT_USER, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_CONFIG] = {'c', "config", "FILE", "also whether a daemon could run this configuration here"},
        [OPT_FIX] = {0, "fix", NULL, "remove what a dead owner left, and nothing else; says what"},
        [OPT_JSON] = {'j', "json", NULL, "one JSON object"},
        [OPT_USER] = {'u', "user", "USER", "as whom that daemon is to run; default: you"},
        [OPTS] = {0, NULL, NULL, NULL}};

/* ---- findings ------------------------------------------------------------------------------------------------- */

cli_finding *cli_doctor_add(cli_doctor *d, const char *code, pc_strbuf *what, const char *why, pc_strbuf *mend)
{
	if (d->count == d->capacity) {
		uint32_t larger = d->capacity ? d->capacity * 2 : 16;
		cli_finding *more = realloc(d->findings, larger * sizeof *more);
		d->failed = d->failed || !more;
		if (more) {
			d->findings = more;
			d->capacity = larger;
		}
	}
	cli_finding f = {
	        .code = code, .what = pc_strbuf_take(what, NULL), .why = why, .mend = pc_strbuf_take(mend, NULL)};
	d->failed = d->failed || !f.what || !f.mend;
	if (d->failed) {
		free(f.what);
		free(f.mend);
		return NULL;
	}
	d->findings[d->count] = f;
	return &d->findings[d->count++];
}

void cli_doctor_quote(pc_strbuf *b, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+@:=,";
	if (*word && strspn(word, plain) == strlen(word)) {
		pc_strbuf_puts(b, word);
		return;
	}
	pc_strbuf_puts(b, "'");
	for (; *word; word++)
		if (*word == '\'')
			pc_strbuf_puts(b, "'\\''");
		else
			pc_strbuf_add(b, word, 1);
	pc_strbuf_puts(b, "'");
}

void cli_doctor_place(pc_strbuf *b, const char *object)
{
	char place[4096];
	cli_os_place(object, place, sizeof place);
	cli_doctor_quote(b, place);
}

/* ---- saying so ------------------------------------------------------------------------------------------------ */

static void put_line(pc_strbuf *b, bool color, enum cli_style style, const char *head, const char *text)
{
	pc_strbuf_printf(b, "%s%-16s%s ", cli_style(color, style), head, cli_style(color, CLI_PLAIN));
	cli_escape_z(b, text);
	pc_strbuf_puts(b, "\n");
}

static void print_text(const cli_doctor *d, uint32_t left)
{
	bool color = d->args->color;
	pc_strbuf b = {0};
	for (uint32_t i = 0; i < d->count; i++) {
		const cli_finding *f = &d->findings[i];
		put_line(&b, color, f->is_fixed ? CLI_GOOD : CLI_BAD, f->code, f->what);
		put_line(&b, color, CLI_DIM, "   why", f->why);
		put_line(&b, color, CLI_DIM, "   mend", f->is_fixed ? "(done)" : f->mend);
	}
	for (const char *at = d->removed.text; at && *at;) {
		size_t bytes = strcspn(at, "\n");
		pc_strbuf_puts(&b, "removed ");
		cli_escape(&b, at, bytes);
		pc_strbuf_puts(&b, "\n");
		at += bytes + 1;
	}
	if (d->unjudged)
		pc_strbuf_printf(&b, "not judged: %" PRIu32 " objects that you may not open; as root all are\n",
		                 d->unjudged);
	if (d->untrusted)
		pc_strbuf_printf(&b,
		                 "not judged: daemons and writers of %" PRIu32
		                 " regions, of users that you do not trust; --trust USER does\n",
		                 d->untrusted);
	if (left)
		pc_strbuf_printf(&b, "%s%" PRIu32 " %s%s\n", d->count ? "\n" : "", left,
		                 left == 1 ? "finding" : "findings", d->fix && left < d->count ? " left" : "");
	else
		pc_strbuf_printf(&b, "nothing is wrong%s: %" PRIu32 " daemon%s, %" PRIu32 " region%s\n",
		                 d->count ? " any more" : "", d->catalogue->daemon_count,
		                 d->catalogue->daemon_count == 1 ? "" : "s", d->row_count,
		                 d->row_count == 1 ? "" : "s");
	(void)cli_put_buf(&b);
}

static void print_json(const cli_doctor *d)
{
	cli_json j = {.depth = 0};
	cli_json_open(&j, '{');
	cli_json_key(&j, "findings");
	cli_json_open(&j, '[');
	for (uint32_t i = 0; i < d->count; i++) {
		const cli_finding *f = &d->findings[i];
		cli_json_open(&j, '{');
		cli_json_key(&j, "code");
		cli_json_z(&j, f->code);
		cli_json_key(&j, "what");
		cli_json_z(&j, f->what);
		cli_json_key(&j, "why");
		cli_json_z(&j, f->why);
		cli_json_key(&j, "mend");
		cli_json_z(&j, f->mend);
		cli_json_key(&j, "fixed");
		cli_json_bool(&j, f->is_fixed);
		cli_json_close(&j, '}');
	}
	cli_json_close(&j, ']');
	cli_json_key(&j, "removed");
	cli_json_open(&j, '[');
	for (const char *at = d->removed.text; at && *at;) {
		size_t bytes = strcspn(at, "\n");
		cli_json_text(&j, at, bytes);
		at += bytes + 1;
	}
	cli_json_close(&j, ']');
	cli_json_key(&j, "daemons");
	cli_json_u64(&j, d->catalogue->daemon_count);
	cli_json_key(&j, "regions");
	cli_json_u64(&j, d->row_count);
	cli_json_key(&j, "unjudged");
	cli_json_u64(&j, d->unjudged);
	cli_json_key(&j, "untrusted");
	cli_json_u64(&j, d->untrusted);
	cli_json_close(&j, '}');
	pc_strbuf_puts(&j.text, "\n");
	(void)cli_put_buf(&j.text);
}

/* ---------------------------------------------------------------------------------------------------------------- */

static bool any(const void *arg, const cli_region *region)
{
	(void)arg;
	(void)region;
	return true;
}

static int read_options(cli_doctor *d)
{
	const char *user = d->args->value[OPT_USER];
	d->config = d->args->value[OPT_CONFIG];
	d->fix = d->args->value[OPT_FIX] != NULL;
	d->user = cli_os_uid();
	if (!user) return CLI_OK;
	if (!d->config) return cli_usage_error(&cli_doctor_command, "--user is of the daemon of a --config");
	if (!cli_os_user(user, strlen(user), &d->user))
		return cli_usage_error(&cli_doctor_command, "there is no user '%s'", user);
	return CLI_OK;
}

static int examine(cli_doctor *d)
{
	d->rows = calloc(d->catalogue->region_count + 1, sizeof *d->rows);
	if (!d->rows) return CLI_FAILED;
	d->row_count = cli_rows_open(d->args, d->catalogue, any, NULL, d->rows);
	cli_rows_settle(d->rows, d->row_count);
	cli_doctor_system(d);
	cli_doctor_daemons(d);
	cli_doctor_objects(d);
	if (d->config) cli_doctor_config(d);
	cli_rows_close(d->rows, d->row_count);
	return d->failed || d->removed.failed ? CLI_FAILED : CLI_OK;
}

static int report(const cli_doctor *d)
{
	uint32_t left = 0;
	for (uint32_t i = 0; i < d->count; i++) left += !d->findings[i].is_fixed;
	if (d->args->value[OPT_JSON])
		print_json(d);
	else
		print_text(d, left);
	return left ? CLI_FAILED : CLI_OK;
}

static int run(const cli_args *args)
{
	cli_catalogue c = {0};
	cli_doctor d = {.args = args, .catalogue = &c};
	pc_err err = {""};
	int result = read_options(&d);
	if (result) return result;
	if (cli_catalogue_load(&c, args, &err) != PC_OK) {
		cli_error("%s", err.text);
		result = CLI_FAILED;
	} else {
		result = examine(&d);
		if (result) cli_error("out of memory");
		if (!result) result = report(&d);
	}
	for (uint32_t i = 0; i < d.count; i++) {
		free(d.findings[i].what);
		free(d.findings[i].mend);
	}
	free(d.findings);
	free(d.rows);
	pc_strbuf_free(&d.removed);
	cli_catalogue_free(&c);
	return result;
}

const cli_command cli_doctor_command = {
        .name = "doctor",
        .group = "the daemon",
        .summary = "what is wrong on this machine, why it matters, and what mends it",
        .usage = "[--config FILE] [--fix] [--json]",
        .about = "Looks at what daemons, programs and people left in shared memory, and for daemons and\n"
                 "writers that stand still. Each finding has a code, which docs/operating.md explains,\n"
                 "and the command that mends it. The exit code is 0 if nothing is wrong, 1 if something is.\n"
                 "\n"
                 "--fix removes objects whose owner has provably ended: the kernel says that nobody holds\n"
                 "their locks, and both are taken while they are removed. It mends nothing else.\n",
        .examples = "pagecast doctor\tthis machine\n"
                    "pagecast doctor --config /etc/pagecast/pagecast.yaml --user pagecast\tbefore a daemon is started\n"
                    "pagecast doctor --json | jq -r '.findings[].mend'\twhat to do\n",
        .options = options,
        .least = 0,
        .most = 0,
        .run = run};
