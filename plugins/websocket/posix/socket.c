/* posix/socket.c - listening on exactly one address, and sending without ever waiting. */
#define _GNU_SOURCE
#include "../fail.h"
#include "../os.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define BACKLOG       256
#define NOTSENT_LOWAT 16384

typedef union any_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
} any_address;

static socklen_t to_system(const ws_address *a, any_address *ret)
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
		ret->is_loopback = ntohl(from->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
}

bool ws_address_read(const char *host, bool is_v6, ws_address *ret)
{
	any_address any;
	memset(&any, 0, sizeof any);
	any.any.sa_family = is_v6 ? AF_INET6 : AF_INET;
	if (inet_pton(any.any.sa_family, host, is_v6 ? (void *)&any.v6.sin6_addr : (void *)&any.v4.sin_addr) != 1)
		return false;
	from_system(&any, ret);
	return true;
}

static pc_status bind_failed(const ws_address *a, pc_err *err)
{
	if (errno == EADDRINUSE)
		return ws_fail(err, PC_EBUSY,
		               "%s port %u is in use by another program: end that, or choose another with `listen`",
		               a->text, (unsigned)a->port);
	if (errno == EACCES)
		return ws_fail(err, PC_EPERM, "%s port %u: not allowed (ports below 1024 need privileges)", a->text,
		               (unsigned)a->port);
	return ws_fail(err, PC_EIO, "%s port %u: %s", a->text, (unsigned)a->port, strerror(errno));
}

static void set(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof value);
}

pc_status ws_listen(const ws_address *want, ws_socket *ret_socket, ws_address *ret_bound, pc_err *err)
{
	any_address any, bound;
	socklen_t bytes = to_system(want, &any), bound_bytes = sizeof bound;
	int fd = socket(any.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	pc_status st;
	if (fd < 0) return bind_failed(want, err);
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1); /* a restart need not wait for TIME_WAIT */
	if (want->is_v6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (bind(fd, &any.any, bytes) || listen(fd, BACKLOG)) {
		st = bind_failed(want, err);
		(void)close(fd);
		return st;
	}
	memset(&bound, 0, sizeof bound);
	(void)getsockname(fd, &bound.any, &bound_bytes);
	from_system(&bound, ret_bound);
	if (strcmp(ret_bound->text, want->text) || (want->port && ret_bound->port != want->port)) {
		(void)close(fd);
		return ws_fail(err, PC_EIO, "asked for %s port %u, the system bound %s port %u", want->text,
		               (unsigned)want->port, ret_bound->text, (unsigned)ret_bound->port);
	}
	*ret_socket = fd;
	return PC_OK;
}

ws_socket ws_spare_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* A connection that cannot be accepted stays in the backlog and would wake us for ever. */
static ws_socket shed(ws_socket listener, ws_socket *spare)
{
	ws_socket_close(*spare);
	ws_socket_close(accept4((int)listener, NULL, NULL, SOCK_CLOEXEC));
	*spare = ws_spare_open();
	return WS_SOCKET_SHED;
}

ws_socket ws_accept(ws_socket listener, ws_socket *spare, int sndbuf_bytes, char ret_peer[48])
{
	any_address any;
	ws_address peer;
	socklen_t bytes = sizeof any;
	int fd;
	memset(&any, 0, sizeof any);
	fd = accept4((int)listener, &any.any, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE) && *spare != WS_NO_SOCKET) return shed(listener, spare);
	if (fd < 0) return WS_NO_SOCKET;
	from_system(&any, &peer);
	memcpy(ret_peer, peer.text, sizeof peer.text);
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (sndbuf_bytes) set(fd, SOL_SOCKET, SO_SNDBUF, sndbuf_bytes);
#ifdef TCP_NOTSENT_LOWAT
	set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, NOTSENT_LOWAT);
#endif
	return fd;
}

void ws_socket_close(ws_socket socket)
{
	if (socket >= 0) (void)close((int)socket);
}

static ptrdiff_t sent(ssize_t n)
{
	if (n >= 0) return n;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS ? 0 : -1;
}

ptrdiff_t ws_send(ws_socket socket, const void *data, size_t bytes)
{
	return sent(send((int)socket, data, bytes, MSG_DONTWAIT | MSG_NOSIGNAL));
}

ptrdiff_t ws_send_two(ws_socket socket, const void *head, size_t head_bytes, const void *body, size_t body_bytes)
{
	struct iovec parts[2] = {{(void *)(uintptr_t)head, head_bytes}, {(void *)(uintptr_t)body, body_bytes}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	return sent(sendmsg((int)socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}
