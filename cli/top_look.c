/* top_look.c - one look at daemons, plugins and regions; rates are what changed since the look before. See top.h. */
#include "base/hash.h"
#include "os.h"
#include "top.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PLUGINS_MAX 256u
#define METRICS_MAX 64u
#define NS_PER_S    1e9

/* ---- text of one field ------------------------------------------------------------------------------------------ */

static void take_text(char *dst, size_t bytes, const cli_facts *facts, const char *path)
{
	pc_strbuf b = {0};
	cli_fact_text(&b, facts, path);
	(void)snprintf(dst, bytes, "%s", b.text ? b.text : "");
	pc_strbuf_free(&b);
}

static double real_of(const cli_facts *facts, const char *path)
{
	char text[64];
	take_text(text, sizeof text, facts, path);
	return strtod(text, NULL);
}

/* ---- plugins ---------------------------------------------------------------------------------------------------- */

static const char *field(uint32_t i, const char *name, char dst[96])
{
	(void)snprintf(dst, 96, "plugins[%" PRIu32 "].%s", i, name);
	return dst;
}

static uint64_t metric(const cli_facts *facts, uint32_t i, const char *wanted)
{
	char path[96], name[64], text[64];
	uint64_t count = cli_fact(facts, field(i, "metric_count", path), 0);
	for (uint32_t k = 0; k < count && k < METRICS_MAX; k++) {
		(void)snprintf(name, sizeof name, "metrics[%" PRIu32 "].name", k);
		take_text(text, sizeof text, facts, field(i, name, path));
		if (strcmp(text, wanted) != 0) continue;
		(void)snprintf(name, sizeof name, "metrics[%" PRIu32 "].value", k);
		return cli_fact(facts, field(i, name, path), 0);
	}
	return 0;
}

static void look_at_plugin(top_plugin *p, const cli_facts *facts, uint32_t i)
{
	char path[96];
	take_text(p->instance, sizeof p->instance, facts, field(i, "instance", path));
	take_text(p->file, sizeof p->file, facts, field(i, "plugin", path));
	take_text(p->state, sizeof p->state, facts, field(i, "state", path));
	take_text(p->error, sizeof p->error, facts, field(i, "error", path));
	p->restarts = cli_fact(facts, field(i, "restarts", path), 0);
	p->overruns = cli_fact(facts, field(i, "budget_overruns", path), 0);
	p->calls = cli_fact(facts, field(i, "calls", path), 0);
	p->callback_ns = cli_fact(facts, field(i, "callback_ns", path), 0);
	p->longest_ms = real_of(facts, field(i, "longest_ms", path));
	p->viewers = metric(facts, i, "viewers");
}

static bool look_at_plugins(top_daemon *d, const cli_args *args, const cli_daemon *daemon)
{
	cli_facts facts = {0};
	uint64_t count = 0;
	if (cli_facts_read(&facts, args, daemon, ".plugins")) count = cli_fact(&facts, "count", 0);
	if (count > PLUGINS_MAX) count = PLUGINS_MAX;
	d->plugins = calloc((size_t)count + 1, sizeof *d->plugins);
	if (d->plugins) d->plugin_count = (uint32_t)count;
	for (uint32_t i = 0; i < d->plugin_count; i++) look_at_plugin(&d->plugins[i], &facts, i);
	cli_facts_free(&facts);
	return d->plugins != NULL;
}

static double growth(uint64_t now, uint64_t before, double elapsed_s)
{
	return elapsed_s > 0 && now > before ? (double)(now - before) / elapsed_s : 0;
}

/* What was counted since the look before: a plugin that was restarted, or is new, starts at 0. */
static void compare(top_daemon *d, const top_daemon *before, double elapsed_s)
{
	d->cpu_share = growth(d->cpu_ns, before->cpu_ns, elapsed_s) / NS_PER_S;
	for (uint32_t i = 0; i < d->plugin_count; i++) {
		top_plugin *p = &d->plugins[i];
		for (uint32_t k = 0; k < before->plugin_count; k++) {
			const top_plugin *old = &before->plugins[k];
			if (strcmp(p->instance, old->instance) != 0) continue;
			p->calls_hz = growth(p->calls, old->calls, elapsed_s);
			p->share = growth(p->callback_ns, old->callback_ns, elapsed_s) / NS_PER_S;
		}
	}
}

/* ---- daemons ---------------------------------------------------------------------------------------------------- */

static void free_daemons(top_daemon *daemons, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) free(daemons[i].plugins);
	free(daemons);
}

static bool look_at_daemon(cli_top *t, top_daemon *d, const cli_daemon *daemon)
{
	cli_facts facts = {0};
	(void)snprintf(d->instance, sizeof d->instance, "%s", daemon->head.instance);
	d->liveness = pc_reader_liveness(daemon->reader);
	d->pid = daemon->head.daemon_pid;
	d->regions = daemon->entry_count;
	d->has_facts = cli_facts_read(&facts, t->args, daemon, ".daemon");
	if (d->has_facts) {
		d->uptime_s = cli_fact(&facts, "uptime_s", 0);
		d->rss_bytes = cli_fact(&facts, "rss_bytes", 0);
		d->cpu_ns = cli_fact(&facts, "cpu_ns", 0);
		d->open_files = cli_fact(&facts, "open_files", 0);
		d->late_max_ms = real_of(&facts, "loop_late_max_ms");
	}
	cli_facts_free(&facts);
	return look_at_plugins(d, t->args, daemon);
}

