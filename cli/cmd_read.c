/* cmd_read.c - `pagecast read`: one consistent moment of a region. */
#include "catalogue.h"
#include "os.h"
#include "view.h"

#include <string.h>

#define ARRAY_LIMIT 16

enum { OPT_JSON, OPT_RAW, OPT_FULL, OPT_LIVE, OPT_TICK, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_JSON] = {'j', "json", NULL, "JSON; nan and infinities are null"},
        [OPT_RAW] = {'r', "raw", NULL, "the payload's bytes as they are, not to a terminal"},
        [OPT_FULL] = {'f', "full", NULL, "whole arrays, and rows of zeroes"},
        [OPT_LIVE] = {0, "live", NULL, "fail with 3, printing nothing, unless the writer is live"},
        [OPT_TICK] = {0, "tick", "N", "the payload as it was at commit N, if the region keeps a history"},
        [OPTS] = {0, NULL, NULL, NULL}};

/* Values only, one per line; several elements of an array are several lines. */
static bool print_bare(const cli_part *part)
{
	pc_strbuf b = {0};
	for (uint64_t i = 0; i < part->at.place.count; i++) {
		cli_value_text(&b, part, i, CLI_STORED);
		pc_strbuf_puts(&b, "\n");
	}
	return cli_put_buf(&b);
}

static int print_fields(const cli_args *args, pc_reader *reader, const cli_view *view)
{
	cli_json j = {.depth = 0};
	bool is_json = args->value[OPT_JSON], is_one = args->word_count == 2;
	int result = CLI_OK;
	if (is_json && !is_one) cli_json_open(&j, '{');
	for (int i = 1; i < args->word_count && !result; i++) {
		const char *path = args->words[i];
		cli_part part;
		bool is_there = true;
		result = cli_find_part(&view->payload, pc_reader_name(reader), path, &part, is_json ? &is_there : NULL);
		if (result) break;
		if (is_json && !is_one) cli_json_key(&j, path);
		if (!is_there)
			cli_json_null(&j);
		else if (is_json)
			cli_part_json(&j, &part);
		else if (cli_part_is_nested(&part))
			(void)cli_show_part(&part, args->color, args->value[OPT_FULL] ? 0 : ARRAY_LIMIT);
		else
			(void)print_bare(&part);
	}
	if (is_json && !is_one) cli_json_close(&j, '}');
	if (is_json) pc_strbuf_puts(&j.text, "\n");
	if (is_json && !result) (void)cli_put_buf(&j.text);
	pc_strbuf_free(&j.text);
	return result;
}

static void print_json(const cli_args *args, pc_reader *reader, const cli_view *view, pc_liveness liveness)
{
	cli_json j = {.depth = 0};
	cli_json_open(&j, '{');
	cli_json_key(&j, "name");
	cli_json_z(&j, args->words[0]);
	cli_json_key(&j, "object");
	cli_json_z(&j, pc_reader_name(reader));
	cli_view_json(&j, reader, &view->info, liveness);
	cli_json_key(&j, "values");
	cli_payload_json(&j, &view->payload);
	cli_json_close(&j, '}');
	pc_strbuf_puts(&j.text, "\n");
	(void)cli_put_buf(&j.text);
}

static void print_table(const cli_args *args, pc_reader *reader, const cli_view *view, pc_liveness liveness)
{
	pc_strbuf head = {0};
	pc_strbuf_puts(&head, cli_style(args->color, CLI_BOLD));
	cli_escape_z(&head, args->words[0]);
	pc_strbuf_printf(&head, "%s  ", cli_style(args->color, CLI_PLAIN));
	cli_view_summary(&head, reader, &view->info, liveness, args->color);
	pc_strbuf_puts(&head, "\n");
	if (cli_put_buf(&head))
		(void)cli_show_payload(&view->payload, args->color, args->value[OPT_FULL] ? 0 : ARRAY_LIMIT);
}

