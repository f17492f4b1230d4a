/* daemon/signals.h - what the system, or a person, asks of a running daemon: to stop, to read its configuration again, or to
 * write down its state.
 *
 * POSIX: SIGTERM and SIGINT, SIGHUP, SIGUSR1, SIGUSR2 (stop, and leave the objects to a
 * successor; Windows takes sections away when nobody has them open). Windows: Ctrl-C, Ctrl-Break, the end of the console or of the session, the service
 * manager's controls, and three named events, see win32/signals.c.                                                          */
#ifndef PCD_SIGNALS_H
#define PCD_SIGNALS_H
#include <pagecast/status.h>
#include <uv.h>

/** Called on the loop. @param from  what asked, for the log: "SIGTERM", "Ctrl-C" */
typedef void pcd_signals_fn(void *arg, const char *from);

typedef struct pcd_signals_fns {
	pcd_signals_fn *stop, *hand_over, *reload, *dump;
} pcd_signals_fns;

typedef struct pcd_signals pcd_signals;

/**
 * From now on requests are calls. One set per process.
 * @param ret_signals  ended by pcd_signals_end()
 * @return PC_OK; PC_ENOMEM; PC_EIO
 */
pc_status pcd_signals_start(uv_loop_t *loop, const pcd_signals_fns *fns, void *arg, pcd_signals **ret_signals,
                            pc_err *err);
/** The daemon is stopping: a second request of a person ends the process at once, whatever a plugin's stop() waits for. */
void pcd_signals_last(pcd_signals *signals);
/** Closes its handles; freed by the loop's next turns. Accepts NULL. */
void pcd_signals_end(pcd_signals **signals);

#endif
