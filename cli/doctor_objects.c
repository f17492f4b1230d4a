/* doctor_objects.c - objects as they lie there: whose owner is gone, what is no region, what is open to the wrong people.
 *
 * Nothing here needs to trust an object: names, locks and the copy of a control page are looked at, never a mapping. */
#include "base/crc32c.h"
#include "doctor.h"
#include "os.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN  4
#define YOUNG_S      2u /* its owner may be about to complete it */
#define OTHERS_WRITE 0022u

#define KEEPSAKE_SUFFIX ".keepsake" /* as daemon/keepsake.h */

static const char why_orphan[] = "readers see a region that nobody will write again, and its memory stays taken";

/* A region of the folder. */
struct standing {
	const char *name;
	cli_object object; /* of the control object */
	pc_control page;   /* only if is_page */
	bool is_page, died;
};

/* ---- one object ------------------------------------------------------------------------------------------------ */

static bool is_page(const pc_control *c)
{
	return c->magic == PC_CONTROL_MAGIC && c->control_bytes == PC_CONTROL_BYTES && c->endian == PC_CONTROL_ENDIAN &&
	       c->identity_crc == pc_crc32c((const char *)c + offsetof(pc_control, major),
	                                    offsetof(pc_control, identity_crc) - offsetof(pc_control, major));
}

static void control_of(const char *name, char object[PC_NAME_BYTES + 16])
{
	(void)snprintf(object, PC_NAME_BYTES + 16, "%s%s", name, PC_CONTROL_SUFFIX);
}

static void look(struct standing *s, const char *name)
{
	char object[PC_NAME_BYTES + 16];
	size_t got = 0;
	s->name = name;
	control_of(name, object);
	(void)cli_os_object_look(object, &s->object);
	if (!s->object.is_readable) return;
	s->is_page = cli_os_object_read(object, 0, &s->page, sizeof s->page, &got, NULL) == PC_OK &&
	             got == sizeof s->page && is_page(&s->page);
	/* the word that the kernel has set at its writer's death; of a page that is a copy, so no other bounds matter */
	if (s->is_page && s->page.liveness_kind == PC_LIVENESS_ROBUST_FUTEX &&
	    s->page.liveness_offset <= sizeof s->page - sizeof(uint32_t) &&
	    s->page.liveness_offset % sizeof(uint32_t) == 0)
		s->died = pc_control_writer_died(&s->page, s->page.liveness_offset) != 0;
}

static void add_removal(cli_doctor *d, const char *code, const struct standing *s, const char *object, const char *what,
                        const char *why)
{
	pc_strbuf text = {0}, mend = {0};
	cli_doctor_place(&text, object);
	pc_strbuf_printf(&text, " %s (%s of %s)", what, s->object.kind, s->object.user);
	pc_strbuf_puts(&mend, !strcmp(s->object.kind, "folder") ? "rmdir " : "rm ");
	cli_doctor_place(&mend, object);
	(void)cli_doctor_add(d, code, &text, why, &mend);
}

static void judge_page(cli_doctor *d, const struct standing *s)
{
	static const char why[] = "no region of that name can be served or read";
	char object[PC_NAME_BYTES + 16];
	control_of(s->name, object);
	if (!s->object.is_there) return;
	if (!s->object.is_plain) {
		add_removal(d, "not-pagecast", s, object, "is no control object", why);
		return;
	}
	if (!s->object.is_readable) {
		d->unjudged++;
		return;
	}
	if (!s->is_page && s->object.is_owned == 0 && s->object.age_s >= YOUNG_S)
		add_removal(d, "not-pagecast", s, object, "is no control page, or a damaged one", why);
	if (s->object.mode & OTHERS_WRITE) {
		pc_strbuf text = {0}, mend = {0};
		cli_doctor_place(&text, object);
		pc_strbuf_printf(&text, " can be written by others (mode %04" PRIo32 ")", s->object.mode);
		pc_strbuf_puts(&mend, "chmod go-w ");
		cli_doctor_place(&mend, object);
		(void)cli_doctor_add(d, "permission", &text,
		                     "anybody could fake its heartbeat, and so readers refuse the region", &mend);
	}
}

