/* tls.h - certificates: judged before they are used, exchanged while viewers stay. */
#ifndef WS_TLS_H
#define WS_TLS_H
#include <libwebsockets.h>
#include <pagecast/status.h>

/**
 * Can a server use these files now? Reads both, looks at the certificate's dates, and whether the key is its key. [loop]
 * @return PC_OK; PC_EINVAL expired, not yet valid, not PEM, not a pair; PC_EABSENT, PC_EIO not readable; err names the option
 *         and the file
 */
pc_status ws_tls_check(const char *cert_path, const char *key_path, pc_err *err);
/**
 * What a vhost needs to speak TLS 1.2 and newer with these files; the paths are borrowed for the vhost's life.
 * @param client  of ws_cert_client_create(), or NULL
 */
void ws_tls_fill(struct lws_context_creation_info *info, const char *cert_path, const char *key_path, void *client);

#endif
