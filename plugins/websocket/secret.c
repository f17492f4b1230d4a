/* secret.c - what a token looks like in its file. */
#include "os.h"

#include <string.h>

static bool is_token_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool ws_token_read(const char *text, char *token)
{
	size_t bytes = 0;
	while (is_token_byte(text[bytes])) bytes++;
	if (bytes < 32 || bytes > WS_TOKEN_MAX) return false;
	if (text[bytes] != '\0' && text[bytes] != '\n' && text[bytes] != '\r') return false;
	memcpy(token, text, bytes);
	token[bytes] = '\0';
	return true;
}
