/* bridge.c - what the lead does in a turn; start and stop. */
#include "bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_IDLE_NS UINT64_C(1000000000)
#define ASKED_NS     UINT64_C(60000000000) /* HTTP asked within: look as if somebody were there */
#define FEED_KEEP_NS UINT64_C(60000000000) /* so that a viewer who comes back gets the difference */
#define STOP_NS      UINT64_C(700000000)
#define GRAVES_MAX   65536u

/* ---- wake-ups ---- */

void ws_bridge_wake(void *bridge)
{
	ws_bridge *b = bridge;
	if (b->lead) ws_worker_wake(b->lead);
}

static void rouse_all(ws_bridge *b)
{
	for (unsigned i = 0; i < b->worker_count; i++) ws_worker_rouse(&b->workers[i]);
}

void ws_bridge_set_timer(ws_bridge *b, ws_timer *timer, uint64_t at_ns)
{
	ws_timer_set(&b->timers, timer, at_ns);
	if (at_ns < b->lead->until_ns) ws_worker_rouse(b->lead);
}

uint64_t ws_mono_us(const ws_bridge *b)
{
	return b->host->now_ns(b->host) / 1000;
}

/* ---- one turn ---- */

void ws_bridge_take_news(ws_bridge *b)
{
	ws_source *source, *gone[64];
	unsigned gone_count = 0;
	bool is_new = false, is_removed = false;
	while (gone_count < 64 && (source = ws_sources_take(&b->sources, &is_new, &is_removed)) != NULL) {
		if (is_new && !is_removed) ws_region_appear(b, source);
		if (!is_removed) continue;
		ws_region_vanish(b, source);
		gone[gone_count++] = source;
	}
	for (source = ws_sources_take_rung(&b->sources); source;) {
		ws_source *next = ws_source_unlist(source);
		if (source->region)
			ws_region_rang(source->region);
		else
			ws_source_listen(source);
		source = next;
	}
	/* Only now: one that is gone may have been in the list of those that rang. */
	for (unsigned i = 0; i < gone_count; i++) ws_source_return(gone[i]);
	if (gone_count == 64) ws_bridge_wake(b);
}

static int fill_gate(ws_bridge *b, const ws_options *o)
{
	ws_gate gate = {0};
	if (ws_gate_init(&gate, b->bound.text, b->bound.port, b->bound.is_loopback, o->tls_cert[0] != 0,
	                 &o->allow_hosts, &o->allow_origins))
		return -1;
	ws_gate_free(&b->gate);
	b->gate = gate;
	return 0;
}

static void take_options(ws_bridge *b)
{
	ws_options *fresh = atomic_exchange(&b->new_options, NULL);
	if (!fresh) return;
	if (fill_gate(b, fresh)) {
		ws_log(b, PC_LOG_ERROR, "out of memory: the options stay as they were");
		ws_options_destroy(&fresh);
		return;
	}
	ws_options_destroy(&b->options);
	b->options = fresh;
	b->options_no++; /* for what each worker has made of them */
	rouse_all(b);
	WS_EACH(link, &b->viewers)
	{
		ws_viewer *v = WS_OF(link, ws_viewer, in_viewers);
		ws_viewer_retune(v);
		ws_viewer_review(v, &fresh->tokens);
	}
}

static void drop_unused_feeds(ws_bridge *b)
{
	ws_link *unused = &b->regions.unused;
	while (!ws_list_is_empty(unused)) {
		ws_region *r = WS_OF(unused->next, ws_region, in_unused);
		if (b->now_ns - r->feed->unused_since_ns < FEED_KEEP_NS) return;
		r->seq_before = r->feed->delta.seq;
		ws_region_close_feed(r);
	}
}

/* Graves wait for viewers that do not read; regions that come and go must not fill the memory by that. */
static void close_laggards(ws_bridge *b)
{
	uint64_t no = b->regions.graves[b->regions.grave_count / 2].removed_no;
	WS_EACH(link, &b->viewers)
	{
		ws_viewer *v = WS_OF(link, ws_viewer, in_viewers);
		if (v->grave_no < no) ws_viewer_close(v, WIRE_CLOSE_SLOW, "announcements are not read");
	}
}

static void prune(ws_bridge *b)
{
	uint64_t heard = b->regions.change_no;
	if (!b->regions.grave_count) return;
	if (b->regions.grave_count > GRAVES_MAX) close_laggards(b);
	WS_EACH(link, &b->viewers)
	{
		const ws_viewer *v = WS_OF(link, ws_viewer, in_viewers);
		if (v->grave_no < heard) heard = v->grave_no;
	}
	ws_regions_prune(b, heard);
}

static void on_tick(ws_timer *timer)
{
	ws_bridge *b = WS_OF(timer, ws_bridge, tick);
	uint64_t next_ns;
	bool asked = b->asked_ns && b->now_ns - b->asked_ns < ASKED_NS;
	bool busy = asked || !ws_list_is_empty(&b->viewers);
	ws_regions_look(b, !busy, asked);
	drop_unused_feeds(b);
	prune(b);
	next_ns = b->now_ns + (busy ? WS_TICK_NS : TICK_IDLE_NS);
	ws_bridge_set_timer(b, &b->tick, next_ns - next_ns % WS_TICK_NS);
}

