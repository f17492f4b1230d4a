/* layout/bits.h - integers in memory that may be unaligned. */
#ifndef PC_LAYOUT_BITS_H
#define PC_LAYOUT_BITS_H
#include <stdint.h>
#include <string.h>

/** The first @p bytes bytes (1, 2, 4 or 8) as a number, zero-extended. */
static inline uint64_t pc_load_bits(const void *element, uint32_t bytes)
{
	uint8_t b1;
	uint16_t b2;
	uint32_t b4;
	uint64_t b8;
	switch (bytes) {
	case 1: return memcpy(&b1, element, 1), b1;
	case 2: return memcpy(&b2, element, 2), b2;
	case 4: return memcpy(&b4, element, 4), b4;
	default: return memcpy(&b8, element, 8), b8;
	}
}

static inline void pc_store_bits(void *element, uint32_t bytes, uint64_t bits)
{
	uint8_t b1 = (uint8_t)bits;
	uint16_t b2 = (uint16_t)bits;
	uint32_t b4 = (uint32_t)bits;
	switch (bytes) {
	case 1: memcpy(element, &b1, 1); break;
	case 2: memcpy(element, &b2, 2); break;
	case 4: memcpy(element, &b4, 4); break;
	default: memcpy(element, &bits, 8); break;
	}
}

/** Two's complement of @p width bits (1..64) to int64. */
static inline int64_t pc_extend_sign(uint64_t bits, uint32_t width)
{
	uint64_t sign = UINT64_C(1) << (width - 1);
	uint64_t wide = (bits ^ sign) - sign;
	int64_t value;
	memcpy(&value, &wide, sizeof value);
	return value;
}

#endif
