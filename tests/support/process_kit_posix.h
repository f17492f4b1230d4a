/* process_kit_posix.h - the POSIX half of process_kit.h: a child is a fork, objects are files. */
#ifndef PC_PROCESS_KIT_POSIX_H
#define PC_PROCESS_KIT_POSIX_H
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "region_kit.h"

typedef pid_t kit_process;
typedef void kit_body(const char *name, uint64_t *cells);
#define KIT_KILLED (-SIGKILL) /* what kit_reap() says of one that was killed */

/* Words in a page shared with children made later; cell 0 is the child's "ready". */
static inline uint64_t *kit_cells(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) PC_FAIL("mmap: %s", strerror(errno));
	return p;
}

static inline void kit_sleep_ms(double ms)
{
	struct timespec t = {(time_t)(ms / 1000), (long)(ms * 1e6) % 1000000000};
	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static inline uint64_t kit_now_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Let others run. */
static inline void kit_yield(void)
{
	(void)sched_yield();
}

/* Run @p body in a child that dies with us. */
static inline kit_process kit_start(kit_body *body, const char *name, uint64_t *cells)
{
	pid_t pid = fork();
	if (pid < 0) PC_FAIL("fork: %s", strerror(errno));
	if (!pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		body(name, cells);
		_exit(0);
	}
	return pid;
}

/* 1 if a child has ended; it is still to be reaped. */
static inline int kit_has_ended(kit_process pid)
{
	siginfo_t info = {.si_pid = 0};
	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == pid;
}

/* Wait for a child; returns its exit code, or -signal. */
static inline int kit_reap(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void kit_end(kit_process pid)
{
	(void)kill(pid, SIGKILL);
}

/* ---- objects as files ---- */
static inline uint64_t kit_inode(const char *name, const char *suffix)
{
	char path[256];
	struct stat st;
	kit_path(name, suffix, path);
	return stat(path, &st) ? 0 : (uint64_t)st.st_ino;
}

static inline uint64_t kit_file_bytes(const char *name, const char *suffix)
{
	char path[256];
	struct stat st;
	kit_path(name, suffix, path);
	CHECK_INT(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

static inline void kit_put_payload(const char *name, const char *bytes, size_t count)
{
	char path[256];
	int fd;
	kit_path(name, "", path);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK(fd >= 0);
	if (count) CHECK_INT(write(fd, bytes, count), count);
	(void)close(fd);
}

#endif
