/* top_show.c - a page of `pagecast top`: only what fits is written, however many regions there are. See top.h. */
#include "os.h"
#include "top.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LEAST 12u
#define NAME_MOST  44u
#define WIDE       200u /* where nobody says how wide */
#define LIVENESSES (PC_UNREACHABLE + 1)
#define PERCENT    100.0

const char *const cli_top_sorts[TOP_SORTS] = {"name", "rate", "age", "state"};

/* ---- which, and in which order ---------------------------------------------------------------------------------- */

static bool is_shown(const top_region *r, const char *filter)
{
	if (!*filter) return true;
	return strpbrk(filter, "*?") ? cli_matches(filter, r->key) : strstr(r->key, filter) != NULL;
}

struct place {
	const top_region *region;
	uint32_t index;
	enum top_sort sort;
};

/* What needs attention comes first. */
static int urgency(const top_region *r)
{
	static const int of[LIVENESSES] = {
	        [PC_DEAD] = 0,    [PC_STALE] = 1,  [PC_UNREACHABLE] = 2, [PC_ABSENT] = 4, [PC_STARTING] = 5,
	        [PC_RETIRED] = 6, [PC_CLOSED] = 7, [PC_LEGACY] = 8,      [PC_LIVE] = 9};
	return r->row->reader ? of[r->row->liveness] : 3;
}

static int compare(double a, double b)
{
	return (a > b) - (a < b);
}