/* ---- regions without an owner ----------------------------------------------------------------------------------- */

static int by_run(const void *a, const void *b)
{
	const struct standing *x = a, *y = b;
	int order = memcmp(x->page.instance, y->page.instance, sizeof x->page.instance);
	return order ? order : strcmp(x->name, y->name);
}

/* Regions of one run of a daemon; those without the id of a run stand alone. */
static size_t group_of(const struct standing *s, size_t count)
{
	static const uint8_t none[sizeof s->page.instance];
	size_t n = 1;
	if (!memcmp(s->page.instance, none, sizeof none)) return 1;
	while (n < count && !memcmp(s[n].page.instance, s->page.instance, sizeof none)) n++;
	return n;
}

/* The name of the daemon of a group: of the directory, which its other regions' names are longer than. NULL: none. */
static const struct standing *directory_of(const struct standing *s, size_t count)
{
	const struct standing *found = NULL;
	for (size_t i = 0; i < count; i++)
		if (s[i].page.flags & PC_REGION_SYSTEM && !strncmp(s[i].name, PC_DIRECTORY_PREFIX, 9) &&
		    (!found || strlen(s[i].name) < strlen(found->name)))
			found = &s[i];
	return found;
}

static uint64_t bytes_of(const struct standing *s)
{
	return s->object.bytes + (s->page.flags & (PC_REGION_FOREIGN | PC_REGION_FILE) ? 0 : s->page.payload_bytes);
}

static void put_names(pc_strbuf *b, const struct standing *s, size_t count)
{
	for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) pc_strbuf_printf(b, "%s%s", i ? ", " : ": ", s[i].name);
	if (count > NAMES_SHOWN) pc_strbuf_puts(b, ", ...");
}

/* What the plugins of a daemon left for those of its successor; the daemon removes it at its start. */
static bool keepsake_of(const struct standing *directory, char name[PC_NAME_BYTES + 16], cli_object *ret)
{
	(void)snprintf(name, PC_NAME_BYTES + 16, ".%s%s", directory->name, KEEPSAKE_SUFFIX);
	return cli_os_object_look(name, ret) && ret->is_there;
}

static void put_keepsake(pc_strbuf *b, const struct standing *directory)
{
	char name[PC_NAME_BYTES + 16], size[32];
	cli_object o;
	if (!directory || !keepsake_of(directory, name, &o)) return;
	cli_format_bytes(size, (double)o.bytes);
	pc_strbuf_printf(b, "; and what its plugins keep for their next run, %s", size);
}

static void describe_group(pc_strbuf *b, const struct standing *s, size_t count, bool is_kept)
{
	const struct standing *directory = directory_of(s, count);
	char size[32];
	uint64_t bytes = 0;
	for (size_t i = 0; i < count; i++) bytes += bytes_of(&s[i]);
	cli_format_bytes(size, (double)bytes);
	if (directory)
		pc_strbuf_printf(b, "daemon '%s' (pid %" PRIu32 ") %s", directory->name + 9, directory->page.writer_pid,
		                 is_kept ? "ended and kept" : "was killed and left");
	else
		pc_strbuf_puts(b, is_kept ? "an owner that ended has kept" : "an owner was killed and left");
	pc_strbuf_printf(b, " %zu region%s, %s", count, count == 1 ? "" : "s", size);
	put_names(b, s, count);
	put_keepsake(b, directory);
}

