/* files.c - see files.h. */
#include "files.h"

#include "recording/file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAME_SECOND 100

/* STEM-dddddddd T dddddd Z-dd.mcap */
bool record_files_is_ours(const record_files *f, const char *name)
{
	static const char form[] = "-ddddddddTddddddZ-dd.mcap";
	size_t stem = strlen(f->terms.stem);
	if (strncmp(name, f->terms.stem, stem) != 0 || strlen(name + stem) != sizeof form - 1) return false;
	for (size_t i = 0; form[i]; i++) {
		char c = name[stem + i];
		if (form[i] == 'd' ? !isdigit((unsigned char)c) : c != form[i]) return false;
	}
	return true;
}

/* ---- removing the oldest --------------------------------------------------------------------------------- */

struct found {
	const record_files *files;
	char oldest[160], newest[160]; /* by name, which is by time */
	uint64_t bytes;                /* of all */
};

static void look_at(void *arg, const char *name, uint64_t bytes)
{
	struct found *f = arg;
	if (!record_files_is_ours(f->files, name)) return;
	f->bytes += bytes;
	if (!f->oldest[0] || strcmp(name, f->oldest) < 0) (void)snprintf(f->oldest, sizeof f->oldest, "%s", name);
	if (strcmp(name, f->newest) > 0) (void)snprintf(f->newest, sizeof f->newest, "%s", name);
}

/* Each round looks anew: somebody else may remove files, too. */
static void make_room(record_files *f)
{
	for (int i = 0; f->terms.keep_bytes && i < 10000; i++) {
		struct found found = {.files = f};
		char path[RECORD_PATH_BYTES];
		if (rec_file_list(f->terms.folder, look_at, &found, NULL) != PC_OK || !found.oldest[0] ||
		    found.bytes + f->terms.file_bytes <= f->terms.keep_bytes)
			return;
		(void)snprintf(path, sizeof path, "%s/%s", f->terms.folder, found.oldest);
		if (rec_file_remove(path) != PC_OK) return;
		f->removed++;
	}
}

/* The first number of a file that begins at @p time: after those of the same second, also where the first of them are gone
 * already, so that the order of names is that of time. */
static int first_number(const record_files *f, const char *time)
{
	struct found found = {.files = f};
	size_t stem = strlen(f->terms.stem) + 1;
	if (rec_file_list(f->terms.folder, look_at, &found, NULL) != PC_OK || !found.newest[0] ||
	    strncmp(found.newest + stem, time, strlen(time)) != 0)
		return 0;
	return atoi(found.newest + stem + strlen(time) + 1) + 1;
}

/* ---- files ----------------------------------------------------------------------------------------------- */

pc_status record_files_open(record_files *f, uint64_t now_ns, pc_err *err)
{
	char time[24];
	pc_status s = PC_EBUSY;
	if (f->writer) return PC_OK;
	make_room(f);
	rec_file_time(rec_file_unix_ns(), time);
	(void)snprintf(err->text, sizeof err->text, "%d files in one second: file_size is too small", SAME_SECOND);
	for (int i = first_number(f, time); i < SAME_SECOND && s == PC_EBUSY; i++) {
		(void)snprintf(f->path, sizeof f->path, "%s/%s-%s-%02d.mcap", f->terms.folder, f->terms.stem, time, i);
		s = rec_writer_open(f->path, &f->writer, err);
	}
	if (s != PC_OK) return s;
	f->opened_ns = now_ns;
	f->number++;
	return PC_OK;
}

bool record_files_is_due(const record_files *f, uint64_t now_ns)
{
	return f->writer &&
	       (rec_writer_bytes(f->writer) >= f->terms.file_bytes || now_ns - f->opened_ns >= f->terms.file_ns);
}

pc_status record_files_end(record_files *f, pc_err *err)
{
	pc_status s = f->writer ? rec_writer_finish(&f->writer, err) : PC_OK;
	rec_writer_abandon(&f->writer);
	return s;
}
