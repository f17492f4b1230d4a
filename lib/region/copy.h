/* region/copy.h - the only functions that touch payload bytes another process may be changing. */
#ifndef PC_REGION_COPY_H
#define PC_REGION_COPY_H
#include <stddef.h>

/** From shared memory to private. */
void pc_copy_out(void *dst, const void *shared, size_t bytes);
/** From private memory to shared. */
void pc_copy_in(void *shared, const void *src, size_t bytes);
/** From shared memory to shared. */
void pc_copy_across(void *shared, const void *from_shared, size_t bytes);
/** 1 if shared bytes differ from private ones. */
int pc_copy_differs(const void *shared, const void *private_bytes, size_t bytes);

#endif
