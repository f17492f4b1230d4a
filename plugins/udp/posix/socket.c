/* posix/socket.c - see os.h. */
#define _GNU_SOURCE
#include "../os.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef int udp_system_socket;
/* behind the system's */
#include "../sockets.h"

bool udp_address_read(const char *text, udp_address *ret)
{
	return udp_read_address(text, ret);
}

void udp_address_write(const udp_address *address, char text[UDP_ADDRESS_TEXT])
{
	if (!inet_ntop(address->is_v6 ? AF_INET6 : AF_INET, address->bytes, text, UDP_ADDRESS_TEXT)) text[0] = '\0';
}

static pc_status failed(const struct udp_terms *terms, int error, pc_err *err)
{
	const char *why = strerror(error);
	pc_status s = PC_EIO;
	if (error == EADDRINUSE) s = PC_EBUSY, why = "in use by another program";
	if (error == EACCES) s = PC_EPERM, why = "not allowed: ports below 1024 need privileges";
	if (error == EADDRNOTAVAIL) why = "not an address of this machine";
	udp_say(terms, why, err);
	return s;
}

/* @return 0 or an errno */
static int bind_and_join(int fd, const struct udp_terms *terms, unsigned adapter)
{
	udp_any_address any;
	socklen_t bytes = udp_to_system(&terms->address, terms->port, adapter, &any);
	if (terms->address.is_v6) udp_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (terms->is_group) udp_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (terms->buffer_bytes) udp_set(fd, SOL_SOCKET, SO_RCVBUF, terms->buffer_bytes);
	udp_set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	if (bind(fd, &any.any, bytes)) return errno;
	return terms->is_group && !udp_join(fd, &terms->address, adapter) ? errno : 0;
}

pc_status udp_open(const struct udp_terms *terms, udp_socket *ret, pc_err *err)
{
	long adapter = udp_adapter_number(terms->adapter, err);
	int fd, error;
	if (adapter < 0) return PC_EINVAL;
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
	udp_any_address from;
	struct iovec part = {to, room};
	struct msghdr message = {.msg_name = &from,
	                         .msg_namelen = sizeof from,
	                         .msg_iov = &part,
	                         .msg_iovlen = 1,
	                         .msg_control = &control,
	                         .msg_controllen = sizeof control};
	ssize_t got = recvmsg((int)s, &message, MSG_DONTWAIT);
	if (got < 0) return -1;
	udp_from_system(&from, ret_from);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
			memcpy(ret_lost, CMSG_DATA(c), sizeof *ret_lost);
	return got;
}
