/* publish.h - where the payloads come from: a thread that hands each server its ticks in that server's own way. */
#ifndef FAN_PUBLISH_H
#define FAN_PUBLISH_H
#include <stddef.h>
#include <stdint.h>

typedef struct fan_publisher {
	const char *kind;      /* pagecast, mqtt, nats, lines */
	const char *where;     /* pagecast: prefix of the regions' names; else a TCP port */
	size_t bytes, change;  /* of each payload; how many of them change per tick, 0 = all */
	unsigned regions, due; /* of those, how many change per tick */
	double hz;             /* 0: closed loop, see fan_progress() */
} fan_publisher;

/** Start the thread; it runs until the process ends. Exits with a message if the server is not there. */
void fan_publish(const fan_publisher *p);
/** Ticks that every viewer has got, on average; called by the thread of a closed loop. */
uint64_t fan_progress(void);

#endif
