/* openssl/cert.c - see cert.h. */
#include "../cert.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#define DAY_S INT64_C(86400)

static X509 *parse(const char *pem, size_t bytes)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)bytes);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	(void)BIO_free(bio);
	return cert;
}

static int seconds_of(const ASN1_TIME *t, int64_t *ret)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;
	int is_fine = epoch && ASN1_TIME_diff(&days, &seconds, epoch, t);
	ASN1_TIME_free(epoch);
	*ret = days * DAY_S + seconds;
	return is_fine;
}

int ws_cert_dates(const char *pem, size_t bytes, int64_t *ret_from_s, int64_t *ret_to_s)
{
	X509 *cert = parse(pem, bytes);
	int is_fine = cert && seconds_of(X509_get0_notBefore(cert), ret_from_s) &&
	              seconds_of(X509_get0_notAfter(cert), ret_to_s);
	X509_free(cert);
	return is_fine ? 0 : -1;
}

/* Never asks: a service has nobody who could type a passphrase. */
static int no_passphrase(char *to, int bytes, int is_writing, void *arg)
{
	(void)to, (void)bytes, (void)is_writing, (void)arg;
	return 0;
}

int ws_cert_is_of(const char *cert_pem, size_t cert_bytes, const char *key_pem, size_t key_bytes)
{
	X509 *cert = parse(cert_pem, cert_bytes);
	BIO *bio = BIO_new_mem_buf(key_pem, (int)key_bytes);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	int is_of = cert && key && X509_check_private_key(cert, key) == 1;
	EVP_PKEY_free(key);
	(void)BIO_free(bio);
	X509_free(cert);
	return is_of;
}

void *ws_cert_client_create(void)
{
	return SSL_CTX_new(TLS_client_method());
}

void ws_cert_client_destroy(void **client)
{
	SSL_CTX_free(*client);
	*client = NULL;
}
