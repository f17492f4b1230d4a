/* doctor.h - what `pagecast doctor` looks for. Each file doctor_*.c adds findings of one kind; docs/operating.md lists them. */
#ifndef PC_CLI_DOCTOR_H
#define PC_CLI_DOCTOR_H
#include "catalogue.h"
#include "out.h"
#include "rows.h"

/** One thing that is wrong. All texts may quote shared memory: escaped when they are shown. */
typedef struct cli_finding {
	const char *code; /* one of docs/operating.md */
	char *what;
	const char *why;
	char *mend;    /* a command to type, or advice in brackets */
	bool is_fixed; /* --fix has done it */
} cli_finding;

/** Zero to start; args and catalogue are borrowed. */
typedef struct cli_doctor {
	const cli_args *args;
	const cli_catalogue *catalogue;
	cli_row *rows; /* of every region that could be opened or not, settled */
	uint32_t row_count;
	bool fix;
	const char *config; /* --config, or NULL */
	uint32_t user;      /* as whom the daemon of that configuration runs */
	cli_finding *findings;
	uint32_t count, capacity;
	uint32_t unjudged;  /* objects that we may not look into */
	uint32_t untrusted; /* regions of users that we do not believe: whether their writers live was not judged */
	pc_strbuf removed;  /* one place per line */
	bool failed;        /* no memory */
} cli_doctor;

/** Add a finding; takes both texts. @return it, or NULL without memory */
cli_finding *cli_doctor_add(cli_doctor *d, const char *code, pc_strbuf *what, const char *why, pc_strbuf *mend);
/** A word that a shell takes as it is: in quotes where it needs them. */
void cli_doctor_quote(pc_strbuf *b, const char *word);
/** The place of an object, quoted. */
void cli_doctor_place(pc_strbuf *b, const char *object);

/** Objects whose owner is gone, that are no regions, or have wrong permissions. (doctor_objects.c) */
void cli_doctor_objects(cli_doctor *d);
/** Daemons that are silent, plugins that failed, writers that hang or died. (doctor_daemons.c) */
void cli_doctor_daemons(cli_doctor *d);
/** A configuration: is it right, are its plugins there, its names free, its memory and files enough? (doctor_config.c) */
void cli_doctor_config(cli_doctor *d);
/** The machine: is there memory for regions left? (doctor_system.c) */
void cli_doctor_system(cli_doctor *d);
/** The same for memory and files that are still to be taken. @param regions  0 = nothing is to come */
void cli_doctor_needs(cli_doctor *d, uint64_t bytes, uint64_t regions);

/* ---- what only the system knows: posix/doctor.c, win32/doctor.c -------------------------------------------- */

/** What stands under a name. */
typedef struct cli_object {
	bool is_there, is_plain, is_readable;
	uint64_t bytes, file_id, age_s; /* since its last change of state */
	uint32_t uid, mode;
	int is_owned, is_written; /* somebody holds that role's lock: 1, 0, -1 unknown */
	char kind[16];            /* "file", "link", "folder", "pipe", "device" */
	char user[40];            /* its owner's name, or number */
} cli_object;
/** False: this system has no names whose owner is gone, and nothing to look at. */
bool cli_os_object_look(const char *name, cli_object *ret);
/**
 * Remove a region that nobody owns: both its locks are taken, so that no owner or writer can come in between, then payload
 * and control object lose their names. A payload that is not the region's own stays.
 * @param name        of the region
 * @param control_id  file_id of its control object as it was judged
 * @param payload_id  payload_file_id of its control page; 0: leave the payload
 * @return PC_OK; PC_EBUSY somebody owns or writes it; PC_ESTALE another object has the name now; PC_EPERM; PC_EABSENT; PC_EIO
 */
pc_status cli_os_region_remove(const char *name, uint64_t control_id, uint64_t payload_id, pc_err *err);

typedef struct cli_space {
	uint64_t bytes, free_bytes, files, free_files;
	const char *folder;
} cli_space;
/** Of the file system of the objects. @return false if there is no such thing */
bool cli_os_space(cli_space *ret);

/** What a process is and uses; 0 what is not known. */
typedef struct cli_process {
	char state; /* R S D T Z, as ps(1) says */
	uint64_t files, files_max, maps;
} cli_process;
/** @param start  as in the control page, 0 unknown. @return false if there is no such process, or we cannot know */
bool cli_os_process_look(uint32_t pid, uint64_t start, uint64_t pidns, cli_process *ret);
/** Most open files of a program started from here; most mappings of a process. 0 = not limited, or not known. */
uint64_t cli_os_files_max(void);
uint64_t cli_os_maps_max(void);
/** Effective user of this process. */
uint32_t cli_os_uid(void);
#endif
