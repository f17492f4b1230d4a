/* cmd_top.c - `pagecast top`: what happens right now, redrawn in place. */
#include "os.h"
#include "top.h"

#include <stdlib.h>
#include <string.h>

#define KEYS       "q quit   s sort: %s   / filter: %s   arrows, PgUp, PgDn, Home scroll"
#define SCREEN_ON  "\x1b[?1049h\x1b[?25l" /* a screen of its own, no cursor */
#define SCREEN_OFF "\x1b[?25h\x1b[?1049l"
#define LINE_END   "\x1b[K\n"
#define ESCAPE     0x1b
#define BACKSPACE  0x7f
#define NS_PER_MS  UINT64_C(1000000)

enum { OPT_FILTER, OPT_INSTANCE, OPT_INTERVAL, OPT_JSON, OPT_ONCE, OPT_SORT, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_FILTER] = {'f', "filter", "TEXT", "only regions whose name contains it, or fits it as a PATTERN"},
        [OPT_INSTANCE] = {'i', "instance", "NAME", "only what this daemon serves"},
        [OPT_INTERVAL] = {'d', "interval", "TIME", "between two looks; default: 1s"},
        [OPT_JSON] = {'j', "json", NULL, "once, as one JSON object"},
        [OPT_ONCE] = {'1', "once", NULL, "look twice for the rates, print, end: also where stdout is no terminal"},
        [OPT_SORT] = {'s', "sort", "KEY", "name, rate, age or state (what needs attention first)"},
        [OPTS] = {0, NULL, NULL, NULL}};

struct screen {
	cli_top *top;
	top_view view;
	char filter[PC_NAME_BYTES]; /* in force */
	char typed[PC_NAME_BYTES];  /* behind a "/" */
	bool is_typing, is_over;
	char escape[8]; /* of a key that is several bytes */
	size_t escape_bytes;
};

