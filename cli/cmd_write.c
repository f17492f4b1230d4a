/* cmd_write.c - `pagecast write`: be the writer of a region, for one commit or for as long as it takes. */
#include "catalogue.h"
#include "os.h"
#include "view.h"

#include <pagecast/writer.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 65536u

enum { OPT_HOLD, OPT_RAW, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_HOLD] = {0, "hold", NULL,
                      "stay the region's writer, with heartbeat; read further\n"
                      "FIELD=VALUE lines from standard input, each a commit, until\n"
                      "its end; with /dev/null there, until a signal"},
        [OPT_RAW] = {0, "from-stdin", NULL, "the payload is standard input, byte by byte"},
        [OPTS] = {0, NULL, NULL, NULL}};

struct writing {
	const cli_args *args;
	const char *name; /* as given */
	char object[PC_NAME_BYTES];
	pc_writer *writer;
	int result; /* of the last thing that failed */
};

/* ---- one assignment ------------------------------------------------------------------------------------ */

static int bad_value(const char *path, const char *reason)
{
	cli_error("%s: %s", path, reason);
	return CLI_FAILED;
}

/* Where an assignment goes: the parts of a payload that is being built are not const to us. */
static void *target_of(const cli_part *part, char *payload, uint64_t i)
{
	return payload + part->at.place.offset + i * part->at.place.stride_bytes;
}

/* "1,2,3" into the elements of an array, as many as it has. */
static int set_elements(const cli_part *part, char *payload, char *values)
{
	pc_err err = {""};
	char *at = values;
	for (uint64_t i = 0; i < part->at.place.count; i++) {
		char *comma = at ? strchr(at, ',') : NULL;
		if (comma) *comma = 0;
		if (!at) return bad_value(part->path, "fewer values than the array has elements");
		if (pc_value_set(cli_part_field(part), target_of(part, payload, i), at, &err) != PC_OK)
			return bad_value(part->path, err.text);
		at = comma ? comma + 1 : NULL;
	}
	return at ? bad_value(part->path, "more values than the array has elements") : CLI_OK;
}

static int set_at(const cli_part *part, char *payload, char *value)
{
	const pc_field *field = cli_part_field(part);
	pc_err err = {""};
	if (field->type == PC_TYPE_STRUCT) return bad_value(part->path, "is a struct; name one of its fields");
	if (part->at.place.element_bytes < field->element_bytes)
		return bad_value(part->path, "does not fit the map whole");
	if (part->at.dims_given == field->dim_count)
		return pc_value_set(field, target_of(part, payload, 0), value, &err) == PC_OK
		               ? CLI_OK
		               : bad_value(part->path, err.text);
	if (pc_field_is_text(field)) return bad_value(part->path, "is an array of texts; name one, as in name[0]");
	return set_elements(part, payload, value);
}

/* "wheel[2].slip=0.5" into a payload; nothing of it is written if it fails. */
static int assign(const cli_payload *payload, const char *region, const char *assignment, char *bytes)
{
	char *path = malloc(strlen(assignment) + 1);
	if (!path) return bad_value(assignment, "out of memory");
	memcpy(path, assignment, strlen(assignment) + 1);
	char *equals = strchr(path, '=');
	cli_part part;
	int result = CLI_OK;
	if (!equals) {
		cli_error("'%s' is not FIELD=VALUE", path);
		result = CLI_USAGE;
	} else {
		*equals = 0;
		result = cli_find_part(payload, region, path, &part, NULL);
		if (!result) result = set_at(&part, bytes, equals + 1);
	}
	free(path);
	return result;
}

/* ---- commits ------------------------------------------------------------------------------------------- */

static int open_writer(struct writing *w)
{
	pc_writer_options how = {.struct_size = sizeof how, .program = "pagecast write"};
	pc_err err = {""};
	pc_status s = pc_writer_open(w->object, &how, &w->writer, &err);
	if (s == PC_OK) return CLI_OK;
	if (s == PC_EPERM) {
		cli_error("%s", err.text);
		char place[256];
		cli_os_place(cli_os_plain_name(w->object), place, sizeof place);
		cli_hint("whoever may write %s%s may become its writer", place, PC_CONTROL_SUFFIX);
		return CLI_FAILED;
	}
	return cli_open_failed(w->args, w->name, s, &err);
}

