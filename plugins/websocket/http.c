/* http.c - plain HTTP beside the viewers: one gate for all, pages without a token, data with one. */
#include "assets.h"
#include "bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PART_S       15
#define BODY_CHUNK   65536u
#define HEADER_BYTES 2048u
#define API          "/api/v1/regions"
#define METRICS      "/metrics"
#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PLAIN_TYPE   "text/plain; version=0.0.4; charset=utf-8" /* what older scrapers read */
#define ASK_TOKEN    "www-authenticate:"
#define NEVER_STORE  "no-store"
#define ALWAYS_ASK   "no-cache" /* an asset may be kept, but its ETag is asked for each time */

/* ---- reading a request ---- */

/* A header as text; NULL if it is not there, "" if it does not fit (which then equals nothing that is allowed). */
static const char *header(struct lws *wsi, enum lws_token_indexes token, char *to, int room)
{
	if (lws_hdr_total_length(wsi, token) <= 0) return NULL;
	if (lws_hdr_copy(wsi, to, room, token) < 0) to[0] = '\0';
	return to;
}

bool ws_http_gate(ws_bridge *b, struct lws *wsi, char peer[WS_PEER_BYTES])
{
	char host[300], origin[300];
	ws_request r = {header(wsi, WSI_TOKEN_HOST, host, sizeof host),
	                header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin)};
	(void)snprintf(peer, WS_PEER_BYTES, "?");
	(void)lws_get_peer_simple(wsi, peer, WS_PEER_BYTES);
	switch (ws_gate_check(&b->gate, &r)) {
	case WS_PASS: return true;
	case WS_BAD_HOST:
		ws_refuse(b, WS_REFUSED_HOST, peer, "Host \"%.100s\" is not served; allow_hosts would add it",
		          r.host ? r.host : "");
		return false;
	case WS_BAD_ORIGIN:
		ws_refuse(b, WS_REFUSED_ORIGIN, peer,
		          "a page of \"%.100s\" may not connect; allow_origins would add it", r.origin);
		return false;
	}
	return false;
}

enum ws_token_verdict ws_http_token(ws_bridge *b, struct lws *wsi, const char *peer, ws_access **ret_access)
{
	char text[WS_TOKEN_MAX + 32];
	const char *value = header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, text, sizeof text);
	static const char scheme[] = "Bearer ";
	if (!value) return WS_TOKEN_MISSING;
	if (strncmp(value, scheme, sizeof scheme - 1)) return ws_token_check(b, peer, "?", 1, ret_access);
	value += sizeof scheme - 1;
	return ws_token_check(b, peer, value, strlen(value), ret_access);
}

/* ---- answering ---- */

typedef struct answer {
	unsigned status;
	const char *type, *cache, *etag;
} answer;

static int add(struct lws *wsi, const char *name, const char *value, uint8_t **p, uint8_t *end)
{
	if (!value) return 0;
	return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value,
	                                   (int)strlen(value), p, end);
}

static int send_head(struct lws *wsi, const answer *a, size_t bytes)
{
	uint8_t room[LWS_PRE + HEADER_BYTES], *start = room + LWS_PRE, *p = start, *end = room + sizeof room - 1;
	if (lws_add_http_common_headers(wsi, a->status, a->type, bytes, &p, end) ||
	    add(wsi, "cache-control:", a->cache, &p, end) || add(wsi, "etag:", a->etag, &p, end) ||
	    (a->status == 401 && add(wsi, ASK_TOKEN, "Bearer", &p, end)) ||
	    (a->status == 405 && add(wsi, "allow:", "GET", &p, end)))
		return -1;
	return lws_finalize_write_http_header(wsi, start, &p, end);
}

/* Send @p body, of which the first LWS_PRE bytes are room for lws; takes it over. */
static int respond(struct lws *wsi, ws_http_session *session, const answer *a, wire_buf *body)
{
	size_t bytes = body->bytes - LWS_PRE;
	if (body->failed || send_head(wsi, a, bytes)) {
		wire_buf_free(body);
		return -1;
	}
	ws_http_end(session);
	session->body = *body;
	session->at = LWS_PRE;
	if (!bytes) {
		ws_http_end(session);
		return lws_http_transaction_completed(wsi) ? -1 : 0;
	}
	(void)lws_callback_on_writable(wsi);
	return 0;
}

static wire_buf new_body(size_t bytes)
{
	wire_buf body = {0};
	if (wire_buf_reserve(&body, LWS_PRE + bytes)) body.bytes = LWS_PRE;
	return body;
}

int ws_http_writable(struct lws *wsi, ws_http_session *s)
{
	size_t left = s->body.bytes - s->at, bytes = left > BODY_CHUNK ? BODY_CHUNK : left;
	if (!left) return 0;
	if (lws_write(wsi, s->body.data + s->at, bytes, bytes == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) !=
	    (int)bytes)
		return -1;
	s->at += bytes;
	if (bytes < left) {
		/* lws counts from the request; who takes part after part may take as long as that takes. */
		lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, PART_S);
		(void)lws_callback_on_writable(wsi);
		return 0;
	}
	ws_http_end(s);
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

