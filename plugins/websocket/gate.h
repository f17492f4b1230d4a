/* gate.h - who may talk to the bridge, decided on the texts of a request (docs/protocol.md, section 2).
 *
 * libwebsockets accepts any Host, any Origin and a missing subprotocol. A check that Origin equals Host lets a
 * rebound name pass, because both are the attacker's; so both are held against a list. */
#ifndef WS_GATE_H
#define WS_GATE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A list of texts; zero it to start. */
typedef struct ws_texts {
	char **items;
	size_t count;
} ws_texts;
/** Add a copy. @return 0; -1 out of memory */
int ws_texts_add(ws_texts *t, const char *text);
void ws_texts_free(ws_texts *t);

typedef struct ws_gate {
	ws_texts hosts;   /* "host:port", lower case */
	ws_texts origins; /* as configured, lower case */
	bool is_tls;
} ws_gate;

/**
 * Fill a zeroed @p g for an address listened on.
 * @param address     numeric, without brackets
 * @param more_hosts  from the configuration; without a port they get @p port; borrowed
 * @return 0; -1 out of memory
 */
int ws_gate_init(ws_gate *g, const char *address, uint16_t port, bool is_loopback, bool is_tls,
                 const ws_texts *more_hosts, const ws_texts *origins);
void ws_gate_free(ws_gate *g);

/** What a request says; NULL = header not there. */
typedef struct ws_request {
	const char *host, *origin;
} ws_request;
enum ws_verdict { WS_PASS, WS_BAD_HOST, WS_BAD_ORIGIN };
enum ws_verdict ws_gate_check(const ws_gate *g, const ws_request *r);
/** True if the comma separated list of a Sec-WebSocket-Protocol header holds @p name. */
bool ws_gate_offers(const char *list, const char *name);
/** Equal texts; the time it takes depends on the length of @p a only. */
bool ws_same_secret(const char *a, size_t a_bytes, const char *b, size_t b_bytes);

#endif
