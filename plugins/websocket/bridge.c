/* bridge.c - the thread: sleep until something happens, take a turn, sleep. */
#include "bridge.h"

#include "cert.h"
#include "tls.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_IDLE_NS    UINT64_C(1000000000)
#define ASKED_NS        UINT64_C(60000000000) /* HTTP asked within: look as if somebody were there */
#define FEED_KEEP_NS    UINT64_C(60000000000) /* so that a viewer who comes back gets the difference */
#define STOP_NS         UINT64_C(700000000)
#define SERVICE_BYTES   131072u
#define LWS_DEADLINE_US 100000
#define LWS_IDLE_US     1000000
#define GRAVES_MAX      65536u

/* ---- wake-ups ---- */

void ws_bridge_wake(void *bridge)
{
	ws_bridge *b = bridge;
	/* One wake-up is enough until the turn begins. */
	if (!atomic_exchange(&b->is_awake, true)) lws_cancel_service(b->lws);
}

void ws_kill(ws_bridge *b, struct lws *wsi)
{
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	ws_bridge_wake(b); /* lws looks */
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

/* Older browsers do not count ws: of the same host as 'self': name it. */
static void fill_csp(ws_bridge *b)
{
	size_t at = (size_t)snprintf(b->csp, sizeof b->csp,
	                             "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
	                             "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
	                             "connect-src 'self'");
	for (size_t i = 0; i < b->gate.hosts.count; i++) {
		size_t bytes = strlen(b->gate.hosts.items[i]) + sizeof " wss://";
		if (strpbrk(b->gate.hosts.items[i], " ;,'\r\n") || at + bytes >= sizeof b->csp) continue;
		at += (size_t)snprintf(b->csp + at, sizeof b->csp - at, " %s://%s", b->gate.is_tls ? "wss" : "ws",
		                       b->gate.hosts.items[i]);
	}
}

static int fill_gate(ws_bridge *b, const ws_options *o)
{
	ws_gate gate = {0};
	if (ws_gate_init(&gate, b->bound.text, b->bound.port, b->bound.is_loopback, o->tls_cert[0] != 0,
	                 &o->allow_hosts, &o->allow_origins))
		return -1;
	ws_gate_free(&b->gate);
	b->gate = gate;
	fill_csp(b);
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
	if (fresh->tls_cert[0] && lws_tls_cert_updated(b->lws, fresh->tls_cert, fresh->tls_key, NULL, 0, NULL, 0))
		ws_log(b, PC_LOG_ERROR, "tls_cert: the new certificate could not be taken; new connections may fail");
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
		if (v->ann_no < no) ws_viewer_close(v, WIRE_CLOSE_SLOW, "announcements are not read");
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
		if (v->ann_no < heard) heard = v->ann_no;
	}
	ws_regions_prune(b, heard);
}

static void on_tick(ws_timer *timer)
{
	ws_bridge *b = WS_OF(timer, ws_bridge, tick);
	uint64_t next_ns;
	bool busy = !ws_list_is_empty(&b->viewers) || (b->asked_ns && b->now_ns - b->asked_ns < ASKED_NS);
	ws_regions_look(b, !busy);
	drop_unused_feeds(b);
	prune(b);
	next_ns = b->now_ns + (busy ? WS_TICK_NS : TICK_IDLE_NS);
	ws_timer_set(&b->timers, &b->tick, next_ns - next_ns % WS_TICK_NS);
}

static void say_bye(ws_bridge *b)
{
	b->is_stopping = true;
	b->stop_by_ns = b->now_ns + STOP_NS;
	if (b->listener_wsi) ws_kill(b, b->listener_wsi);
	WS_EACH(link, &b->viewers)
	{
		ws_viewer *v = WS_OF(link, ws_viewer, in_viewers);
		if (v->state == WS_OPEN) wire_put_bye(&v->answers, WIRE_CLOSE_STOPPING, "the bridge stops", 1000);
		ws_viewer_close(v, WIRE_CLOSE_STOPPING, "the bridge stops");
	}
}