void ws_http_end(ws_http_session *session)
{
	wire_buf_free(&session->body);
	session->at = 0;
}

static int say(struct lws *wsi, ws_http_session *session, unsigned status, const char *text)
{
	wire_buf body = new_body(strlen(text));
	wire_buf_put(&body, text, strlen(text));
	return respond(wsi, session, &(answer){status, "text/plain; charset=utf-8", NEVER_STORE, NULL}, &body);
}

/* ---- routes ---- */

static int asset(struct lws *wsi, ws_http_session *session, const ws_asset *a)
{
	char known[80];
	const char *etag = header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, known, sizeof known);
	wire_buf body;
	if (etag && !strcmp(etag, a->etag)) {
		body = new_body(0);
		return respond(wsi, session, &(answer){304, a->type, ALWAYS_ASK, a->etag}, &body);
	}
	body = new_body(a->bytes);
	wire_buf_put(&body, a->data, a->bytes);
	return respond(wsi, session, &(answer){200, a->type, ALWAYS_ASK, a->etag}, &body);
}

static const ws_asset *find_asset(const ws_bridge *b, const char *path)
{
	if (!b->options->dashboard) return NULL;
	if (!strcmp(path, "/")) path = "/index.html";
	for (const ws_asset *a = ws_assets; a->path; a++)
		if (!strcmp(a->path, path)) return a;
	return NULL;
}

static int json(ws_bridge *b, struct lws *wsi, ws_http_session *session, const ws_access *access, const char *name)
{
	wire_buf body = new_body(1024);
	unsigned status = 200;
	if (name)
		status = ws_api_region(b, access, name, &body);
	else
		ws_api_regions(b, access, &body);
	if (status == 200) return respond(wsi, session, &(answer){200, "application/json", NEVER_STORE, NULL}, &body);
	wire_buf_free(&body);
	return say(wsi, session, status,
	           status == 404   ? "no such region\n"
	           : status == 413 ? "the region is too large for JSON\n"
	                           : "the region cannot be read now\n");
}

static int metrics(ws_bridge *b, struct lws *wsi, ws_http_session *session, const ws_access *access)
{
	wire_buf body = new_body(4096);
	char accept[512];
	const char *wanted = header(wsi, WSI_TOKEN_HTTP_ACCEPT, accept, sizeof accept);
	bool is_plain = wanted && strstr(wanted, "text/plain") && !strstr(wanted, "application/openmetrics-text");
	ws_api_metrics(b, access, is_plain, &body);
	return respond(wsi, session, &(answer){200, is_plain ? PLAIN_TYPE : METRICS_TYPE, NEVER_STORE, NULL}, &body);
}

/* What shows data: behind the token. */
static int data(ws_bridge *b, struct lws *wsi, ws_http_session *session, const char *path, const char *peer)
{
	const char *name = path + sizeof API - 1;
	ws_access *access = NULL;
	enum ws_token_verdict verdict = b->options->use_token ? ws_http_token(b, wsi, peer, &access) : WS_TOKEN_RIGHT;
	switch (verdict) {
	case WS_TOKEN_RIGHT:
		b->now_ns = b->asked_ns = b->host->now_ns(b->host);
		ws_bridge_take_news(b); /* the answer is of now, not of the last turn */
		if (!strcmp(path, METRICS)) return metrics(b, wsi, session, access);
		return json(b, wsi, session, access, *name ? name + 1 : NULL);
	case WS_TOKEN_MISSING: verdict = ws_token_check(b, peer, NULL, 0, &access); break; /* counted and logged */
	case WS_TOKEN_SUSPENDED: return say(wsi, session, 403, "this token is suspended\n");
	case WS_TOKEN_BLOCKED:
	case WS_TOKEN_WRONG: break;
	}
	if (verdict == WS_TOKEN_BLOCKED) return say(wsi, session, 429, "too many wrong tokens, wait a minute\n");
	return say(wsi, session, 401, "Authorization: Bearer TOKEN is needed\n");
}

static bool shows_data(const char *path)
{
	return !strcmp(path, METRICS) ||
	       (!strncmp(path, API, sizeof API - 1) && (!path[sizeof API - 1] || path[sizeof API - 1] == '/'));
}

int ws_http_request(ws_bridge *b, struct lws *wsi, ws_http_session *session, const char *path)
{
	char peer[WS_PEER_BYTES];
	const ws_asset *found;
	if (!ws_http_gate(b, wsi, peer)) return say(wsi, session, 403, "not served here; the log says why\n");
	if (!lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI)) return say(wsi, session, 405, "only GET\n");
	if (!strcmp(path, "/healthz")) {
		wire_buf body = new_body(32);
		wire_buf_put(&body, "{\"status\":\"ok\"}", 15);
		return respond(wsi, session, &(answer){200, "application/json", NEVER_STORE, NULL}, &body);
	}
	if (shows_data(path)) return data(b, wsi, session, path, peer);
	found = find_asset(b, path);
	return found ? asset(wsi, session, found) : say(wsi, session, 404, "nothing here\n");
}
