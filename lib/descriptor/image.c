/* descriptor/image.c - see image.h: which format it is, and bytes by address. */
#include "descriptor/formats.h"

#include "base/err.h"

#include <string.h>

static bool is_pe(const pc_image *image)
{
	return image->file[0] == 'M';
}

const unsigned char *pc_image_piece(const pc_image *image, uint64_t offset, uint64_t bytes)
{
	if (offset > image->file_bytes || bytes > image->file_bytes - offset) return NULL;
	return image->file + offset;
}

pc_status pc_image_add(pc_image *image, const pc_image_segment *segment, pc_err *err)
{
	if (image->segment_count == PC_IMAGE_SEGMENTS)
		return pc_err_set(err, PC_ECORRUPT, "it has more than %u segments", PC_IMAGE_SEGMENTS);
	if (!pc_image_piece(image, segment->file_offset, segment->file_bytes))
		return pc_err_set(err, PC_ECORRUPT, "it is cut short: a segment ends beyond the file");
	if (segment->bytes > UINT64_MAX - segment->address || segment->file_bytes > segment->bytes)
		return pc_err_set(err, PC_ECORRUPT, "a segment's size makes no sense");
	image->segments[image->segment_count++] = *segment;
	return PC_OK;
}

pc_status pc_image_open(const unsigned char *file, size_t bytes, pc_image *ret_image, pc_err *err)
{
	*ret_image = (pc_image){.file = file, .file_bytes = bytes};
	if (bytes > 64 && !memcmp(file, "\177ELF", 4)) return pc_elf_open(ret_image, err);
	if (bytes > 64 && !memcmp(file, "MZ", 2)) return pc_pe_open(ret_image, err);
	return pc_err_set(err, PC_EINVAL, "it is neither an ELF nor a PE file");
}

pc_status pc_image_symbol(const pc_image *image, const char *name, uint64_t *ret_address, pc_err *err)
{
	pc_status s = (is_pe(image) ? pc_pe_symbol : pc_elf_symbol)(image, name, ret_address);
	if (s == PC_EABSENT) return pc_err_set(err, s, "it does not export `%s`", name);
	return s == PC_OK ? s : pc_err_set(err, s, "its table of symbols is damaged");
}

bool pc_image_pointer(const pc_image *image, uint64_t address, uint64_t *ret_target)
{
	return (is_pe(image) ? pc_pe_pointer : pc_elf_pointer)(image, address, ret_target);
}

static const pc_image_segment *find(const pc_image *image, uint64_t address)
{
	for (uint32_t i = 0; i < image->segment_count; i++) {
		const pc_image_segment *s = &image->segments[i];
		if (address >= s->address && address - s->address < s->bytes) return s;
	}
	return NULL;
}

bool pc_image_read(const pc_image *image, uint64_t address, void *dst, size_t bytes)
{
	const pc_image_segment *s = find(image, address);
	uint64_t at = s ? address - s->address : 0;
	size_t in_file = 0;
	if (!s || bytes > s->bytes - at) return false;
	if (at < s->file_bytes) in_file = bytes < s->file_bytes - at ? bytes : (size_t)(s->file_bytes - at);
	if (in_file) memcpy(dst, image->file + s->file_offset + at, in_file);
	memset((char *)dst + in_file, 0, bytes - in_file);
	return true;
}

bool pc_image_text(const pc_image *image, uint64_t address, size_t most, const char **ret_text)
{
	const pc_image_segment *s = find(image, address);
	uint64_t at = s ? address - s->address : 0, room;
	if (!s || at >= s->file_bytes) {
		*ret_text = ""; /* zeroes: an empty text */
		return s != NULL;
	}
	room = s->file_bytes - at;
	*ret_text = (const char *)image->file + s->file_offset + at;
	return memchr(*ret_text, 0, room < most ? (size_t)room : most) != NULL;
}
