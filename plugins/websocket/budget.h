/* budget.h - bytes a second: a message goes when nothing is owed, whatever its size, and is worked off afterwards.
 *
 * What was not spent is saved for a tenth of a second, so that messages that come in ticks get all of their budget. The
 * debt is kept in bytes and not as a time, so that a reload that raises the limit also shortens it. */
#ifndef WS_BUDGET_H
#define WS_BUDGET_H
#include <stdint.h>

#define WS_BUDGET_SAVED_S 0.1

/** Zero it to start. */
typedef struct ws_budget {
	uint64_t at_ns;
	double owed_bytes; /* at that time; below 0: saved */
} ws_budget;

static inline double ws_budget_owed(const ws_budget *b, uint64_t bytes_s, uint64_t now_ns)
{
	double rate = (double)bytes_s, least = -rate * WS_BUDGET_SAVED_S;
	double owed = b->owed_bytes - (double)(now_ns - b->at_ns) / 1e9 * rate;
	return owed > least ? owed : least;
}

/** From when on a message may go: 0 = now. @param bytes_s  > 0 */
static inline uint64_t ws_budget_due_ns(const ws_budget *b, uint64_t bytes_s, uint64_t now_ns)
{
	double owed = ws_budget_owed(b, bytes_s, now_ns);
	return owed <= 0 ? 0 : now_ns + (uint64_t)(owed / (double)bytes_s * 1e9) + 1;
}

/** A message went. */
static inline void ws_budget_spend(ws_budget *b, uint64_t bytes_s, uint64_t bytes, uint64_t now_ns)
{
	b->owed_bytes = ws_budget_owed(b, bytes_s, now_ns) + (double)bytes;
	b->at_ns = now_ns;
}

#endif