static int in_order(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	const top_region *p = x->region, *q = y->region;
	int order = 0;
	if (x->sort == TOP_BY_RATE) order = compare(q->rate_hz, p->rate_hz);
	if (x->sort == TOP_BY_AGE) order = compare((double)q->row->info.age_ns, (double)p->row->info.age_ns);
	if (x->sort == TOP_BY_STATE) order = urgency(p) - urgency(q);
	if (!order) order = strcmp(p->key, q->key);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

uint32_t *cli_top_order(const cli_top *t, const top_view *view, uint32_t *ret_count)
{
	struct place *places = calloc(t->count + 1u, sizeof *places);
	uint32_t *order = calloc(t->count + 1u, sizeof *order), count = 0;
	for (uint32_t i = 0; places && order && i < t->count; i++)
		if (is_shown(&t->regions[i], view->filter))
			places[count++] = (struct place){&t->regions[i], i, view->sort};
	if (places && order) qsort(places, count, sizeof *places, in_order);
	for (uint32_t i = 0; places && order && i < count; i++) order[i] = places[i].index;
	if (!places) {
		free(order);
		order = NULL;
	}
	free(places);
	*ret_count = count;
	return order;
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

/* A line that is cut at the width of the terminal; all text that gets here is escaped. */
struct line {
	pc_strbuf *to;
	unsigned left;
	bool color;
};

static void put(struct line *l, enum cli_style style, const char *text)
{
	if (style != CLI_PLAIN) pc_strbuf_puts(l->to, cli_style(l->color, style));
	while (*text && l->left) {
		size_t bytes = 1;
		while (((unsigned char)text[bytes] & 0xC0) == 0x80) bytes++;
		pc_strbuf_add(l->to, text, bytes);
		text += bytes;
		l->left--;
	}
	if (style != CLI_PLAIN) pc_strbuf_puts(l->to, cli_style(l->color, CLI_PLAIN));
}

static unsigned width_of(const char *text)
{
	unsigned width = 0;
	for (; *text; text++) width += ((unsigned char)*text & 0xC0) != 0x80;
	return width;
}

/* A cell of `width` characters, cut or filled, and two blanks. */
static void cell(struct line *l, enum cli_style style, unsigned width, bool right, const char *text)
{
	char cut[512];
	unsigned found = width_of(text);
	if (found > width) {
		size_t bytes = 0;
		for (unsigned n = 0; n + 1 < width; n++) do
				bytes++;
			while (((unsigned char)text[bytes] & 0xC0) == 0x80);
		(void)snprintf(cut, sizeof cut, "%.*s~", (int)bytes, text);
		text = cut;
		found = width;
	}
	for (unsigned i = found; right && i < width; i++) put(l, CLI_PLAIN, " ");
	put(l, style, text);
	for (unsigned i = found; !right && i < width; i++) put(l, CLI_PLAIN, " ");
	put(l, CLI_PLAIN, "  ");
}

static void escaped(char *dst, size_t bytes, const char *field, size_t field_bytes)
{
	pc_strbuf b = {0};
	cli_escape_field(&b, field, field_bytes);
	(void)snprintf(dst, bytes, "%.*s", (int)bytes - 1, b.text ? b.text : "");
	pc_strbuf_free(&b);
}

/* ---- parts of the page ------------------------------------------------------------------------------------------ */

static void summary(struct line *l, const cli_top *t, uint32_t shown)
{
	uint32_t of[LIVENESSES] = {0}, closed = 0;
	uint64_t viewers = 0;
	char now[32], text[128];
	for (uint32_t i = 0; i < t->count; i++)
		if (t->rows[i].reader)
			of[t->rows[i].liveness]++;
		else
			closed++;
	for (uint32_t i = 0; i < t->daemon_count; i++)
		for (uint32_t k = 0; k < t->daemons[i].plugin_count; k++) viewers += t->daemons[i].plugins[k].viewers;
	cli_os_local_time(cli_os_unix_ns(), now);
	(void)snprintf(text, sizeof text, "%.8s  daemons %" PRIu32 "  viewers %" PRIu64 "  regions %" PRIu32, now + 11,
	               t->daemon_count, viewers, t->count);
	put(l, CLI_BOLD, text);
	for (int s = 0; s < LIVENESSES; s++) {
		if (!of[s]) continue;
		(void)snprintf(text, sizeof text, ", %" PRIu32 " %s", of[s], pc_liveness_name((pc_liveness)s));
		put(l, cli_style_of((pc_liveness)s), text);
	}
	if (closed) (void)snprintf(text, sizeof text, ", %" PRIu32 " unreadable", closed);
	if (closed) put(l, CLI_WARN, text);
	if (shown != t->count) (void)snprintf(text, sizeof text, "; %" PRIu32 " shown", shown);
	if (shown != t->count) put(l, CLI_PLAIN, text);
}

static void daemon_line(struct line *l, const top_daemon *d)
{
	char text[160], name[PC_NAME_BYTES * 6], age[32], rss[32];
	escaped(name, sizeof name, d->instance, sizeof d->instance);
	cell(l, CLI_BOLD, 16, false, name);
	cell(l, cli_style_of(d->liveness), 8, false, pc_liveness_name(d->liveness));
	(void)snprintf(text, sizeof text, "pid %" PRIu32, d->pid);
	put(l, CLI_PLAIN, text);
	if (!d->has_facts) return;
	cli_format_age(age, d->uptime_s * UINT64_C(1000000000));
	cli_format_bytes(rss, (double)d->rss_bytes);
	(void)snprintf(text, sizeof text, "  up %s  cpu %.1f %%  memory %s  files %" PRIu64 "  late %.1f ms", age,
	               d->cpu_share * PERCENT, rss, d->open_files, d->late_max_ms);
	put(l, CLI_PLAIN, text);
}

static void plugin_line(struct line *l, const top_plugin *p)
{
	char text[64];
	bool good = !strcmp(p->state, "running");
	put(l, CLI_PLAIN, "   ");
	cell(l, CLI_PLAIN, 13, false, p->instance);
	cell(l, good ? CLI_GOOD : !strcmp(p->state, "failed") ? CLI_BAD : CLI_WARN, 8, false, p->state);
	(void)snprintf(text, sizeof text, "%.1f calls/s", p->calls_hz);
	cell(l, CLI_PLAIN, 15, true, text);
	(void)snprintf(text, sizeof text, "%.2f %%", p->share * PERCENT);
	cell(l, CLI_PLAIN, 8, true, text);
	(void)snprintf(text, sizeof text, "longest %.1f ms", p->longest_ms);
	cell(l, p->overruns ? CLI_WARN : CLI_PLAIN, 18, false, text);
	if (p->viewers) (void)snprintf(text, sizeof text, "%" PRIu64 " viewers  ", p->viewers);
	if (p->viewers) put(l, CLI_PLAIN, text);
	put(l, CLI_WARN, p->error);
}

static void rate_text(char dst[32], const top_region *r)
{
	if (!r->has_rate)
		(void)snprintf(dst, 32, "-");
	else if (r->rate_hz < 100)
		(void)snprintf(dst, 32, "%.1f/s", r->rate_hz);
	else
		(void)snprintf(dst, 32, "%.0f/s", r->rate_hz);
}

static void region_line(struct line *l, const top_region *r, unsigned name_width)
{
	char name[PC_NAME_BYTES * 6], text[64], size[32] = "-", writer[200];
	const cli_row *row = r->row;
	escaped(name, sizeof name, r->key, PC_NAME_BYTES);
	cell(l, CLI_PLAIN, name_width, false, name);
	if (row->reader)
		cell(l, cli_style_of(row->liveness), 11, false, pc_liveness_name(row->liveness));
	else
		cell(l, CLI_WARN, 11, false, cli_closed_word(row->status));
	rate_text(text, r);
	cell(l, CLI_PLAIN, 9, true, text);
	(void)snprintf(text, sizeof text, "-");
	if (row->info.tick) cli_format_age(text, row->info.age_ns);
	cell(l, CLI_PLAIN, 12, true, text);
	if (row->reader) cli_format_bytes(size, (double)pc_reader_payload_bytes(row->reader));
	cell(l, CLI_PLAIN, 10, true, size);
	(void)snprintf(text, sizeof text, "%" PRIu32, r->who.pid);
	cell(l, CLI_PLAIN, 7, true, r->who.pid ? text : "-");
	escaped(writer, sizeof writer, r->who.name, sizeof r->who.name);
	put(l, CLI_PLAIN, writer);
}

static void heading(struct line *l, unsigned name_width)
{
	cell(l, CLI_BOLD, name_width, false, "REGION");
	cell(l, CLI_BOLD, 11, false, "STATE");
	cell(l, CLI_BOLD, 9, true, "RATE");
	cell(l, CLI_BOLD, 12, true, "AGE");
	cell(l, CLI_BOLD, 10, true, "SIZE");
	cell(l, CLI_BOLD, 7, true, "PID");
	put(l, CLI_BOLD, "WRITER");
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

struct page {
	pc_strbuf *to;
	const top_view *view;
	const char *end;
	unsigned used; /* lines */
};

/* No blanks at the ends of lines. */
static void end_line(pc_strbuf *b)
{
	while (b->bytes && b->text[b->bytes - 1] == ' ') b->text[--b->bytes] = 0;
}

static struct line next(struct page *p)
{
	end_line(p->to);
	if (p->used++) pc_strbuf_puts(p->to, p->end);
	return (struct line){p->to, p->view->columns ? p->view->columns : WIDE, p->view->color};
}

/* Daemons and plugins take half of the page at most. */
static void put_daemons(struct page *p, const cli_top *t)
{
	unsigned most = p->view->lines / 2;
	for (uint32_t i = 0; i < t->daemon_count; i++) {
		struct line l;
		if (most && p->used >= most) return;
		l = next(p);
		daemon_line(&l, &t->daemons[i]);
		for (uint32_t k = 0; k < t->daemons[i].plugin_count && (!most || p->used < most); k++) {
			l = next(p);
			plugin_line(&l, &t->daemons[i].plugins[k]);
		}
	}
}

static void put_regions(struct page *p, const cli_top *t, top_view *view, const uint32_t *order, uint32_t count)
{
	unsigned taken = p->used + 1 + (view->bottom != NULL); /* with the heading */
	uint32_t room = !view->lines ? count : view->lines > taken ? view->lines - taken : 0;
	unsigned name_width = NAME_LEAST;
	if (view->first + room > count) view->first = count > room ? count - room : 0;
	for (uint32_t i = view->first; i < count && i - view->first < room; i++) {
		unsigned width = width_of(t->regions[order[i]].key);
		if (width > name_width) name_width = width < NAME_MOST ? width : NAME_MOST;
	}
	struct line l = next(p);
	heading(&l, name_width);
	for (uint32_t i = view->first; i < count && i - view->first < room; i++) {
		l = next(p);
		region_line(&l, &t->regions[order[i]], name_width);
	}
}

void cli_top_text(pc_strbuf *b, const cli_top *t, top_view *view, const char *end)
{
	struct page p = {b, view, end, 0};
	uint32_t count = 0, *order = cli_top_order(t, view, &count);
	b->failed = b->failed || !order;
	if (!order) return;
	struct line l = next(&p);
	summary(&l, t, count);
	put_daemons(&p, t);
	put_regions(&p, t, view, order, count);
	free(order);
	if (view->bottom) {
		while (view->lines && p.used + 1 < view->lines) (void)next(&p);
		l = next(&p);
		put(&l, CLI_DIM, view->bottom);
	}
	end_line(b);
}
