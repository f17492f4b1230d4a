/* options.h - what the configuration says, checked. */
#ifndef WS_OPTIONS_H
#define WS_OPTIONS_H
#include "flow.h"
#include "gate.h"
#include "os.h"
#include "tokens.h"

#include <pagecast/plugin.h>

/** The option table of the plugin, ends at key == NULL. */
extern const struct pc_option ws_option_table[];

typedef struct ws_options {
	ws_address listen;
	bool use_token, insecure_lan, dashboard;
	char *tls_cert, *tls_key; /* "" = no TLS */
	char *token_file;         /* "" = ws_token_default_path() */
	ws_tokens tokens;         /* by ws_options_load() */
	ws_texts allow_hosts, allow_origins;
	uint32_t max_half_open, max_per_address; /* 0 = as many as like */
	uint64_t handshake_ns;
	uint32_t threads; /* 0 = auto */
	uint32_t max_viewers, max_hz, hb_ms;
	ws_window window;
	uint64_t bytes_s, viewer_bytes_s; /* of data; 0 = no limit */
	int sndbuf_bytes;
} ws_options;

/**
 * Read and check one instance's configuration. [loop]
 * @param ret_options  released with ws_options_destroy()
 * @return PC_OK; PC_EINVAL a combination that is refused, err says which setting; PC_ENOMEM
 */
pc_status ws_options_create(const struct pc_host *host, const pc_config *config, ws_options **ret_options, pc_err *err);
/**
 * Read the files that the options name: tokens, certificate. Makes the token file if there is none. [loop]
 * @return PC_OK; PC_EINVAL, PC_EUNTRUSTED, ... with err: what is wrong with which file
 */
pc_status ws_options_load(const struct pc_host *host, ws_options *options, pc_err *err);
/** How many threads serve viewers where `threads` is auto. */
static inline unsigned ws_threads_auto(unsigned cpu_count)
{
	unsigned half = cpu_count / 2;
	return cpu_count <= 3 ? 1 : half > 8 ? 8 : half;
}
/** Free and set to NULL; accepts NULL. */
void ws_options_destroy(ws_options **options);

#endif
