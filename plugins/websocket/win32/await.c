/* win32/await.c - waiting until a socket takes bytes again.
 *
 * On Windows libwebsockets polls a socket for that only after a send of its own was refused; until then it takes every
 * socket for writable, and asking would be a loop without sleep. So it gets something of its own to send, a ping:
 * either the socket takes it after all, or lws keeps the two bytes and waits. */
#include "../bridge.h"

void ws_await_socket(struct lws *wsi)
{
	uint8_t room[LWS_PRE + 1];
	if (!lws_partial_buffered(wsi)) (void)lws_write(wsi, room + LWS_PRE, 0, LWS_WRITE_PING);
	(void)lws_callback_on_writable(wsi);
}
