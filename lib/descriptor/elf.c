/* descriptor/elf.c - ELF: what the dynamic section says, since sections may have been stripped. */
#include "base/err.h"
#include "descriptor/bytes.h"
#include "descriptor/formats.h"

#include <string.h>

#define HEADER_BYTES     64u
#define SEGMENT_BYTES    56u
#define SYMBOL_BYTES     24u
#define RELOCATION_BYTES 24u
#define COUNT_MAX        (1u << 20) /* of symbols, of relocations: more is no plugin, and takes too long */

enum { PT_LOAD = 1, PT_DYNAMIC = 2 };
enum { DT_HASH = 4, DT_STRTAB = 5, DT_SYMTAB = 6, DT_RELA = 7, DT_RELASZ = 8, DT_STRSZ = 10, DT_GNU_HASH = 0x6ffffef5 };

/* Types of relocations that a pointer in data can have. */
static const struct machine {
	uint16_t number;
	const char *name;
	uint32_t relative, absolute, got;
} machines[] = {{62, "x86-64", 8, 1, 6}, {183, "aarch64", 1027, 257, 1025}, {243, "riscv64", 3, 2, 2}};

/* The entries of the dynamic section that are of interest, by tag. */
struct dynamic {
	uint64_t hash, strings, symbols, relocations, relocation_bytes, strings_bytes, gnu_hash;
};

static void take_entry(struct dynamic *d, uint64_t tag, uint64_t value)
{
	switch (tag) {
	case DT_HASH: d->hash = value; break;
	case DT_STRTAB: d->strings = value; break;
	case DT_SYMTAB: d->symbols = value; break;
	case DT_RELA: d->relocations = value; break;
	case DT_RELASZ: d->relocation_bytes = value; break;
	case DT_STRSZ: d->strings_bytes = value; break;
	case DT_GNU_HASH: d->gnu_hash = value; break;
	default: break;
	}
}

static uint32_t word_at(const pc_image *image, uint64_t address, bool *ret_ok)
{
	unsigned char word[4] = {0};
	if (!pc_image_read(image, address, word, sizeof word)) *ret_ok = false;
	return pc_le32(word);
}

/* The table of symbols does not say how long it is. The GNU hash does: the longest chain of the last bucket. */
static uint64_t count_by_gnu_hash(const pc_image *image, uint64_t hash)
{
	bool ok = true;
	uint64_t buckets = word_at(image, hash, &ok), first = word_at(image, hash + 4, &ok),
	         bloom = word_at(image, hash + 8, &ok), last = 0;
	uint64_t bucket = hash + 16 + bloom * 8, chain = bucket + buckets * 4;
	if (!ok || buckets > COUNT_MAX || bloom > COUNT_MAX) return 0;
	for (uint64_t i = 0; ok && i < buckets; i++) {
		uint32_t index = word_at(image, bucket + i * 4, &ok);
		if (index > last) last = index;
	}
	if (!ok || last < first) return ok ? first : 0;
	while (ok && last < COUNT_MAX && !(word_at(image, chain + (last - first) * 4, &ok) & 1u)) last++;
	return ok ? last + 1 : 0;
}

static uint64_t count_symbols(const pc_image *image, const struct dynamic *d)
{
	bool ok = true;
	uint64_t count = d->hash ? word_at(image, d->hash + 4, &ok) : 0;
	if (!d->hash && d->gnu_hash) count = count_by_gnu_hash(image, d->gnu_hash);
	return ok ? count : 0;
}

static pc_status read_dynamic(pc_image *image, uint64_t offset, uint64_t bytes, pc_err *err)
{
	struct dynamic d = {0};
	const unsigned char *at = pc_image_piece(image, offset, bytes);
	if (!at) return pc_err_set(err, PC_ECORRUPT, "it is cut short: its dynamic section is beyond the end");
	for (; bytes >= 16 && pc_le64(at); at += 16, bytes -= 16) take_entry(&d, pc_le64(at), pc_le64(at + 8));
	image->symbols = d.symbols;
	image->strings = d.strings;
	image->strings_bytes = d.strings_bytes;
	image->symbol_count = count_symbols(image, &d);
	image->relocations = d.relocations;
	image->relocation_count = d.relocation_bytes / RELOCATION_BYTES;
	if (image->symbol_count > COUNT_MAX || image->relocation_count > COUNT_MAX)
		return pc_err_set(err, PC_EUNSUPPORTED, "it has more than %u symbols or relocations", COUNT_MAX);
	return PC_OK;
}

