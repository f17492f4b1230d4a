/* win32/socket.c - listening on exactly one address, and sending without ever waiting. */
#include "../fail.h"
#include "../os.h"
#include "text.h"

#include <limits.h>
#include <string.h>
#include <winsock2.h>
#include <ws2tcpip.h>

#define BACKLOG 256

typedef union any_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
} any_address;

static int to_system(const ws_address *a, any_address *ret)
{
	memset(ret, 0, sizeof *ret);
	if (a->is_v6) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons(a->port);
		(void)inet_pton(AF_INET6, a->text, &ret->v6.sin6_addr);
		return sizeof ret->v6;
	}
	ret->v4.sin_family = AF_INET;
	ret->v4.sin_port = htons(a->port);
	(void)inet_pton(AF_INET, a->text, &ret->v4.sin_addr);
	return sizeof ret->v4;
}

static void from_system(const any_address *from, ws_address *ret)
{
	*ret = (ws_address){.is_v6 = from->any.sa_family == AF_INET6};
	if (ret->is_v6) {
		(void)inet_ntop(AF_INET6, &from->v6.sin6_addr, ret->text, sizeof ret->text);
		ret->port = ntohs(from->v6.sin6_port);
		ret->is_loopback = IN6_IS_ADDR_LOOPBACK(&from->v6.sin6_addr);
	} else {
		(void)inet_ntop(AF_INET, &from->v4.sin_addr, ret->text, sizeof ret->text);
		ret->port = ntohs(from->v4.sin_port);
		ret->is_loopback = ntohl(from->v4.sin_addr.s_addr) >> 24 == 127;
	}
}

/* Counted by the system, and this module is never unloaded: nobody ends it. */
static bool winsock(void)
{
	WSADATA data;
	return !WSAStartup(MAKEWORD(2, 2), &data);
}

bool ws_address_read(const char *host, bool is_v6, ws_address *ret)
{
	any_address any;
	memset(&any, 0, sizeof any);
	any.any.sa_family = is_v6 ? AF_INET6 : AF_INET;
	if (!winsock() ||
	    inet_pton(any.any.sa_family, host, is_v6 ? (void *)&any.v6.sin6_addr : (void *)&any.v4.sin_addr) != 1)
		return false;
	from_system(&any, ret);
	return true;
}

/* WSAEACCES: somebody holds the port exclusively, or the system reserved it (netsh int ipv4 show excludedportrange). */
static pc_status bind_failed(const ws_address *a, pc_err *err)
{
	char text[WS_ERROR_TEXT];
	int error = WSAGetLastError();
	if (error == WSAEADDRINUSE || error == WSAEACCES)
		return ws_fail(err, PC_EBUSY,
		               "%s port %u is in use by another program, or reserved: choose another with `listen`",
		               a->text, (unsigned)a->port);
	return ws_fail(err, PC_EIO, "%s port %u: %s", a->text, (unsigned)a->port,
	               ws_error_text((unsigned long)error, text));
}

static void set(SOCKET s, int level, int option, int value)
{
	(void)setsockopt(s, level, option, (const char *)&value, sizeof value);
}

static bool never_wait(SOCKET s)
{
	u_long on = 1;
	return !ioctlsocket(s, (long)FIONBIO, &on);
}

static SOCKET new_socket(int family)
{
	return WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
}

pc_status ws_listen(const ws_address *want, ws_socket *ret_socket, ws_address *ret_bound, pc_err *err)
{
	any_address any, bound;
	int bytes = to_system(want, &any), bound_bytes = sizeof bound;
	SOCKET s = winsock() ? new_socket(any.any.sa_family) : INVALID_SOCKET;
	pc_status st;
	if (s == INVALID_SOCKET) return bind_failed(want, err);
	/* Without it any program of this machine may bind the same address and take our viewers and their tokens. */
	set(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1);
	if (want->is_v6) set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!never_wait(s) || bind(s, &any.any, bytes) || listen(s, BACKLOG)) {
		st = bind_failed(want, err);
		(void)closesocket(s);
		return st;
	}
	memset(&bound, 0, sizeof bound);
	(void)getsockname(s, &bound.any, &bound_bytes);
	from_system(&bound, ret_bound);
	if (strcmp(ret_bound->text, want->text) || (want->port && ret_bound->port != want->port)) {
		(void)closesocket(s);
		return ws_fail(err, PC_EIO, "asked for %s port %u, the system bound %s port %u", want->text,
		               (unsigned)want->port, ret_bound->text, (unsigned)ret_bound->port);
	}
	*ret_socket = (ws_socket)s;
	return PC_OK;
}

ws_socket ws_spare_open(void)
{
	return winsock() ? (ws_socket)new_socket(AF_INET) : WS_NO_SOCKET;
}

/* A connection that cannot be accepted stays in the backlog and would wake us for ever. */
static ws_socket shed(ws_socket listener, ws_socket *spare)
{
	ws_socket_close(*spare);
	ws_socket_close((ws_socket)accept((SOCKET)listener, NULL, NULL));
	*spare = ws_spare_open();
	return WS_SOCKET_SHED;
}

ws_socket ws_accept(ws_socket listener, ws_socket *spare, int sndbuf_bytes, char ret_peer[48])
{
	any_address any;
	ws_address peer;
	int bytes = sizeof any, error;
	SOCKET s;
	memset(&any, 0, sizeof any);
	s = accept((SOCKET)listener, &any.any, &bytes);
	error = s == INVALID_SOCKET ? WSAGetLastError() : 0;
	if ((error == WSAEMFILE || error == WSAENOBUFS) && *spare != WS_NO_SOCKET) return shed(listener, spare);
	if (error) return WS_NO_SOCKET;
	(void)SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0);
	(void)never_wait(s);
	from_system(&any, &peer);
	memcpy(ret_peer, peer.text, sizeof peer.text);
	set(s, IPPROTO_TCP, TCP_NODELAY, 1);
	set(s, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (sndbuf_bytes) set(s, SOL_SOCKET, SO_SNDBUF, sndbuf_bytes);
	return (ws_socket)s;
}

void ws_socket_close(ws_socket socket)
{
	if (socket >= 0) (void)closesocket((SOCKET)socket);
}

static ptrdiff_t sent(int rc, ptrdiff_t bytes)
{
	int error = rc ? WSAGetLastError() : 0;
	if (!rc) return bytes;
	return error == WSAEWOULDBLOCK || error == WSAEINTR || error == WSAENOBUFS ? 0 : -1;
}

static ptrdiff_t send_parts(ws_socket socket, WSABUF *parts, DWORD count)
{
	DWORD bytes = 0;
	int rc = WSASend((SOCKET)socket, parts, count, &bytes, 0, NULL, NULL);
	return sent(rc, (ptrdiff_t)bytes);
}

/* The system only reads what it is pointed at, though its type does not say so. */
static WSABUF part(const void *data, size_t bytes)
{
	return (WSABUF){.len = bytes > INT_MAX ? INT_MAX : (u_long)bytes, .buf = (char *)(uintptr_t)data};
}

ptrdiff_t ws_send(ws_socket socket, const void *data, size_t bytes)
{
	WSABUF one = part(data, bytes);
	return send_parts(socket, &one, 1);
}

ptrdiff_t ws_send_two(ws_socket socket, const void *head, size_t head_bytes, const void *body, size_t body_bytes)
{
	WSABUF two[2] = {part(head, head_bytes), part(body, body_bytes)};
	return send_parts(socket, two, 2);
}
