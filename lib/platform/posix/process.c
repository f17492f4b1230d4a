/* platform/posix/process.c - see platform/process.h; pc_process_forks() is in fork.c. */
#define _POSIX_C_SOURCE 200809L
#include "platform/process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whole small file as text; "" if it cannot be read. */
static void read_text(const char *path, char *text, size_t text_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, text_bytes - 1);
	text[got > 0 ? got : 0] = 0;
	if (fd >= 0) (void)close(fd);
}

/* Field 22 of /proc/PID/stat. Field 2 is the program's name in brackets and may hold anything. */
static uint64_t start_of(const char *stat)
{
	const char *at = strrchr(stat, ')');
	for (int field = 2; at && field < 22; field++) {
		at = strchr(at, ' ');
		if (at) at++;
	}
	return at ? strtoull(at, NULL, 10) : 0;
}

void pc_process_self(pc_process *ret_process)
{
	char text[1024];
	struct stat ns;
	memset(ret_process, 0, sizeof *ret_process);
	ret_process->pid = (uint32_t)getpid();
	ret_process->uid = (uint32_t)geteuid();
	read_text("/proc/self/stat", text, sizeof text);
	ret_process->start = start_of(text);
	if (stat("/proc/self/ns/pid", &ns) == 0) ret_process->pidns = (uint64_t)ns.st_ino;
	read_text("/proc/self/comm", text, sizeof text);
	text[strcspn(text, "\n")] = 0;
	memcpy(ret_process->name, text, strnlen(text, sizeof ret_process->name - 1));
}

uint32_t pc_process_uid(void)
{
	return (uint32_t)geteuid();
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void pc_machine_boot_id(uint8_t ret_id[16])
{
	char text[64];
	unsigned digits = 0;
	memset(ret_id, 0, 16);
	read_text("/proc/sys/kernel/random/boot_id", text, sizeof text);
	for (const char *at = text; *at && digits < 32; at++) {
		int digit = hex_digit(*at);
		if (digit < 0) continue;
		ret_id[digits / 2] = (uint8_t)(ret_id[digits / 2] << 4 | digit);
		digits++;
	}
}
