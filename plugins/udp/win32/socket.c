/* win32/socket.c - see os.h. */
#include "../os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <ws2tcpip.h>
/* behind the sockets */
#include <iphlpapi.h>

typedef union any_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
} any_address;

/* Counted by the system, and this module is never unloaded: nobody ends it. */
static bool winsock(void)
{
	WSADATA data;
	return !WSAStartup(MAKEWORD(2, 2), &data);
}

bool udp_address_read(const char *text, udp_address *ret)
{
	memset(ret, 0, sizeof *ret);
	if (!winsock()) return false;
	if (inet_pton(AF_INET, text, ret->bytes) == 1) return true;
	ret->is_v6 = inet_pton(AF_INET6, text, ret->bytes) == 1;
	return ret->is_v6;
}

void udp_address_write(const udp_address *address, char text[UDP_ADDRESS_TEXT])
{
	if (!inet_ntop(address->is_v6 ? AF_INET6 : AF_INET, address->bytes, text, UDP_ADDRESS_TEXT)) text[0] = '\0';
}

static int to_system(const udp_address *a, uint16_t port, unsigned scope, any_address *ret)
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

/* WSAEACCES: somebody holds the port exclusively, or the system reserved it (netsh int ipv4 show excludedportrange). */
static pc_status failed(const struct udp_terms *terms, int error, pc_err *err)
{
	char text[UDP_ADDRESS_TEXT], number[32];
	const char *why = number;
	pc_status s = PC_EIO;
	(void)snprintf(number, sizeof number, "error %d of the system", error);
	if (error == WSAEADDRINUSE || error == WSAEACCES) s = PC_EBUSY, why = "in use by another program, or reserved";
	if (error == WSAEADDRNOTAVAIL) why = "not an address of this machine";
	udp_address_write(&terms->address, text);
	if (err) (void)snprintf(err->text, sizeof err->text, "%s port %u: %s", text, (unsigned)terms->port, why);
	return s;
}

/* @return 0 if none is named; -1 if there is no such */
static long adapter_number(const char *name)
{
	char *end;
	unsigned long number;
	if (!name || !*name) return 0;
	number = strtoul(name, &end, 10);
	if (!*end && number && number < 0x7fffffff) return (long)number;
	number = if_nametoindex(name);
	return number ? (long)number : -1;
}

static void set(SOCKET s, int level, int option, int value)
{
	(void)setsockopt(s, level, option, (const char *)&value, sizeof value);
}

/* @return 0 or an error of the system */
static int join(SOCKET s, const udp_address *group, unsigned adapter)
{
	struct group_req request;
	any_address any;
	int bytes = to_system(group, 0, 0, &any);
	memset(&request, 0, sizeof request);
	request.gr_interface = adapter;
	memcpy(&request.gr_group, &any, (size_t)bytes);
	return setsockopt(s, group->is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, MCAST_JOIN_GROUP, (const char *)&request,
	                  sizeof request)
	               ? WSAGetLastError()
	               : 0;
}

static int bind_and_join(SOCKET s, const struct udp_terms *terms, unsigned adapter)
{
	udp_address address = terms->address;
	any_address any;
	u_long on = 1;
	int bytes;
	if (terms->is_group) memset(address.bytes, 0, sizeof address.bytes); /* a group cannot be bound here */
	bytes = to_system(&address, terms->port, adapter, &any);
	if (address.is_v6) set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	set(s, SOL_SOCKET, terms->is_group ? SO_REUSEADDR : SO_EXCLUSIVEADDRUSE, 1);
	if (terms->buffer_bytes) set(s, SOL_SOCKET, SO_RCVBUF, terms->buffer_bytes);
	if (ioctlsocket(s, (long)FIONBIO, &on) || bind(s, &any.any, bytes)) return WSAGetLastError();
	return terms->is_group ? join(s, &terms->address, adapter) : 0;
}

pc_status udp_open(const struct udp_terms *terms, udp_socket *ret, pc_err *err)
{
	long adapter = adapter_number(terms->adapter);
	SOCKET s;
	int error;
	if (adapter < 0) {
		if (err)
			(void)snprintf(err->text, sizeof err->text, "interface: there is no '%.60s' here",
			               terms->adapter);
		return PC_EINVAL;
	}
	s = WSASocketW(terms->address.is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0,
	               WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
	if (s == INVALID_SOCKET) return failed(terms, WSAGetLastError(), err);
	error = bind_and_join(s, terms, (unsigned)adapter);
	if (error) {
		(void)closesocket(s);
		return failed(terms, error, err);
	}
	*ret = (udp_socket)s;
	return PC_OK;
}

void udp_close(udp_socket s)
{
	if (s >= 0) (void)closesocket((SOCKET)s);
}

ptrdiff_t udp_receive(udp_socket s, void *to, size_t room, udp_address *ret_from, uint32_t *ret_lost)
{
	any_address from;
	int bytes = sizeof from;
	int got = recvfrom((SOCKET)s, to, (int)room, 0, &from.any, &bytes);
	(void)ret_lost; /* not told here */
	if (got < 0) return -1;
	memset(ret_from, 0, sizeof *ret_from);
	ret_from->is_v6 = from.any.sa_family == AF_INET6;
	memcpy(ret_from->bytes, ret_from->is_v6 ? (void *)&from.v6.sin6_addr : (void *)&from.v4.sin_addr,
	       ret_from->is_v6 ? 16 : 4);
	return got;
}
