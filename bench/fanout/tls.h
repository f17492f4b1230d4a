/* tls.h - TLS for the load client and the limit server. Built without OpenSSL, both say so and end. */
#ifndef FAN_TLS_H
#define FAN_TLS_H
#include <stddef.h>
#include <sys/types.h>

struct ssl_st; /* OpenSSL's */

/** Once, before anything else: a client (NULL) or a server with this PEM file of a key and its certificate. */
void fan_tls_begin(const char *pem);
/** A client's or a server's end of @p fd; the handshake happens inside the first sends and receives. Exits on failure. */
struct ssl_st *fan_tls_attach(int fd);
/** Client, while @p fd still blocks: do the handshake now. Exits on failure. */
void fan_tls_shake(struct ssl_st *tls);
void fan_tls_end(struct ssl_st *tls);

/** As recv() and send() on a socket that does not block: -1 and EAGAIN, 0 at the end. @p tls NULL: just those. */
ssize_t fan_recv(struct ssl_st *tls, int fd, void *data, size_t bytes);
ssize_t fan_send(struct ssl_st *tls, int fd, const void *data, size_t bytes);

#endif
