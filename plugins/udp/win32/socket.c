/* win32/socket.c - see os.h. */
#include "../os.h"

#include <stdio.h>
#include <string.h>
#include <winsock2.h>
#include <ws2tcpip.h>
/* behind the sockets */
#include <iphlpapi.h>

typedef SOCKET udp_system_socket;
/* behind the system's */
#include "../sockets.h"

/* Counted by the system, and this module is never unloaded: nobody ends it. */
static bool winsock(void)
{
	WSADATA data;
	return !WSAStartup(MAKEWORD(2, 2), &data);
}

bool udp_address_read(const char *text, udp_address *ret)
{
	return winsock() && udp_read_address(text, ret);
}

void udp_address_write(const udp_address *address, char text[UDP_ADDRESS_TEXT])
{
	if (!inet_ntop(address->is_v6 ? AF_INET6 : AF_INET, address->bytes, text, UDP_ADDRESS_TEXT)) text[0] = '\0';
}

/* WSAEACCES: somebody holds the port exclusively, or the system reserved it (netsh int ipv4 show excludedportrange). */
static pc_status failed(const struct udp_terms *terms, int error, pc_err *err)
{
	char number[32];
	const char *why = number;
	pc_status s = PC_EIO;
	(void)snprintf(number, sizeof number, "error %d of the system", error);
	if (error == WSAEADDRINUSE || error == WSAEACCES) s = PC_EBUSY, why = "in use by another program, or reserved";
	if (error == WSAEADDRNOTAVAIL) why = "not an address of this machine";
	udp_say(terms, why, err);
	return s;
}

/* @return 0 or an error of the system */
static int bind_and_join(SOCKET s, const struct udp_terms *terms, unsigned adapter)
{
	udp_address address = terms->address;
	udp_any_address any;
	u_long on = 1;
	socklen_t bytes;
	if (terms->is_group) memset(address.bytes, 0, sizeof address.bytes); /* a group cannot be bound here */
	bytes = udp_to_system(&address, terms->port, adapter, &any);
	if (address.is_v6) udp_set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	udp_set(s, SOL_SOCKET, terms->is_group ? SO_REUSEADDR : SO_EXCLUSIVEADDRUSE, 1);
	if (terms->buffer_bytes) udp_set(s, SOL_SOCKET, SO_RCVBUF, terms->buffer_bytes);
	if (ioctlsocket(s, (long)FIONBIO, &on) || bind(s, &any.any, bytes)) return WSAGetLastError();
	return terms->is_group && !udp_join(s, &terms->address, adapter) ? WSAGetLastError() : 0;
}

pc_status udp_open(const struct udp_terms *terms, udp_socket *ret, pc_err *err)
{
	long adapter = udp_adapter_number(terms->adapter, err);
	SOCKET s;
	int error;
	if (adapter < 0) return PC_EINVAL;
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
	udp_any_address from;
	int bytes = sizeof from;
	int got = recvfrom((SOCKET)s, to, (int)room, 0, &from.any, &bytes);
	(void)ret_lost; /* not told here */
	if (got < 0) return -1;
	udp_from_system(&from, ret_from);
	return got;
}