/* The daemon may have replaced the region by a new one: then that one is meant. */
static int open_again(struct writing *w)
{
	pc_writer_close(&w->writer);
	return open_writer(w);
}

/* Readers have the commit, the file has not all of it. */
static int file_failed(const struct writing *w, pc_status s)
{
	cli_error("the file of region '%s' could not be written: %s", w->name, pc_status_text(s));
	return CLI_FAILED;
}

static int commit(struct writing *w, char *const *assignments, int count)
{
	for (int tries = 0; tries < 2; tries++) {
		char *payload = pc_writer_begin(w->writer);
		cli_payload built = {payload, pc_writer_payload_bytes(w->writer), pc_writer_layout(w->writer)};
		int result = CLI_OK;
		if (built.layout && pc_layout_bytes(built.layout) > built.count) built.layout = NULL;
		for (int i = 0; payload && i < count && !result; i++)
			result = assign(&built, w->name, assignments[i], payload);
		if (payload && result) {
			pc_writer_abort(w->writer);
			return result;
		}
		pc_status s = payload ? pc_writer_commit(w->writer) : PC_ESTALE;
		if (s == PC_OK) return CLI_OK;
		if (s != PC_ESTALE) return file_failed(w, s);
		if ((result = open_again(w))) return result;
	}
	cli_error("region '%s' is being replaced again and again", w->name);
	return CLI_FAILED;
}

/* Exactly the payload: a shorter or longer input is meant for something else. */
static int commit_input(struct writing *w)
{
	size_t bytes = (size_t)pc_writer_payload_bytes(w->writer), used = 0;
	char *input = malloc(bytes + 1);
	int got = 1;
	if (!input) return bad_value(w->name, "out of memory");
	while (used <= bytes && (got = cli_os_input_read(input + used, bytes + 1 - used)) > 0) used += (size_t)got;
	int result = CLI_OK;
	if (got < 0 || used != bytes) {
		cli_error("region '%s' has %zu bytes, standard input %s%zu", w->name, bytes,
		          used > bytes ? "more than " : "", used > bytes ? bytes : used);
		result = CLI_FAILED;
	} else {
		pc_status s = pc_writer_write(w->writer, 0, input, bytes);
		if (s == PC_ESTALE) cli_error("region '%s' was replaced meanwhile", w->name);
		if (s != PC_OK) result = s == PC_ESTALE ? CLI_FAILED : file_failed(w, s);
	}
	free(input);
	return result;
}

/* Before anybody is disturbed by a new writer: would it work? */
static int rehearse(const struct writing *w)
{
	pc_reader *reader = NULL;
	cli_view view = {0};
	pc_err err = {""};
	int result = cli_open(w->args, w->name, &reader);
	if (result) return result;
	pc_status s = cli_view_take(&view, reader, &err);
	if (s == PC_OK)
		for (int i = 1; i < w->args->word_count && !result; i++)
			result = assign(&view.payload, w->name, w->args->words[i], view.buffer);
	/* a snapshot that cannot be had is no reason: the payload may never have been written */
	cli_view_free(&view);
	pc_reader_close(&reader);
	return result;
}

/* ---- holding ------------------------------------------------------------------------------------------- */

struct lines {
	char text[LINE_MAX_BYTES];
	size_t used;
	bool is_skipping; /* the rest of a line that was too long */
};

static void take_line(struct writing *w, struct lines *l, size_t bytes)
{
	char *line = l->text;
	line[bytes] = 0;
	if (bytes && line[bytes - 1] == '\r') line[bytes - 1] = 0;
	if (l->is_skipping || !*line || *line == '#') return;
	int result = commit(w, &line, 1);
	if (result) w->result = result;
}

