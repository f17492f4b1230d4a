/* cmd_watch.c - `pagecast watch`: every commit and every change of liveness, as long as there is somebody to read it. */
#include "catalogue.h"
#include "os.h"
#include "seen.h"
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS      50 /* liveness that no wake tells of: stale, and back */
#define FOLLOW_NS    UINT64_C(200000000)
#define ARRAY_LIMIT  16
#define RAW_SHOWN    32
#define CLOCK_COLUMN 11 /* of cli_os_local_time() */

enum { OPT_JSON, OPT_COUNT, OPT_CHANGES, OPT_INTERVAL, OPT_TIMEOUT, OPT_WAIT, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_JSON] = {'j', "json", NULL, "one JSON object per line"},
        [OPT_COUNT] = {'n', "count", "N", "end after N lines of data"},
        [OPT_CHANGES] = {'c', "changes", NULL, "only values that differ from the line before"},
        [OPT_INTERVAL] = {'i', "interval", "TIME", "at most one line of data per TIME, always with the newest"},
        [OPT_TIMEOUT] = {'t', "timeout", "TIME", "end after TIME: with 4 if --count was not reached, else with 0"},
        [OPT_WAIT] = {'w', "wait", NULL, "wait for the region if it does not exist yet"},
        [OPTS] = {0, NULL, NULL, NULL}};

struct watch {
	const cli_args *args;
	pc_reader *reader;
	cli_view now;
	cli_seen seen;   /* with --changes */
	bool is_pending; /* there is something newer than the last line */
	bool has_state;
	pc_liveness state;
	uint32_t epoch;
	uint64_t printed, limit, interval_ns, next_ns, follow_ns;
	bool is_over; /* nobody reads us any more */
	int result;
};

/* ---- one line ------------------------------------------------------------------------------------------ */

struct line {
	struct watch *w;
	pc_strbuf *text; /* NULL: json */
	cli_json *json;
	unsigned items;
};

/* Texts that hold blanks or quotes would not be told from the next value. */
static void add_quoted(pc_strbuf *b, const char *text)
{
	if (*text && !strpbrk(text, " =\"'")) {
		pc_strbuf_puts(b, text);
		return;
	}
	pc_strbuf_puts(b, "\"");
	for (; *text; text++) {
		if (*text == '"') pc_strbuf_puts(b, "\\");
		pc_strbuf_add(b, text, 1);
	}
	pc_strbuf_puts(b, "\"");
}

static bool add_part(void *arg, const cli_part *part)
{
	struct line *line = arg;
	pc_strbuf value = {0};
	if (line->w->args->value[OPT_CHANGES] && !cli_seen_part(&line->w->seen, part)) return true;
	line->items++;
	if (line->json) {
		cli_json_key(line->json, part->path);
		cli_part_json(line->json, part);
		return true;
	}
	pc_strbuf_printf(line->text, "  %s=", part->path);
	cli_part_text(&value, part, ARRAY_LIMIT, CLI_SHOWN);
	if (pc_field_is_text(cli_part_field(part)))
		add_quoted(line->text, value.text ? value.text : "");
	else
		pc_strbuf_puts(line->text, value.text ? value.text : "");
	line->text->failed = line->text->failed || value.failed;
	pc_strbuf_free(&value);
	return true;
}

/* The fields asked for, each whole; with --changes their values one by one. What is not there now is left out. */
static int add_fields(struct line *line)
{
	struct watch *w = line->w;
	for (int i = 1; i < w->args->word_count; i++) {
		cli_part part;
		bool is_there;
		int result =
		        cli_find_part(&w->now.payload, pc_reader_name(w->reader), w->args->words[i], &part, &is_there);
		if (result) return result;
		if (!is_there) continue;
		if (line->json && !w->args->value[OPT_CHANGES])
			(void)add_part(line, &part);
		else
			(void)cli_walk_part(&(cli_walk){.fn = add_part, .arg = line}, &part);
	}
	return CLI_OK;
}

