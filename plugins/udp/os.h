/* os.h - what udp needs of the operating system: one socket that never waits. posix/ and win32/ hold the halves. */
#ifndef UDP_OS_H
#define UDP_OS_H
#include <pagecast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDP_ADDRESS_TEXT 48u

typedef struct udp_address {
	unsigned char bytes[16]; /* 4 or 16 of them, as on the wire */
	bool is_v6;
} udp_address;

/** Read a numeric address; names are refused. [any thread] */
bool udp_address_read(const char *text, udp_address *ret);
/** Write one for people. [any thread] */
void udp_address_write(const udp_address *address, char text[UDP_ADDRESS_TEXT]);

struct udp_terms {
	udp_address address; /* of this machine; with is_group a multicast group to join */
	uint16_t port;
	bool is_group;
	const char *adapter; /* of a group or a link-local address: name or number; NULL = the system chooses */
	int buffer_bytes;    /* 0 = the system's */
};
typedef intptr_t udp_socket;
#define UDP_NO_SOCKET ((udp_socket)-1)

/**
 * Bind. Nobody else can have that port of that address too, unless it is a group's.
 * @return PC_OK; PC_EBUSY in use; PC_EPERM; PC_EINVAL no such adapter; PC_EIO; err says which. [loop]
 */
pc_status udp_open(const struct udp_terms *terms, udp_socket *ret, pc_err *err);
void udp_close(udp_socket s);
/**
 * The next datagram, without waiting.
 * @param ret_lost  datagrams that the system has dropped so far, if it says so; else unchanged
 * @return its bytes; -1 if there is none
 */
ptrdiff_t udp_receive(udp_socket s, void *to, size_t room, udp_address *ret_from, uint32_t *ret_lost);

#endif
