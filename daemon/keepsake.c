/* daemon/keepsake.c - see keepsake.h. */
#include "keepsake.h"

#include "base/err.h"
#include "platform/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SELF        "daemon"
#define MAGIC       UINT64_C(0x4b53504545434350)
#define VERSION     1u
#define OTHERS_MODE 0077u
#define FNV_PRIME   UINT64_C(0x100000001b3)
#define ID_MAX      (UINT32_MAX / 2) /* as in a directory: beyond is no number that a daemon gave */

/* ---- sums and sizes -------------------------------------------------------------------------------------- */

/* FNV-1a over words instead of bytes: eight times as fast, and whatever single word differs, the sum does. Against
 * accidents; who could write the object could as well write into the regions. */
static uint64_t sum_of(const void *bytes, uint64_t count)
{
	const unsigned char *at = bytes;
	uint64_t sum = UINT64_C(0xcbf29ce484222325) ^ count, word;
	for (; count >= sizeof word; count -= sizeof word, at += sizeof word) {
		memcpy(&word, at, sizeof word);
		sum = (sum ^ word) * FNV_PRIME;
		sum ^= sum >> 32;
	}
	word = 0;
	if (count) memcpy(&word, at, (size_t)count);
	return (sum ^ word) * FNV_PRIME;
}

static uint64_t head_sum(pcd_keepsake_head head)
{
	head.sum = 0;
	return sum_of(&head, sizeof head);
}

static uint64_t part_sum(pcd_keepsake_part_head head)
{
	head.sum = 0;
	return sum_of(&head, sizeof head);
}

static uint64_t padded(uint64_t bytes)
{
	return (bytes + 7) & ~UINT64_C(7);
}

/* ---- the predecessor's ------------------------------------------------------------------------------------ */

static void free_all(pcd_keepsakes *k)
{
	while (k->first) {
		pcd_keepsake *next = k->first->next;
		free(k->first);
		k->first = next;
	}
}

static pc_status check_object(const pc_object_facts *f, pc_err *err)
{
	if (f->uid != pc_process_uid()) return pc_err_set(err, PC_EUNTRUSTED, "it belongs to user %u", f->uid);
	if (f->mode & OTHERS_MODE) return pc_err_set(err, PC_EUNTRUSTED, "others may open it (mode %04o)", f->mode);
	if (f->link_count != 1) return pc_err_set(err, PC_EUNTRUSTED, "it has %u names", f->link_count);
	if (f->bytes < sizeof(pcd_keepsake_head) || f->bytes > PCD_KEEPSAKES_MAX)
		return pc_err_set(err, PC_EINVAL, "it has %llu bytes", (unsigned long long)f->bytes);
	return PC_OK;
}

static pc_status check_head(const pcd_keepsake_head *h, const pc_object_facts *f, const pcd_run *run, pc_err *err)
{
	if (h->magic != MAGIC) return pc_err_set(err, PC_EINVAL, "it is something else");
	if (h->version != VERSION) return pc_err_set(err, PC_EINVAL, "it has version %u, not %u", h->version, VERSION);
	if (h->sum != head_sum(*h)) return pc_err_set(err, PC_EINVAL, "its head is damaged");
	if (h->bytes > f->bytes) /* it may be longer: for a part that failed */
		return pc_err_set(err, PC_EINVAL, "it has %llu bytes, not %llu", (unsigned long long)f->bytes,
		                  (unsigned long long)h->bytes);
	if (!run->started_unix_ns || memcmp(&h->run, run, sizeof *run) != 0)
		return pc_err_set(err, PC_EINVAL, "it is not by the last run of this daemon");
	return h->next_id < ID_MAX ? PC_OK : pc_err_set(err, PC_EINVAL, "its next region is number %u", h->next_id);
}

static bool ends(const char *text)
{
	return memchr(text, 0, PCD_KEEPSAKE_TEXT) != NULL;
}

