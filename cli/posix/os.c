/* posix/os.c - see os.h. */
#define _GNU_SOURCE
#include "os.h"

#include "base/err.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_DIR "/dev/shm"

void cli_os_start(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
}

bool cli_os_reader_went(int error)
{
	return error == EPIPE;
}

bool cli_os_is_terminal(FILE *file)
{
	return isatty(fileno(file)) == 1;
}

bool cli_os_is_styled(FILE *file)
{
	const char *term = getenv("TERM");
	return cli_os_is_terminal(file) && !(term && !strcmp(term, "dumb"));
}

unsigned cli_os_columns(void)
{
	struct winsize size;
	return cli_os_is_terminal(stdout) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

unsigned cli_os_lines(void)
{
	struct winsize size;
	return cli_os_is_terminal(stdout) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_row : 0;
}

static struct termios terminal_before;

bool cli_os_keys_start(void)
{
	struct termios keys;
	if (tcgetattr(STDIN_FILENO, &terminal_before)) return false;
	keys = terminal_before;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_cc[VMIN] = 1;
	keys.c_cc[VTIME] = 0;
	return !tcsetattr(STDIN_FILENO, TCSANOW, &keys);
}

void cli_os_keys_end(void)
{
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t = {0};
	(void)clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

uint64_t cli_os_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t cli_os_unix_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

void cli_os_sleep_ms(unsigned ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	(void)nanosleep(&t, NULL); /* a signal ends it early: callers look at the clock, or whether to stop */
}

void cli_os_local_time(uint64_t unix_ns, char dst[32])
{
	time_t s = (time_t)(unix_ns / UINT64_C(1000000000));
	struct tm tm;
	char second[24];
	dst[0] = 0;
	if (!localtime_r(&s, &tm) || !strftime(second, sizeof second, "%Y-%m-%d %H:%M:%S", &tm)) return;
	(void)snprintf(dst, 32, "%s.%03u", second, (unsigned)(unix_ns / 1000000 % 1000));
}

/* ---- objects ----------------------------------------------------------------------------------------- */

static const char *folder(void)
{
	const char *dir = secure_getenv("PAGECAST_SHM_DIR"); /* as the library does */
	return dir && *dir ? dir : DEFAULT_DIR;
}

static pc_status fail(pc_err *err, int error, const char *what)
{
	pc_status s = PC_EIO;
	if (error == ENOENT) s = PC_EABSENT;
	if (error == EACCES || error == EPERM) s = PC_EPERM;
	return pc_err_set(err, s, "%s: %s", what, strerror(error));
}

const char *cli_os_plain_name(const char *name)
{
	if (!strncmp(name, "Local\\", 6)) return name + 6;
	if (!strncmp(name, "Global\\", 7)) return name + 7;
	return name;
}

void cli_os_place(const char *name, char *dst, size_t dst_bytes)
{
	(void)snprintf(dst, dst_bytes, "%s/%s", folder(), name);
}

bool cli_os_is_beside(uint64_t file_id)
{
	(void)file_id; /* a name can be taken from a file */
	return false;
}

void cli_os_payload_name(const char *name, uint64_t file_id, char *dst, size_t dst_bytes)
{
	(void)file_id; /* an inode, by which nothing can be opened */
	(void)snprintf(dst, dst_bytes, "%s", name);
}

pc_status cli_os_each_object(void (*fn)(void *arg, const char *name), void *arg, pc_err *err)
{
	DIR *dir = opendir(folder());
	struct dirent *entry;
	if (!dir) return fail(err, errno, folder());
	while ((entry = readdir(dir))) fn(arg, entry->d_name);
	(void)closedir(dir);
	return PC_OK;
}

pc_status cli_os_object_read(const char *name, uint64_t offset, void *dst, size_t bytes, size_t *ret_bytes, pc_err *err)
{
	char path[4096];
	size_t used = 0;
	ssize_t got = 0;
	int length = snprintf(path, sizeof path, "%s/%s", folder(), name);
	if (strchr(name, '/') || length < 0 || (size_t)length >= sizeof path)
		return pc_err_set(err, PC_EINVAL, "'%s' is no name of an object", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) return fail(err, errno, path);
	while (used < bytes && (got = pread(fd, (char *)dst + used, bytes - used, (off_t)(offset + used))) > 0)
		used += (size_t)got;
	int error = errno;
	(void)close(fd);
	if (got < 0) return fail(err, error, path);
	*ret_bytes = used;
	return PC_OK;
}

/* ---- processes --------------------------------------------------------------------------------------- */

/* Field 22 of /proc/PID/stat, behind a name that may hold anything; 0 if it cannot be told. */
static uint64_t start_of(uint32_t pid)
{
	char path[64], text[1024];
	(void)snprintf(path, sizeof path, "/proc/%u/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return 0;
	ssize_t got = read(fd, text, sizeof text - 1);
	(void)close(fd);
	if (got <= 0) return 0;
	text[got] = 0;
	char *at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
	return at ? strtoull(at + 1, NULL, 10) : 0;
}

/* Same owner, same start: else the pid in the region is a lie, or has been given to somebody else since. */
static bool is_that_process(const char *region, uint32_t pid, uint64_t start)
{
	char path[4096];
	struct stat object, process;
	uint64_t found = start_of(pid);
	if (!pid || pid > INT32_MAX || (start && found && found != start)) return false;
	(void)snprintf(path, sizeof path, "%s/%s", folder(), region);
	if (lstat(path, &object)) return false;
	(void)snprintf(path, sizeof path, "/proc/%u", pid);
	return !stat(path, &process) && process.st_uid == object.st_uid;
}

pc_status cli_os_ask_reload(const char *region, uint32_t pid, uint64_t start, uint64_t pidns, pc_err *err)
{
	struct stat own;
	if (pidns && !stat("/proc/self/ns/pid", &own) && own.st_ino != pidns)
		return pc_err_set(err, PC_EUNSUPPORTED, "pid %u is in another pid namespace (a container)", pid);
	if (!is_that_process(region, pid, start))
		return pc_err_set(err, PC_EABSENT, "pid %u is not that daemon, or not any more", pid);
	if (!kill((pid_t)pid, SIGHUP)) return PC_OK;
	if (errno == ESRCH) return pc_err_set(err, PC_EABSENT, "there is no process %u", pid);
	return fail(err, errno, "cannot send SIGHUP");
}

bool cli_os_user(const char *name, size_t bytes, uint32_t *ret_uid)
{
	char text[256], *end;
	if (!bytes || bytes >= sizeof text) return false;
	memcpy(text, name, bytes);
	text[bytes] = 0;
	struct passwd *user = getpwnam(text);
	if (user) {
		*ret_uid = (uint32_t)user->pw_uid;
		return true;
	}
	unsigned long number = strtoul(text, &end, 10);
	if (*end || text[0] < '0' || text[0] > '9' || number > UINT32_MAX) return false;
	*ret_uid = (uint32_t)number;
	return true;
}

/* ---- signals and input ------------------------------------------------------------------------------- */

static volatile sig_atomic_t stopped; /* a signal handler can write nowhere else */

static void on_stop(int number)
{
	(void)number;
	stopped = 1;
}

void cli_os_catch_stop(void)
{
	struct sigaction action = {.sa_handler = on_stop}; /* no SA_RESTART: sleeps end early */
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
}

bool cli_os_stopped(void)
{
	return stopped != 0;
}

bool cli_os_input_is_null(void)
{
	struct stat input, null;
	if (fstat(STDIN_FILENO, &input)) return true;
	return !stat("/dev/null", &null) && S_ISCHR(input.st_mode) && input.st_rdev == null.st_rdev;
}

bool cli_os_input_wait(unsigned timeout_ms)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	return poll(&p, 1, (int)timeout_ms) > 0;
}

int cli_os_input_read(void *dst, size_t bytes)
{
	ssize_t got;
	if (bytes > 1u << 20) bytes = 1u << 20;
	do got = read(STDIN_FILENO, dst, bytes);
	while (got < 0 && errno == EINTR && !stopped);
	return (int)got;
}