static void add_bytes(struct line *line)
{
	const cli_payload *p = &line->w->now.payload;
	uint64_t shown = p->count < RAW_SHOWN ? p->count : RAW_SHOWN;
	if (line->w->args->value[OPT_CHANGES] && !cli_seen_bytes(&line->w->seen, "", p->bytes, (size_t)p->count))
		return;
	line->items++;
	if (line->json) {
		cli_json_key(line->json, "");
		cli_json_hex(line->json, p->bytes, (size_t)p->count);
		return;
	}
	pc_strbuf_puts(line->text, "  ");
	for (uint64_t i = 0; i < shown; i++) pc_strbuf_printf(line->text, "%02x", (unsigned)(unsigned char)p->bytes[i]);
	if (shown < p->count) pc_strbuf_printf(line->text, "... %" PRIu64 " more bytes", p->count - shown);
}

static int add_values(struct line *line)
{
	if (line->w->args->word_count > 1) return add_fields(line);
	if (!line->w->now.payload.layout)
		add_bytes(line);
	else
		(void)cli_walk_payload(&(cli_walk){.fn = add_part, .arg = line}, &line->w->now.payload);
	return CLI_OK;
}

static void json_head(cli_json *j, const char *event)
{
	cli_json_open(j, '{');
	cli_json_key(j, "event");
	cli_json_z(j, event);
	cli_json_key(j, "unix_ms");
	cli_json_u64(j, cli_os_unix_ns() / 1000000);
}

static void text_head(pc_strbuf *b, bool color)
{
	char now[32];
	cli_os_local_time(cli_os_unix_ns(), now);
	pc_strbuf_printf(b, "%s%s%s", cli_style(color, CLI_DIM), strlen(now) > CLOCK_COLUMN ? now + CLOCK_COLUMN : "",
	                 cli_style(color, CLI_PLAIN));
}

static void end_line(struct watch *w, pc_strbuf *b)
{
	pc_strbuf_puts(b, "\n");
	if (!cli_put_buf(b) || !cli_flush()) w->is_over = true;
}

static int json_data(struct watch *w)
{
	cli_json j = {.depth = 0};
	struct line line = {.w = w, .json = &j};
	bool is_whole = w->args->word_count == 1 && !w->args->value[OPT_CHANGES];
	int result = CLI_OK;
	json_head(&j, "data");
	cli_view_json(&j, w->reader, &w->now.info, w->state);
	cli_json_key(&j, "values");
	if (is_whole) {
		cli_payload_json(&j, &w->now.payload);
	} else {
		cli_json_open(&j, '{');
		result = add_values(&line);
		cli_json_close(&j, '}');
	}
	cli_json_close(&j, '}');
	if (!result && (is_whole || line.items || !w->args->value[OPT_CHANGES])) {
		end_line(w, &j.text);
		w->printed++;
	}
	pc_strbuf_free(&j.text);
	return result;
}

static int text_data(struct watch *w)
{
	pc_strbuf b = {0};
	struct line line = {.w = w, .text = &b};
	char flags[96];
	text_head(&b, w->args->color);
	pc_strbuf_printf(&b, "  #%" PRIu64, w->now.info.tick);
	if (w->now.info.payload_flags) pc_strbuf_printf(&b, "  (%s)", cli_flags_text(w->now.info.payload_flags, flags));
	int result = add_values(&line);
	if (!result && (line.items || !w->args->value[OPT_CHANGES])) {
		end_line(w, &b);
		w->printed++;
	}
	pc_strbuf_free(&b);
	return result;
}