static pc_status read_part(pcd_keepsakes *k, const pc_object *object, uint64_t *at, uint64_t end, pc_err *err)
{
	pcd_keepsake_part_head head;
	pcd_keepsake *part;
	pc_status s;
	if (end - *at < sizeof head) return pc_err_set(err, PC_EINVAL, "it ends within a part");
	s = pc_object_read(object, *at, &head, sizeof head);
	if (s != PC_OK) return pc_err_set(err, s, "it cannot be read");
	*at += sizeof head;
	if (head.sum != part_sum(head) || !ends(head.instance) || !ends(head.plugin))
		return pc_err_set(err, PC_EINVAL, "the head of a part is damaged");
	if (head.bytes > PCD_KEEPSAKE_BYTES_MAX || padded(head.bytes) > end - *at)
		return pc_err_set(err, PC_EINVAL, "the part of '%s' is longer than there are bytes", head.instance);
	part = malloc(sizeof *part + (size_t)head.bytes);
	if (!part) return pc_err_set(err, PC_ENOMEM, "no memory for it");
	part->head = head;
	part->next = k->first;
	k->first = part;
	s = pc_object_read(object, *at, part->bytes, head.bytes);
	if (s != PC_OK) return pc_err_set(err, s, "it cannot be read");
	*at += padded(head.bytes);
	if (sum_of(part->bytes, head.bytes) != head.bytes_sum)
		return pc_err_set(err, PC_EINVAL, "the part of '%s' is damaged", head.instance);
	return PC_OK;
}

static pc_status read_all(pcd_keepsakes *k, const pc_object *object, const pc_object_facts *facts, const pcd_run *run,
                          uint32_t *ret_next_id, pc_err *err)
{
	pcd_keepsake_head head;
	uint64_t at = sizeof head;
	pc_status s = check_object(facts, err);
	if (s != PC_OK) return s;
	s = pc_object_read(object, 0, &head, sizeof head);
	if (s != PC_OK) return pc_err_set(err, s, "it cannot be read");
	s = check_head(&head, facts, run, err);
	for (uint32_t i = 0; s == PC_OK && i < head.count; i++) s = read_part(k, object, &at, head.bytes, err);
	if (s == PC_OK && at != head.bytes) s = pc_err_set(err, PC_EINVAL, "there are bytes behind its end");
	if (s == PC_OK) *ret_next_id = head.next_id;
	return s;
}

/* Whatever has the name: only what a start has removed is not taken twice. */
static void remove_name(const pcd_keepsakes *k)
{
	pc_object_facts facts;
	pc_status s = pc_object_look(k->name, &facts);
	if (s == PC_OK) s = pc_object_unlink(k->name, facts.file_id);
	if (s != PC_OK && s != PC_EABSENT)
		pcd_log_line(k->log, PC_LOG_WARN, SELF, "%s cannot be removed: %s", k->name, pc_status_text(s));
}

uint32_t pcd_keepsakes_recall(pcd_keepsakes *k, pcd_log *log, const char *directory, const pcd_run *run)
{
	pc_object object = {0};
	pc_object_facts facts;
	pc_err err = {""};
	uint32_t next_id = 0;
	pc_status s;
	k->log = log;
	(void)snprintf(k->name, sizeof k->name, ".%s%s", directory, PCD_KEEPSAKE_SUFFIX);
	s = pc_object_open(k->name, 0, &object, &facts, &err);
	if (s == PC_EABSENT) return 0;
	if (s == PC_OK) s = read_all(k, &object, &facts, run, &next_id, &err);
	pc_object_close(&object);
	remove_name(k);
	if (s == PC_OK) return next_id;
	free_all(k);
	pcd_log_line(log, PC_LOG_WARN, SELF, "what the predecessor's plugins left in %s is not used: %s", k->name,
	             err.text);
	return 0;
}

