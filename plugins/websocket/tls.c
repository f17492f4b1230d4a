/* tls.c - see tls.h. */
#include "tls.h"

#include "bridge.h"
#include "cert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEM_BYTES_MAX 262144u

/* A file of the configuration, and its text. */
struct pem {
	const char *path;
	char *text;
	size_t bytes;
};

static pc_status read_pem(const char *option, struct pem *pem, pc_err *err)
{
	const char *path = pem->path;
	FILE *file = fopen(path, "rb");
	char *text = file ? malloc(PEM_BYTES_MAX) : NULL;
	size_t bytes = text ? fread(text, 1, PEM_BYTES_MAX, file) : 0;
	pc_status st = PC_OK;
	if (!file)
		st = ws_fail(err, errno == ENOENT ? PC_EABSENT : PC_EIO, "%s: %.150s: %s", option, path,
		             strerror(errno));
	else if (!text)
		st = ws_fail(err, PC_ENOMEM, "out of memory");
	else if (ferror(file))
		st = ws_fail(err, PC_EIO, "%s: %.150s: %s", option, path, strerror(errno));
	else if (bytes == PEM_BYTES_MAX)
		st = ws_fail(err, PC_EINVAL, "%s: %.150s: longer than 256 KiB", option, path);
	else if (!bytes)
		st = ws_fail(err, PC_EINVAL, "%s: %.150s: the file is empty", option, path);
	if (file) (void)fclose(file);
	if (st == PC_OK) {
		text[bytes] = '\0';
		pem->text = text;
		pem->bytes = bytes;
	} else {
		free(text);
	}
	return st;
}

/* "2026-01-31 23:59 UTC" from seconds since 1970; gmtime() is not for threads. Howard Hinnant's civil_from_days. */
static void date_text(int64_t when, char to[32])
{
	long long seconds = when, day = seconds / 86400 + 719468, era = day / 146097;
	unsigned of_day = (unsigned)(seconds % 86400), of_era = (unsigned)(day - era * 146097);
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
	(void)snprintf(to, 32, "%04d-%02u-%02u %02u:%02u UTC", (int)(era * 400) + (int)year + (month >= 10),
	               month < 10 ? month + 3 : month - 9, of_year - (153 * month + 2) / 5 + 1, of_day / 3600,
	               of_day / 60 % 60);
}

static pc_status check_dates(const struct pem *cert, pc_err *err)
{
	int64_t from_s = 0, to_s = 0, now_s = (int64_t)(ws_unix_us() / 1000000);
	char text[32];
	if (ws_cert_dates(cert->text, cert->bytes, &from_s, &to_s))
		return ws_fail(err, PC_EINVAL, "tls_cert: %.150s: not a certificate in PEM", cert->path);
	date_text(now_s > to_s ? to_s : from_s, text);
	if (now_s > to_s) return ws_fail(err, PC_EINVAL, "tls_cert: %.150s: expired on %s", cert->path, text);
	if (now_s < from_s) return ws_fail(err, PC_EINVAL, "tls_cert: %.150s: not valid before %s", cert->path, text);
	return PC_OK;
}

static pc_status check_key(const struct pem *key, const struct pem *cert, pc_err *err)
{
	if (!strstr(key->text, "PRIVATE KEY-----"))
		return ws_fail(err, PC_EINVAL, "tls_key: %.150s: not a private key in PEM", key->path);
	if (strstr(key->text, "ENCRYPTED"))
		return ws_fail(err, PC_EINVAL, "tls_key: %.150s: has a passphrase; a service cannot type it",
		               key->path);
	if (!ws_cert_is_of(cert->text, cert->bytes, key->text, key->bytes))
		return ws_fail(err, PC_EINVAL, "tls_key: %.100s is not the key of tls_cert %.100s", key->path,
		               cert->path);
	return PC_OK;
}

/* The TLS library may have limits of its own, such as for weak keys: it is asked by a server that never listens. */
static pc_status check_use(const char *cert_path, const char *key_path, pc_err *err)
{
	static const struct lws_protocols none[] = {{.name = "none", .callback = lws_callback_http_dummy},
	                                            {.name = NULL}};
	struct lws_context_creation_info info = {0};
	struct lws_context *context;
	bool works = false;
	pc_err heard = {""};
	info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
	info.protocols = none;
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info.gid--;
	info.uid--;
	info.fd_limit_per_thread = 16;
	info.vhost_name = "check";
	ws_tls_fill(&info, cert_path, key_path, NULL);
	ws_lws_hear(NULL, &heard);
	context = lws_create_context(&info);
	if (context) works = lws_create_vhost(context, &info) != NULL;
	if (context) lws_context_destroy(context);
	ws_lws_hear(NULL, NULL);
	if (works) return PC_OK;
	if (!context) return ws_fail(err, PC_ENOMEM, "out of memory");
	return ws_fail(err, PC_EINVAL, "tls_cert %.70s and tls_key %.70s are refused: %.80s", cert_path, key_path,
	               heard.text[0] ? heard.text : "too weak?");
}

pc_status ws_tls_check(const char *cert_path, const char *key_path, pc_err *err)
{
	struct pem cert = {.path = cert_path}, key = {.path = key_path};
	pc_status st = read_pem("tls_cert", &cert, err);
	if (st == PC_OK) st = check_dates(&cert, err);
	if (st == PC_OK) st = read_pem("tls_key", &key, err);
	if (st == PC_OK) st = check_key(&key, &cert, err);
	if (st == PC_OK) st = check_use(cert_path, key_path, err);
	if (key.text) memset(key.text, 0, key.bytes);
	free(key.text);
	free(cert.text);
	return st;
}

void ws_tls_fill(struct lws_context_creation_info *info, const char *cert_path, const char *key_path, void *client)
{
	/* Whom viewers trust is their affair, and the bridge trusts nobody: not 150 certificates read at each start. */
	info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
#if !defined(LWS_WITH_MBEDTLS)
	info->provided_client_ssl_ctx = client;
#else
	(void)client;
#endif
	info->ssl_cert_filepath = cert_path;
	info->ssl_private_key_filepath = key_path;
	info->alpn = "http/1.1"; /* HTTP/2 has other ways to become a WebSocket, and other bombs */
#ifdef SSL_OP_NO_TLSv1_1         /* OpenSSL; the other library of lws starts with 1.2 */
	info->ssl_options_set = SSL_OP_NO_SSLv2 | SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 |
	                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;
#endif
}
