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

#define BYTES_MAX   (128u << 20)
#define MEMORY_MAX  (256u << 20) /* of all looks together: fewer at a large map */
#define SAMPLES_MAX 40u
#define SAMPLES_MIN 2u
#define ROWS_MAX    300u /* of a table that people read; then only what moves and texts, then no more */

struct looks {
	uint8_t *at[SAMPLES_MAX];
	uint32_t count;
	size_t bytes; /* of the smallest */
	bool is_cut;  /* the map is larger than what is looked at */
};

static pc_status look(struct looks *l, const char *object, pc_err *err)
{
	size_t bytes = 0;
	size_t most = l->count ? l->bytes : BYTES_MAX + 1;
	uint8_t *sample = malloc(most);
	pc_status s = sample ? cli_os_object_read(object, 0, sample, most, &bytes, err)
	                     : pc_err_set(err, PC_ENOMEM, "out of memory");
	if (bytes > BYTES_MAX) {
		bytes = BYTES_MAX;
		l->is_cut = true;
	}
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
	uint64_t start = cli_os_mono_ns(), step;
	pc_status s = look(l, object, err);
	uint32_t count = SAMPLES_MAX;
	if (l->bytes && MEMORY_MAX / l->bytes < count) count = (uint32_t)(MEMORY_MAX / l->bytes);
	if (count < SAMPLES_MIN) count = SAMPLES_MIN;
	step = time_ns / (count - 1);
	cli_os_catch_stop();
	for (uint32_t i = 1; i < count && s == PC_OK && !cli_os_stopped(); i++) {
		uint64_t now = cli_os_mono_ns(), due = start + i * step;
		if (due > now) cli_os_sleep_ms((unsigned)((due - now) / 1000000));
		s = look(l, object, err);
	}
	return s == PC_OK && l->count < SAMPLES_MIN ? pc_err_set(err, PC_EIO, "not looked at twice") : s;
}

struct shown {
	cli_table table;
	cli_json json;
	ly_guess run;         /* pieces of one kind that do not move, one after the other, told as one row */
	uint32_t run_count;   /* 0: none */
	uint32_t rows, moves; /* rows so far; of them with something that moves */
	uint32_t left_out;
	bool is_short; /* only what moves, and texts */
};

static bool is_text(const ly_guess *g)
{
	return !strcmp(g->type, "char") || !strcmp(g->type, "wchar16");
}

static bool is_told(struct shown *shown, const ly_guess *g)
{
	bool is_of_use = g->moves || is_text(g);
	if ((shown->is_short && !is_of_use) || shown->rows >= ROWS_MAX) {
		shown->left_out++;
		return false;
	}
	shown->rows++;
	return true;
}

static void add_row(struct shown *shown, const ly_guess *g, uint32_t count)
{
	cli_table *t = &shown->table;
	bool is_array = !strcmp(g->type, "char") || !strcmp(g->type, "u8");
	uint64_t units = is_array ? g->bytes : g->bytes / 2;
	if (!is_told(shown, g)) return;
	cli_cell(t, CLI_PLAIN, "%" PRIu64, g->offset);
	cli_cell(t, CLI_PLAIN, "%" PRIu64, g->bytes);
	cli_cell(t, g->moves ? CLI_GOOD : CLI_DIM, "%" PRIu32, g->moves);
	if (!*g->type)
		cli_cell(t, CLI_DIM, "zeroes");
	else if (is_array || !strcmp(g->type, "wchar16"))
		cli_cell(t, CLI_PLAIN, "%s[%" PRIu64 "]", g->type, units);
	else if (count > 1)
		cli_cell(t, CLI_PLAIN, "%s[%" PRIu32 "]", g->type, count);
	else
		cli_cell(t, CLI_PLAIN, "%s", g->type);
	cli_cell_text(t, CLI_PLAIN, g->first, strlen(g->first));
	cli_cell_text(t, CLI_BOLD, g->moves ? g->last : "", g->moves ? strlen(g->last) : 0);
	cli_cell(t, CLI_DIM, "%s", g->note);
}

static void end_run(struct shown *shown)
{
	if (shown->run_count) add_row(shown, &shown->run, shown->run_count);
	shown->run_count = 0;
}

static void add_piece(void *arg, const ly_guess *g)
{
	struct shown *shown = arg;
	bool is_same =
	        shown->run_count && !g->moves && !strcmp(g->type, shown->run.type) && !strcmp(g->note, shown->run.note);
	if (g->moves || is_text(g)) {
		end_run(shown);
		add_row(shown, g, 1);
	} else if (is_same) {
		shown->run.bytes += g->bytes;
		shown->run_count++;
	} else {
		end_run(shown);
		shown->run = *g;
		shown->run_count = 1;
	}
}

static void count_row(void *arg, const ly_guess *g)
{
	struct shown *shown = arg;
	shown->rows++;
	shown->moves += g->moves != 0;
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
	struct shown shown = {.rows = 0}, all = {.rows = 0};
	const ly_samples samples = {(const uint8_t *const *)l->at, l->count, l->bytes};
	if (is_json) {
		cli_json_open(&shown.json, '[');
		ly_guess_all(&samples, add_json, &shown);
		cli_json_close(&shown.json, ']');
		pc_strbuf_puts(&shown.json.text, "\n");
		(void)cli_put_buf(&shown.json.text);
		return;
	}
	(void)printf("%" PRIu64 " bytes, looked at %u times\n", samples.bytes, (unsigned)l->count);
	ly_guess_all(&samples, count_row, &all);
	shown.is_short = all.rows > ROWS_MAX;
	cli_table_start(&shown.table, color, 7, headings, 7);
	ly_guess_all(&samples, add_piece, &shown);
	end_run(&shown);
	(void)cli_table_print(&shown.table, 0);
	if (shown.left_out)
		cli_hint("%u of %u pieces move; %u rows that say less are left out, --json has all",
		         (unsigned)all.moves, (unsigned)all.rows, (unsigned)shown.left_out);
}

int cli_layout_guess(const cli_args *args, const char *name, uint64_t time_ns, bool is_json)
{
	char object[PC_NAME_BYTES];
	struct looks l = {.count = 0};
	pc_err err = {""};
	int result = cli_resolve(args, name, object);
	if (result) return result;
	if (look_for(&l, cli_os_plain_name(object), time_ns, &err) == PC_OK) {
		if (l.is_cut) cli_hint("only the first %u bytes are looked at", BYTES_MAX);
		show(&l, is_json, args->color);
	} else {
		cli_error("%s", err.text);
		result = CLI_FAILED;
	}
	for (uint32_t i = 0; i < l.count; i++) free(l.at[i]);
	return result;
}
