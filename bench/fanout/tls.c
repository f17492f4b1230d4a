/* tls.c - see tls.h. */
#define _GNU_SOURCE
#include "tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#ifdef FAN_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *context;
static int is_server;

static void fail(const char *what)
{
	char text[256] = "";
	ERR_error_string_n(ERR_get_error(), text, sizeof text);
	(void)fprintf(stderr, "TLS: %s: %s\n", what, text);
	exit(1);
}

void fan_tls_begin(const char *pem)
{
	is_server = pem != NULL;
	context = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
	if (!context) fail("context");
	/* A frame that did not go whole goes on from another buffer; idle connections hold none. */
	(void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
	                                        SSL_MODE_RELEASE_BUFFERS);
	if (is_server && (SSL_CTX_use_certificate_chain_file(context, pem) != 1 ||
	                  SSL_CTX_use_PrivateKey_file(context, pem, SSL_FILETYPE_PEM) != 1))
		fail(pem);
}

SSL *fan_tls_attach(int fd)
{
	SSL *tls = SSL_new(context);
	if (!tls || SSL_set_fd(tls, fd) != 1) fail("connection");
	if (is_server)
		SSL_set_accept_state(tls);
	else
		SSL_set_connect_state(tls);
	return tls;
}

void fan_tls_shake(SSL *tls)
{
	if (SSL_do_handshake(tls) != 1) fail("handshake");
}

void fan_tls_end(SSL *tls)
{
	SSL_free(tls);
}

/* What errno would say of a plain socket. */
static ssize_t result_of(SSL *tls, int n)
{
	if (n > 0) return n;
	switch (SSL_get_error(tls, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
	case SSL_ERROR_ZERO_RETURN: return 0;
	default:
		ERR_clear_error();
		errno = ECONNRESET;
		return -1;
	}
}

ssize_t fan_recv(SSL *tls, int fd, void *data, size_t bytes)
{
	size_t all = 0;
	if (!tls) return recv(fd, data, bytes, MSG_DONTWAIT);
	/* Everything: epoll does not know of what OpenSSL has read already. */
	while (all < bytes) {
		ssize_t n = result_of(tls, SSL_read(tls, (char *)data + all, (int)(bytes - all)));
		if (n <= 0) return all ? (ssize_t)all : n;
		all += (size_t)n;
	}
	return (ssize_t)all;
}

ssize_t fan_send(SSL *tls, int fd, const void *data, size_t bytes)
{
	size_t all = 0;
	if (!tls) return send(fd, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (all < bytes) {
		ssize_t n = result_of(tls, SSL_write(tls, (const char *)data + all, (int)(bytes - all)));
		if (n <= 0) return all ? (ssize_t)all : n;
		all += (size_t)n;
	}
	return (ssize_t)all;
}

#else

void fan_tls_begin(const char *pem)
{
	(void)pem;
	(void)fprintf(stderr, "TLS: built without OpenSSL\n");
	exit(1);
}
struct ssl_st *fan_tls_attach(int fd)
{
	(void)fd;
	return NULL;
}
void fan_tls_shake(struct ssl_st *tls)
{
	(void)tls;
}
void fan_tls_end(struct ssl_st *tls)
{
	(void)tls;
}
ssize_t fan_recv(struct ssl_st *tls, int fd, void *data, size_t bytes)
{
	(void)tls;
	return recv(fd, data, bytes, MSG_DONTWAIT);
}
ssize_t fan_send(struct ssl_st *tls, int fd, const void *data, size_t bytes)
{
	(void)tls;
	return send(fd, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
}
#endif
