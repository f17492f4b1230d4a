/* descriptor/file.c - see file.h. Offsets are those of ABI 1.0 on systems of 64 bits, which never change. */
#include "descriptor/file.h"

#include "base/err.h"
#include "descriptor/bytes.h"
#include "descriptor/image.h"
#include "descriptor/judge.h"

#include <stdlib.h>
#include <string.h>

#define POINTER_BYTES  8u
#define HEAD_BYTES     16u /* magic, struct_size, abi, flags */
#define OPTION_BYTES   56u
#define OPTION_NUMBERS 48u
#define TEXT_BYTES_MAX 4096u

/* A value for functions that are there. */
static void never_called(pc_inst *inst)
{
	(void)inst;
	pc_assert_failed("a plugin that is not loaded has no functions", __FILE__, __LINE__);
}

struct reading {
	const pc_image *image;
	pc_descriptor_file *to;
	pc_err *err;
};

static pc_status damaged(struct reading *r, const char *what)
{
	return pc_err_set(r->err, PC_ECORRUPT, "its descriptor is damaged: `%s` leads out of the file", what);
}

static pc_status keep(struct reading *r, const char *text, const char **ret)
{
	pc_descriptor_file *to = r->to;
	size_t bytes = strlen(text) + 1;
	if (to->text_count == to->text_room) {
		size_t room = to->text_room ? to->text_room * 2 : 64;
		char **grown = realloc(to->texts, room * sizeof *grown);
		if (!grown) return PC_ENOMEM;
		to->texts = grown;
		to->text_room = room;
	}
	char *copy = malloc(bytes);
	if (!copy) return PC_ENOMEM;
	to->texts[to->text_count++] = memcpy(copy, text, bytes);
	*ret = copy;
	return PC_OK;
}

/* A pointer to text at an address; NULL stays NULL. */
static pc_status read_text(struct reading *r, uint64_t address, const char *what, const char **ret)
{
	const char *text;
	uint64_t target;
	*ret = NULL;
	if (!pc_image_pointer(r->image, address, &target)) return damaged(r, what);
	if (!target) return PC_OK;
	if (target == PC_IMAGE_ELSEWHERE)
		return pc_err_set(r->err, PC_EUNSUPPORTED,
		                  "its `%s` is in another library, which only a loader can see", what);
	if (!pc_image_text(r->image, target, TEXT_BYTES_MAX, &text)) return damaged(r, what);
	return keep(r, text, ret);
}

static pc_status read_option(struct reading *r, uint64_t address, struct pc_option *o)
{
	const char **fields[] = {&o->key, &o->def, &o->min, &o->max, &o->unit, &o->doc};
	unsigned char numbers[4];
	pc_status s = PC_OK;
	for (size_t i = 0; i < sizeof fields / sizeof *fields && s == PC_OK; i++) {
		s = read_text(r, address + i * POINTER_BYTES, "options", fields[i]);
		if (!o->key) return s; /* the end of the table */
	}
	if (s != PC_OK) return s;
	if (!pc_image_read(r->image, address + OPTION_NUMBERS, numbers, sizeof numbers)) return damaged(r, "options");
	o->type = pc_le16(numbers);
	o->flags = pc_le16(numbers + 2);
	return PC_OK;
}

static pc_status read_options(struct reading *r, uint64_t address)
{
	uint64_t table;
	if (!pc_image_pointer(r->image, address, &table)) return damaged(r, "options");
	if (!table) return PC_OK;
	if (table == PC_IMAGE_ELSEWHERE) return damaged(r, "options");
	r->to->options = calloc(PC_OPTIONS_MAX + 1u, sizeof *r->to->options);
	if (!r->to->options) return PC_ENOMEM;
	r->to->api.options = r->to->options;
	for (uint32_t i = 0; i < PC_OPTIONS_MAX; i++) {
		pc_status s = read_option(r, table + (uint64_t)i * OPTION_BYTES, &r->to->options[i]);
		if (s != PC_OK || !r->to->options[i].key) return s;
	}
	return PC_OK; /* without an end: judged */
}

static bool has_function(struct reading *r, uint64_t address)
{
	uint64_t target;
	return pc_image_pointer(r->image, address, &target) && target;
}

static void read_functions(struct reading *r, uint64_t at)
{
	struct pc_plugin *api = &r->to->api;
	union {
		void (*stop)(pc_inst *);
		int (*create)(const struct pc_host *, const pc_config *, pc_inst **);
		int (*start)(pc_inst *);
		int (*reload)(pc_inst *, const pc_config *);
	} one = {never_called};
	if (has_function(r, at)) api->create = one.create;
	if (has_function(r, at + 8)) api->start = one.start;
	if (has_function(r, at + 16)) api->reload = one.reload;
	if (has_function(r, at + 24)) api->stop = one.stop;
	if (has_function(r, at + 32)) api->destroy = one.stop;
}

static pc_status read_rest(struct reading *r, uint64_t address)
{
	struct pc_plugin *api = &r->to->api;
	static const char *const names[] = {"id", "version", "license", "summary"};
	const char **texts[] = {&api->id, &api->version, &api->license, &api->summary};
	pc_status s = PC_OK;
	uint64_t at = address + HEAD_BYTES;
	for (size_t i = 0; i < 4 && s == PC_OK; i++, at += POINTER_BYTES) s = read_text(r, at, names[i], texts[i]);
	if (s == PC_OK) s = read_options(r, at);
	if (s == PC_OK) read_functions(r, at + POINTER_BYTES);
	return s;
}

static pc_status judged(pc_status s, const char *why, pc_err *err)
{
	return s == PC_OK ? s : pc_err_set(err, s, "%s", why);
}

pc_status pc_descriptor_read(const unsigned char *file, size_t bytes, pc_descriptor_file *ret, pc_err *err)
{
	unsigned char head[HEAD_BYTES];
	char why[PC_WHY_BYTES];
	pc_image image;
	struct reading r = {&image, ret, err};
	uint64_t address;
	pc_status s = pc_image_open(file, bytes, &image, err);
	if (s != PC_OK) return s;
	ret->format = image.format;
	ret->machine = image.machine;
	s = pc_image_symbol(&image, PC_PLUGIN_SYMBOL, &address, err);
	if (s != PC_OK) return s;
	if (!pc_image_read(&image, address, head, sizeof head)) return damaged(&r, PC_PLUGIN_SYMBOL);
	ret->api.magic = pc_le32(head);
	ret->api.struct_size = pc_le32(head + 4);
	ret->api.abi = pc_le32(head + 8);
	ret->api.flags = pc_le32(head + 12);
	s = judged(pc_descriptor_judge_head(&ret->api, why), why, err);
	if (s == PC_OK) s = read_rest(&r, address);
	if (s == PC_ENOMEM) return pc_err_set(err, s, "out of memory");
	return s == PC_OK ? judged(pc_descriptor_judge(&ret->api, why), why, err) : s;
}

void pc_descriptor_file_free(pc_descriptor_file *file)
{
	for (size_t i = 0; i < file->text_count; i++) free(file->texts[i]);
	free(file->texts);
	free(file->options);
	*file = (pc_descriptor_file){.text_count = 0};
}
