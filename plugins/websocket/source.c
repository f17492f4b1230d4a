/* source.c - the loop thread's side of the regions. */
#include "source.h"

#include "set.h"

#include <stdio.h>
#include <stdlib.h>

#define ERRANDS_AT_ONCE 32u

int ws_sources_init(ws_sources *s, const struct pc_host *host, void (*wake)(void *arg), void *wake_arg)
{
	*s = (ws_sources){.host = host, .wake = wake, .wake_arg = wake_arg, .bell_gap_ns = 1000000};
	ws_list_init(&s->all);
	ws_list_init(&s->inbox);
	ws_list_init(&s->outbox);
	ws_list_init(&s->sets);
	ws_list_init(&s->sets_done);
	atomic_init(&s->rung, NULL);
	s->lock = kit_lock_create();
	return s->lock ? 0 : -1;
}

/* ---- bells: called on a thread of the host ---- */

static void ring(ws_source *source)
{
	ws_sources *s = source->owner;
	ws_source *first;
	if (atomic_exchange(&source->is_rung, true)) return;
	/* In the list already, and not taken from it yet: whoever takes it will see that it rang. */
	if (atomic_exchange(&source->is_listed, true)) return;
	first = atomic_load(&s->rung);
	do source->rung_next = first;
	while (!atomic_compare_exchange_weak(&s->rung, &first, source));
	s->wake(s->wake_arg);
}

static void on_bell(void *arg, pc_region *region)
{
	(void)region;
	ring(arg);
}

ws_source *ws_sources_take_rung(ws_sources *s)
{
	return atomic_exchange(&s->rung, NULL);
}

ws_source *ws_source_unlist(ws_source *source)
{
	ws_source *next = source->rung_next;
	atomic_store(&source->is_listed, false);
	return next;
}

/* ---- loop ---- */

static void end_bell(ws_source *source)
{
	const struct pc_host *host = source->owner->host;
	host->cancel(source->bell);
	host->close(source->bell_handle);
	source->bell = NULL;
	source->bell_handle = NULL;
}

static void start_bell(ws_source *source)
{
	ws_sources *s = source->owner;
	const char *name = s->host->info(source->handle)->name;
	int rc = s->host->open(s->host, name, PC_RD, &source->bell_handle);
	if (!rc) rc = s->host->watch(source->bell_handle, s->bell_gap_ns, on_bell, source, &source->bell);
	if (rc) {
		char text[200];
		(void)snprintf(text, sizeof text, "region %s: cannot be watched (%s); viewers see changes late", name,
		               pc_status_name((pc_status)rc));
		s->host->log(s->host, PC_LOG_WARN, text);
		end_bell(source);
		return;
	}
	ring(source); /* for what was committed while nobody watched */
}

/* Viewers may set it: the bridge is its writer from now on. Where another plugin came first it stays its own. */
static void open_to_viewers(ws_source *source, const struct pc_region_info *info)
{
	const struct pc_host *host = source->owner->host;
	char text[200];
	int rc;
	if (!PC_HAS(struct pc_region_info, info, remote_write) || !info->remote_write[0]) return;
	rc = host->open(host, info->name, PC_WR, &source->set_handle);
	atomic_store(&source->can_set, !rc);
	if (!rc) return;
	source->set_handle = NULL;
	(void)snprintf(text, sizeof text, "region %s: viewers cannot set it: %s", info->name,
	               pc_status_text((pc_status)rc));
	host->log(host, PC_LOG_WARN, text);
}

/* At once, not when the bridge is through with it: the region's next generation, or another bridge, may have it. */
static void close_to_viewers(ws_source *source)
{
	atomic_store(&source->can_set, false);
	source->owner->host->close(source->set_handle);
	source->set_handle = NULL;
}

static void destroy(ws_source *source)
{
	end_bell(source);
	close_to_viewers(source);
	source->owner->host->close(source->handle);
	ws_list_remove(&source->in_all);
	free(source);
}

