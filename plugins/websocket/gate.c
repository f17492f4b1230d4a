/* gate.c - Host, Origin, subprotocol and token as texts. */
#include "gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int ws_texts_add(ws_texts *t, const char *text)
{
	size_t bytes = strlen(text) + 1;
	char **items = realloc(t->items, (t->count + 1) * sizeof *items);
	char *copy = malloc(bytes);
	if (items) t->items = items;
	if (!items || !copy) {
		free(copy);
		return -1;
	}
	memcpy(copy, text, bytes);
	items[t->count++] = copy;
	return 0;
}

void ws_texts_free(ws_texts *t)
{
	for (size_t i = 0; i < t->count; i++) free(t->items[i]);
	free(t->items);
	*t = (ws_texts){0};
}

static int add_lower(ws_texts *t, const char *text)
{
	if (ws_texts_add(t, text)) return -1;
	for (char *c = t->items[t->count - 1]; *c; c++) *c = lower(*c);
	return 0;
}

static bool same_ignoring_case(const char *lower_text, const char *text)
{
	while (*lower_text && *lower_text == lower(*text)) lower_text++, text++;
	return !*lower_text && !*text;
}

static bool holds(const ws_texts *t, const char *text)
{
	for (size_t i = 0; i < t->count; i++)
		if (same_ignoring_case(t->items[i], text)) return true;
	return false;
}

/* ---- the gate ---- */

/* "name:7681", "[::1]:7681": the port stands behind the last colon that no bracket closes. */
static bool has_port(const char *host)
{
	const char *colon = strrchr(host, ':'), *bracket = strrchr(host, ']');
	return colon && (!bracket || colon > bracket);
}

static bool is_bare_v6(const char *host)
{
	return host[0] != '[' && strchr(host, ':') != strrchr(host, ':');
}

static int add_host(ws_texts *hosts, const char *name, uint16_t port, const char *usual)
{
	char text[300];
	if (is_bare_v6(name))
		(void)snprintf(text, sizeof text, "[%s]:%u", name, (unsigned)port);
	else if (has_port(name))
		(void)snprintf(text, sizeof text, "%s", name);
	else
		(void)snprintf(text, sizeof text, "%s:%u", name, (unsigned)port);
	if (add_lower(hosts, text)) return -1;
	if (strcmp(strrchr(text, ':'), usual)) return 0;
	*strrchr(text, ':') = '\0'; /* browsers leave the default port of the scheme out */
	return add_lower(hosts, text);
}

int ws_gate_init(ws_gate *g, const char *address, uint16_t port, bool is_loopback, bool is_tls,
                 const ws_texts *more_hosts, const ws_texts *origins)
{
	const char *usual = is_tls ? ":443" : ":80";
	int rc = add_host(&g->hosts, address, port, usual);
	g->is_tls = is_tls;
	if (!rc && is_loopback) rc = add_host(&g->hosts, "localhost", port, usual);
	for (size_t i = 0; !rc && i < more_hosts->count; i++)
		rc = add_host(&g->hosts, more_hosts->items[i], port, usual);
	for (size_t i = 0; !rc && i < origins->count; i++) rc = add_lower(&g->origins, origins->items[i]);
	if (rc) ws_gate_free(g);
	return rc;
}

void ws_gate_free(ws_gate *g)
{
	ws_texts_free(&g->hosts);
	ws_texts_free(&g->origins);
}

static const char *behind(const char *text, const char *prefix)
{
	while (*prefix && lower(*text) == *prefix) text++, prefix++;
	return *prefix ? NULL : text;
}

static bool origin_passes(const ws_gate *g, const char *origin)
{
	const char *host = behind(origin, "https://");
	if (!host && !g->is_tls)
		host = behind(origin, "http://"); /* a page that anybody on the way can write is not ours */
	return (host && holds(&g->hosts, host)) || holds(&g->origins, origin);
}

enum ws_verdict ws_gate_check(const ws_gate *g, const ws_request *r)
{
	if (!r->host || !holds(&g->hosts, r->host)) return WS_BAD_HOST;
	if (r->origin && !origin_passes(g, r->origin)) return WS_BAD_ORIGIN;
	return WS_PASS;
}

bool ws_gate_offers(const char *list, const char *name)
{
	while (list && *list) {
		size_t skip = strspn(list, " \t,"), bytes = strcspn(list + skip, " \t,");
		if (bytes == strlen(name) && !memcmp(list + skip, name, bytes)) return true;
		list += skip + bytes;
	}
	return false;
}

bool ws_same_secret(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	volatile unsigned char differs = a_bytes != b_bytes || !b_bytes;
	for (size_t i = 0; i < a_bytes; i++) {
		unsigned char other = b_bytes ? (unsigned char)b[i % b_bytes] : 0;
		differs = (unsigned char)(differs | ((unsigned char)a[i] ^ other));
	}
	return !differs;
}
