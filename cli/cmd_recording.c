/* cmd_recording.c - `pagecast recording`: what is in a file, and whether it is whole. */
#include "os.h"
#include "recorded.h"

#include <inttypes.h>
#include <string.h>

enum { OPT_JSON, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_JSON] = {'j', "json", NULL, "as JSON"}, [OPTS] = {0, NULL, NULL, NULL}};

/* All of it. @return the reason of an end that is no end of a recording, or CLI_OK */
static int hear(rec_reader *r, cli_heard_list *heard, bool is_loud)
{
	const rec_channel *channel;
	rec_message m;
	pc_err err = {""};
	pc_status s;
	while ((s = rec_reader_next(r, &channel, &m, &err)) != PC_EABSENT) {
		cli_heard *h = s == PC_OK ? cli_heard_of(heard, channel) : NULL;
		if (h) {
			cli_heard_count(h, &m);
			continue;
		}
		if (s == PC_OK || s == PC_ENOMEM || s == PC_EIO) {
			cli_error("%s", err.text[0] ? err.text : "out of memory");
			return CLI_FAILED;
		}
		if (is_loud) cli_error("%s", err.text);
	}
	return CLI_OK;
}

static void print_table(const cli_args *args, const cli_heard_list *heard)
{
	static const char *const headings[] = {"REGION", "BYTES", "VALUES", "MISSED", "GAPS", "UNKNOWN", "FROM", "TO"};
	cli_table t;
	cli_table_start(&t, args->color, 8, headings, 62u);
	for (const cli_heard *h = heard->first; h; h = h->next) {
		char from[32] = "", to[32] = "";
		cli_os_local_time(h->first_ns, from);
		cli_os_local_time(h->last_ns, to);
		cli_cell_text(&t, CLI_PLAIN, h->channel->topic, strlen(h->channel->topic));
		cli_cell(&t, CLI_PLAIN, "%" PRIu64, h->channel->payload_bytes);
		cli_cell(&t, CLI_PLAIN, "%" PRIu64, h->values);
		cli_cell(&t, h->missed ? CLI_WARN : CLI_PLAIN, "%" PRIu64, h->missed);
		cli_cell(&t, CLI_PLAIN, "%" PRIu64, h->gaps);
		cli_cell(&t, CLI_PLAIN, "%" PRIu64, h->unknown);
		cli_cell(&t, CLI_PLAIN, "%s", from);
		cli_cell(&t, CLI_PLAIN, "%s", to);
	}
	(void)cli_table_print(&t, 0);
}

static void print_text(const cli_args *args, const rec_facts *f, const cli_heard_list *heard)
{
	char size[32], inside[32];
	cli_format_bytes(size, (double)f->file_bytes);
	cli_format_bytes(inside, (double)f->chunk_bytes);
	(void)printf("%s, %" PRIu64 " messages in %" PRIu64 " chunks of %s", size, f->messages, f->chunks, inside);
	if (f->packed_bytes) (void)printf(", compressed %.1f times", (double)f->chunk_bytes / (double)f->packed_bytes);
	(void)printf("\n");
	if (f->damaged)
		(void)printf("%s%" PRIu64 " damaged chunks left out%s\n", cli_style(args->color, CLI_BAD), f->damaged,
		             cli_style(args->color, CLI_PLAIN));
	if (!f->is_whole)
		(void)printf("%swithout an end%s: %s\n", cli_style(args->color, CLI_WARN),
		             cli_style(args->color, CLI_PLAIN), f->why);
	print_table(args, heard);
}

static void print_json(const rec_facts *f, const cli_heard_list *heard)
{
	cli_json j = {.depth = 0};
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {{"file_bytes", f->file_bytes},   {"messages", f->messages},
	               {"chunks", f->chunks},           {"damaged", f->damaged},
	               {"chunk_bytes", f->chunk_bytes}, {"packed_bytes", f->packed_bytes}};
	cli_json_open(&j, '{');
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		cli_json_key(&j, numbers[i].key);
		cli_json_u64(&j, numbers[i].value);
	}
	cli_json_key(&j, "whole");
	cli_json_bool(&j, f->is_whole);
	cli_json_key(&j, "why");
	cli_json_z(&j, f->why);
	cli_json_key(&j, "regions");
	cli_json_open(&j, '[');
	for (const cli_heard *h = heard->first; h; h = h->next) {
		const struct {
			const char *key;
			uint64_t value;
		} of[] = {{"bytes", h->channel->payload_bytes},
		          {"values", h->values},
		          {"missed", h->missed},
		          {"gaps", h->gaps},
		          {"unknown", h->unknown},
		          {"first_unix_ms", h->first_ns / 1000000},
		          {"last_unix_ms", h->last_ns / 1000000}};
		cli_json_open(&j, '{');
		cli_json_key(&j, "region");
		cli_json_z(&j, h->channel->topic);
		for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
			cli_json_key(&j, of[i].key);
			cli_json_u64(&j, of[i].value);
		}
		cli_json_close(&j, '}');
	}
	cli_json_close(&j, ']');
	cli_json_close(&j, '}');
	pc_strbuf_puts(&j.text, "\n");
	(void)cli_put_buf(&j.text);
}

static int run(const cli_args *args)
{
	cli_heard_list heard = {NULL, NULL};
	rec_reader *r = NULL;
	bool is_check = !strcmp(args->words[0], "check");
	if (!is_check && strcmp(args->words[0], "info") != 0)
		return cli_usage_error(&cli_recording, "'%s' is neither info nor check", args->words[0]);
	int result = cli_recording_open(args->words[1], &r);
	if (result) return result;
	result = hear(r, &heard, is_check);
	const rec_facts *f = rec_reader_facts(r);
	if (!result && args->value[OPT_JSON])
		print_json(f, &heard);
	else if (!result && !is_check)
		print_text(args, f, &heard);
	if (!result && is_check) {
		if (!f->is_whole) cli_error("%s: without an end: %s", args->words[1], f->why);
		if (f->damaged || !f->is_whole)
			result = CLI_FAILED;
		else if (!args->value[OPT_JSON])
			(void)printf("recording OK: %" PRIu64 " messages in %" PRIu64 " chunks\n", f->messages,
			             f->chunks);
	}
	cli_heard_free(&heard);
	rec_reader_close(&r);
	return result;
}

const cli_command cli_recording = {
        .name = "recording",
        .group = "recordings",
        .summary = "what is in a recording, and whether it is whole",
        .usage = "info|check FILE [--json]",
        .about = "Reads all of the file. MISSED are commits that are known not to be in it, GAPS how often;\n"
                 "UNKNOWN how often nobody knows: where a recorder began. A file whose recorder was killed\n"
                 "has no end and is good up to its last whole chunk: `info` says so, for `check` the exit\n"
                 "code is 1. The format is docs/recording.md.\n",
        .examples = "pagecast recording info drive.mcap\tregions, times, gaps\n"
                    "pagecast recording check drive.mcap\tall checksums, and the end\n",
        .options = options,
        .least = 2,
        .most = 2,
        .run = run};
