/* win32/cert.c - the dates of a certificate, by libwebsockets and the TLS library that it was built with. */
#include "../os.h"

#include <libwebsockets.h>

int ws_cert_dates(const char *pem, size_t bytes, int64_t *ret_from_s, int64_t *ret_to_s)
{
	struct lws_x509_cert *cert = NULL;
	union lws_tls_cert_info_results from, to;
	int rc = -1;
	if (lws_x509_create(&cert)) return -1;
	if (!lws_x509_parse_from_pem(cert, pem, bytes + 1) && /* with its NUL */
	    !lws_x509_info(cert, LWS_TLS_CERT_INFO_VALIDITY_FROM, &from, 0) &&
	    !lws_x509_info(cert, LWS_TLS_CERT_INFO_VALIDITY_TO, &to, 0)) {
		*ret_from_s = (int64_t)from.time;
		*ret_to_s = (int64_t)to.time;
		rc = 0;
	}
	lws_x509_destroy(&cert);
	return rc;
}