const pcd_keepsake *pcd_keepsakes_find(const pcd_keepsakes *k, const char *instance, const char *plugin)
{
	const pcd_keepsake *part = k->first;
	while (part && (strcmp(part->head.instance, instance) != 0 || strcmp(part->head.plugin, plugin) != 0))
		part = part->next;
	return part;
}

void pcd_keepsakes_drop(pcd_keepsakes *k, const pcd_keepsake *keepsake)
{
	pcd_keepsake **at = &k->first, *gone;
	while (*at && *at != keepsake) at = &(*at)->next;
	gone = *at;
	if (!gone) return;
	*at = gone->next;
	free(gone);
}

void pcd_keepsakes_drop_others(pcd_keepsakes *k, pcd_keepsake_awaited_fn *is_awaited, const void *arg)
{
	pcd_keepsake *part = k->first;
	while (part) {
		pcd_keepsake *next = part->next;
		if (!is_awaited(arg, part->head.instance)) pcd_keepsakes_drop(k, part);
		part = next;
	}
}

/* ---- for the successor -------------------------------------------------------------------------------------- */

static pc_status grow(pcd_keepsakes *k, uint64_t bytes, pc_err *err)
{
	static const pc_access ours = {0600, NULL};
	pc_status s = PC_OK;
	if (bytes > PCD_KEEPSAKES_MAX) return pc_err_set(err, PC_ENOSPC, "all plugins together keep too much");
	if (!k->object.handle) {
		s = pc_object_create(k->name, sizeof(pcd_keepsake_head), &ours, &k->object, err);
		k->bytes = sizeof(pcd_keepsake_head);
	}
	return s == PC_OK ? pc_object_grow(&k->object, bytes, NULL) : s; /* its words are about payloads */
}

pc_status pcd_keepsakes_leave(pcd_keepsakes *k, const char *instance, const char *plugin, const void *bytes,
                              uint64_t count, pc_err *err)
{
	pcd_keepsake_part_head head = {.bytes = count};
	uint64_t at = k->object.handle ? k->bytes : sizeof(pcd_keepsake_head);
	uint64_t end = at + sizeof head + padded(count);
	pc_status s;
	if (count > PCD_KEEPSAKE_BYTES_MAX) return pc_err_set(err, PC_EINVAL, "too many bytes");
	if (strlen(instance) >= sizeof head.instance || strlen(plugin) >= sizeof head.plugin)
		return pc_err_set(err, PC_EINVAL, "the instance's or the plugin's name is too long");
	memcpy(head.instance, instance, strlen(instance));
	memcpy(head.plugin, plugin, strlen(plugin));
	head.bytes_sum = sum_of(bytes, count);
	head.sum = part_sum(head);
	s = grow(k, end, err);
	if (s == PC_OK) s = pc_object_write(&k->object, at, &head, sizeof head);
	if (s == PC_OK) s = pc_object_write(&k->object, at + sizeof head, bytes, count);
	if (s != PC_OK) return err->text[0] ? s : pc_err_set(err, s, "%s", pc_status_text(s));
	k->bytes = end;
	k->count++;
	return PC_OK;
}

void pcd_keepsakes_publish(pcd_keepsakes *k, const pcd_run *run, uint32_t next_id)
{
	pcd_keepsake_head head = {.magic = MAGIC, .version = VERSION, .run = *run, .next_id = next_id};
	pc_err err = {""};
	pc_status s;
	if (!k->count) return;
	head.bytes = k->bytes;
	head.count = k->count;
	head.sum = head_sum(head);
	s = pc_object_write(&k->object, 0, &head, sizeof head);
	if (s == PC_OK) s = pc_object_publish(&k->object, k->name, 1, &err);
	if (s == PC_OK) return;
	pcd_log_line(k->log, PC_LOG_WARN, SELF, "what plugins left for the next run is lost: %s",
	             err.text[0] ? err.text : pc_status_text(s));
}

void pcd_keepsakes_fini(pcd_keepsakes *k)
{
	free_all(k);
	pc_object_close(&k->object);
}
