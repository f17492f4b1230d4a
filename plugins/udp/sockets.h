/* sockets.h - addresses, adapters and groups: what both systems' sockets have in common.
 *
 * For the halves alone, behind their system's headers and `typedef ... udp_system_socket;`. */
#ifndef UDP_SOCKETS_H
#define UDP_SOCKETS_H
#include "os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef union udp_any_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
} udp_any_address;

static inline bool udp_read_address(const char *text, udp_address *ret)
{
	memset(ret, 0, sizeof *ret);
	if (inet_pton(AF_INET, text, ret->bytes) == 1) return true;
	ret->is_v6 = inet_pton(AF_INET6, text, ret->bytes) == 1;
	return ret->is_v6;
}

/** @return its length */
static inline socklen_t udp_to_system(const udp_address *a, uint16_t port, unsigned scope, udp_any_address *ret)
{
	memset(ret, 0, sizeof *ret);
	if (!a->is_v6) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(port);
		memcpy(&ret->v4.sin_addr, a->bytes, 4);
		return sizeof ret->v4;
	}
	ret->v6.sin6_family = AF_INET6;
	ret->v6.sin6_port = htons(port);
	ret->v6.sin6_scope_id = scope;
	memcpy(&ret->v6.sin6_addr, a->bytes, 16);
	return sizeof ret->v6;
}

static inline void udp_from_system(const udp_any_address *from, udp_address *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->is_v6 = from->any.sa_family == AF_INET6;
	if (ret->is_v6)
		memcpy(ret->bytes, &from->v6.sin6_addr, 16);
	else
		memcpy(ret->bytes, &from->v4.sin_addr, 4);
}

/** @return 0 if none is named; -1 if there is no such */
static inline long udp_adapter_number(const char *name, pc_err *err)
{
	char *end;
	unsigned long number;
	if (!name || !*name) return 0;
	number = strtoul(name, &end, 10);
	if (!*end && number && number < 0x7fffffff) return (long)number;
	number = if_nametoindex(name);
	if (number) return (long)number;
	if (err) (void)snprintf(err->text, sizeof err->text, "interface: there is no '%.60s' here", name);
	return -1;
}

static inline void udp_set(udp_system_socket s, int level, int option, int value)
{
	(void)setsockopt(s, level, option, (const char *)&value, sizeof value);
}

static inline bool udp_join(udp_system_socket s, const udp_address *group, unsigned adapter)
{
	struct group_req request;
	udp_any_address any;
	socklen_t bytes = udp_to_system(group, 0, 0, &any);
	memset(&request, 0, sizeof request);
	request.gr_interface = adapter;
	memcpy(&request.gr_group, &any, (size_t)bytes);
	return !setsockopt(s, group->is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, MCAST_JOIN_GROUP, (const char *)&request,
	                   sizeof request);
}

/** Why it could not be opened, in words that begin with the address. */
static inline void udp_say(const struct udp_terms *terms, const char *why, pc_err *err)
{
	char text[UDP_ADDRESS_TEXT];
	udp_address_write(&terms->address, text);
	if (err) (void)snprintf(err->text, sizeof err->text, "%s port %u: %s", text, (unsigned)terms->port, why);
}

#endif
