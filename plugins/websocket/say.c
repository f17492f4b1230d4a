/* say.c - log lines, and refusals that say what would change them. */
#include "bridge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REFUSAL_NS    UINT64_C(500000000) /* on average this far apart */
#define REFUSAL_BURST 20u
#define AUDIT_NS      UINT64_C(50000000)
#define AUDIT_BURST   200u

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
static bool may_say(const ws_bridge *b, ws_hush *hush, uint64_t every_ns, unsigned burst)
{
	uint64_t now_ns = b->host->now_ns(b->host), at = hush->schedule_ns;
	if (at > now_ns + burst * every_ns) {
		hush->suppressed++;
		return false;
	}
	hush->schedule_ns = (at > now_ns ? at : now_ns) + every_ns;
	return true;
}

void ws_refuse(ws_bridge *b, enum ws_refusal why, const char *peer, const char *format, ...)
{
	char text[400];
	va_list args;
	b->host->metric_add(b->metrics.refused[why], 1);
	if (!may_say(b, &b->refusals, REFUSAL_NS, REFUSAL_BURST)) return;
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

void ws_audit(ws_bridge *b, int level, const char *format, ...)
{
	char text[480];
	va_list args;
	if (!may_say(b, &b->audits, AUDIT_NS, AUDIT_BURST)) return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (b->audits.suppressed)
		ws_log(b, PC_LOG_WARN, "audit: %llu lines were left out: too many SETs",
		       (unsigned long long)b->audits.suppressed);
	b->audits.suppressed = 0;
	ws_log(b, level, "%s", text);
}

/* ---- what lws says: it knows no instance, so the thread says whose words they are ---- */

static _Thread_local const ws_bridge *speaking;
static _Thread_local pc_err *hearing;
static atomic_bool is_heard;

static void on_lws_log(int level, const char *line)
{
	size_t bytes = strlen(line);
	while (bytes && (line[bytes - 1] == '\n' || line[bytes - 1] == ' ')) bytes--;
	if (hearing && !hearing->text[0]) (void)snprintf(hearing->text, sizeof hearing->text, "%.*s", (int)bytes, line);
	if (speaking)
		ws_log(speaking, level == LLL_ERR ? PC_LOG_WARN : PC_LOG_DEBUG, "libwebsockets: %.*s", (int)bytes,
		       line);
}

void ws_lws_hear(const ws_bridge *b, pc_err *heard)
{
	speaking = b;
	hearing = heard;
	/* One for the process; nobody takes it away. */
	if (!atomic_exchange(&is_heard, true)) lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
}
