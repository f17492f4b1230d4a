/* load.c - the files that the options name, read at start and at each reload: whole and right, or refused with a reason. */
#include "bridge.h"
#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void prefix(pc_err *err, const char *key)
{
	pc_err text = *err;
	(void)snprintf(err->text, sizeof err->text, "%s: %.230s", key, text.text);
}

/* ---- tokens ---- */

static pc_status make_file(const char *path, pc_err *err)
{
	char fresh[46];
	pc_status st;
	if (ws_token_make(fresh)) {
		(void)snprintf(err->text, sizeof err->text, "the system gives no random numbers");
		return PC_EIO;
	}
	memcpy(fresh + 43, "\n", 2);
	st = ws_secret_create(path, fresh, err);
	memset(fresh, 0, sizeof fresh);
	return st == PC_EBUSY ? PC_OK : st; /* another process made it between our look and ours */
}

/* One that we made ourselves is made anew; one that somebody wrote is for that person to judge. */
static pc_status replace_exposed(const struct pc_host *host, const char *path, const ws_tokens *tokens, pc_err *err)
{
	char text[400];
	pc_status st;
	if (tokens->count != 1 || !tokens->items[0]->is_bare) {
		(void)snprintf(err->text, sizeof err->text,
		               "%.150s can be read or written by others: chmod 600, and replace its tokens", path);
		return PC_EUNTRUSTED;
	}
	st = ws_secret_remove(path, err);
	if (st == PC_OK) st = make_file(path, err);
	(void)snprintf(text, sizeof text, "token_file %.300s could be read by others: a new token replaces it", path);
	if (st == PC_OK) host->log(host, PC_LOG_WARN, text);
	return st;
}

static pc_status read_file(const struct pc_host *host, const char *path, ws_tokens *to, bool may_make, pc_err *err)
{
	char *text = malloc(WS_TOKEN_FILE_MAX);
	size_t bytes = 0;
	bool exposed = false;
	pc_status st = text ? ws_secret_read(path, text, WS_TOKEN_FILE_MAX, &bytes, &exposed, err) : PC_ENOMEM;
	if (st == PC_OK) st = ws_tokens_parse(path, text, bytes, to, err);
	if (text) memset(text, 0, bytes);
	free(text);
	if (!may_make || (st != PC_EABSENT && !(st == PC_OK && exposed))) return st;
	st = st == PC_EABSENT ? make_file(path, err) : replace_exposed(host, path, to, err);
	ws_tokens_free(to);
	return st == PC_OK ? read_file(host, path, to, false, err) : st;
}

static pc_status load_tokens(const struct pc_host *host, ws_options *o, pc_err *err)
{
	char name[256], path[4096], text[400];
	pc_status st;
	(void)snprintf(name, sizeof name, "pagecast-%s-%s.token", host->daemon, host->instance);
	(void)snprintf(path, sizeof path, "%s", o->token_file);
	if (!path[0] && ws_token_default_path(name, path, sizeof path)) return PC_EINVAL;
	st = read_file(host, path, &o->tokens, true, err);
	if (st != PC_OK) {
		prefix(err, "token_file");
		return st;
	}
	(void)snprintf(text, sizeof text, "tokens: %u in %.300s", (unsigned)o->tokens.count, path);
	host->log(host, PC_LOG_INFO, text);
	return st;
}

pc_status ws_options_load(const struct pc_host *host, ws_options *o, pc_err *err)
{
	pc_status st = o->tls_cert[0] ? ws_tls_check(o->tls_cert, o->tls_key, err) : PC_OK;
	return st == PC_OK && o->use_token ? load_tokens(host, o, err) : st;
}
