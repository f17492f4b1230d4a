/* platform/process.h - who this process is, for people and for noticing a fork. */
#ifndef PC_PLATFORM_PROCESS_H
#define PC_PLATFORM_PROCESS_H
#include <stdint.h>

typedef struct pc_process {
	uint32_t pid;
	uint32_t uid;   /* effective */
	uint64_t start; /* clock ticks since boot (Linux: /proc/self/stat field 22); 0 unknown */
	uint64_t pidns; /* inode of the pid namespace; 0 unknown or there is no such thing */
	char name[32];  /* of the program, NUL-ended */
} pc_process;

/** What the system says about the calling process; unknown facts are 0. [any thread] */
void pc_process_self(pc_process *ret_process);
/** Effective user of the calling process. [any thread] */
uint32_t pc_process_uid(void);
/**
 * Number of fork()s between the first caller in the family and this process: a handle that remembers it
 * knows that it was inherited, and neither holds its lock nor has its mapping. Two loads. [any thread]
 */
uint32_t pc_process_forks(void);
/** Random id of the machine's current boot, zeroes if unknown. [any thread] */
void pc_machine_boot_id(uint8_t ret_id[16]);

#endif
