/* daemon/posix/os.c - see os.h. */
#include "daemon/os.h"

#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define FILES_ENOUGH 1048576u /* programs that plugins start may close every number up to the limit */

void pcd_os_prepare(void)
{
	struct rlimit files;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN); /* before and after we listen to them */
	(void)signal(SIGUSR2, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= FILES_ENOUGH) return;
	files.rlim_cur = files.rlim_max < FILES_ENOUGH ? files.rlim_max : FILES_ENOUGH;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

void *pcd_os_library(const char *path, char *why, size_t why_bytes)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const char *reason = library ? NULL : dlerror();
	if (!library) (void)snprintf(why, why_bytes, "%s", reason ? reason : "unknown reason");
	return library;
}

void *pcd_os_symbol(void *library, const char *name)
{
	return dlsym(library, name);
}

uint64_t pcd_os_open_files(void)
{
	struct stat folder;
	DIR *dir;
	uint64_t count = 0;
	/* Linux 6.2: the size is their number, which spares a walk over thousands */
	if (!stat("/proc/self/fd", &folder) && folder.st_size > 0) return (uint64_t)folder.st_size;
	dir = opendir("/proc/self/fd");
	if (!dir) return 0;
	while (readdir(dir)) count++;
	(void)closedir(dir);
	return count > 3 ? count - 3 : 0; /* without ".", ".." and the one that reads */
}

/* PCD_PLUGIN_DIR, where `install` puts plugins, comes from CMake. */
const char *const pcd_os_plugin_dirs[] = {"../plugins", "../lib/pagecast/plugins", PCD_PLUGIN_DIR, NULL};
