/* worker.c - a thread: sleep until something happens, take a turn, sleep. */
#include "worker.h"

#include "bridge.h"
#include "cert.h"
#include "tls.h"

#include <stdio.h>
#include <string.h>

#define SERVICE_BYTES   131072u
#define LWS_DEADLINE_US 100000
#define LWS_IDLE_US     1000000

/* ---- the lock ---- */

void ws_worker_lock(ws_worker *w)
{
	if (w->lock) kit_lock_take(w->lock);
	w->is_inside = true;
	w->bridge->holder = w;
}

void ws_worker_unlock(ws_worker *w)
{
	w->is_inside = false;
	if (w->lock) kit_lock_give(w->lock);
}

bool ws_worker_enter(ws_worker *w)
{
	if (w->is_inside) return false;
	ws_worker_lock(w);
	return true;
}

void ws_worker_leave(ws_worker *w, bool entered)
{
	if (entered) ws_worker_unlock(w);
}

/* ---- wake-ups ---- */

void ws_worker_wake(ws_worker *w)
{
	/* One wake-up is enough until the turn begins. */
	if (atomic_exchange(&w->is_awake, true) || !w->lws) return;
	if (w->loop)
		ws_loop_wake(w->loop);
	else
		lws_cancel_service(w->lws);
}

void ws_worker_rouse(ws_worker *w)
{
	if (w != w->bridge->holder && w->is_asleep) ws_worker_wake(w);
}

void ws_worker_kill(ws_worker *w, struct lws *wsi)
{
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	lws_cancel_service(w->lws); /* lws looks */
}

/* ---- one turn ---- */

/* Older browsers do not count ws: of the same host as 'self': name it. */
static void fill_csp(ws_worker *w)
{
	const ws_gate *gate = &w->bridge->gate;
	size_t at = (size_t)snprintf(w->csp, sizeof w->csp,
	                             "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
	                             "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
	                             "connect-src 'self'");
	for (size_t i = 0; i < gate->hosts.count; i++) {
		size_t bytes = strlen(gate->hosts.items[i]) + sizeof " wss://";
		if (strpbrk(gate->hosts.items[i], " ;,'\r\n") || at + bytes >= sizeof w->csp) continue;
		at += (size_t)snprintf(w->csp + at, sizeof w->csp - at, " %s://%s", gate->is_tls ? "wss" : "ws",
		                       gate->hosts.items[i]);
	}
}

static void follow_options(ws_worker *w)
{
	const ws_bridge *b = w->bridge;
	const ws_options *o = b->options;
	if (w->options_no == b->options_no) return;
	w->options_no = b->options_no;
	fill_csp(w);
	if (o->tls_cert[0] && lws_tls_cert_updated(w->lws, o->tls_cert, o->tls_key, NULL, 0, NULL, 0))
		ws_log(b, PC_LOG_ERROR, "tls_cert: the new certificate could not be taken; new connections may fail");
}

void ws_worker_adopt(ws_worker *w, ws_conn *c)
{
	struct lws *wsi = lws_adopt_socket_vhost(w->vhost, (lws_sockfd_type)c->socket);
	if (wsi) {
		ws_guest_seat(c, wsi);
		if (!ws_is_linked(&c->in_guests)) ws_worker_kill(w, wsi); /* told to leave meanwhile */
		return;
	}
	ws_log(w->bridge, PC_LOG_ERROR, "%s: libwebsockets did not take the connection", c->peer);
	ws_guest_destroy(w->bridge, &c);
}

static void adopt_all(ws_worker *w)
{
	ws_link *link;
	while ((link = ws_list_take(&w->inbox)) != NULL) ws_worker_adopt(w, WS_OF(link, ws_conn, in_errand));
}

static void cut_off(ws_worker *w)
{
	ws_link *link;
	while ((link = ws_list_take(&w->leaving)) != NULL) ws_worker_kill(w, WS_OF(link, ws_conn, in_errand)->wsi);
}

