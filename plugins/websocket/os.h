/* os.h - what the bridge needs of the operating system; posix/ and win32/ hold the halves. Texts and paths are UTF-8. */
#ifndef WS_OS_H
#define WS_OS_H
#include <pagecast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the machine ---- */
/** How many threads may serve viewers on this system. */
unsigned ws_threads_max(void);
/** CPUs that this process may run on, as its affinity and not its machine has it; at least 1. */
unsigned ws_cpu_count(void);

/** Wall clock in us since 1970. */
uint64_t ws_unix_us(void);

/* ---- sockets ---- */
typedef intptr_t ws_socket;
#define WS_NO_SOCKET   ((ws_socket)-1)
#define WS_SOCKET_SHED ((ws_socket)-2)

typedef struct ws_address {
	char text[48]; /* numeric, no brackets */
	uint16_t port;
	bool is_v6, is_loopback;
} ws_address;

/** Parse "127.0.0.1:7681" or "[::1]:0"; names are refused. @return PC_OK; PC_EINVAL with the reason in err */
pc_status ws_address_parse(const char *text, ws_address *ret, pc_err *err);
/** The halves' part of that: a numeric address without a port, into the system's own spelling. */
bool ws_address_read(const char *host, bool is_v6, ws_address *ret);
/**
 * Listen on exactly that address: what the system bound is read back and compared.
 * @param ret_bound  the address with the port that was chosen
 * @return PC_OK; PC_EBUSY in use; PC_EPERM; PC_EIO; err names the address
 */
pc_status ws_listen(const ws_address *want, ws_socket *ret_socket, ws_address *ret_bound, pc_err *err);
/** A descriptor in reserve: given up for a moment when there are no others left, so that what waits can be refused. */
ws_socket ws_spare_open(void);
/**
 * Accept one connection: non-blocking, not inherited, TCP_NODELAY, @p sndbuf_bytes of send buffer, and little
 * of it unsent (so that what waits there is young).
 * @param spare     from ws_spare_open()
 * @param ret_peer  its numeric address
 * @return WS_NO_SOCKET if none is waiting; WS_SOCKET_SHED if there was no descriptor for it and it was closed
 */
ws_socket ws_accept(ws_socket listener, ws_socket *spare, int sndbuf_bytes, char ret_peer[48]);
void ws_socket_close(ws_socket socket);
/** Send what fits without waiting and without a signal. @return bytes taken, 0 = full, -1 = the connection is gone */
ptrdiff_t ws_send(ws_socket socket, const void *data, size_t bytes);
/** The same for a head and a body in one call. */
ptrdiff_t ws_send_two(ws_socket socket, const void *head, size_t head_bytes, const void *body, size_t body_bytes);

/* ---- secrets ---- */
/** Fill with random bytes of the kernel. @return 0, or -1 */
int ws_random(void *to, size_t bytes);
/**
 * Where tokens are kept if the configuration does not say. Linux: the service's runtime directory, the user's, or /tmp,
 * in this order. Windows: pagecast below %LOCALAPPDATA%, for a service account below %ProgramData%; made if it is not there.
 * @return 0; -1 if the path does not fit
 */
int ws_token_default_path(const char *file_name, char *to, size_t room);
/**
 * Read a file that holds secrets: a plain file of this user, no link followed.
 * @param to           its bytes, NUL-ended
 * @param room         more than the file may have
 * @param ret_exposed  others may read or write it
 * @return PC_OK; PC_EABSENT; PC_EUNTRUSTED not ours, or not a plain file; PC_EINVAL too long; PC_EPERM; PC_EIO; err says
 *         which, with the path
 */
pc_status ws_secret_read(const char *path, char *to, size_t room, size_t *ret_bytes, bool *ret_exposed, pc_err *err);
/**
 * Make such a file, for this user alone (Linux: 0600; Windows: this user, SYSTEM and administrators). What stands there is not overwritten, and nobody ever sees half of it.
 * @return PC_OK; PC_EBUSY there is one by now; PC_EPERM; PC_EIO; PC_EINVAL the path is too long
 */
pc_status ws_secret_create(const char *path, const char *text, pc_err *err);
/** @return PC_OK; PC_EIO */
pc_status ws_secret_remove(const char *path, pc_err *err);

#endif
