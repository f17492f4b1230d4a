/* wire/inbound.h - what a viewer sends: checked as a whole, then read message by message into structs.
 *
 * Everything here works on borrowed bytes and allocates nothing. Call wire_scan() first: it bounds depth,
 * items and lengths; wire_next() then checks the shape of each message. */
#ifndef PC_WIRE_INBOUND_H
#define PC_WIRE_INBOUND_H
#include "wire/item.h"
#include "wire/names.h"

/**
 * Check a whole message (PC-LIM-02): well-formed msgpack, depth <= WIRE_IN_DEPTH_MAX, <= WIRE_IN_ITEMS_MAX items
 * (containers and map keys count), lengths within the bytes left, no ext, valid UTF-8, at least one item.
 * @return NULL if it is fine, else what is wrong; static storage. [any thread]
 */
const char *wire_scan(const uint8_t *data, size_t bytes);

/** Text or bytes inside the message; not NUL-ended. @c at NULL = not given. */
typedef struct wire_span {
	const char *at;
	size_t bytes;
} wire_span;

typedef struct wire_sub_options {
	bool has_hz, has_held, live_only;
	double hz;         /* as sent: the caller checks the range */
	uint64_t encoding; /* as sent: enum wire_encoding */
	uint64_t gen, seq; /* what the viewer holds, if has_held: both keys were there */
} wire_sub_options;

/** A region by number, or by name or glob if @c name.at is set. */
typedef struct wire_target {
	uint64_t rid;
	wire_span name;
	wire_sub_options options; /* SUB only */
} wire_target;

typedef struct wire_in {
	unsigned op;  /* WIRE_IN_HELLO .. WIRE_IN_SET */
	uint64_t ref; /* SUB, UNSUB, GETSCHEMA, SET */
	union {
		struct {
			uint64_t minor;
			wire_span token, agent;
			const uint8_t *resume; /* WIRE_BOOT_BYTES, or NULL */
		} hello;
		struct {
			uint64_t count;   /* SUB, UNSUB: for wire_next_target() */
			wire_cursor rows; /* each already checked */
		} targets;
		wire_span sid; /* GETSCHEMA */
		struct {
			uint64_t frames;
			bool hidden;
		} ack;
		uint64_t ping; /* PING: n */
		struct {
			bool lift; /* nil: no cap */
			double max_hz;
		} rate;
		struct {
			uint64_t rid;
			wire_cursor values; /* at the map */
		} set;
	} as;
} wire_in;

enum wire_next { WIRE_NEXT_END, WIRE_NEXT_MESSAGE, WIRE_NEXT_MALFORMED };
/**
 * Read the next message behind @p c, skipping arrays with op >= 64.
 * @param ret_why  on WIRE_NEXT_MALFORMED: what is wrong, static storage
 */
enum wire_next wire_next(wire_cursor *c, wire_in *ret, const char **ret_why);
/**
 * The message that comes most often, at a glance: nothing but one ACK, as every viewer writes it.
 * @return false: look at it with wire_scan() and wire_next(), which may find the same
 */
bool wire_is_lone_ack(const uint8_t *data, size_t bytes, uint64_t *ret_frames, bool *ret_hidden);
/** The next target of a SUB or UNSUB; false after the last. */
bool wire_next_target(wire_in *message, wire_target *ret);

#endif
