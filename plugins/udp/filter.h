/* filter.h - whose datagrams are taken: "192.168.1.7", "192.168.1.0/24", "fd00::/8". */
#ifndef UDP_FILTER_H
#define UDP_FILTER_H
#include "os.h"

#define UDP_NETWORKS_MAX 16u

struct udp_network {
	udp_address address;
	unsigned bits; /* of it that count */
};
typedef struct udp_filter {
	struct udp_network networks[UDP_NETWORKS_MAX];
	unsigned count; /* 0 = everybody */
} udp_filter;

/** Add one address or network. @return PC_OK; PC_EINVAL with what was expected in err */
pc_status udp_filter_add(udp_filter *filter, const char *text, pc_err *err);
bool udp_filter_passes(const udp_filter *filter, const udp_address *from);

#endif