static void print_data(struct watch *w)
{
	pc_err err = {""};
	pc_status s = cli_view_take(&w->now, w->reader, &err);
	if (s == PC_EAGAIN || s == PC_ESTALE) return; /* the next wake brings another chance */
	if (s != PC_OK) {
		cli_error("%s", err.text);
		w->result = cli_exit_of(s);
		return;
	}
	w->is_pending = false;
	if (!w->now.info.tick) return;
	w->result = w->args->value[OPT_JSON] ? json_data(w) : text_data(w);
	cli_seen_turn(&w->seen);
	w->next_ns = cli_os_mono_ns() + w->interval_ns;
}

/* ---- the writer ---------------------------------------------------------------------------------------- */

static void print_state(struct watch *w, pc_liveness state, const char *note)
{
	const pc_control *c = pc_reader_control(w->reader);
	bool color = w->args->color;
	cli_json j = {.depth = 0};
	pc_strbuf b = {0};
	uint32_t pid = pc_load_relaxed_u32(&c->writer_pid);
	if (w->args->value[OPT_JSON]) {
		json_head(&j, "state");
		cli_json_key(&j, "state");
		cli_json_z(&j, pc_liveness_name(state));
		cli_json_key(&j, "note");
		cli_json_z(&j, note);
		cli_json_key(&j, "writer");
		cli_json_field(&j, c->writer_name, sizeof c->writer_name);
		cli_json_key(&j, "pid");
		cli_json_u64(&j, pid);
		cli_json_close(&j, '}');
		end_line(w, &j.text);
		return;
	}
	text_head(&b, color);
	pc_strbuf_printf(&b, "  %s%s%s", cli_style(color, cli_style_of(state)), pc_liveness_name(state),
	                 cli_style(color, CLI_PLAIN));
	if (c->writer_name[0]) pc_strbuf_puts(&b, ": ");
	cli_escape_field(&b, c->writer_name, sizeof c->writer_name);
	if (pid) pc_strbuf_printf(&b, " (pid %" PRIu32 ")", pid);
	pc_strbuf_printf(&b, "%s%s", *note ? ", " : "", note);
	end_line(w, &b);
}

static void look_at_state(struct watch *w)
{
	pc_liveness state = pc_reader_liveness(w->reader);
	uint32_t epoch = pc_load_acquire_u32(&pc_reader_control(w->reader)->epoch);
	/* gone by name is news only once: the object that we still hold goes on saying closed */
	if (w->has_state && w->state == PC_ABSENT && (state == PC_CLOSED || state == PC_RETIRED || state == PC_DEAD))
		return;
	if (!w->has_state || state != w->state)
		print_state(w, state, "");
	else if (epoch != w->epoch && state == PC_LIVE)
		print_state(w, state, "a new writer");
	w->has_state = true;
	w->state = state;
	w->epoch = epoch;
}

/* After the writer's end its region may be replaced, or removed and created again: look by name now and then. */
static void follow(struct watch *w)
{
	uint64_t now = cli_os_mono_ns();
	if ((w->state != PC_RETIRED && w->state != PC_CLOSED && w->state != PC_DEAD && w->state != PC_ABSENT) ||
	    now < w->follow_ns)
		return;
	w->follow_ns = now + FOLLOW_NS;
	const pc_control *held = pc_reader_control(w->reader);
	pc_status s = pc_reader_reopen(w->reader, NULL);
	if (s == PC_EABSENT && w->state != PC_ABSENT) {
		w->state = PC_ABSENT;
		print_state(w, PC_ABSENT, "the region was removed");
	}
	if (s != PC_OK || pc_reader_control(w->reader) == held) return;
	cli_seen_free(&w->seen);
	w->is_pending = true;
	w->state = pc_reader_liveness(w->reader);
	w->epoch = pc_load_acquire_u32(&pc_reader_control(w->reader)->epoch);
	print_state(w, w->state, "a new region of that name");
}

/* ---- the loop ------------------------------------------------------------------------------------------ */

