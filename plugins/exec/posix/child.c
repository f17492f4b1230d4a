/* posix/child.c - see os.h. */
#define _GNU_SOURCE
#include "../os.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct exec_child {
	pid_t pid;
	int pipes[2]; /* our ends of its output and errors; -1 = ended */
	pthread_t thread;
	sem_t given_back;
	exec_announce_fn *announce;
	void *arg;
	volatile int is_stopping; /* set by stop(), read after each wait for the semaphore */
	exec_chunk chunk;
};

static pc_status failed(pc_err *err, int error, const char *what)
{
	pc_status s = error == ENOENT ? PC_EABSENT : error == EACCES || error == EPERM ? PC_EPERM : PC_EIO;
	if (error == ENOMEM || error == EAGAIN) s = PC_ENOMEM;
	if (err) (void)snprintf(err->text, sizeof err->text, "cannot start %.180s: %s", what, strerror(error));
	return s;
}

/* ---- the thread ---- */

static bool hand_over(exec_child *c, enum exec_chunk_kind kind, size_t bytes)
{
	c->chunk.kind = kind;
	c->chunk.bytes = bytes;
	if (!c->announce(c->arg)) return false;
	while (sem_wait(&c->given_back) && errno == EINTR) continue;
	return !c->is_stopping;
}

/* @return false: nobody listens any more */
static bool take_from(exec_child *c, int which)
{
	ssize_t got = read(c->pipes[which], c->chunk.data, EXEC_CHUNK_BYTES);
	if (got > 0) return hand_over(c, which ? EXEC_ERRORS : EXEC_OUTPUT, (size_t)got);
	if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
	(void)close(c->pipes[which]);
	c->pipes[which] = -1;
	return true;
}

/* What it started may hold the pipes open after it: its own end counts, and what it said before. */
static bool has_ended(const exec_child *c)
{
	siginfo_t info = {0};
	return !waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == c->pid;
}

/* Not reaped here: until stop() has done so, its number and its group's are nobody else's. */
static void say_end(exec_child *c)
{
	siginfo_t info = {0};
	int bytes;
	while (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT) && errno == EINTR) continue;
	if (info.si_code == CLD_EXITED)
		bytes = snprintf(c->chunk.data, EXEC_CHUNK_BYTES, "ended with status %d", info.si_status);
	else
		bytes = snprintf(c->chunk.data, EXEC_CHUNK_BYTES, "ended by signal %d (%s)", info.si_status,
		                 strsignal(info.si_status));
	(void)hand_over(c, EXEC_END, (size_t)bytes);
}

static void *follow(void *child)
{
	exec_child *c = child;
	bool goes_on = true;
	while (goes_on && (c->pipes[0] >= 0 || c->pipes[1] >= 0)) {
		struct pollfd p[2] = {{.fd = c->pipes[0], .events = POLLIN}, {.fd = c->pipes[1], .events = POLLIN}};
		int ready = poll(p, 2, 200);
		for (int i = 0; i < 2 && goes_on && ready > 0; i++)
			if (p[i].revents) goes_on = take_from(c, i);
		if (!ready && has_ended(c)) break;
	}
	if (goes_on) say_end(c);
	return NULL;
}

/* ---- its life ---- */

/* In the child. A failure of exec travels through a pipe that a success closes. */
static void become(const char *const *argv, const char *folder, const int out[2], const int errors[2], int report)
{
	sigset_t none;
	int error = 0, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (dup2(null, 0) < 0 || dup2(out[1], 1) < 0 || dup2(errors[1], 2) < 0 || (folder && chdir(folder)))
		error = errno;
	if (!error) {
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		error = errno;
	}
	(void)!write(report, &error, sizeof error);
	_exit(127);
}

static int spawn(exec_child *c, const char *const *argv, const char *folder)
{
	int out[2] = {-1, -1}, errors[2] = {-1, -1}, report[2] = {-1, -1}, error = 0;
	if (pipe2(out, O_CLOEXEC) || pipe2(errors, O_CLOEXEC) || pipe2(report, O_CLOEXEC)) error = errno;
	if (!error && (c->pid = fork()) < 0) error = errno;
	if (!error && !c->pid) become(argv, folder, out, errors, report[1]);
	int *ours[] = {&out[1], &errors[1], &report[1]};
	for (int i = 0; i < 3; i++)
		if (*ours[i] >= 0) (void)close(*ours[i]);
	if (!error) {
		(void)setpgid(c->pid, c->pid); /* whoever of the two is first */
		if (read(report[0], &error, sizeof error) != (ssize_t)sizeof error) error = 0;
		if (error) (void)waitpid(c->pid, NULL, 0);
	}
	if (report[0] >= 0) (void)close(report[0]);
	c->pipes[0] = out[0];
	c->pipes[1] = errors[0];
	return error;
}

static void child_free(exec_child *c)
{
	for (int i = 0; i < 2; i++)
		if (c->pipes[i] >= 0) (void)close(c->pipes[i]);
	(void)sem_destroy(&c->given_back);
	free(c);
}

pc_status exec_child_start(const char *const *argv, const char *folder, exec_announce_fn *announce, void *arg,
                           exec_child **ret_child, pc_err *err)
{
	exec_child *c = calloc(1, sizeof *c);
	sigset_t all, before;
	int error;
	if (!c) return failed(err, ENOMEM, argv[0]);
	(void)sem_init(&c->given_back, 0, 0);
	c->announce = announce;
	c->arg = arg;
	error = spawn(c, argv, folder);
	if (error) {
		child_free(c);
		return failed(err, error, argv[0]);
	}
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&c->thread, NULL, follow, c);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		(void)kill(-c->pid, SIGKILL);
		(void)waitpid(c->pid, NULL, 0);
		child_free(c);
		return failed(err, error, argv[0]);
	}
	*ret_child = c;
	return PC_OK;
}

const exec_chunk *exec_child_chunk(const exec_child *child)
{
	return &child->chunk;
}

void exec_child_next(exec_child *child)
{
	(void)sem_post(&child->given_back);
}

void exec_child_stop(exec_child **child, unsigned grace_ms)
{
	exec_child *c = *child;
	struct timespec step = {0, 5000000};
	if (!c) return;
	*child = NULL;
	c->is_stopping = 1;
	(void)kill(-c->pid, SIGTERM);
	for (unsigned waited = 0; waited < grace_ms && !has_ended(c); waited += 5) (void)nanosleep(&step, NULL);
	(void)kill(-c->pid, SIGKILL);
	(void)sem_post(&c->given_back);
	(void)pthread_join(c->thread, NULL);
	(void)waitpid(c->pid, NULL, 0);
	child_free(c);
}
