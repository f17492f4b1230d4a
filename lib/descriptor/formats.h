/* descriptor/formats.h - between image.c and the formats. */
#ifndef PC_DESCRIPTOR_FORMATS_H
#define PC_DESCRIPTOR_FORMATS_H
#include "descriptor/image.h"

/** A piece of the file, NULL if it is not all there. */
const unsigned char *pc_image_piece(const pc_image *image, uint64_t offset, uint64_t bytes);
/** Add a segment. @return PC_OK; PC_ECORRUPT it is not within the file, or one too many */
pc_status pc_image_add(pc_image *image, const pc_image_segment *segment, pc_err *err);

pc_status pc_elf_open(pc_image *image, pc_err *err);
pc_status pc_elf_symbol(const pc_image *image, const char *name, uint64_t *ret_address);
bool pc_elf_pointer(const pc_image *image, uint64_t address, uint64_t *ret_target);

pc_status pc_pe_open(pc_image *image, pc_err *err);
pc_status pc_pe_symbol(const pc_image *image, const char *name, uint64_t *ret_address);
bool pc_pe_pointer(const pc_image *image, uint64_t address, uint64_t *ret_target);

#endif
