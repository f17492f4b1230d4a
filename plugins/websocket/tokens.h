/* tokens.h - who may see and who may set what: the lines of the token file (docs/security.md). */
#ifndef WS_TOKENS_H
#define WS_TOKENS_H
#include "gate.h"

#include <pagecast/status.h>
#include <stdatomic.h>

#define WS_TOKEN_MIN       32u
#define WS_TOKEN_MAX       128u
#define WS_TOKENS_MAX      256u
#define WS_TOKEN_NAME_MAX  31u
#define WS_TOKEN_FILE_MAX  65536u
#define WS_TOKEN_GLOBS_MAX 64u

/** One token and its rights. Immutable; held by the table it stands in and by each viewer that came with it. */
typedef struct ws_access {
	atomic_uint refs;
	char name[WS_TOKEN_NAME_MAX + 1]; /* for the log: the secret never goes there */
	char secret[WS_TOKEN_MAX + 1];
	bool is_suspended;    /* known, and may do nothing */
	bool is_bare;         /* a line of nothing but the token */
	ws_texts read, write; /* globs over names of regions */
	/* under the bridge's lock: how many regions it sees, as of this place in their log of changes */
	uint64_t seen_no;
	uint32_t seen_count;
} ws_access;

typedef struct ws_tokens {
	ws_access **items;
	size_t count;
} ws_tokens;

/**
 * Read the text of a token file into a zeroed @p to. A line is empty, a comment behind '#', or
 *
 *     TOKEN [name=NAME] [read=GLOB,...] [write=GLOB,...] [suspended]
 *
 * @param err  on PC_EINVAL "PATH:LINE:COLUMN: what was expected", without any part of a token
 * @return PC_OK; PC_EINVAL; PC_ENOMEM. On failure @p to is empty.
 */
pc_status ws_tokens_parse(const char *path, const char *text, size_t bytes, ws_tokens *to, pc_err *err);
void ws_tokens_free(ws_tokens *t);
/** The access of a secret, NULL if no line has it. What it takes does not depend on which line, or on how much is right. */
ws_access *ws_tokens_find(const ws_tokens *t, const char *secret, size_t bytes);

ws_access *ws_access_hold(ws_access *a);
/** Give one reference back and set *a to NULL; accepts NULL. */
void ws_access_release(ws_access **a);
/** True if both may do the same. */
bool ws_access_equal(const ws_access *a, const ws_access *b);
/** May it see the region of that name? NULL: nobody needs a token, everybody may see everything. */
bool ws_access_reads(const ws_access *a, const char *region);
/** May it set it? NULL: never. */
bool ws_access_writes(const ws_access *a, const char *region);

#endif