static void say_bye(ws_bridge *b)
{
	b->is_stopping = true;
	b->stop_by_ns = b->now_ns + STOP_NS;
	if (b->listener_wsi) ws_worker_kill(b->lead, b->listener_wsi);
	WS_EACH(link, &b->viewers)
	{
		ws_viewer *v = WS_OF(link, ws_viewer, in_viewers);
		if (v->state == WS_OPEN) wire_put_bye(&v->answers, WIRE_CLOSE_STOPPING, "the bridge stops", 1000);
		ws_viewer_close(v, WIRE_CLOSE_STOPPING, "the bridge stops");
	}
	rouse_all(b);
}

void ws_bridge_tell_totals(ws_bridge *b)
{
	const ws_metrics *m = &b->metrics;
	const ws_totals *now = &b->totals, *told = &b->told;
	if (!memcmp(now, told, sizeof *now)) return;
	b->host->metric_add(m->sent_bytes, (int64_t)(now->bytes - told->bytes));
	b->host->metric_add(m->sent_messages, (int64_t)(now->messages - told->messages));
	b->host->metric_add(m->conflated, (int64_t)(now->conflated - told->conflated));
	b->host->metric_add(m->encoded, (int64_t)(now->encoded - told->encoded));
	b->host->metric_add(m->held_viewer, (int64_t)(now->held_viewer - told->held_viewer));
	b->host->metric_add(m->held_bridge, (int64_t)(now->held_bridge - told->held_bridge));
	b->told = b->totals;
}

void ws_bridge_lead(ws_bridge *b)
{
	if (atomic_load(&b->stops) && !b->is_stopping) say_bye(b);
	take_options(b);
	ws_bridge_take_news(b);
	ws_sets_answer(b);
	ws_timers_run(&b->timers, b->now_ns);
}

/* ---- start and stop ---- */

/* The workers are no more, or not yet. */
static void close_all(ws_bridge *b)
{
	ws_lws_hear(b, NULL);
	for (unsigned i = 0; i < b->worker_count; i++) ws_worker_fini(&b->workers[i]);
	ws_pump_fini(b);
	ws_regions_fini(b);
	ws_lws_hear(NULL, NULL);
}

static unsigned threads_of(const ws_bridge *b)
{
	unsigned wanted = b->options->threads ? b->options->threads : ws_threads_auto(ws_cpu_count());
	unsigned most = ws_threads_max();
	if (wanted <= most) return wanted;
	ws_log(b, PC_LOG_WARN, "threads: %u is more than there may be on this system, which is %u", wanted, most);
	return most;
}

static int make_workers(ws_bridge *b)
{
	unsigned count = threads_of(b);
	b->lock = count > 1 ? kit_lock_create() : NULL;
	if (count > 1 && !b->lock) return -1;
	b->workers = b->lead = calloc(count, sizeof *b->workers);
	if (!b->workers) return -1;
	b->worker_count = count;
	b->host->metric_set(b->metrics.threads, count);
	for (unsigned i = 0; i < b->worker_count; i++)
		if (ws_worker_init(&b->workers[i], b)) return -1;
	return 0;
}

/* The lead last: it hands connections to the others. */
static int start_workers(ws_bridge *b)
{
	for (unsigned i = b->worker_count; i-- > 0;)
		if (ws_worker_start(&b->workers[i])) return -1;
	return 0;
}

static void end_workers(ws_bridge *b)
{
	ws_worker *lead = b->lead;
	atomic_store(&b->stops, true);
	if (!lead->thread) { /* not started: nobody else would say it */
		ws_worker_lock(lead);
		b->is_stopping = true;
		rouse_all(b);
		ws_worker_unlock(lead);
	}
	if (lead->lws) lws_cancel_service(lead->lws);
	for (unsigned i = b->worker_count; i-- > 0;) kit_thread_join(&b->workers[i].thread);
}

static void init(ws_bridge *b)
{
	b->why = b->host->extension(b->host, PC_EXT_WHY);
	b->spare = ws_spare_open();
	ws_regions_init(&b->regions);
	ws_list_init(&b->viewers);
	ws_list_init(&b->egress.line);
	ws_list_init(&b->connections);
	ws_list_init(&b->guests);
	b->sweep.fire = ws_guests_sweep;
	b->tick.fire = on_tick;
}

pc_status ws_bridge_start(ws_bridge *b, pc_err *err)
{
	pc_status st = ws_listen(&b->options->listen, &b->listener, &b->bound, err);
	if (st != PC_OK) return st;
	init(b);
	ws_lws_hear(b, NULL);
	(void)snprintf(err->text, sizeof err->text, "out of memory");
	if (ws_random(b->boot, sizeof b->boot) || fill_gate(b, b->options) || ws_timers_reserve(&b->timers, 64) ||
	    make_workers(b)) {
		if (!b->listener_wsi) ws_socket_close(b->listener);
		close_all(b);
		return PC_ENOMEM;
	}
	ws_lws_hear(NULL, NULL);
	ws_keep_take(b);
	b->now_ns = b->host->now_ns(b->host);
	ws_timer_set(&b->timers, &b->tick, b->now_ns);
	if (!start_workers(b)) return PC_OK;
	end_workers(b);
	close_all(b);
	return PC_ENOMEM;
}

void ws_bridge_stop(ws_bridge *b)
{
	ws_options *fresh;
	if (b->lead && b->lead->thread) {
		end_workers(b);
		ws_keep_leave(b);
		close_all(b);
	}
	ws_keep_free(&b->keep);
	fresh = atomic_exchange(&b->new_options, NULL);
	ws_options_destroy(&fresh);
	ws_timers_free(&b->timers);
	ws_gate_free(&b->gate);
	ws_socket_close(b->spare);
	free(b->workers);
	b->workers = b->lead = NULL;
	b->worker_count = 0;
	kit_lock_destroy(&b->lock);
}
