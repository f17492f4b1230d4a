/* base/utf8.h - strict UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
#ifndef PC_BASE_UTF8_H
#define PC_BASE_UTF8_H
#include <stddef.h>
#include <stdint.h>

#define PC_UTF8_REPLACEMENT UINT32_C(0xFFFD)

/**
 * Decode the first character of @p text.
 * @param bytes  > 0
 * @param ret    the code point, or PC_UTF8_REPLACEMENT if the bytes are wrong
 * @return bytes taken, negated if they are wrong. Wrong bytes are taken as the Unicode standard recommends:
 *         the longest start of a valid sequence, at least one byte, is ONE replacement character.
 */
int pc_utf8_decode(const char *text, size_t bytes, uint32_t *ret);
/** Encode @p code (no surrogate, <= 0x10FFFF) into @p dst; bytes written, 1..4. */
size_t pc_utf8_encode(uint32_t code, char dst[4]);
/** Bytes before the first wrong one; == @p bytes if all is well. */
size_t pc_utf8_valid_bytes(const char *text, size_t bytes);

#endif
