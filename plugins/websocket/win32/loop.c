/* win32/loop.c - none: libwebsockets waits by itself. */
#include "../loop.h"

#include <stddef.h>

ws_loop *ws_loop_create(struct lws_context_creation_info *info)
{
	(void)info;
	return NULL;
}

void ws_loop_sleep(ws_loop *loop, uint64_t ms)
{
	(void)loop, (void)ms;
}

void ws_loop_wake(ws_loop *loop)
{
	(void)loop;
}

void ws_loop_destroy(ws_loop **loop)
{
	*loop = NULL;
}
