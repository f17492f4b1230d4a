/* options.c - the option table, and what it cannot say: which settings belong together. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct pc_option ws_option_table[] = {
	{"listen", "127.0.0.1:7681", NULL, NULL, NULL, "numeric address and port to listen on; port 0 = any free one", PC_OPT_STRING, 0},
	{"auth", "token", "token|none", NULL, NULL, "none: anybody who reaches the port sees every region; only on loopback", PC_OPT_ENUM, 0},
	{"token_file", NULL, NULL, NULL, NULL, "file of tokens and their rights; unset: pagecast-INSTANCE-PLUGIN.token in the runtime directory", PC_OPT_STRING, PC_OPT_RELOAD | PC_OPT_FILE},
	{"tls_cert", NULL, NULL, NULL, NULL, "PEM file of the certificate and those it rests on; with tls_key: https and wss, nothing else", PC_OPT_STRING, PC_OPT_FILE},
	{"tls_key", NULL, NULL, NULL, NULL, "PEM file of the certificate's private key, without passphrase", PC_OPT_STRING, PC_OPT_FILE},
	{"allow_hosts", NULL, NULL, NULL, NULL, "further values of the Host header to serve, as host:port", PC_OPT_LIST, PC_OPT_RELOAD},
	{"allow_origins", NULL, NULL, NULL, NULL, "further pages that may connect, as https://host:port", PC_OPT_LIST, PC_OPT_RELOAD},
	{"max_viewers", "64", "1", "100000", NULL, "connections at a time", PC_OPT_INT, PC_OPT_RELOAD},
	{"max_half_open", "64", "8", "10000", NULL, "connections that are no viewers yet; of more, the quietest leaves", PC_OPT_INT, PC_OPT_RELOAD},
	{"max_per_address", "0", "0", "100000", NULL, "connections from one address; 0: no limit", PC_OPT_INT, PC_OPT_RELOAD},
	{"handshake_timeout", "5s", "1s", "60s", NULL, "time for TLS and a request's head", PC_OPT_DURATION, PC_OPT_RELOAD},
	{"max_hz", "120", "1", "1000", "Hz", "updates of one region a second, at most", PC_OPT_INT, PC_OPT_RELOAD},
	{"hb", "1s", "100ms", "60s", NULL, "time between two heartbeats to a viewer", PC_OPT_DURATION, PC_OPT_RELOAD},
	{"window_frames", "4", "1", "64", NULL, "data messages that a viewer may have unacknowledged, besides those on a long way", PC_OPT_INT, PC_OPT_RELOAD},
	{"window_bytes", "256KiB", "16KiB", "64MiB", "bytes", "bytes of data that a viewer may have unacknowledged", PC_OPT_SIZE, PC_OPT_RELOAD},
	{"max_bytes_s", "0", "0", "1TiB", "bytes", "data a second to all viewers together; 0: no limit", PC_OPT_SIZE, PC_OPT_RELOAD},
	{"max_viewer_bytes_s", "0", "0", "1TiB", "bytes", "data a second to each viewer; 0: no limit", PC_OPT_SIZE, PC_OPT_RELOAD},
	{"sndbuf", "64KiB", "4KiB", "16MiB", "bytes", "send buffer of one connection: larger = older data on slow links", PC_OPT_SIZE, PC_OPT_RELOAD},
	{"dashboard", "true", NULL, NULL, NULL, "serve the dashboard at /", PC_OPT_BOOL, PC_OPT_RELOAD},
	{"threads", "auto", "auto|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16", NULL, NULL, "that serve viewers; auto: 1 on up to 3 CPUs, then half of them, at most 8", PC_OPT_ENUM, 0},
	{"insecure_lan", "false", NULL, NULL, NULL, "allow an address beyond loopback although nothing is encrypted", PC_OPT_BOOL, 0},
	{NULL, NULL, NULL, NULL, NULL, NULL, 0, 0},
};
/* clang-format on */

static pc_status say(pc_err *err, pc_status s, const char *text)
{
	(void)snprintf(err->text, sizeof err->text, "%s", text);
	return s;
}

static int read_list(const struct pc_host *host, const pc_config *config, const char *key, ws_texts *to)
{
	const char *item;
	for (uint32_t i = 0; (item = host->cfg_list(config, key, i)) != NULL; i++)
		if (ws_texts_add(to, item)) return -1;
	return 0;
}