static pc_status read_segments(pc_image *image, pc_err *err)
{
	const unsigned char *header = image->file;
	uint64_t offset = pc_le64(header + 32), dynamic_offset = 0, dynamic_bytes = 0;
	uint16_t size = pc_le16(header + 54), count = pc_le16(header + 56);
	if (size < SEGMENT_BYTES || !pc_image_piece(image, offset, (uint64_t)size * count))
		return pc_err_set(err, PC_ECORRUPT, "it is cut short: its program headers are beyond the end");
	for (uint16_t i = 0; i < count; i++) {
		const unsigned char *at = image->file + offset + (uint64_t)size * i;
		uint32_t type = pc_le32(at);
		pc_image_segment s = {.address = pc_le64(at + 16),
		                      .bytes = pc_le64(at + 40),
		                      .file_offset = pc_le64(at + 8),
		                      .file_bytes = pc_le64(at + 32)};
		if (type == PT_DYNAMIC) {
			dynamic_offset = s.file_offset;
			dynamic_bytes = s.file_bytes;
		}
		pc_status status = type == PT_LOAD ? pc_image_add(image, &s, err) : PC_OK;
		if (status != PC_OK) return status;
	}
	if (!dynamic_bytes) return pc_err_set(err, PC_EINVAL, "it is an ELF file, but no shared library");
	return read_dynamic(image, dynamic_offset, dynamic_bytes, err);
}

pc_status pc_elf_open(pc_image *image, pc_err *err)
{
	const unsigned char *header = image->file;
	uint16_t number = pc_le16(header + 18);
	image->format = "ELF";
	if (image->file_bytes < HEADER_BYTES) return pc_err_set(err, PC_ECORRUPT, "it is cut short");
	if (header[4] != 2 || header[5] != 1)
		return pc_err_set(err, PC_EUNSUPPORTED, "it is not of 64 bits and little-endian, as pagecast is");
	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
		if (machines[i].number != number) continue;
		image->machine = machines[i].name;
		image->relocation_relative = machines[i].relative;
		image->relocation_absolute = machines[i].absolute;
		image->relocation_got = machines[i].got;
		return read_segments(image, err);
	}
	return pc_err_set(err, PC_EUNSUPPORTED, "it is for a machine that is not known here (ELF machine %u)", number);
}

static bool is_called(const pc_image *image, const unsigned char *symbol, const char *name)
{
	const char *text;
	uint32_t at = pc_le32(symbol);
	return at < image->strings_bytes && pc_image_text(image, image->strings + at, 256, &text) &&
	       !strcmp(text, name);
}

pc_status pc_elf_symbol(const pc_image *image, const char *name, uint64_t *ret_address)
{
	for (uint64_t i = 1; i < image->symbol_count; i++) {
		unsigned char symbol[SYMBOL_BYTES];
		if (!pc_image_read(image, image->symbols + i * SYMBOL_BYTES, symbol, sizeof symbol)) return PC_ECORRUPT;
		if (!pc_le16(symbol + 6) || !is_called(image, symbol, name)) continue;
		*ret_address = pc_le64(symbol + 8);
		return PC_OK;
	}
	return PC_EABSENT;
}

/* @return false if the symbol is not in the table */
static bool target_of(const pc_image *image, uint64_t index, uint64_t addend, uint64_t *ret_target)
{
	unsigned char symbol[SYMBOL_BYTES];
	if (index >= image->symbol_count ||
	    !pc_image_read(image, image->symbols + index * SYMBOL_BYTES, symbol, sizeof symbol))
		return false;
	*ret_target = pc_le16(symbol + 6) ? pc_le64(symbol + 8) + addend : PC_IMAGE_ELSEWHERE;
	return true;
}

/* A pointer that no relocation of this table speaks of is as it stands: NULL, or packed (DT_RELR), which adds the place
 * of the library to what stands there; as we count, that place is 0.                                            */
bool pc_elf_pointer(const pc_image *image, uint64_t address, uint64_t *ret_target)
{
	unsigned char word[8], relocation[RELOCATION_BYTES];
	for (uint64_t i = 0; i < image->relocation_count; i++) {
		if (!pc_image_read(image, image->relocations + i * RELOCATION_BYTES, relocation, sizeof relocation))
			return false;
		if (pc_le64(relocation) != address) continue;
		uint64_t info = pc_le64(relocation + 8), addend = pc_le64(relocation + 16);
		uint32_t type = (uint32_t)info;
		*ret_target = addend;
		if (type == image->relocation_relative) return true;
		if (type != image->relocation_absolute && type != image->relocation_got) return false;
		return target_of(image, info >> 32, addend, ret_target);
	}
	if (!pc_image_read(image, address, word, sizeof word)) return false;
	*ret_target = pc_le64(word);
	return true;
}