static void tell_totals(ws_bridge *b)
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

static void turn(ws_bridge *b)
{
	ws_link *link;
	atomic_store(&b->is_awake, false);
	b->now_ns = b->host->now_ns(b->host);
	if (atomic_load(&b->stops) && !b->is_stopping) say_bye(b);
	take_options(b);
	ws_bridge_take_news(b);
	ws_sets_answer(b);
	ws_timers_run(&b->timers, b->now_ns);
	ws_egress_serve(b);
	/* Those that wake during this come at the end: each gets its turn, and the list does end. */
	for (uint32_t n = 0; n < 100000 && (link = ws_list_take(&b->ready)) != NULL; n++)
		ws_viewer_attend(WS_OF(link, ws_viewer, in_ready));
	ws_egress_rest(b);
	tell_totals(b);
}

/* lws calls what is due before it sleeps, and then sleeps until ITS next timer: an alarm that is due by then has to
 * end the sleep itself. */
static void on_alarm(lws_sorted_usec_list_t *alarm)
{
	lws_cancel_service(WS_OF(alarm, ws_bridge, alarm)->lws);
}

/* In a loop of ours lws sets its timer by its first deadline whenever that loop is idle, which a flood of events
 * prevents. This one is never far. */
static void on_lws_deadline(lws_sorted_usec_list_t *alarm)
{
	ws_bridge *b = WS_OF(alarm, ws_bridge, alarm);
	lws_sul_schedule(b->lws, 0, &b->alarm, on_lws_deadline, b->connection_count ? LWS_DEADLINE_US : LWS_IDLE_US);
}

/* Without a loop of ours lws waits in poll(), in whole ms, rounded down: less than a ms too early it would spin. Rounded
 * up here, with a rest that is more than what passes between our clock and its. */
static void sleep_until_next(ws_bridge *b)
{
	uint64_t next_ns = ws_timers_next_ns(&b->timers), now_ns = b->host->now_ns(b->host), ms;
	if (b->is_stopping && b->stop_by_ns < next_ns) next_ns = b->stop_by_ns;
	ms = next_ns <= now_ns ? 0 : (next_ns - now_ns + 999999) / 1000000;
	if (!ws_list_is_empty(&b->ready)) ms = 0;
	if (b->loop) {
		ws_loop_sleep(b->loop, ms);
		return;
	}
	lws_sul_schedule(b->lws, 0, &b->alarm, on_alarm, ms ? (lws_usec_t)ms * 1000 + 900 : 1);
	(void)lws_service(b->lws, 0);
}

static void run(void *arg)
{
	ws_bridge *b = arg;
	ws_lws_hear(b, NULL);
	if (b->loop) on_lws_deadline(&b->alarm);
	turn(b);
	while (!b->is_stopping || (!ws_list_is_empty(&b->viewers) && b->now_ns < b->stop_by_ns)) {
		sleep_until_next(b);
		turn(b);
	}
	ws_lws_hear(NULL, NULL);
}

/* ---- start and stop ---- */

/* In a loop of ours, if lws can be run in one here. */
static struct lws_context *create_context(ws_bridge *b, struct lws_context_creation_info *info)
{
	struct lws_context_creation_info plain = *info;
	struct lws_context *lws;
	b->loop = ws_loop_create(info);
	lws = lws_create_context(info);
	if (lws || !b->loop) return lws;
	ws_log(b, PC_LOG_WARN,
	       "libwebsockets has no plugin for libev (libwebsockets-evlib-ev): each wake-up looks at every "
	       "connection");
	ws_loop_destroy(&b->loop);
	*info = plain;
	return lws_create_context(info);
}

static void destroy_context(ws_bridge *b)
{
	lws_context_destroy(b->lws);
	b->lws = NULL;
	ws_loop_destroy(&b->loop);
	ws_cert_client_destroy(&b->tls_client);
}

/* Closes what is left: CLOSED is called for each viewer. Not the thread's last act but its joiner's: the thread may be
 * through before the call that woke it up has let go of the context. */
