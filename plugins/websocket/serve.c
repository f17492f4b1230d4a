/* serve.c - what libwebsockets calls: connections come, speak, and go. */
#include "bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_NS   UINT64_C(15000000000) /* between two parts of an answer, and for the next request */
#define UPGRADED_NS UINT64_C(10000000000) /* longer than a viewer may take for its HELLO: it is closed with a code */

/* ---- connections ---- */

static void take(ws_bridge *b, ws_socket socket, const char *peer)
{
	ws_conn *c = ws_guests_admit(b, peer) ? ws_guest_create(b, socket, peer) : NULL;
	if (!c) {
		ws_socket_close(socket);
	} else if (c->worker == b->lead) {
		ws_worker_adopt(b->lead, c);
	} else {
		ws_list_add(&c->worker->inbox, &c->in_errand);
		ws_worker_rouse(c->worker);
	}
}

void ws_accept_all(ws_bridge *b)
{
	char peer[WS_PEER_BYTES];
	for (int n = 0; n < 64; n++) {
		ws_socket socket = ws_accept(b->listener, &b->spare, b->options->sndbuf_bytes, peer);
		if (socket == WS_NO_SOCKET) return;
		if (socket == WS_SOCKET_SHED)
			ws_refuse(b, WS_REFUSED_FULL, "a connection",
			          "the process has no file descriptor left (ulimit -n)");
		else
			take(b, socket, peer);
	}
}

static bool takes_upgrade(ws_bridge *b, struct lws *wsi, const char *to)
{
	char peer[WS_PEER_BYTES], text[256] = "";
	if (!ws_http_gate(b, wsi, peer)) return false;
	if (!to || strcmp(to, "websocket") || lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_GET_URI) < 0 ||
	    strcmp(text, "/ws")) {
		ws_refuse(b, WS_REFUSED_PROTOCOL, peer, "upgrade on %.60s: the bridge is at /ws", text);
		return false;
	}
	text[0] = '\0';
	(void)lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_PROTOCOL);
	if (ws_gate_offers(text, WIRE_SUBPROTOCOL)) return true;
	ws_refuse(b, WS_REFUSED_PROTOCOL, peer, "subprotocol \"%.60s\", needed is " WIRE_SUBPROTOCOL, text);
	return false;
}

/* ---- viewers: the session of a connection holds a pointer to its viewer ---- */

static int established(ws_worker *w, struct lws *wsi, ws_viewer **session)
{
	ws_bridge *b = w->bridge;
	char peer[WS_PEER_BYTES] = "?";
	ws_access *access = NULL;
	ws_viewer *v;
	(void)lws_get_peer_simple(wsi, peer, sizeof peer);
	b->now_ns = b->host->now_ns(b->host);
	v = *session = ws_viewer_create(w, wsi, (ws_socket)lws_get_socket_fd(wsi), peer);
	if (!v) return -1;
	ws_guest_moved(b, wsi, UPGRADED_NS);
	if (b->options->use_token && ws_http_token(b, wsi, peer, &access) == WS_TOKEN_RIGHT)
		v->access = ws_access_hold(access);
	return 0;
}

static int writable(ws_viewer *v)
{
	if (!v) return 0;
	v->is_blocked = false;
	if (v->state != WS_CLOSING || ws_viewer_has_unsent(v)) {
		ws_viewer_wake(v);
		return 0;
	}
	lws_close_reason(v->wsi, (enum lws_close_status)v->close_code, (unsigned char *)v->close_text,
	                 strlen(v->close_text));
	return -1;
}

static int to_viewer(ws_worker *w, struct lws *wsi, enum lws_callback_reasons reason, ws_viewer **v, void *in,
                     size_t bytes)
{
	size_t left;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED: return established(w, wsi, v);
	case LWS_CALLBACK_RECEIVE:
		left = lws_remaining_packet_payload(wsi);
		/* lws itself looks at all three, but for the first of them where it was built without extensions. */
		if (*v && lws_get_reserved_bits(wsi)) {
			ws_viewer_close(*v, LWS_CLOSE_STATUS_PROTOCOL_ERR, "reserved bits");
			return 0;
		}
		if (*v)
			ws_viewer_receive(*v, in, bytes, left, lws_frame_is_binary(wsi),
			                  lws_is_final_fragment(wsi) && !left);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE: return writable(*v);
	default: ws_viewer_destroy(v); return 0; /* CLOSED */
	}
}

static int on_viewer(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *in, size_t bytes)
{
	ws_worker *w;
	bool entered;
	int rc;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_CLOSED: break;
	default: return 0;
	}
	w = lws_context_user(lws_get_context(wsi));
	entered = ws_worker_enter(w);
	rc = to_viewer(w, wsi, reason, session, in, bytes);
	ws_worker_leave(w, entered);
	return rc;
}

static int to_http(ws_bridge *b, struct lws *wsi, enum lws_callback_reasons reason, void *session, void *in)
{
	ws_conn *conn;
	switch (reason) {
	case LWS_CALLBACK_RAW_RX_FILE: ws_accept_all(b); return 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		if (takes_upgrade(b, wsi, in)) return 0;
		(void)lws_return_http_status(wsi, HTTP_STATUS_FORBIDDEN, NULL);
		return 1;
	case LWS_CALLBACK_HTTP: ws_guest_moved(b, wsi, ANSWER_NS); return ws_http_request(b, wsi, session, in);
	case LWS_CALLBACK_HTTP_WRITEABLE: ws_guest_moved(b, wsi, ANSWER_NS); return ws_http_writable(wsi, session);
	default: /* WSI_DESTROY: of every connection, whatever it became: lws tells the first protocol */
		if (wsi == b->listener_wsi) b->listener_wsi = NULL;
		conn = lws_get_opaque_user_data(wsi);
		lws_set_opaque_user_data(wsi, NULL);
		ws_guest_destroy(b, &conn);
		return 0;
	}
}

static int on_http(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *in, size_t bytes)
{
	ws_worker *w;
	bool entered;
	int rc;
	(void)bytes;
	switch (reason) {
	case LWS_CALLBACK_RAW_RX_FILE:
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
	case LWS_CALLBACK_HTTP:
	case LWS_CALLBACK_HTTP_WRITEABLE:
	case LWS_CALLBACK_WSI_DESTROY: break;
	case LWS_CALLBACK_CLOSED_HTTP:
		if (session) ws_http_end(session);
		return 0;
	default: return 0;
	}
	w = lws_context_user(lws_get_context(wsi));
	entered = ws_worker_enter(w);
	rc = to_http(w->bridge, wsi, reason, session, in);
	ws_worker_leave(w, entered);
	return rc;
}

const struct lws_protocols ws_protocols[] = {
        {.name = "http", .callback = on_http, .per_session_data_size = sizeof(ws_http_session)},
        {.name = WIRE_SUBPROTOCOL,
         .callback = on_viewer,
         .per_session_data_size = sizeof(ws_viewer *),
         .rx_buffer_size = 4096,
         .tx_packet_size = 65536},
        {0},
};