static void turn(ws_worker *w)
{
	ws_bridge *b = w->bridge;
	ws_link *link;
	atomic_store(&w->is_awake, false);
	b->now_ns = b->host->now_ns(b->host);
	if (w == b->lead) ws_bridge_lead(b);
	follow_options(w);
	adopt_all(w);
	ws_timers_run(&w->timers, b->now_ns);
	cut_off(w);
	ws_egress_serve(w);
	/* Those that wake during this come at the end: each gets its turn, and the list does end. */
	for (uint32_t n = 0; n < 100000 && (link = ws_list_take(&w->ready)) != NULL; n++)
		ws_viewer_attend(WS_OF(link, ws_viewer, in_ready));
	ws_egress_rest(w);
	ws_bridge_tell_totals(b);
}

/* lws calls what is due before it sleeps, and then sleeps until ITS next timer: an alarm that is due by then has to
 * end the sleep itself. */
static void on_alarm(lws_sorted_usec_list_t *alarm)
{
	lws_cancel_service(WS_OF(alarm, ws_worker, alarm)->lws);
}

/* In a loop of ours lws sets its timer by its first deadline whenever that loop is idle, which a flood of events
 * prevents. This one is never far. */
static void on_lws_deadline(lws_sorted_usec_list_t *alarm)
{
	ws_worker *w = WS_OF(alarm, ws_worker, alarm);
	bool entered = ws_worker_enter(w);
	lws_usec_t us = w->connection_count ? LWS_DEADLINE_US : LWS_IDLE_US;
	ws_worker_leave(w, entered);
	lws_sul_schedule(w->lws, 0, &w->alarm, on_lws_deadline, us);
}

static uint64_t next_ns(const ws_worker *w)
{
	const ws_bridge *b = w->bridge;
	uint64_t next = ws_timers_next_ns(&w->timers);
	if (w == b->lead && ws_timers_next_ns(&b->timers) < next) next = ws_timers_next_ns(&b->timers);
	return b->is_stopping && b->stop_by_ns < next ? b->stop_by_ns : next;
}

/* Without a loop of ours lws waits in poll(), in whole ms, rounded down: less than a ms too early it would spin. Rounded
 * up here, with a rest that is more than what passes between our clock and its. */
static void sleep_until_next(ws_worker *w)
{
	uint64_t next = next_ns(w), now_ns = w->bridge->host->now_ns(w->bridge->host);
	uint64_t ms = next <= now_ns ? 0 : (next - now_ns + 999999) / 1000000;
	if (!ws_list_is_empty(&w->ready)) ms = 0;
	w->is_asleep = true;
	w->until_ns = next;
	ws_worker_unlock(w);
	if (w->loop) {
		ws_loop_sleep(w->loop, ms);
	} else {
		lws_sul_schedule(w->lws, 0, &w->alarm, on_alarm, ms ? (lws_usec_t)ms * 1000 + 900 : 1);
		(void)lws_service(w->lws, 0);
	}
	ws_worker_lock(w);
	w->is_asleep = false;
}

static void run(void *arg)
{
	ws_worker *w = arg;
	const ws_bridge *b = w->bridge;
	ws_lws_hear(b, NULL);
	if (w->loop) on_lws_deadline(&w->alarm);
	ws_worker_lock(w);
	turn(w);
	while (!b->is_stopping || (w->viewer_count && b->now_ns < b->stop_by_ns)) {
		sleep_until_next(w);
		turn(w);
	}
	ws_worker_unlock(w);
	ws_lws_hear(NULL, NULL);
}

int ws_worker_start(ws_worker *w)
{
	char name[16] = "pagecast-ws";
	unsigned no = (unsigned)(w - w->bridge->workers) + 1;
	if (no > 1) (void)snprintf(name, sizeof name, "pagecast-ws-%u", no % 100);
	w->thread = kit_thread_start(run, w, name);
	return w->thread ? 0 : -1;
}

/* ---- its context ---- */

