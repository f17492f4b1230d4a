/* pace.h - how often something may happen: GCRA with half a period of tolerance.
 *
 * A plain "not before last + period" loses every frame of a 60 Hz writer that comes a little early, and one whose
 * schedule starts over at each event drifts below the rate asked for. Here an event may come up to half a period
 * early, and the schedule still advances by whole periods: no more than the rate on average, no jitter lost. */
#ifndef WS_PACE_H
#define WS_PACE_H
#include <stdint.h>

/** Zero it to start: the first event is allowed at once. */
typedef struct ws_pace {
	uint64_t schedule_ns;
} ws_pace;

/** Period of @p hz > 0 in ns. */
static inline uint64_t ws_period_ns(double hz)
{
	double ns = 1e9 / hz;
	return ns < 1 ? 1 : ns > 1e15 ? (uint64_t)1e15 : (uint64_t)ns;
}

/** From when on the next event is allowed. */
static inline uint64_t ws_pace_due_ns(const ws_pace *p, uint64_t period_ns)
{
	return p->schedule_ns > period_ns / 2 ? p->schedule_ns - period_ns / 2 : 0;
}

/** The event happens now. */
static inline void ws_pace_spend(ws_pace *p, uint64_t period_ns, uint64_t now_ns)
{
	p->schedule_ns = (p->schedule_ns > now_ns ? p->schedule_ns : now_ns) + period_ns;
}

/* The schedule moves back to a whole number of periods: all who pace the same way so are due together. */
static inline void ws_pace_align(ws_pace *p, uint64_t period_ns)
{
	p->schedule_ns -= p->schedule_ns % period_ns;
}

#endif
