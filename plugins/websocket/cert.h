/* cert.h - what the TLS library itself says of a certificate and a key. openssl/ and mbedtls/ answer it, whichever libwebsockets
 * was built with: with OpenSSL lws 4.1 is a day off in its dates, with mbedTLS it takes any key for any certificate. */
#ifndef WS_CERT_H
#define WS_CERT_H
#include <stddef.h>
#include <stdint.h>

/** From when to when the first certificate of a PEM text is valid, in seconds since 1970; NUL-ended. @return 0; -1 it holds none */
int ws_cert_dates(const char *pem, size_t bytes, int64_t *ret_from_s, int64_t *ret_to_s);
/** Is this the private key of that certificate? Both PEM, NUL-ended. @return 1; 0 no, or it cannot be read as one */
int ws_cert_is_of(const char *cert_pem, size_t cert_bytes, const char *key_pem, size_t key_bytes);
/**
 * What libwebsockets is given in place of the TLS client that it makes for each server: the bridge calls nobody. With OpenSSL
 * lws 4.1 loses its own at the end if another context was made meanwhile, as each check of a reload does.
 * @return NULL: it makes its own. Given back after the context's end.
 */
void *ws_cert_client_create(void);
void ws_cert_client_destroy(void **client);

#endif