static void close_all(ws_bridge *b)
{
	ws_lws_hear(b, NULL);
	destroy_context(b);
	ws_pump_fini(b);
	ws_regions_fini(b);
	ws_lws_hear(NULL, NULL);
}

static int make_context(ws_bridge *b)
{
	struct lws_context_creation_info info = {0};
	lws_sock_file_fd_type fd = {0};
	b->headers[0] = (struct lws_protocol_vhost_options){&b->headers[1], NULL, "content-security-policy:", b->csp};
	b->headers[1] = (struct lws_protocol_vhost_options){&b->headers[2], NULL, "x-content-type-options:", "nosniff"};
	b->headers[2] = (struct lws_protocol_vhost_options){&b->headers[3], NULL, "referrer-policy:", "no-referrer"};
	b->headers[3] = (struct lws_protocol_vhost_options){NULL, NULL, "cross-origin-resource-policy:", "same-origin"};
	info.port = CONTEXT_PORT_NO_LISTEN_SERVER; /* we listen ourselves: on exactly the address that was asked for */
	info.protocols = ws_protocols;
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info.gid--; /* -1, whatever their types: stay who we are */
	info.uid--;
	info.user = b;
	info.headers = b->headers;
	info.pt_serv_buf_size = SERVICE_BYTES;
	info.timeout_secs = (unsigned)(b->options->handshake_ns / 1000000000) + 1; /* guests.c is stricter */
	info.keepalive_timeout = 15;
	info.vhost_name = "pagecast";
	info.server_string = "pagecast";
	if (b->options->tls_cert[0]) {
		b->tls_client = ws_cert_client_create();
		ws_tls_fill(&info, b->options->tls_cert, b->options->tls_key, b->tls_client);
	}
	b->lws = create_context(b, &info);
	if (!b->lws) {
		ws_cert_client_destroy(&b->tls_client);
		return -1;
	}
	b->vhost = lws_create_vhost(b->lws, &info);
	fd.filefd = (lws_filefd_type)b->listener;
	if (b->vhost) b->listener_wsi = lws_adopt_descriptor_vhost(b->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "http", NULL);
	if (b->listener_wsi) return 0;
	destroy_context(b);
	return -1;
}

pc_status ws_bridge_start(ws_bridge *b, pc_err *err)
{
	pc_status st = ws_listen(&b->options->listen, &b->listener, &b->bound, err);
	if (st != PC_OK) return st;
	b->why = b->host->extension(b->host, PC_EXT_WHY);
	b->spare = ws_spare_open();
	ws_regions_init(&b->regions);
	ws_list_init(&b->viewers);
	ws_list_init(&b->ready);
	ws_egress_init(b);
	ws_list_init(&b->connections);
	ws_list_init(&b->guests);
	b->sweep.fire = ws_guests_sweep;
	b->tick.fire = on_tick;
	ws_lws_hear(b, NULL);
	(void)snprintf(err->text, sizeof err->text, "out of memory");
	if (ws_random(b->boot, sizeof b->boot) || fill_gate(b, b->options) || ws_timers_reserve(&b->timers, 64) ||
	    make_context(b)) {
		ws_socket_close(b->listener);
		ws_lws_hear(NULL, NULL);
		return PC_ENOMEM;
	}
	ws_lws_hear(NULL, NULL);
	b->now_ns = b->host->now_ns(b->host);
	ws_timer_set(&b->timers, &b->tick, b->now_ns);
	b->thread = ws_thread_start(run, b, "pagecast-ws");
	if (b->thread) return PC_OK;
	destroy_context(b);
	return PC_ENOMEM;
}

void ws_bridge_stop(ws_bridge *b)
{
	ws_options *fresh;
	if (b->thread) {
		atomic_store(&b->stops, true);
		lws_cancel_service(b->lws);
		ws_thread_join(&b->thread);
		close_all(b);
	}
	fresh = atomic_exchange(&b->new_options, NULL);
	ws_options_destroy(&fresh);
	ws_timers_free(&b->timers);
	ws_gate_free(&b->gate);
	ws_socket_close(b->spare);
}
