/* posix/cert.c - the dates of a certificate, by OpenSSL: libwebsockets 4.1 is a day off. */
#define _GNU_SOURCE
#include "../os.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

static bool seconds_of(const ASN1_TIME *t, int64_t *ret)
{
	struct tm tm;
	if (!ASN1_TIME_to_tm(t, &tm)) return false;
	*ret = (int64_t)timegm(&tm);
	return true;
}

int ws_cert_dates(const char *pem, size_t bytes, int64_t *ret_from_s, int64_t *ret_to_s)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)bytes);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	bool is_fine = cert && seconds_of(X509_get0_notBefore(cert), ret_from_s) &&
	               seconds_of(X509_get0_notAfter(cert), ret_to_s);
	X509_free(cert);
	(void)BIO_free(bio);
	return is_fine ? 0 : -1;
}
