/* descriptor/bytes.h - little-endian numbers out of bytes. */
#ifndef PC_DESCRIPTOR_BYTES_H
#define PC_DESCRIPTOR_BYTES_H
#include <stdint.h>

static inline uint64_t pc_le(const unsigned char *at, unsigned bytes)
{
	uint64_t value = 0;
	while (bytes-- > 0) value = value << 8 | at[bytes];
	return value;
}
static inline uint16_t pc_le16(const unsigned char *at)
{
	return (uint16_t)pc_le(at, 2);
}
static inline uint32_t pc_le32(const unsigned char *at)
{
	return (uint32_t)pc_le(at, 4);
}
static inline uint64_t pc_le64(const unsigned char *at)
{
	return pc_le(at, 8);
}

#endif
