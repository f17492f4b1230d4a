/* daemon/posix/outlet.c - see outlet.h. */
#include "daemon/outlet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* systemd.exec(5): JOURNAL_STREAM is "device:inode" of the stream that leads to the journal. */
enum pcd_outlet_style pcd_outlet_style(void)
{
	const char *value = getenv("JOURNAL_STREAM");
	char mine[64];
	struct stat stream;
	if (!value || fstat(STDERR_FILENO, &stream)) return PCD_OUTLET_PLAIN;
	(void)snprintf(mine, sizeof mine, "%llu:%llu", (unsigned long long)stream.st_dev,
	               (unsigned long long)stream.st_ino);
	return strcmp(value, mine) ? PCD_OUTLET_PLAIN : PCD_OUTLET_JOURNAL;
}

/* stderr is not buffered, so that one fwrite() is one write(): lines of threads do not mix. */
void pcd_outlet_write(int level, const char *line, size_t bytes)
{
	(void)level;
	(void)fwrite(line, 1, bytes, stderr);
}