static bool is_wanted(const void *arg, const cli_region *r)
{
	const cli_args *args = arg;
	const char *instance = args->value[OPT_INSTANCE];
	if (instance && (!r->daemon || strcmp(r->daemon->head.instance, instance) != 0)) return false;
	for (int i = 0; i < args->word_count; i++)
		if (cli_matches(args->words[i], r->key)) return true;
	return !args->word_count;
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

static void type(struct screen *s, unsigned char key)
{
	size_t bytes = strlen(s->typed);
	if (key == '\r' || key == '\n') {
		memcpy(s->filter, s->typed, sizeof s->filter);
		s->is_typing = false;
		s->view.first = 0;
	} else if (key == ESCAPE) {
		s->is_typing = false;
	} else if (key == BACKSPACE || key == '\b') {
		if (bytes) s->typed[bytes - 1] = 0;
	} else if (key >= ' ' && key < BACKSPACE && bytes + 1 < sizeof s->typed) {
		s->typed[bytes] = (char)key;
		s->typed[bytes + 1] = 0;
	}
}

static void scroll(struct screen *s, int64_t by)
{
	int64_t to = (int64_t)s->view.first + by;
	s->view.first = to < 0 ? 0 : (uint32_t)to; /* the page stops at its end by itself */
}

/* "\x1b[A" and so on: arrows, PgUp, PgDn, Home, End. @return true if this byte belongs to such a key */
static bool escape(struct screen *s, unsigned char key)
{
	if (!s->escape_bytes && key != ESCAPE) return false;
	if (s->escape_bytes + 1 < sizeof s->escape) s->escape[s->escape_bytes++] = (char)key;
	if (s->escape_bytes == 2 && key != '[' && key != 'O') s->escape_bytes = 0;
	if (s->escape_bytes < 3 || (key >= '0' && key <= '9')) return true;
	int64_t page = s->view.lines > 4 ? s->view.lines / 2 : 1;
	switch (s->escape[2]) {
	case 'A': scroll(s, -1); break;
	case 'B': scroll(s, 1); break;
	case '5': scroll(s, -page); break;
	case '6': scroll(s, page); break;
	case 'H':
	case '1': s->view.first = 0; break;
	case 'F':
	case '4': s->view.first = s->top->count; break;
	default: break;
	}
	s->escape_bytes = 0;
	return true;
}

static void press(struct screen *s, unsigned char key)
{
	if (s->is_typing) {
		type(s, key);
		return;
	}
	if (escape(s, key)) return;
	if (key == 'q' || key == 'Q') s->is_over = true;
	if (key == 's') s->view.sort = (enum top_sort)((s->view.sort + 1) % TOP_SORTS);
	if (key == 'j') scroll(s, 1);
	if (key == 'k') scroll(s, -1);
	if (key != '/') return;
	s->is_typing = true;
	memcpy(s->typed, s->filter, sizeof s->typed);
}

/* Until it is time for the next look. @return true if a key was pressed */
static bool wait_for_keys(struct screen *s, uint64_t deadline_ns)
{
	unsigned char keys[64];
	uint64_t now = cli_os_mono_ns();
	uint64_t left = deadline_ns > now ? (deadline_ns - now) / NS_PER_MS + 1 : 0;
	if (!cli_os_input_wait((unsigned)left)) return false;
	int got = cli_os_input_read(keys, sizeof keys);
	if (got <= 0) s->is_over = true; /* the terminal is gone */
	for (int i = 0; i < got; i++) press(s, keys[i]);
	return true;
}

/* ---- the screen ------------------------------------------------------------------------------------------------- */

static void draw(struct screen *s)
{
	char bottom[256];
	pc_strbuf b = {0};
	if (s->is_typing)
		(void)snprintf(bottom, sizeof bottom, "/%s_   Enter: filter by it   Esc: as it was", s->typed);
	else
		(void)snprintf(bottom, sizeof bottom, KEYS, cli_top_sorts[s->view.sort],
		               *s->filter ? s->filter : "none");
	s->view.bottom = bottom;
	s->view.filter = s->filter;
	s->view.columns = cli_os_columns();
	s->view.lines = cli_os_lines();
	pc_strbuf_puts(&b, "\x1b[H");
	cli_top_text(&b, s->top, &s->view, LINE_END);
	pc_strbuf_puts(&b, "\x1b[K\x1b[J");
	s->view.bottom = NULL;
	if (!cli_put_buf(&b) || !cli_flush()) s->is_over = true;
}

static pc_status live(struct screen *s, uint64_t interval_ns, pc_err *err)
{
	pc_status status = PC_OK;
	cli_os_catch_stop();
	(void)cli_puts(SCREEN_ON);
	while (status == PC_OK && !s->is_over && !cli_os_stopped()) {
		uint64_t deadline = cli_os_mono_ns() + interval_ns;
		status = cli_top_look(s->top, err);
		if (status == PC_OK) draw(s);
		while (status == PC_OK && !s->is_over && !cli_os_stopped() && cli_os_mono_ns() < deadline)
			if (wait_for_keys(s, deadline)) draw(s);
	}
	(void)cli_puts(SCREEN_OFF);
	(void)cli_flush();
	return status;
}

static pc_status once(struct screen *s, uint64_t interval_ns, bool json, pc_err *err)
{
	pc_status status = cli_top_look(s->top, err);
	if (status == PC_OK) cli_os_sleep_ms((unsigned)(interval_ns / NS_PER_MS));
	if (status == PC_OK) status = cli_top_look(s->top, err);
	if (status != PC_OK) return status;
	if (json) {
		cli_json j = {.depth = 0};
		cli_top_json(&j, s->top, &s->view);
		(void)cli_put_buf(&j.text);
		return PC_OK;
	}
	pc_strbuf b = {0};
	s->view.columns = cli_os_columns();
	cli_top_text(&b, s->top, &s->view, "\n");
	pc_strbuf_puts(&b, "\n");
	(void)cli_put_buf(&b);
	return PC_OK;
}

/* ---------------------------------------------------------------------------------------------------------------- */

static int read_options(struct screen *s, const cli_args *args, uint64_t *ret_interval_ns)
{
	const char *sort = args->value[OPT_SORT], *filter = args->value[OPT_FILTER],
	           *interval = args->value[OPT_INTERVAL];
	unsigned by = 0;
	if (interval && (!cli_parse_duration(interval, ret_interval_ns) || *ret_interval_ns < 10 * NS_PER_MS ||
	                 *ret_interval_ns > 3600000 * NS_PER_MS))
		return cli_usage_error(&cli_top_command, "'%s' is no time from 10ms to 1h", interval);
	while (sort && by < TOP_SORTS && strcmp(sort, cli_top_sorts[by]) != 0) by++;
	if (by == TOP_SORTS)
		return cli_usage_error(&cli_top_command, "'%s' is not one of name, rate, age, state", sort);
	if (filter && strlen(filter) >= sizeof s->filter)
		return cli_usage_error(&cli_top_command, "'%s' is longer than any name", filter);
	s->view.sort = (enum top_sort)by;
	(void)snprintf(s->filter, sizeof s->filter, "%s", filter ? filter : "");
	s->view.filter = s->filter;
	s->view.color = args->color;
	return CLI_OK;
}

static int run(const cli_args *args)
{
	cli_top top = {.args = args, .wanted = is_wanted};
	struct screen s = {.top = &top};
	uint64_t interval_ns = 1000 * NS_PER_MS;
	bool json = args->value[OPT_JSON] != NULL;
	pc_err err = {""};
	int result = read_options(&s, args, &interval_ns);
	if (result) return result;
	bool is_live = !json && !args->value[OPT_ONCE] && cli_os_is_styled(stdout) && cli_os_keys_start();
	pc_status status = is_live ? live(&s, interval_ns, &err) : once(&s, interval_ns, json, &err);
	if (is_live) cli_os_keys_end();
	cli_top_free(&top);
	if (status == PC_OK) return CLI_OK;
	cli_error("%s", err.text);
	return CLI_FAILED;
}

const cli_command cli_top_command = {
        .name = "top",
        .group = "the daemon",
        .summary = "daemons, plugins and regions right now: rates, ages, states, redrawn in place",
        .usage = "[PATTERN...] [--once] [--json] [--sort KEY] [--filter TEXT]",
        .about = "Everything shown comes from regions: no socket is opened, no daemon is asked. RATE is\n"
                 "commits per second since the look before. A daemon's line has its processor time, memory,\n"
                 "open files and the longest delay of its loop; a plugin's line its calls per second, the\n"
                 "share of time that it spends in them, the longest, and its last error.\n"
                 "\n"
                 "Keys: q ends, s sorts by another key, / filters, arrows and PgUp, PgDn scroll. Where stdout\n"
                 "is no terminal it looks once, as with --once.\n",
        .examples = "pagecast top\teverything, live\n"
                    "pagecast top --once --sort state --filter 'rig.*'\tonce, what needs attention first\n"
                    "pagecast top --json | jq '.regions[] | select(.rate_hz < 1) | .name'\twhat hardly moves\n",
        .options = options,
        .least = 0,
        .most = -1,
        .run = run};
