/* timers.h - a heap of deadlines; each timer is part of the object it wakes. */
#ifndef WS_TIMERS_H
#define WS_TIMERS_H
#include <stddef.h>
#include <stdint.h>

typedef struct ws_timer {
	uint64_t at_ns;
	size_t place; /* in the heap, from 1; 0 = not set */
	void (*fire)(struct ws_timer *timer);
} ws_timer;

/** Zero it to start. */
typedef struct ws_timers {
	ws_timer **heap; /* [1..count] */
	size_t count, room;
} ws_timers;

/** Make room for @p count timers in all, so that ws_timer_set() cannot fail. @return 0, or -1 out of memory */
int ws_timers_reserve(ws_timers *t, size_t count);
/** Set or move a timer. */
void ws_timer_set(ws_timers *t, ws_timer *timer, uint64_t at_ns);
void ws_timer_clear(ws_timers *t, ws_timer *timer);
/** Fire every timer due at @p now_ns; a timer is cleared before it fires and may set itself again for later. */
void ws_timers_run(ws_timers *t, uint64_t now_ns);
/** When the next one is due; UINT64_MAX = none is set. */
uint64_t ws_timers_next_ns(const ws_timers *t);
void ws_timers_free(ws_timers *t);

#endif