static pc_status remove_group(cli_doctor *d, const struct standing *s, size_t count, pc_err *err)
{
	const struct standing *directory = directory_of(s, count);
	pc_status s_of_all = PC_OK;
	for (size_t i = 0; i < count; i++) {
		bool is_own = !(s[i].page.flags & (PC_REGION_FOREIGN | PC_REGION_FILE | PC_REGION_ADOPTED));
		char object[PC_NAME_BYTES + 16], place[4096], keepsake[PC_NAME_BYTES + 16];
		cli_object any;
		bool has_keepsake = &s[i] == directory && keepsake_of(directory, keepsake, &any);
		pc_status one = cli_os_region_remove(s[i].name, s[i].object.file_id,
		                                     is_own ? s[i].page.payload_file_id : 0, err);
		if (one != PC_OK) {
			s_of_all = one;
			continue;
		}
		if (has_keepsake) {
			cli_os_place(keepsake, place, sizeof place);
			pc_strbuf_printf(&d->removed, "%s\n", place);
		}
		control_of(s[i].name, object);
		cli_os_place(s[i].name, place, sizeof place);
		if (is_own) pc_strbuf_printf(&d->removed, "%s\n", place);
		cli_os_place(object, place, sizeof place);
		pc_strbuf_printf(&d->removed, "%s\n", place);
	}
	return s_of_all;
}

/* Does anybody hold a role in one of them? A lock that cannot be asked for counts as held. */
static bool is_free(const struct standing *s, size_t count, bool written)
{
	for (size_t i = 0; i < count; i++)
		if ((written ? s[i].object.is_written : s[i].object.is_owned) != 0) return false;
	return true;
}

/* A daemon that ended in order has closed its directory; the state of its other regions is their writers' affair. */
static bool has_died(const struct standing *s, size_t count)
{
	const struct standing *directory = directory_of(s, count);
	if (directory) return directory->died || directory->page.state == PC_STATE_INIT;
	for (size_t i = 0; i < count; i++)
		if (s[i].died) return true;
	return false;
}

static void put_removal(pc_strbuf *b, const struct standing *s, size_t count)
{
	pc_strbuf_puts(b, "rm -f");
	for (size_t i = 0; i < count; i++) {
		char object[PC_NAME_BYTES + 16];
		if (!(s[i].page.flags & (PC_REGION_FOREIGN | PC_REGION_FILE))) {
			(void)snprintf(object, sizeof object, ".%s.keep", s[i].name);
			pc_strbuf_puts(b, " ");
			cli_doctor_place(b, object);
			pc_strbuf_puts(b, " ");
			cli_doctor_place(b, s[i].name);
		}
		control_of(s[i].name, object);
		pc_strbuf_puts(b, " ");
		cli_doctor_place(b, object);
	}
}

static void judge_group(cli_doctor *d, const struct standing *s, size_t count)
{
	pc_strbuf text = {0}, mend = {0};
	bool died = has_died(s, count);
	pc_err err = {""};
	if (!is_free(s, count, false)) return;
	describe_group(&text, s, count, !died);
	if (!is_free(s, count, true)) {
		pc_strbuf_puts(&text, "; a writer goes on");
		pc_strbuf_puts(&mend, "(start its daemon again: it goes on in the same objects)");
		(void)cli_doctor_add(
		        d, "orphan-written", &text,
		        "data still comes, but nobody would notice the end of the writer for others, or serve viewers",
		        &mend);
		return;
	}
	if (!died) {
		if (directory_of(s, count))
			pc_strbuf_puts(&mend,
			               "(start it again: it goes on in them; stopped by SIGTERM it takes them away)");
		else
			put_removal(&mend, s, count);
		(void)cli_doctor_add(d, "kept", &text,
		                     "meant for a successor; if none is to come, its memory is wasted", &mend);
		return;
	}
	if (d->fix && remove_group(d, s, count, &err) != PC_OK) pc_strbuf_printf(&text, "; not removed: %s", err.text);
	bool is_ours = cli_os_uid() == 0 || cli_os_uid() == s->object.uid;
	pc_strbuf_puts(&mend, is_ours ? "pagecast doctor --fix" : "sudo pagecast doctor --fix");
	cli_finding *f = cli_doctor_add(d, "orphan", &text, why_orphan, &mend);
	if (f) f->is_fixed = d->fix && !err.text[0];
}

