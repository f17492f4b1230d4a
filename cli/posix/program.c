/* posix/program.c - see os.h: other programs of ours. */
#define _GNU_SOURCE
#include "os.h"
#include "out.h"

#include "base/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED 127

void cli_os_become(const char *program, char *const argv[], pc_err *err)
{
	char path[4096];
	ssize_t got = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash = NULL;
	if (got > 0) {
		path[got] = 0;
		slash = strrchr(path, '/');
	}
	if (slash && (size_t)(slash + 1 - path) + strlen(program) < sizeof path) {
		(void)memcpy(slash + 1, program, strlen(program) + 1);
		(void)execv(path, argv);
		if (errno != ENOENT) {
			(void)pc_err_set(err, PC_EIO, "%s: %s", path, strerror(errno));
			return;
		}
	}
	(void)execvp(program, argv);
	(void)pc_err_set(err, PC_EIO, "%s: %s", program, strerror(errno));
}

/* In the child: stdout is the pipe. Its other end closes with exec. */
static void be_child(const char *program, char *const argv[], int out)
{
	pc_err err = {""};
	if (out == STDOUT_FILENO || dup2(out, STDOUT_FILENO) >= 0) cli_os_become(program, argv, &err);
	cli_error("cannot run %s", *err.text ? err.text : program);
	_exit(NOT_STARTED);
}

static void read_all(int from, pc_strbuf *b)
{
	char piece[4096];
	for (;;) {
		ssize_t got = read(from, piece, sizeof piece);
		if (got > 0) pc_strbuf_add(b, piece, (size_t)got);
		if (!got || (got < 0 && errno != EINTR)) break;
	}
}

int cli_os_capture(const char *program, char *const argv[], char **ret_text, size_t *ret_bytes, pc_err *err)
{
	int ends[2], status = 0;
	pc_strbuf b = {0};
	(void)fflush(stdout); /* what is in its buffer would be written twice */
	if (pipe(ends)) {
		(void)pc_err_set(err, PC_EIO, "pipe: %s", strerror(errno));
		return -1;
	}
	pid_t child = fork();
	if (!child) {
		(void)close(ends[0]);
		be_child(program, argv, ends[1]);
	}
	int error = errno;
	(void)close(ends[1]);
	if (child > 0) read_all(ends[0], &b);
	(void)close(ends[0]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	if (child < 0)
		(void)pc_err_set(err, PC_EIO, "fork: %s", strerror(error));
	else if (!WIFEXITED(status))
		(void)pc_err_set(err, PC_EIO, "%s was ended by signal %d", program, WTERMSIG(status));
	char *text = pc_strbuf_take(&b, ret_bytes);
	if (!text) (void)pc_err_set(err, PC_ENOMEM, "out of memory");
	if (!text || child < 0 || !WIFEXITED(status)) {
		free(text);
		return -1;
	}
	*ret_text = text;
	return WEXITSTATUS(status);
}

int cli_os_apart(int (*fn)(void *arg), void *arg, pc_err *err)
{
	int status = 0;
	(void)fflush(stdout);
	pid_t child = fork();
	if (!child) {
		int result = fn(arg);
		_exit(cli_flush() ? result : CLI_FAILED);
	}
	if (child < 0) {
		(void)pc_err_set(err, PC_EIO, "fork: %s", strerror(errno));
		return -1;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	if (WIFEXITED(status)) return WEXITSTATUS(status);
	(void)pc_err_set(err, PC_EIO, "%s", strsignal(WTERMSIG(status)));
	return -1;
}