static int wait_ms(const struct watch *w, uint64_t deadline_ns)
{
	uint64_t now = cli_os_mono_ns(), until = now + LOOK_MS * UINT64_C(1000000);
	if (w->is_pending && w->next_ns < until) until = w->next_ns;
	if (deadline_ns && deadline_ns < until) until = deadline_ns;
	return until > now ? (int)((until - now + 999999) / 1000000) : 0;
}

static int loop(struct watch *w, uint64_t timeout_ns)
{
	uint64_t deadline_ns = timeout_ns ? cli_os_mono_ns() + timeout_ns : 0;
	w->is_pending = true;
	while (!w->result && !w->is_over) {
		uint32_t events = 0;
		look_at_state(w);
		follow(w);
		if (w->is_pending && cli_os_mono_ns() >= w->next_ns && !w->is_over) print_data(w);
		if (w->limit && w->printed >= w->limit) return w->result;
		if (deadline_ns && cli_os_mono_ns() >= deadline_ns) return w->limit ? CLI_TIMED_OUT : CLI_OK;
		if (pc_reader_wait(w->reader, wait_ms(w, deadline_ns), &events) == PC_OK && events & PC_WAIT_DATA)
			w->is_pending = true;
	}
	return w->result;
}

static int read_options(struct watch *w, uint64_t *ret_timeout_ns)
{
	const char *const *value = w->args->value;
	if (value[OPT_COUNT] && (!cli_parse_count(value[OPT_COUNT], &w->limit) || !w->limit))
		return cli_usage_error(&cli_watch, "'%s' is not a number of lines", value[OPT_COUNT]);
	if (value[OPT_INTERVAL] && !cli_parse_duration(value[OPT_INTERVAL], &w->interval_ns))
		return cli_usage_error(&cli_watch, "'%s' is not a time such as 100ms or 2s", value[OPT_INTERVAL]);
	if (value[OPT_TIMEOUT] && (!cli_parse_duration(value[OPT_TIMEOUT], ret_timeout_ns) || !*ret_timeout_ns))
		return cli_usage_error(&cli_watch, "'%s' is not a time such as 100ms or 2s", value[OPT_TIMEOUT]);
	return CLI_OK;
}

static int run(const cli_args *args)
{
	struct watch w = {.args = args};
	uint64_t timeout_ns = 0, start_ns = cli_os_mono_ns();
	int result = read_options(&w, &timeout_ns);
	if (result) return result;
	if (args->value[OPT_WAIT])
		result = cli_open_wait(args, args->words[0], timeout_ns ? start_ns + timeout_ns : 0, &w.reader);
	else
		result = cli_open(args, args->words[0], &w.reader);
	if (result) return result;
	result = loop(&w, timeout_ns);
	cli_view_free(&w.now);
	cli_seen_free(&w.seen);
	pc_reader_close(&w.reader);
	return result;
}

const cli_command cli_watch = {
        .name = "watch",
        .group = "look at regions",
        .summary = "every commit, and every change of the writer's state",
        .usage = "NAME [FIELD...] [--json] [--count N] [--changes] [--interval TIME]",
        .about = "Sleeps until the region changes; costs nothing while it does not. A line of data has\n"
                 "the time, the number of the commit and the values; commits that come faster than lines\n"
                 "can be written are skipped, the newest never. A change of the writer's state has a\n"
                 "line of its own. Writers and daemons may restart, and regions be removed and created\n"
                 "again: the watch goes on.\n"
                 "\n"
                 "With --json the lines are {\"event\":\"data\"|\"state\", \"unix_ms\":..., ...}; values are an\n"
                 "object, with FIELD or --changes by path.\n",
        .examples = "pagecast watch fork_server\teverything\n"
                    "pagecast watch sysmon.cpu usage_percent load_1m\ttwo values\n"
                    "pagecast watch car --changes --interval 1s\twhat changed, once a second\n"
                    "pagecast watch car speed --json --count 100 > log.jsonl\ta hundred samples\n",
        .options = options,
        .least = 1,
        .most = -1,
        .run = run};
