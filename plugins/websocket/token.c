/* token.c - the secret that a viewer shows. */
#include "bridge.h"

#include <string.h>

int ws_token_make(char to[44])
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t secret[33] = {0}; /* the last one fills up the last group of 6 bits */
	if (ws_random(secret, 32)) return -1;
	for (unsigned i = 0; i < 43; i++) {
		unsigned bit = 6 * i, word = (unsigned)secret[bit / 8] << 8 | secret[bit / 8 + 1];
		to[i] = digit[word >> (10 - bit % 8) & 63];
	}
	to[43] = '\0';
	memset(secret, 0, sizeof secret);
	return 0;
}

enum ws_token_verdict ws_token_check(ws_bridge *b, const char *peer, const char *token, size_t bytes,
                                     ws_access **ret_access)
{
	uint64_t now_ns = b->host->now_ns(b->host);
	ws_access *found;
	if (ws_limiter_blocks(&b->limiter, peer, now_ns)) {
		ws_refuse(b, WS_REFUSED_ABUSE, peer,
		          "too many wrong tokens from this address; it may try again in a minute");
		return WS_TOKEN_BLOCKED;
	}
	if (!token || !bytes) {
		ws_refuse(b, WS_REFUSED_TOKEN, peer, "no token; it is in token_file (auth: none would need none)");
		return WS_TOKEN_MISSING;
	}
	found = ws_tokens_find(&b->options->tokens, token, bytes);
	if (!found) {
		(void)ws_limiter_failed(&b->limiter, peer, now_ns);
		ws_refuse(b, WS_REFUSED_TOKEN, peer, "wrong token; the right one is in token_file");
		return WS_TOKEN_WRONG;
	}
	if (found->is_suspended) {
		ws_refuse(b, WS_REFUSED_TOKEN, peer, "token '%s' is suspended in token_file", found->name);
		return WS_TOKEN_SUSPENDED;
	}
	*ret_access = found;
	return WS_TOKEN_RIGHT;
}
