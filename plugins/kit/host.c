/* host.c - see host.h. */
#include "host.h"

#include <pagecast/control.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TELL_NS UINT64_C(10000000000)

int kit_metrics(const struct pc_host *host, const struct kit_metric *metrics, unsigned count, pc_metric **ret)
{
	int s = PC_OK;
	for (unsigned i = 0; i < count && s == PC_OK; i++)
		s = host->metric(host, metrics[i].name, metrics[i].kind, metrics[i].unit, metrics[i].help, &ret[i]);
	return s;
}

void kit_complain(const struct pc_host *host, kit_complaints *c, const char *did, const char *things, const char *why)
{
	uint64_t now = host->now_ns(host);
	char text[400];
	c->untold++;
	if (c->told_ns && now - c->told_ns < TELL_NS) return;
	(void)snprintf(text, sizeof text, "%s %llu %s, the last: %.300s", did, (unsigned long long)c->untold, things,
	               why);
	(void)host->fail(host, PC_EINVAL, text);
	c->told_ns = now;
	c->untold = 0;
}

bool kit_source_is_stale(const struct pc_host *host, pc_region *region)
{
	struct pc_stamp stamp;
	if (host->stamp(region, &stamp) != PC_OK || !stamp.tick) return false; /* never written: nothing is old */
	host->set_flags(region, PC_PAYLOAD_SOURCE_STALE);
	return host->begin(region) && host->commit(region) == PC_OK;
}

char *kit_copy(const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = malloc(bytes);
	return copy ? memcpy(copy, text, bytes) : NULL;
}
