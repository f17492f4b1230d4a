/* address.c - "127.0.0.1:7681" and "[::1]:0". */
#include "fail.h"
#include "os.h"

#include <stdlib.h>
#include <string.h>

/* The text before the last colon without its brackets, and the number behind it. */
static bool split(const char *text, char host[64], bool *ret_is_v6, unsigned long *ret_port)
{
	const char *colon = strrchr(text, ':');
	size_t bytes = colon ? (size_t)(colon - text) : 0;
	char *end = NULL;
	if (!colon || colon[1] < '0' || colon[1] > '9') return false;
	*ret_port = strtoul(colon + 1, &end, 10);
	if (*end || *ret_port > 65535) return false;
	*ret_is_v6 = bytes > 2 && text[0] == '[' && text[bytes - 1] == ']';
	if (*ret_is_v6) text++, bytes -= 2;
	if (!bytes || bytes >= 64) return false;
	memcpy(host, text, bytes);
	host[bytes] = '\0';
	return true;
}

pc_status ws_address_parse(const char *text, ws_address *ret, pc_err *err)
{
	char host[64];
	unsigned long port = 0;
	bool is_v6 = false;
	if (!split(text, host, &is_v6, &port))
		return ws_fail(err, PC_EINVAL, "\"%s\": expected ADDRESS:PORT, as in 127.0.0.1:7681 or [::1]:7681",
		               text);
	if (!ws_address_read(host, is_v6, ret))
		return ws_fail(err, PC_EINVAL, "\"%s\": expected a numeric address: a name may stand for several",
		               text);
	ret->port = (uint16_t)port;
	return PC_OK;
}