/* @return false at the end of the input */
static bool take_input(struct writing *w, struct lines *l)
{
	int got = cli_os_input_read(l->text + l->used, sizeof l->text - 1 - l->used);
	bool is_end = got <= 0;
	l->used += is_end ? 0 : (size_t)got;
	for (char *newline; w->writer && (newline = memchr(l->text, '\n', l->used));) {
		size_t bytes = (size_t)(newline - l->text);
		take_line(w, l, bytes);
		l->is_skipping = false;
		l->used -= bytes + 1;
		memmove(l->text, newline + 1, l->used);
	}
	if (is_end && w->writer) take_line(w, l, l->used);
	if (l->used == sizeof l->text - 1) {
		if (!l->is_skipping) cli_error("a line of input is longer than %u bytes", LINE_MAX_BYTES - 2);
		l->is_skipping = true;
		l->used = 0;
		w->result = CLI_FAILED;
	}
	return !is_end;
}

static void hold(struct writing *w)
{
	struct lines *lines = calloc(1, sizeof *lines);
	bool has_input = lines && !cli_os_input_is_null();
	while (w->writer && !cli_os_stopped()) {
		uint32_t heartbeat_ms = pc_writer_control(w->writer)->heartbeat_ms;
		unsigned pause_ms = heartbeat_ms > 1000 ? 500 : heartbeat_ms < 2 ? 1 : heartbeat_ms / 2;
		if (!has_input)
			cli_os_sleep_ms(pause_ms);
		else if (cli_os_input_wait(pause_ms) && !take_input(w, lines))
			break;
		if (w->writer && pc_writer_beat(w->writer) == PC_ESTALE && open_again(w)) w->result = CLI_FAILED;
	}
	free(lines);
}

static int run(const cli_args *args)
{
	struct writing w = {.args = args, .name = args->words[0]};
	bool is_raw = args->value[OPT_RAW] != NULL, is_held = args->value[OPT_HOLD] != NULL;
	if (is_raw && (is_held || args->word_count > 1))
		return cli_usage_error(&cli_write, "--from-stdin is the whole payload, once");
	if (!is_raw && !is_held && args->word_count < 2)
		return cli_usage_error(&cli_write, "there is nothing to write");
	int result = cli_resolve(args, w.name, w.object);
	if (!result) result = rehearse(&w);
	if (result) return result;
	cli_os_catch_stop(); /* from here on an end is an orderly one: the readers are told */
	result = open_writer(&w);
	if (!result && is_raw) result = commit_input(&w);
	if (!result && args->word_count > 1) result = commit(&w, args->words + 1, args->word_count - 1);
	if (!result && is_held) {
		hold(&w);
		result = w.result;
	}
	pc_writer_close(&w.writer);
	return result;
}

const cli_command cli_write = {
        .name = "write",
        .group = "write and wait",
        .summary = "change fields of a region, as its writer",
        .usage = "NAME FIELD=VALUE... [--hold]",
        .about = "Takes the writer's role, changes the fields in one commit, and gives the role back:\n"
                 "readers see all of it or nothing, and then \"closed\". With --hold it stays, and its\n"
                 "death can be seen as any writer's. A region has one writer at a time: while there is\n"
                 "another, the exit code is 5 and the message names it.\n"
                 "\n"
                 "VALUE is what `pagecast read` prints: true, -3, 0x1F, 2.5e3, nan, a label or its\n"
                 "number, any text, pairs of hex digits for bytes; for an array of numbers all of them,\n"
                 "separated by commas.\n",
        .examples = "pagecast write fork_server a=true b=1.5 buffer='hello world'\tone commit\n"
                    "pagecast write fork_server b=1.5 --hold\tuntil Ctrl-C or Ctrl-D, more lines from the keyboard\n"
                    "sensor | sed -u 's/^/temp=/' | pagecast write engine --hold\ta writer made of a pipe\n"
                    "pagecast write fork_server --from-stdin < payload.bin\tthe bytes\n",
        .options = options,
        .least = 1,
        .most = -1,
        .run = run};
