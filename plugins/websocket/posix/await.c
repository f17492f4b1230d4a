/* posix/await.c - waiting until a socket takes bytes again. */
#include "../bridge.h"

void ws_await_socket(struct lws *wsi)
{
	(void)lws_callback_on_writable(wsi);
}
