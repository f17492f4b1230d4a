/* say.c - log lines, and refusals that say what would change them. */
#include "bridge.h"

#include <stdarg.h>
#include <stdio.h>

#define REFUSAL_NS    UINT64_C(500000000) /* on average this far apart */
#define REFUSAL_BURST 20u

void ws_log(const ws_bridge *b, int level, const char *format, ...)
{
	char text[500];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	b->host->log(b->host, level, text);
}

/* Whoever is refused can make us write: no more than a few lines a second. */
static bool may_say(ws_bridge *b)
{
	uint64_t now_ns = b->host->now_ns(b->host), at = b->refusals.schedule_ns;
	if (at > now_ns + REFUSAL_BURST * REFUSAL_NS) {
		b->refusals.suppressed++;
		return false;
	}
	b->refusals.schedule_ns = (at > now_ns ? at : now_ns) + REFUSAL_NS;
	return true;
}

void ws_refuse(ws_bridge *b, enum ws_refusal why, const char *peer, const char *format, ...)
{
	char text[400];
	va_list args;
	b->host->metric_add(b->metrics.refused[why], 1);
	if (!may_say(b)) return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (b->refusals.suppressed)
		ws_log(b, PC_LOG_WARN, "refused %s: %s (and %llu more refusals not logged)", peer, text,
		       (unsigned long long)b->refusals.suppressed);
	else
		ws_log(b, PC_LOG_WARN, "refused %s: %s", peer, text);
	b->refusals.suppressed = 0;
}
