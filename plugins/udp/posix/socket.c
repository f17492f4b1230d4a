/* posix/socket.c - see os.h. */
#define _GNU_SOURCE
#include "../os.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union any_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
} any_address;

bool udp_address_read(const char *text, udp_address *ret)
{
	memset(ret, 0, sizeof *ret);
	if (inet_pton(AF_INET, text, ret->bytes) == 1) return true;
	ret->is_v6 = inet_pton(AF_INET6, text, ret->bytes) == 1;
	return ret->is_v6;
}

void udp_address_write(const udp_address *address, char text[UDP_ADDRESS_TEXT])
{
	if (!inet_ntop(address->is_v6 ? AF_INET6 : AF_INET, address->bytes, text, UDP_ADDRESS_TEXT)) text[0] = '\0';
}

static socklen_t to_system(const udp_address *a, uint16_t port, unsigned scope, any_address *ret)
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

static pc_status failed(const struct udp_terms *terms, int error, pc_err *err)
{
	char text[UDP_ADDRESS_TEXT];
	const char *why = strerror(error);
	pc_status s = PC_EIO;
	if (error == EADDRINUSE) s = PC_EBUSY, why = "in use by another program";
	if (error == EACCES) s = PC_EPERM, why = "not allowed: ports below 1024 need privileges";
	if (error == EADDRNOTAVAIL) why = "not an address of this machine";
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

static void set(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof value);
}

/* @return 0 or an errno */
static int join(int fd, const udp_address *group, unsigned adapter)
{
	struct group_req request;
	any_address any;
	socklen_t bytes = to_system(group, 0, 0, &any);
	memset(&request, 0, sizeof request);
	request.gr_interface = adapter;
	memcpy(&request.gr_group, &any, bytes);
	return setsockopt(fd, group->is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, MCAST_JOIN_GROUP, &request, sizeof request)
	               ? errno
	               : 0;
}

static int bind_and_join(int fd, const struct udp_terms *terms, unsigned adapter)
{
	any_address any;
	socklen_t bytes = to_system(&terms->address, terms->port, adapter, &any);
	if (terms->address.is_v6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (terms->is_group) set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (terms->buffer_bytes) set(fd, SOL_SOCKET, SO_RCVBUF, terms->buffer_bytes);
	set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	if (bind(fd, &any.any, bytes)) return errno;
	return terms->is_group ? join(fd, &terms->address, adapter) : 0;
}

pc_status udp_open(const struct udp_terms *terms, udp_socket *ret, pc_err *err)
{
	long adapter = adapter_number(terms->adapter);
	int fd, error;
	if (adapter < 0) {
		if (err)
			(void)snprintf(err->text, sizeof err->text, "interface: there is no '%.60s' here",
			               terms->adapter);
		return PC_EINVAL;
	}
	fd = socket(terms->address.is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) return failed(terms, errno, err);
	error = bind_and_join(fd, terms, (unsigned)adapter);
	if (error) {
		(void)close(fd);
		return failed(terms, error, err);
	}
	*ret = fd;
	return PC_OK;
}

void udp_close(udp_socket s)
{
	if (s >= 0) (void)close((int)s);
}

ptrdiff_t udp_receive(udp_socket s, void *to, size_t room, udp_address *ret_from, uint32_t *ret_lost)
{
	union {
		struct cmsghdr aligned;
		char bytes[CMSG_SPACE(sizeof(uint32_t))];
	} control;
	any_address from;
	struct iovec part = {to, room};
	struct msghdr message = {.msg_name = &from,
	                         .msg_namelen = sizeof from,
	                         .msg_iov = &part,
	                         .msg_iovlen = 1,
	                         .msg_control = &control,
	                         .msg_controllen = sizeof control};
	ssize_t got = recvmsg((int)s, &message, MSG_DONTWAIT);
	if (got < 0) return -1;
	memset(ret_from, 0, sizeof *ret_from);
	ret_from->is_v6 = from.any.sa_family == AF_INET6;
	memcpy(ret_from->bytes, ret_from->is_v6 ? (void *)&from.v6.sin6_addr : (void *)&from.v4.sin_addr,
	       ret_from->is_v6 ? 16 : 4);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
			memcpy(ret_lost, CMSG_DATA(c), sizeof *ret_lost);
	return got;
}
