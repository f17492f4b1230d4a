/* daemon/posix/signals.c - see signals.h. */
#include "daemon/signals.h"

#include "base/err.h"

#include <signal.h>
#include <stdlib.h>

#define SIGNALS 5u

struct pcd_signals {
	uv_signal_t handles[SIGNALS];
	uint32_t open; /* handles that the loop still knows */
	pcd_signals_fns fns;
	void *arg;
};

static const struct {
	int number;
	const char *name;
} signals_known[SIGNALS] = {
        {SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGHUP, "SIGHUP"}, {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"}};

static void on_signal(uv_signal_t *handle, int number)
{
	pcd_signals *s = handle->data;
	const char *name = signals_known[handle - s->handles].name;
	switch (number) {
	case SIGHUP: s->fns.reload(s->arg, name); break;
	case SIGUSR1: s->fns.dump(s->arg, name); break;
	case SIGUSR2: s->fns.hand_over(s->arg, name); break;
	default: s->fns.stop(s->arg, name);
	}
}

pc_status pcd_signals_start(uv_loop_t *loop, const pcd_signals_fns *fns, void *arg, pcd_signals **ret_signals,
                            pc_err *err)
{
	pcd_signals *s = calloc(1, sizeof *s);
	int error = 0;
	if (!s) return pc_err_set(err, PC_ENOMEM, "no memory for signals");
	s->fns = *fns;
	s->arg = arg;
	for (uint32_t i = 0; i < SIGNALS && !error; i++) {
		error = uv_signal_init(loop, s->handles + i);
		if (error) break;
		s->handles[i].data = s;
		s->open++;
		error = uv_signal_start(s->handles + i, on_signal, signals_known[i].number);
	}
	*ret_signals = s;
	return error ? pc_err_set(err, PC_EIO, "cannot wait for signals: %s", uv_strerror(error)) : PC_OK;
}

void pcd_signals_last(pcd_signals *signals)
{
	for (uint32_t i = 0; signals && i < signals->open; i++)
		if (signals_known[i].number == SIGTERM || signals_known[i].number == SIGINT)
			(void)uv_signal_stop(signals->handles + i);
}

static void on_closed(uv_handle_t *handle)
{
	pcd_signals *s = handle->data;
	if (!--s->open) free(s);
}

void pcd_signals_end(pcd_signals **signals)
{
	pcd_signals *s = *signals;
	uint32_t open = s ? s->open : 0;
	*signals = NULL;
	if (!open) free(s);
	for (uint32_t i = 0; i < open; i++) uv_close((uv_handle_t *)(s->handles + i), on_closed);
	/* they are back to what ends a process, and we are not quite at our end */
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGUSR2, SIG_IGN);
}