/* In pieces: thousands of bells at once would hold up the loop. */
void ws_sources_errands(void *arg)
{
	ws_sources *s = arg;
	for (unsigned n = 0; n < ERRANDS_AT_ONCE; n++) {
		ws_source *source;
		ws_link *link;
		bool wants, returned, more;
		ws_sets_run(s);
		kit_lock_take(s->lock);
		/* A source must not go before what was to be set in it. */
		more = !ws_list_is_empty(&s->sets);
		link = more ? NULL : ws_list_take(&s->outbox);
		source = link ? WS_OF(link, ws_source, in_outbox) : NULL;
		wants = source && source->wants_bell;
		returned = source && source->is_returned;
		if (!source && !more) s->is_posted = false;
		kit_lock_give(s->lock);
		if (more) continue;
		if (!source) return;
		if (returned)
			destroy(source);
		else if (wants && !source->bell_handle && !source->is_gone)
			start_bell(source);
		else if (!wants)
			end_bell(source);
	}
	kit_lock_take(s->lock);
	s->is_posted = s->host->post(s->host, ws_sources_errands, s) == PC_OK;
	kit_lock_give(s->lock);
}

static ws_source *find(ws_sources *s, uint32_t id)
{
	WS_EACH(link, &s->all)
	{
		ws_source *source = WS_OF(link, ws_source, in_all);
		if (source->id == id && !source->is_gone) return source;
	}
	return NULL;
}

static void tell_bridge(ws_source *source, bool is_removed)
{
	ws_sources *s = source->owner;
	kit_lock_take(s->lock);
	if (is_removed)
		source->is_removed = true;
	else
		source->is_new = true;
	ws_list_add(&s->inbox, &source->in_inbox);
	kit_lock_give(s->lock);
	s->wake(s->wake_arg);
}

static void add(ws_sources *s, const struct pc_region_info *info)
{
	ws_source *source = calloc(1, sizeof *source);
	int rc = source ? s->host->open(s->host, info->name, PC_RD, &source->handle) : PC_ENOMEM;
	if (rc) {
		char text[200];
		(void)snprintf(text, sizeof text, "region %s is not shown: %s", info->name,
		               pc_status_text((pc_status)rc));
		s->host->log(s->host, PC_LOG_WARN, text);
		free(source);
		return;
	}
	source->owner = s;
	source->id = info->id;
	atomic_init(&source->is_rung, false);
	atomic_init(&source->is_listed, false);
	atomic_init(&source->can_set, false);
	open_to_viewers(source, info);
	ws_list_add(&s->all, &source->in_all);
	tell_bridge(source, false);
}

static void drop(ws_source *source)
{
	source->is_gone = true;
	end_bell(source);
	close_to_viewers(source);
	tell_bridge(source, true);
}

static void on_table(void *arg, int event, const struct pc_region_info *info)
{
	ws_sources *s = arg;
	ws_source *old = event == PC_REGION_ADDED ? NULL : find(s, info->id);
	if (event != PC_REGION_REMOVED) add(s, info); /* first: the bridge replaces, viewers keep their subscriptions */
	if (old) drop(old);
}

int ws_sources_start(ws_sources *s)
{
	return s->host->watch_regions(s->host, on_table, s, &s->table);
}

void ws_sources_stop(ws_sources *s)
{
	s->host->cancel(s->table);
	s->table = NULL;
	WS_EACH(link, &s->all)
	{
		ws_source *source = WS_OF(link, ws_source, in_all);
		source->is_gone = true;
		end_bell(source);
		close_to_viewers(source);
	}
}

void ws_sources_fini(ws_sources *s)
{
	if (!s->lock) return;
	ws_sets_fini(s);
	WS_EACH(link, &s->all) destroy(WS_OF(link, ws_source, in_all));
	kit_lock_destroy(&s->lock);
}

/* ---- bridge ---- */

ws_source *ws_sources_take(ws_sources *s, bool *ret_is_new, bool *ret_is_removed)
{
	ws_source *source = NULL;
	ws_link *link;
	kit_lock_take(s->lock);
	link = ws_list_take(&s->inbox);
	if (link) {
		source = WS_OF(link, ws_source, in_inbox);
		*ret_is_new = source->is_new;
		*ret_is_removed = source->is_removed;
		source->is_new = source->is_removed = false;
	}
	kit_lock_give(s->lock);
	return source;
}

static void tell_loop(ws_source *source)
{
	ws_sources *s = source->owner;
	ws_list_add(&s->outbox, &source->in_outbox);
	if (!s->is_posted) s->is_posted = s->host->post(s->host, ws_sources_errands, s) == PC_OK;
}

void ws_source_want_bell(ws_source *source, bool wanted)
{
	ws_sources *s = source->owner;
	kit_lock_take(s->lock);
	source->wants_bell = wanted;
	tell_loop(source);
	kit_lock_give(s->lock);
}

void ws_source_return(ws_source *source)
{
	ws_sources *s = source->owner;
	kit_lock_take(s->lock);
	source->is_returned = true;
	tell_loop(source);
	kit_lock_give(s->lock);
}