/* In a loop of ours, if lws can be run in one here. */
static struct lws_context *create_context(ws_worker *w, struct lws_context_creation_info *info)
{
	struct lws_context_creation_info plain = *info;
	struct lws_context *lws;
	w->loop = ws_loop_create(info);
	lws = lws_create_context(info);
	if (lws || !w->loop) return lws;
	if (w == w->bridge->lead)
		ws_log(w->bridge, PC_LOG_WARN,
		       "libwebsockets has no plugin for libev (libwebsockets-evlib-ev): each wake-up looks at every "
		       "connection");
	ws_loop_destroy(&w->loop);
	*info = plain;
	return lws_create_context(info);
}

static void destroy_context(ws_worker *w)
{
	if (w->lws) lws_context_destroy(w->lws);
	w->lws = NULL;
	ws_loop_destroy(&w->loop);
	ws_cert_client_destroy(&w->tls_client);
}

static void fill_info(ws_worker *w, struct lws_context_creation_info *info)
{
	const ws_options *o = w->bridge->options;
	w->headers[0] = (struct lws_protocol_vhost_options){&w->headers[1], NULL, "content-security-policy:", w->csp};
	w->headers[1] = (struct lws_protocol_vhost_options){&w->headers[2], NULL, "x-content-type-options:", "nosniff"};
	w->headers[2] = (struct lws_protocol_vhost_options){&w->headers[3], NULL, "referrer-policy:", "no-referrer"};
	w->headers[3] = (struct lws_protocol_vhost_options){NULL, NULL, "cross-origin-resource-policy:", "same-origin"};
	info->port = CONTEXT_PORT_NO_LISTEN_SERVER; /* we listen ourselves: on exactly the address that was asked for */
	info->protocols = ws_protocols;
	info->options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info->gid--; /* -1, whatever their types: stay who we are */
	info->uid--;
	info->user = w;
	info->headers = w->headers;
	info->pt_serv_buf_size = SERVICE_BYTES;
	info->timeout_secs = (unsigned)(o->handshake_ns / 1000000000) + 1; /* guests.c is stricter */
	info->keepalive_timeout = 15;
	info->vhost_name = "pagecast";
	info->server_string = "pagecast";
	if (!o->tls_cert[0]) return;
	w->tls_client = ws_cert_client_create();
	ws_tls_fill(info, o->tls_cert, o->tls_key, w->tls_client);
}

static void on_egress_timer(ws_timer *timer)
{
	(void)timer; /* that the thread woke is all: the turn serves the line */
}

int ws_worker_init(ws_worker *w, ws_bridge *b)
{
	struct lws_context_creation_info info = {0};
	lws_sock_file_fd_type fd = {0};
	w->bridge = b;
	w->lock = b->lock;
	w->options_no = b->options_no;
	w->egress_timer.fire = on_egress_timer;
	ws_list_init(&w->ready);
	ws_list_init(&w->inbox);
	ws_list_init(&w->leaving);
	if (ws_timers_reserve(&w->timers, 64)) return -1;
	fill_csp(w);
	fill_info(w, &info);
	w->lws = create_context(w, &info);
	w->vhost = w->lws ? lws_create_vhost(w->lws, &info) : NULL;
	if (!w->vhost) return -1;
	if (w != b->lead) return 0;
	fd.filefd = (lws_filefd_type)b->listener;
	b->listener_wsi = lws_adopt_descriptor_vhost(w->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "http", NULL);
	return b->listener_wsi ? 0 : -1;
}

/* Not the thread's last act but its joiner's: the thread may be through before the call that woke it up has let go of the
 * context. */
void ws_worker_fini(ws_worker *w)
{
	ws_link *link;
	if (!w->bridge) return; /* never made */
	destroy_context(w);
	while ((link = ws_list_take(&w->inbox)) != NULL) {
		ws_conn *c = WS_OF(link, ws_conn, in_errand);
		ws_socket_close(c->socket);
		ws_guest_destroy(w->bridge, &c);
	}
	ws_timers_free(&w->timers);
}
