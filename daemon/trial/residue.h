/* trial/residue.h - what a process has, as the system counts it: to see what is left behind. */
#ifndef PCD_TRIAL_RESIDUE_H
#define PCD_TRIAL_RESIDUE_H
#include <stdint.h>

/** Threads of this process; 0 = the system does not say. */
uint32_t pcd_residue_threads(void);
/** Open files, sockets and the like; Windows: handles of every kind. 0 = the system does not say. */
uint32_t pcd_residue_descriptors(void);
/** Bytes that malloc() has handed out and nobody has freed; 0 = the library does not say. */
uint64_t pcd_residue_heap_bytes(void);
/** How long the calling thread has waited for a processor that others had; 0 = the system does not say. */
uint64_t pcd_residue_waited_ns(void);

#endif
