/* timers.c - a binary heap that knows where each timer is. */
#include "timers.h"

#include <stdlib.h>

int ws_timers_reserve(ws_timers *t, size_t count)
{
	ws_timer **heap;
	size_t room = t->room ? t->room : 64;
	if (count < t->room) return 0;
	while (room <= count) room *= 2;
	heap = realloc(t->heap, room * sizeof(ws_timer *));
	if (!heap) return -1;
	t->heap = heap;
	t->room = room;
	return 0;
}

static void put(ws_timers *t, size_t place, ws_timer *timer)
{
	t->heap[place] = timer;
	timer->place = place;
}

static void rise(ws_timers *t, size_t place, ws_timer *timer)
{
	for (; place > 1 && t->heap[place / 2]->at_ns > timer->at_ns; place /= 2) put(t, place, t->heap[place / 2]);
	put(t, place, timer);
}

static void sink(ws_timers *t, size_t place, ws_timer *timer)
{
	for (size_t child = 2 * place; child <= t->count; place = child, child = 2 * place) {
		if (child < t->count && t->heap[child + 1]->at_ns < t->heap[child]->at_ns) child++;
		if (t->heap[child]->at_ns >= timer->at_ns) break;
		put(t, place, t->heap[child]);
	}
	put(t, place, timer);
}

void ws_timer_set(ws_timers *t, ws_timer *timer, uint64_t at_ns)
{
	if (timer->place && timer->at_ns == at_ns) return;
	ws_timer_clear(t, timer);
	timer->at_ns = at_ns;
	rise(t, ++t->count, timer);
}

void ws_timer_clear(ws_timers *t, ws_timer *timer)
{
	size_t place = timer->place;
	ws_timer *last;
	if (!place) return;
	timer->place = 0;
	last = t->heap[t->count--];
	if (last == timer) return;
	if (last->at_ns < timer->at_ns)
		rise(t, place, last);
	else
		sink(t, place, last);
}

void ws_timers_run(ws_timers *t, uint64_t now_ns)
{
	while (t->count && t->heap[1]->at_ns <= now_ns) {
		ws_timer *timer = t->heap[1];
		ws_timer_clear(t, timer);
		timer->fire(timer);
	}
}

uint64_t ws_timers_next_ns(const ws_timers *t)
{
	return t->count ? t->heap[1]->at_ns : UINT64_MAX;
}

void ws_timers_free(ws_timers *t)
{
	free(t->heap);
	*t = (ws_timers){0};
}
