/* mbedtls/cert.c - see cert.h. */
#include "../cert.h"

#include "../os.h"

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>
#include <stddef.h>

/* Howard Hinnant's days_from_civil: C has no opposite of gmtime(). */
static int64_t seconds_of(const mbedtls_x509_time *t)
{
	int64_t year = t->mon > 2 ? t->year : t->year - 1, era = year / 400, of_era = year % 400;
	int64_t of_year = (153 * (t->mon > 2 ? t->mon - 3 : t->mon + 9) + 2) / 5 + t->day - 1;
	int64_t day = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
	return ((day * 24 + t->hour) * 60 + t->min) * 60 + t->sec;
}

/* The first certificate is the server's; of what follows some may be unknown to this library. */
static int parse(mbedtls_x509_crt *cert, const char *pem, size_t bytes)
{
	mbedtls_x509_crt_init(cert);
	return mbedtls_x509_crt_parse(cert, (const unsigned char *)pem, bytes + 1) >= 0 && cert->raw.len;
}

int ws_cert_dates(const char *pem, size_t bytes, int64_t *ret_from_s, int64_t *ret_to_s)
{
	mbedtls_x509_crt cert;
	int is_fine = parse(&cert, pem, bytes);
	if (is_fine) {
		*ret_from_s = seconds_of(&cert.valid_from);
		*ret_to_s = seconds_of(&cert.valid_to);
	}
	mbedtls_x509_crt_free(&cert);
	return is_fine ? 0 : -1;
}

static int random_bytes(void *arg, unsigned char *to, size_t bytes)
{
	(void)arg;
	return ws_random(to, bytes) ? MBEDTLS_ERR_PK_ALLOC_FAILED : 0;
}

int ws_cert_is_of(const char *cert_pem, size_t cert_bytes, const char *key_pem, size_t key_bytes)
{
	mbedtls_x509_crt cert;
	mbedtls_pk_context key;
	int is_of = parse(&cert, cert_pem, cert_bytes);
	mbedtls_pk_init(&key);
	is_of = is_of &&
	        !mbedtls_pk_parse_key(&key, (const unsigned char *)key_pem, key_bytes + 1, NULL, 0, random_bytes,
	                              NULL) &&
	        !mbedtls_pk_check_pair(&cert.pk, &key, random_bytes, NULL);
	mbedtls_pk_free(&key);
	mbedtls_x509_crt_free(&cert);
	return is_of;
}

void *ws_cert_client_create(void)
{
	return NULL;
}

void ws_cert_client_destroy(void **client)
{
	*client = NULL;
}
