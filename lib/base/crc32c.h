/* base/crc32c.h - CRC-32C (Castagnoli), as in RFC 3720. */
#ifndef PC_BASE_CRC32C_H
#define PC_BASE_CRC32C_H
#include <stddef.h>
#include <stdint.h>

/** CRC-32C of @p bytes bytes. [any thread] */
uint32_t pc_crc32c(const void *data, size_t bytes);

#endif
