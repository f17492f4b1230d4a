/* viewer.h - one connection of the load client, and what is said to each kind of server. */
#ifndef FAN_VIEWER_H
#define FAN_VIEWER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct fan_dialect;

typedef struct fan_viewer {
	int fd;
	struct ssl_st *tls; /* NULL: plain */
	bool is_open;       /* the handshake is through */
	bool is_ready;      /* subscribed */
	bool is_lost;       /* one of the crowd whose connection ended */
	uint8_t *rest;      /* of a frame that did not come whole */
	size_t rest_bytes;
	uint8_t *message; /* the frames of a message so far whose last one has not come */
	size_t message_bytes;
	uint8_t *stream; /* of a message inside the frames, for dialects that are streams */
	size_t stream_bytes;
	uint64_t data_messages, acked, unacked_bytes; /* pagecast */
	uint64_t updates;
} fan_viewer;

/** Counted by the dialects. */
typedef struct fan_tally {
	uint64_t frames, updates, bytes;
	bool measures; /* ages are noted */
	uint32_t *ages_us;
	size_t age_count, age_room;
	uint64_t ages_seen; /* beyond age_room a fair sample of them is kept */
} fan_tally;

typedef struct fan_dialect {
	const char *name, *path, *subprotocol;
	/** The handshake is through: subscribe to everything. */
	void (*open)(fan_viewer *v);
	/** A frame's content came; @p data is good during the call. */
	void (*take)(fan_viewer *v, const uint8_t *data, size_t bytes);
	/** All that could be read was read. */
	void (*read_all)(fan_viewer *v);
	/** Called every few seconds: a sign of life. */
	void (*stay)(fan_viewer *v);
} fan_dialect;

extern const fan_dialect fan_dialects[];
extern fan_tally fan;
extern unsigned fan_ack;       /* pagecast: data messages per ACK */
extern double fan_hz;          /* asked of a server that paces itself */
extern const char *fan_target; /* pagecast: pattern of the regions, shorter than 32 bytes */

/** A payload arrived, beginning with its stamp; NULL: a part of one, without. */
void fan_saw(fan_viewer *v, const uint8_t *payload);
/** One masked binary frame. */
void fan_say(fan_viewer *v, const void *data, size_t bytes);
/** One masked frame of another kind, at most 400 bytes. */
void fan_say_as(fan_viewer *v, unsigned opcode, const void *data, size_t bytes);

/** CPU time of the server so far, s; 0 without one. */
double fan_cpu_s(pid_t server);
/** The line of JSON. @p cpu is what the server took in these @p seconds. */
void fan_tell(unsigned viewers, double seconds, double cpu, pid_t server);

#endif