static int print_raw(const cli_view *view)
{
	if (cli_os_is_terminal(stdout)) {
		cli_error("will not write bytes to a terminal");
		cli_hint("write them to a file or a pipe: pagecast read NAME --raw | xxd");
		return CLI_FAILED;
	}
	(void)cli_put(view->payload.bytes, (size_t)view->payload.count);
	return CLI_OK;
}

static int check(const cli_args *args, uint64_t *ret_tick)
{
	if (args->value[OPT_RAW] && (args->value[OPT_JSON] || args->word_count > 1))
		return cli_usage_error(&cli_read, "--raw is the whole payload: without fields and without --json");
	if (args->value[OPT_TICK] && !cli_parse_count(args->value[OPT_TICK], ret_tick))
		return cli_usage_error(&cli_read, "'%s' is not the number of a commit", args->value[OPT_TICK]);
	return CLI_OK;
}

static int print(const cli_args *args, pc_reader *reader, const cli_view *view, pc_liveness liveness)
{
	if (args->value[OPT_RAW]) return print_raw(view);
	if (args->word_count > 1) return print_fields(args, reader, view);
	if (args->value[OPT_JSON])
		print_json(args, reader, view, liveness);
	else
		print_table(args, reader, view, liveness);
	return CLI_OK;
}

static int run(const cli_args *args)
{
	pc_reader *reader = NULL;
	cli_view view = {0};
	pc_err err = {""};
	uint64_t tick = 0;
	pc_liveness liveness = PC_ABSENT;
	/* bare values and bytes are for scripts in a hurry: nobody sees the state there unless they ask for it */
	bool shows_state = args->word_count == 1 && !args->value[OPT_RAW];
	int result = check(args, &tick);
	if (!result) result = cli_open(args, args->words[0], &reader);
	if (result) return result;
	if (shows_state || args->value[OPT_LIVE]) liveness = pc_reader_liveness_settled(reader);
	pc_status s = args->value[OPT_TICK] ? cli_view_take_tick(&view, reader, tick, &err)
	                                    : cli_view_take(&view, reader, &err);
	if (args->value[OPT_LIVE] && liveness != PC_LIVE && liveness != PC_LEGACY) {
		cli_error("region '%s' is %s", args->words[0], pc_liveness_name(liveness));
		result = CLI_NOT_LIVE;
	} else if (s != PC_OK) {
		cli_error("%s", err.text);
		result = cli_exit_of(s);
	} else {
		result = print(args, reader, &view, liveness);
	}
	cli_view_free(&view);
	pc_reader_close(&reader);
	return result;
}

const cli_command cli_read = {
        .name = "read",
        .group = "look at regions",
        .summary = "all fields of a region, or one value, of one consistent moment",
        .usage = "NAME [FIELD...] [--json] [--raw] [--live]",
        .about = "NAME is a region's key in a daemon's configuration, INSTANCE:KEY where two daemons have\n"
                 "the same, or the name of a shared-memory object, as in Local\\acpmf_physics.\n"
                 "\n"
                 "FIELD is a path: speed, wheel[2].slip, grid[1][3]; without its last index an array is\n"
                 "meant as a whole. One field is printed as its bare value, the elements of an array\n"
                 "one per line. Control characters in texts are shown as \\n, \\x1b and so on; --json is\n"
                 "exact for all valid UTF-8, --raw always. Numbers with a scale are shown with it in\n"
                 "tables, and as they are stored where a program reads them. What the map says is not\n"
                 "there now - rows that are not in use, another variant - is not shown: as a FIELD it is\n"
                 "an error, with --json null.\n",
        .examples = "pagecast read fork_server\tevery field with its unit\n"
                    "pagecast read sysmon.cpu usage_percent\tone bare value, for scripts\n"
                    "pagecast read sysmon.cpu 'core[0]' load_1m --json\ttwo parts, as JSON\n"
                    "pagecast read fork_server --raw > payload.bin\tthe bytes\n"
                    "speed=$(pagecast read car speed --live) || echo 'no live car'\tonly if the writer is alive\n",
        .options = options,
        .least = 1,
        .most = -1,
        .run = run};
