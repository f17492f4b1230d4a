/* layout/codepage.h - encodings of one byte a letter. */
#ifndef PC_LAYOUT_CODEPAGE_H
#define PC_LAYOUT_CODEPAGE_H
#include <pagecast/layout.h>

/** The letter of a byte in latin1 or a code page; U+FFFD if there is none. */
uint32_t pc_codepage_decode(pc_encoding encoding, unsigned char byte);
/** The byte of a letter, -1 if there is none. */
int pc_codepage_encode(pc_encoding encoding, uint32_t code);

#endif
