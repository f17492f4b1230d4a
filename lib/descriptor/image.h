/* descriptor/image.h - a shared library as a file: its exported symbols and its data, never loaded, never run.
 *
 * ELF and PE of 64 bits, little-endian, on any system. The file is input: every offset in it is checked. [any thread] */
#ifndef PC_DESCRIPTOR_IMAGE_H
#define PC_DESCRIPTOR_IMAGE_H
#include <pagecast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PC_IMAGE_SEGMENTS 96u

/** A piece of memory as the loader would make it; what the file does not fill is zero. */
typedef struct pc_image_segment {
	uint64_t address, bytes;
	uint64_t file_offset, file_bytes; /* checked: within the file */
} pc_image_segment;

/** Borrows the file's bytes. */
typedef struct pc_image {
	const unsigned char *file;
	size_t file_bytes;
	const char *format, *machine; /* "ELF", "x86-64" */
	pc_image_segment segments[PC_IMAGE_SEGMENTS];
	uint32_t segment_count;
	uint64_t base; /* PE: what is taken off a pointer */
	/* ELF, as addresses */
	uint64_t symbols, symbol_count, strings, strings_bytes, relocations, relocation_count;
	uint32_t relocation_relative, relocation_absolute, relocation_got; /* their types on this machine */
} pc_image;

/** @return PC_OK; PC_EINVAL it is no library that we can read, or damaged; PC_EUNSUPPORTED another word size or machine */
pc_status pc_image_open(const unsigned char *file, size_t bytes, pc_image *ret_image, pc_err *err);
/** Address of an exported symbol. @return PC_OK; PC_EABSENT; PC_ECORRUPT */
pc_status pc_image_symbol(const pc_image *image, const char *name, uint64_t *ret_address, pc_err *err);
/** Copy data as the file has it, before relocation. @return false: not all of it is in the image */
bool pc_image_read(const pc_image *image, uint64_t address, void *dst, size_t bytes);
/** What the pointer at this address will be. @param ret_target  0: NULL; PC_IMAGE_ELSEWHERE: in another library */
bool pc_image_pointer(const pc_image *image, uint64_t address, uint64_t *ret_target);
#define PC_IMAGE_ELSEWHERE UINT64_MAX
/** Length of a text that ends within the image and within @p most bytes. @return false: it does not */
bool pc_image_text(const pc_image *image, uint64_t address, size_t most, const char **ret_text);

#endif