static bool look_at_daemons(cli_top *t)
{
	top_daemon *old = t->daemons, *fresh = calloc(t->catalogue.daemon_count + 1u, sizeof *fresh);
	uint32_t old_count = t->daemon_count;
	bool ok = fresh != NULL;
	for (uint32_t i = 0; ok && i < t->catalogue.daemon_count; i++) {
		ok = look_at_daemon(t, &fresh[i], &t->catalogue.daemons[i]);
		for (uint32_t k = 0; ok && k < old_count; k++)
			if (!strcmp(old[k].instance, fresh[i].instance) && old[k].pid == fresh[i].pid)
				compare(&fresh[i], &old[k], t->elapsed_s);
	}
	t->daemons = fresh;
	t->daemon_count = fresh ? t->catalogue.daemon_count : 0;
	free_daemons(old, old_count);
	return ok;
}

/* ---- regions ---------------------------------------------------------------------------------------------------- */

static void look_at_region(top_region *r, cli_row *row, uint64_t now)
{
	cli_row_look(row);
	if (!row->reader) return;
	uint64_t tick = row->info.tick;
	r->who = cli_who_writes(pc_reader_control(row->reader));
	r->has_rate = r->at_ns && now > r->at_ns && tick >= r->tick;
	r->rate_hz = r->has_rate ? (double)(tick - r->tick) * NS_PER_S / (double)(now - r->at_ns) : 0;
	r->tick = tick;
	r->at_ns = now;
}

/* ---- which there are -------------------------------------------------------------------------------------------- */

static void add_name(void *arg, const char *name)
{
	uint64_t *sum = arg; /* whatever the order */
	*sum += pc_fnv1a64(name, strlen(name));
}

static int by_object(const void *a, const void *b)
{
	return strcmp((*(top_region *const *)a)->row->region->object, (*(top_region *const *)b)->row->region->object);
}

/* Ticks of the look before go on with the regions that still are there. */
static void carry_over(top_region *fresh, uint32_t count, const top_region *old, uint32_t old_count)
{
	const top_region **sorted = calloc(old_count + 1u, sizeof *sorted);
	for (uint32_t i = 0; sorted && i < old_count; i++) sorted[i] = &old[i];
	if (sorted) qsort(sorted, old_count, sizeof *sorted, by_object);
	for (uint32_t i = 0; sorted && i < count; i++) {
		const top_region *key = &fresh[i];
		const top_region *const *found = bsearch(&key, sorted, old_count, sizeof *sorted, by_object);
		if (!found) continue;
		fresh[i].tick = (*found)->tick;
		fresh[i].at_ns = (*found)->at_ns;
	}
	free(sorted);
}

static pc_status list_anew(cli_top *t, pc_err *err)
{
	cli_catalogue c = {0};
	pc_status s = cli_catalogue_load(&c, t->args, err);
	cli_row *rows = s == PC_OK ? calloc(c.region_count + 1u, sizeof *rows) : NULL;
	top_region *regions = rows ? calloc(c.region_count + 1u, sizeof *regions) : NULL;
	if (s != PC_OK || !regions) {
		free(rows);
		cli_catalogue_free(&c);
		return s != PC_OK ? s : pc_err_set(err, PC_ENOMEM, "out of memory");
	}
	uint32_t count = cli_rows_open(t->args, &c, t->wanted, t->args, rows);
	for (uint32_t i = 0; i < count; i++) {
		regions[i].row = &rows[i];
		regions[i].key = rows[i].region->key;
		regions[i].instance = rows[i].region->daemon ? rows[i].region->daemon->head.instance : NULL;
	}
	carry_over(regions, count, t->regions, t->count);
	cli_rows_close(t->rows, t->count);
	free(t->rows);
	free(t->regions);
	cli_catalogue_free(&t->catalogue);
	t->catalogue = c; /* rows borrow from what it points to, which stays */
	t->rows = rows;
	t->regions = regions;
	t->count = count;
	return PC_OK;
}

/* It was replaced, or may be there in a moment. */
static bool may_change(const cli_row *row)
{
	if (row->reader) return row->liveness == PC_RETIRED;
	return row->status == PC_EABSENT || row->status == PC_ENOTREADY;
}

pc_status cli_top_look(cli_top *t, pc_err *err)
{
	uint64_t now = cli_os_mono_ns(), seen = 1;
	pc_status s = cli_os_each_object(add_name, &seen, err);
	if (s == PC_OK && (seen != t->seen || t->is_stale)) s = list_anew(t, err);
	if (s != PC_OK) return s;
	t->seen = seen;
	t->is_stale = false;
	t->elapsed_s = t->at_ns ? (double)(now - t->at_ns) / NS_PER_S : 0;
	t->at_ns = now;
	for (uint32_t i = 0; i < t->count; i++) {
		look_at_region(&t->regions[i], &t->rows[i], cli_os_mono_ns());
		t->is_stale = t->is_stale || may_change(&t->rows[i]);
	}
	return look_at_daemons(t) ? PC_OK : pc_err_set(err, PC_ENOMEM, "out of memory");
}

void cli_top_free(cli_top *t)
{
	free_daemons(t->daemons, t->daemon_count);
	cli_rows_close(t->rows, t->count);
	free(t->rows);
	free(t->regions);
	cli_catalogue_free(&t->catalogue);
}
