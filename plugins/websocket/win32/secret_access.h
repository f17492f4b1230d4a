/* secret_access.h - whose a file is, and who else may read it. */
#ifndef WS_WIN32_SECRET_ACCESS_H
#define WS_WIN32_SECRET_ACCESS_H
#include <stdbool.h>
#include <windows.h>

typedef struct ws_identity {
	union {
		TOKEN_USER user; /* of this process */
		BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	};
	bool is_service; /* one of the system's own accounts, which no person logs in as */
} ws_identity;

bool ws_identity_get(ws_identity *ret);
/**
 * @param ret_is_ours          the file's owner is this user
 * @param ret_others_can_read  somebody besides this user, SYSTEM and administrators (who may read everything anyway)
 * @return 0, or an error of the system
 */
DWORD ws_access_look(HANDLE file, const ws_identity *who, bool *ret_is_ours, bool *ret_others_can_read);
/** Create a file that must not exist, for these alone whatever its folder says. @return INVALID_HANDLE_VALUE on failure */
HANDLE ws_access_create(const wchar_t *path, const ws_identity *who);

#endif
