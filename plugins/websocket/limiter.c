/* limiter.c - a minute per address from its first wrong token. */
#include "limiter.h"

#include <stdio.h>
#include <string.h>

static struct ws_limiter_entry *find(ws_limiter *l, const char *peer, uint64_t now_ns)
{
	struct ws_limiter_entry *found = NULL;
	for (unsigned i = 0; i < WS_LIMITER_ADDRESSES; i++) {
		struct ws_limiter_entry *e = &l->entries[i];
		if (e->until_ns && now_ns >= e->until_ns) e->until_ns = 0;
		if (e->until_ns && !strcmp(e->peer, peer)) found = e;
	}
	return found;
}

static struct ws_limiter_entry *oldest(ws_limiter *l)
{
	struct ws_limiter_entry *found = &l->entries[0];
	for (unsigned i = 1; i < WS_LIMITER_ADDRESSES; i++)
		if (l->entries[i].until_ns < found->until_ns) found = &l->entries[i];
	return found;
}

bool ws_limiter_blocks(ws_limiter *l, const char *peer, uint64_t now_ns)
{
	const struct ws_limiter_entry *e = find(l, peer, now_ns);
	return e && e->failures >= WS_LIMITER_FAILURES;
}

bool ws_limiter_failed(ws_limiter *l, const char *peer, uint64_t now_ns)
{
	struct ws_limiter_entry *e = find(l, peer, now_ns);
	if (!e) {
		e = oldest(l);
		(void)snprintf(e->peer, sizeof e->peer, "%s", peer);
		e->until_ns = now_ns + WS_LIMITER_WINDOW_NS;
		e->failures = 0;
	}
	e->failures++;
	return e->failures == WS_LIMITER_FAILURES;
}
