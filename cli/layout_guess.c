/* layout_guess.c - `pagecast layout guess`: looks at a map for a while, and says what moves and what it may be. */
#include "catalogue.h"
#include "json.h"
#include "layout/guess.h"
#include "layout_show.h"
#include "os.h"
#include "out.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX   (1u << 20)
#define SAMPLES_MAX 40u
#define SAMPLES_MIN 2u

struct looks {
	uint8_t *at[SAMPLES_MAX];
	uint32_t count;
	size_t bytes; /* of the smallest */
};

static pc_status look(struct looks *l, const char *object, pc_err *err)
{
	size_t bytes = 0;
	uint8_t *sample = malloc(BYTES_MAX + 1);
	pc_status s = sample ? cli_os_object_read(object, 0, sample, BYTES_MAX + 1, &bytes, err)
	                     : pc_err_set(err, PC_ENOMEM, "out of memory");
	if (s == PC_OK && !bytes) s = pc_err_set(err, PC_EINVAL, "'%s' has no bytes", object);
	uint8_t *fitting = s == PC_OK ? realloc(sample, bytes) : NULL;
	if (!fitting) {
		free(sample);
		return s == PC_OK ? pc_err_set(err, PC_ENOMEM, "out of memory") : s;
	}
	l->at[l->count++] = fitting;
	if (l->count == 1 || bytes < l->bytes) l->bytes = bytes;
	return PC_OK;
}

/* At even distances; Ctrl-C ends it early, with what there is. */
static pc_status look_for(struct looks *l, const char *object, uint64_t time_ns, pc_err *err)
{
	uint64_t start = cli_os_mono_ns(), step = time_ns / (SAMPLES_MAX - 1);
	pc_status s = look(l, object, err);
	cli_os_catch_stop();
	for (uint32_t i = 1; i < SAMPLES_MAX && s == PC_OK && !cli_os_stopped(); i++) {
		uint64_t now = cli_os_mono_ns(), due = start + i * step;
		if (due > now) cli_os_sleep_ms((unsigned)((due - now) / 1000000));
		s = look(l, object, err);
	}
	return s == PC_OK && l->count < SAMPLES_MIN ? pc_err_set(err, PC_EIO, "not looked at twice") : s;
}

struct shown {
	cli_table table;
	cli_json json;
	uint32_t samples;
};

static void add_row(void *arg, const ly_guess *g)
{
	struct shown *shown = arg;
	cli_table *t = &shown->table;
	bool is_array = !strcmp(g->type, "char") || !strcmp(g->type, "u8");
	uint64_t units = is_array ? g->bytes : g->bytes / 2;
	cli_cell(t, CLI_PLAIN, "%" PRIu64, g->offset);
	cli_cell(t, CLI_PLAIN, "%" PRIu64, g->bytes);
	cli_cell(t, g->moves ? CLI_GOOD : CLI_DIM, "%" PRIu32, g->moves);
	if (!*g->type)
		cli_cell(t, CLI_DIM, "zeroes");
	else if (is_array || !strcmp(g->type, "wchar16"))
		cli_cell(t, CLI_PLAIN, "%s[%" PRIu64 "]", g->type, units);
	else
		cli_cell(t, CLI_PLAIN, "%s", g->type);
	cli_cell_text(t, CLI_PLAIN, g->first, strlen(g->first));
	cli_cell_text(t, CLI_BOLD, g->moves ? g->last : "", g->moves ? strlen(g->last) : 0);
	cli_cell(t, CLI_DIM, "%s", g->note);
}

static void add_json(void *arg, const ly_guess *g)
{
	cli_json *j = &((struct shown *)arg)->json;
	const struct {
		const char *key, *text;
	} texts[] = {
	        {"type", *g->type ? g->type : "zeroes"}, {"first", g->first}, {"last", g->last}, {"note", g->note}};
	cli_json_open(j, '{');
	cli_json_key(j, "offset");
	cli_json_u64(j, g->offset);
	cli_json_key(j, "size");
	cli_json_u64(j, g->bytes);
	cli_json_key(j, "moves");
	cli_json_u64(j, g->moves);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		cli_json_key(j, texts[i].key);
		cli_json_z(j, texts[i].text);
	}
	cli_json_close(j, '}');
}

static void show(const struct looks *l, bool is_json, bool color)
{
	static const char *const headings[] = {"OFFSET", "SIZE", "MOVES", "MAY BE", "FIRST", "LAST", "NOTE"};
	struct shown shown = {.samples = l->count};
	const ly_samples samples = {(const uint8_t *const *)l->at, l->count,
	                            l->bytes < BYTES_MAX ? l->bytes : BYTES_MAX};
	if (is_json) {
		cli_json_open(&shown.json, '[');
		ly_guess_all(&samples, add_json, &shown);
		cli_json_close(&shown.json, ']');
		pc_strbuf_puts(&shown.json.text, "\n");
		(void)cli_put_buf(&shown.json.text);
		return;
	}
	(void)printf("%" PRIu64 " bytes, looked at %u times\n", samples.bytes, (unsigned)l->count);
	cli_table_start(&shown.table, color, 7, headings, 7);
	ly_guess_all(&samples, add_row, &shown);
	(void)cli_table_print(&shown.table, 0);
}

int cli_layout_guess(const cli_args *args, const char *name, uint64_t time_ns, bool is_json)
{
	char object[PC_NAME_BYTES];
	struct looks l = {.count = 0};
	pc_err err = {""};
	int result = cli_resolve(args, name, object);
	if (result) return result;
	if (look_for(&l, cli_os_plain_name(object), time_ns, &err) == PC_OK) {
		if (l.bytes > BYTES_MAX) cli_hint("only the first %u bytes are looked at", BYTES_MAX);
		show(&l, is_json, args->color);
	} else {
		cli_error("%s", err.text);
		result = CLI_FAILED;
	}
	for (uint32_t i = 0; i < l.count; i++) free(l.at[i]);
	return result;
}