/* ---- payloads ---------------------------------------------------------------------------------------------------- */

static void judge_modes(cli_doctor *d)
{
	for (uint32_t i = 0; i < d->row_count; i++) {
		const cli_region *r = d->rows[i].region;
		const pc_control *c = d->rows[i].reader ? pc_reader_control(d->rows[i].reader) : NULL;
		const char *name = cli_os_plain_name(r->object);
		cli_object o;
		pc_strbuf text = {0}, mend = {0};
		if (!r->entry || (c && c->flags & (PC_REGION_FOREIGN | PC_REGION_FILE)) ||
		    !cli_os_object_look(name, &o))
			continue;
		if (!o.is_there || !o.is_plain || o.mode == r->entry->access_mode) continue;
		cli_doctor_place(&text, name);
		pc_strbuf_printf(&text, " has mode %04" PRIo32 ", its daemon set %04" PRIo32, o.mode,
		                 r->entry->access_mode);
		pc_strbuf_printf(&mend, "chmod %04" PRIo32 " ", r->entry->access_mode);
		cli_doctor_place(&mend, name);
		(void)cli_doctor_add(d, "permission", &text,
		                     o.mode & ~r->entry->access_mode
		                             ? "more programs can change it than its configuration says"
		                             : "programs that map it as its configuration promises are refused",
		                     &mend);
	}
}

/* ---- names of a moment ------------------------------------------------------------------------------------------- */

struct hidden {
	cli_doctor *d;
};

/* ".NAME.keep" and ".NAME.keepsake" without a region of that name, ".NAME.new" and ".NAME.<16 hex digits>" that are old. */
static void judge_hidden(void *arg, const char *name)
{
	cli_doctor *d = ((struct hidden *)arg)->d;
	const char *dot = strrchr(name, '.');
	char region[PC_NAME_BYTES + 16], object[PC_NAME_BYTES + 32];
	struct standing s = {.name = name};
	cli_object control;
	if (name[0] != '.' || !dot || dot == name || (size_t)(dot - name) > PC_NAME_BYTES) return;
	bool is_kept = !strcmp(dot, ".keep") || !strcmp(dot, KEEPSAKE_SUFFIX);
	bool is_hex = strlen(dot) == 17 && strspn(dot + 1, "0123456789abcdef") == 16;
	if (!is_kept && !is_hex && strcmp(dot, ".new") != 0) return;
	(void)snprintf(region, sizeof region, "%.*s", (int)(dot - name - 1), name + 1);
	(void)snprintf(object, sizeof object, "%s%s", region, PC_CONTROL_SUFFIX);
	if (!cli_os_object_look(name, &s.object) || !s.object.is_there || s.object.age_s < YOUNG_S) return;
	(void)cli_os_object_look(object, &control);
	if (is_kept && control.is_there) return;
	add_removal(d, "leftover", &s, name, "was left by a program that was killed",
	            "its memory stays taken for nothing");
}

void cli_doctor_objects(cli_doctor *d)
{
	const cli_catalogue *c = d->catalogue;
	struct standing *all = calloc(c->object_count + 1, sizeof *all);
	cli_object any;
	size_t count = 0;
	if (!all) {
		d->failed = true;
		return;
	}
	if (!cli_os_object_look("", &any)) {
		free(all);
		return;
	}
	for (uint32_t i = 0; i < c->object_count; i++) {
		memset(&all[count], 0, sizeof *all);
		look(&all[count], c->objects[i]);
		judge_page(d, &all[count]);
		if (all[count].is_page) count++;
	}
	qsort(all, count, sizeof *all, by_run);
	for (size_t i = 0, n; i < count; i += n) {
		n = group_of(all + i, count - i);
		judge_group(d, all + i, n);
	}
	free(all);
	judge_modes(d);
	struct hidden hidden = {d};
	(void)cli_os_each_object(judge_hidden, &hidden, NULL);
}
