/* files.h - the files of one recorder: when a new one begins, and how many are kept. All of it on the recorder's thread. */
#ifndef RECORD_FILES_H
#define RECORD_FILES_H
#include "recording/writer.h"

#define RECORD_PATH_BYTES 1024u

struct record_files_terms {
	char folder[768];
	char stem[64];       /* STEM-20260131T235959Z-00.mcap */
	uint64_t file_bytes; /* a new one begins then, */
	uint64_t file_ns;    /* or after so long */
	uint64_t keep_bytes; /* of all together; the oldest go. 0 = all */
};
typedef struct record_files {
	struct record_files_terms terms;
	rec_writer *writer; /* NULL: none is open */
	uint64_t opened_ns, removed;
	uint32_t number; /* of the file, +1 with each; 0 = none yet */
	char path[RECORD_PATH_BYTES];
} record_files;

/** Is that a name such as ours are? Only those are ever removed. */
bool record_files_is_ours(const record_files *f, const char *name);
/**
 * Begin a file, if none is open, and remove the oldest so that this one will find room.
 * @param now_ns  on the clock of file_ns
 * @return PC_OK; as rec_writer_open()
 */
pc_status record_files_open(record_files *f, uint64_t now_ns, pc_err *err);
/** True if the open file has become too large or too old. */
bool record_files_is_due(const record_files *f, uint64_t now_ns);
/** End it well; if that fails it stays as it is, without an end. @return as rec_writer_finish() */
pc_status record_files_end(record_files *f, pc_err *err);

#endif
