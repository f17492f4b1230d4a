/* filter.c - see filter.h. */
#include "filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_network(const char *text, struct udp_network *ret)
{
	const char *slash = strchr(text, '/');
	size_t bytes = slash ? (size_t)(slash - text) : strlen(text);
	char address[UDP_ADDRESS_TEXT], *end;
	unsigned long bits;
	if (bytes >= sizeof address) return false;
	memcpy(address, text, bytes);
	address[bytes] = '\0';
	if (!udp_address_read(address, &ret->address)) return false;
	ret->bits = ret->address.is_v6 ? 128 : 32;
	if (!slash) return true;
	if (slash[1] < '0' || slash[1] > '9') return false;
	bits = strtoul(slash + 1, &end, 10);
	if (*end || bits > ret->bits) return false;
	ret->bits = (unsigned)bits;
	return true;
}

pc_status udp_filter_add(udp_filter *filter, const char *text, pc_err *err)
{
	if (filter->count < UDP_NETWORKS_MAX && read_network(text, filter->networks + filter->count)) {
		filter->count++;
		return PC_OK;
	}
	if (err)
		(void)snprintf(err->text, sizeof err->text,
		               "from: expected at most %u addresses or networks such as 192.168.1.7, 192.168.1.0/24 or "
		               "fd00::/8, found '%.60s'",
		               UDP_NETWORKS_MAX, text);
	return PC_EINVAL;
}

static bool holds(const struct udp_network *n, const udp_address *from)
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;
	if (n->address.is_v6 != from->is_v6 || memcmp(n->address.bytes, from->bytes, whole)) return false;
	return !rest || (n->address.bytes[whole] ^ from->bytes[whole]) >> (8 - rest) == 0;
}

bool udp_filter_passes(const udp_filter *filter, const udp_address *from)
{
	for (unsigned i = 0; i < filter->count; i++)
		if (holds(filter->networks + i, from)) return true;
	return !filter->count;
}