/* Unset is "". */
static char *copy_of(const char *text)
{
	size_t bytes = text ? strlen(text) + 1 : 1;
	char *copy = malloc(bytes);
	if (copy) memcpy(copy, text ? text : "", bytes);
	return copy;
}

static pc_status read_all(const struct pc_host *host, const pc_config *config, ws_options *o, pc_err *err)
{
	const char *path = host->cfg_string(config, "token_file");
	pc_status st = ws_address_parse(host->cfg_string(config, "listen"), &o->listen, err);
	pc_err text = *err;
	if (st != PC_OK) {
		(void)snprintf(err->text, sizeof err->text, "listen: %.240s", text.text);
		return st;
	}
	o->use_token = host->cfg_int(config, "auth") == 0;
	o->threads = (uint32_t)host->cfg_int(config, "threads"); /* the place in the list is the number */
	o->insecure_lan = host->cfg_int(config, "insecure_lan") != 0;
	o->dashboard = host->cfg_int(config, "dashboard") != 0;
	o->max_viewers = (uint32_t)host->cfg_int(config, "max_viewers");
	o->max_half_open = (uint32_t)host->cfg_int(config, "max_half_open");
	o->max_per_address = (uint32_t)host->cfg_int(config, "max_per_address");
	o->handshake_ns = (uint64_t)host->cfg_int(config, "handshake_timeout");
	o->max_hz = (uint32_t)host->cfg_int(config, "max_hz");
	o->window.frames = (uint32_t)host->cfg_int(config, "window_frames");
	o->window.bytes = (uint64_t)host->cfg_int(config, "window_bytes");
	o->bytes_s = (uint64_t)host->cfg_int(config, "max_bytes_s");
	o->viewer_bytes_s = (uint64_t)host->cfg_int(config, "max_viewer_bytes_s");
	o->sndbuf_bytes = (int)host->cfg_int(config, "sndbuf");
	o->hb_ms = (uint32_t)(host->cfg_int(config, "hb") / 1000000);
	o->token_file = copy_of(path);
	o->tls_cert = copy_of(host->cfg_string(config, "tls_cert"));
	o->tls_key = copy_of(host->cfg_string(config, "tls_key"));
	if (!o->token_file || !o->tls_cert || !o->tls_key || read_list(host, config, "allow_hosts", &o->allow_hosts) ||
	    read_list(host, config, "allow_origins", &o->allow_origins))
		return say(err, PC_ENOMEM, "out of memory");
	return PC_OK;
}

static pc_status check(const ws_options *o, pc_err *err)
{
	bool is_tls = o->tls_cert[0] != 0;
	if (is_tls != (o->tls_key[0] != 0))
		return say(err, PC_EINVAL,
		           is_tls ? "tls_cert needs tls_key, its private key"
		                  : "tls_key needs tls_cert, its certificate");
	if (o->listen.is_loopback) return PC_OK;
	if (!o->use_token)
		return say(err, PC_EINVAL,
		           "auth: none is for loopback only: whoever reaches this address would see every region");
	if (!is_tls && !o->insecure_lan)
		return say(err, PC_EINVAL,
		           "listen: an address beyond loopback sends data and the token unencrypted; give tls_cert and "
		           "tls_key, "
		           "listen on 127.0.0.1 behind a tunnel or a TLS proxy, or set insecure_lan: true");
	return PC_OK;
}

pc_status ws_options_create(const struct pc_host *host, const pc_config *config, ws_options **ret_options, pc_err *err)
{
	ws_options *o = calloc(1, sizeof *o);
	pc_status st = o ? PC_OK : say(err, PC_ENOMEM, "out of memory");
	if (st == PC_OK) st = read_all(host, config, o, err);
	if (st == PC_OK) st = check(o, err);
	if (st != PC_OK)
		ws_options_destroy(&o);
	else
		*ret_options = o;
	return st;
}

void ws_options_destroy(ws_options **options)
{
	ws_options *o = *options;
	*options = NULL;
	if (!o) return;
	ws_texts_free(&o->allow_hosts);
	ws_texts_free(&o->allow_origins);
	ws_tokens_free(&o->tokens);
	free(o->token_file);
	free(o->tls_cert);
	free(o->tls_key);
	free(o);
}
