/* descriptor/pe.c - PE: sections and the table of exports. Addresses are relative to the image's base.
 *
 * Pointers in data stand there as if the image were loaded where it would like to be: what relocation will add to
 * them is the same for all, so taking the wished base off leaves the address.                                   */
#include "base/err.h"
#include "descriptor/bytes.h"
#include "descriptor/formats.h"

#include <string.h>

#define FILE_HEADER_BYTES 24u  /* with the signature */
#define OPTIONAL_BYTES    120u /* up to and with the first data directory, that of the exports */
#define SECTION_BYTES     40u
#define EXPORTS_BYTES     40u
#define NAMES_MAX         (1u << 20)

static pc_status cut_short(pc_err *err)
{
	return pc_err_set(err, PC_ECORRUPT, "it is cut short: its headers are beyond the end");
}

static pc_status read_sections(pc_image *image, uint64_t offset, uint16_t count, pc_err *err)
{
	const unsigned char *at = pc_image_piece(image, offset, (uint64_t)count * SECTION_BYTES);
	if (!at) return cut_short(err);
	for (; count > 0; count--, at += SECTION_BYTES) {
		pc_image_segment s = {.address = pc_le32(at + 12),
		                      .bytes = pc_le32(at + 8),
		                      .file_offset = pc_le32(at + 20),
		                      .file_bytes = pc_le32(at + 16)};
		if (!s.bytes) s.bytes = s.file_bytes;
		if (s.file_bytes > s.bytes) s.file_bytes = s.bytes; /* padding of the file */
		if (!s.file_bytes) s.file_offset = 0;
		pc_status status = pc_image_add(image, &s, err);
		if (status != PC_OK) return status;
	}
	return PC_OK;
}

pc_status pc_pe_open(pc_image *image, pc_err *err)
{
	uint64_t offset = pc_le32(image->file + 0x3c);
	const unsigned char *header = pc_image_piece(image, offset, FILE_HEADER_BYTES + OPTIONAL_BYTES);
	image->format = "PE";
	if (!header) return cut_short(err);
	if (memcmp(header, "PE\0\0", 4) != 0) return pc_err_set(err, PC_EINVAL, "it is a program for DOS");
	uint16_t machine = pc_le16(header + 4), sections = pc_le16(header + 6), optional_bytes = pc_le16(header + 20);
	const unsigned char *optional = header + FILE_HEADER_BYTES;
	if (pc_le16(optional) != 0x20b) return pc_err_set(err, PC_EUNSUPPORTED, "it is not of 64 bits, as pagecast is");
	image->machine = machine == 0x8664 ? "x86-64" : machine == 0xaa64 ? "aarch64" : NULL;
	if (!image->machine)
		return pc_err_set(err, PC_EUNSUPPORTED, "it is for a machine that is not known here (0x%04X)", machine);
	image->base = pc_le64(optional + 24);
	image->symbols = pc_le32(optional + 108) ? pc_le32(optional + 112) : 0;
	return read_sections(image, offset + FILE_HEADER_BYTES + optional_bytes, sections, err);
}

pc_status pc_pe_symbol(const pc_image *image, const char *name, uint64_t *ret_address)
{
	unsigned char exports[EXPORTS_BYTES], word[4];
	if (!image->symbols) return PC_EABSENT;
	if (!pc_image_read(image, image->symbols, exports, sizeof exports)) return PC_ECORRUPT;
	uint64_t count = pc_le32(exports + 24), addresses = pc_le32(exports + 28), names = pc_le32(exports + 32),
	         ordinals = pc_le32(exports + 36);
	if (count > NAMES_MAX) return PC_ECORRUPT;
	for (uint64_t i = 0; i < count; i++) {
		const char *text;
		if (!pc_image_read(image, names + i * 4, word, 4) || !pc_image_text(image, pc_le32(word), 256, &text))
			return PC_ECORRUPT;
		if (strcmp(text, name) != 0) continue;
		if (!pc_image_read(image, ordinals + i * 2, word, 2) ||
		    !pc_image_read(image, addresses + (uint64_t)pc_le16(word) * 4, word, 4))
			return PC_ECORRUPT;
		*ret_address = pc_le32(word);
		return PC_OK;
	}
	return PC_EABSENT;
}

bool pc_pe_pointer(const pc_image *image, uint64_t address, uint64_t *ret_target)
{
	unsigned char word[8];
	if (!pc_image_read(image, address, word, sizeof word)) return false;
	uint64_t value = pc_le64(word);
	*ret_target = value ? value - image->base : 0;
	return !value || value > image->base;
}
