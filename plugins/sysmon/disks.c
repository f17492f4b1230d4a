/* disks.c - region sysmon.disks: what the block devices do, and how full the file systems are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rate.h"
#include "sysmon.h"

/* Space changes slowly and asking for it walks paths: once a second is plenty, however fast the region is. */
#define FILESYSTEMS_EVERY_NS UINT64_C(1000000000)

struct disks {
	const struct sysmon_env *env;
	struct sysmon_disk_sample *then, *now;
	uint32_t then_count, now_count, left_out;
	uint64_t then_ns, filesystems_ns;
	bool has_filesystems;
	int filesystems_status;
};

static void disks_close(void *state)
{
	struct disks *d = state;
	if (!d) return;
	free(d->then);
	free(d->now);
	free(d);
}

static int disks_open(const struct sysmon_env *env, void **ret_state)
{
	struct disks *d = calloc(1, sizeof *d);
	if (!d) return PC_ENOMEM;
	d->env = env;
	d->then = calloc(env->disks_max, sizeof *d->then);
	d->now = calloc(env->disks_max, sizeof *d->now);
	if (!d->then || !d->now) {
		disks_close(d);
		return PC_ENOMEM;
	}
	*ret_state = d;
	return PC_OK;
}

static uint64_t disks_payload_bytes(const void *state)
{
	const struct disks *d = state;
	return sizeof(struct sysmon_disks) + d->env->disks_max * sizeof(struct sysmon_disk) +
	       d->env->filesystems_max * sizeof(struct sysmon_filesystem);
}

static int disks_layout(const void *state, char *dst, size_t dst_bytes)
{
	const struct disks *d = state;
	return snprintf(
	        dst, dst_bytes,
	        "disk_count u32 doc=\"rows of disk in use\"\n"
	        "disks_left_out u32 doc=\"disks beyond the last row\"\n"
	        "filesystem_count u32 doc=\"rows of filesystem in use\"\n"
	        "filesystems_left_out u32\n"
	        "disk struct[%u] {\n"
	        "  name char[32]\n"
	        "  read_bytes_per_s f64 unit=\"B/s\" min=0\n"
	        "  write_bytes_per_s f64 unit=\"B/s\" min=0\n"
	        "  reads_per_s f32 unit=\"1/s\" min=0\n"
	        "  writes_per_s f32 unit=\"1/s\" min=0\n"
	        "  busy_percent f32 unit=\"%%\" min=0 max=100 doc=\"time with at least one request in flight\"\n"
	        "  in_flight_count u32\n"
	        "  read_bytes u64 unit=\"B\" doc=\"since boot\"\n"
	        "  written_bytes u64 unit=\"B\" doc=\"since boot\"\n"
	        "}\n"
	        "filesystem struct[%u] doc=\"mounted from this machine's disks, each once\" {\n"
	        "  mount char[64]\n"
	        "  device char[64]\n"
	        "  type char[16]\n"
	        "  total_bytes u64 unit=\"B\"\n"
	        "  free_bytes u64 unit=\"B\"\n"
	        "  available_bytes u64 unit=\"B\" doc=\"free for users other than root\"\n"
	        "  used_percent f32 unit=\"%%\" min=0 max=100\n"
	        "  read_only bool\n"
	        "}\n",
	        d->env->disks_max, d->env->filesystems_max);
}

/* The same disk in the sample before; mostly in the same row. */
static const struct sysmon_disk_sample *earlier(const struct disks *d, uint32_t row)
{
	const char *name = d->now[row].name;
	if (row < d->then_count && !strcmp(d->then[row].name, name)) return &d->then[row];
	for (uint32_t i = 0; i < d->then_count; i++)
		if (!strcmp(d->then[i].name, name)) return &d->then[i];
	return &d->now[row]; /* new: against itself nothing has grown */
}

static struct sysmon_disk show_disk(const struct sysmon_disk_sample *then, const struct sysmon_disk_sample *now,
                                    uint64_t elapsed_ns)
{
	struct sysmon_disk out = {
	        .read_bytes_per_s = sysmon_per_s(sysmon_grown(then->read_bytes, now->read_bytes), elapsed_ns),
	        .write_bytes_per_s = sysmon_per_s(sysmon_grown(then->written_bytes, now->written_bytes), elapsed_ns),
	        .reads_per_s = (float)sysmon_per_s(sysmon_grown(then->reads, now->reads), elapsed_ns),
	        .writes_per_s = (float)sysmon_per_s(sysmon_grown(then->writes, now->writes), elapsed_ns),
	        .busy_percent =
	                sysmon_percent((double)sysmon_grown_32(then->busy_ms, now->busy_ms) * 1e6, (double)elapsed_ns),
	        .in_flight_count = now->in_flight_count,
	        .read_bytes = now->read_bytes,
	        .written_bytes = now->written_bytes};
	memcpy(out.name, now->name, sizeof out.name);
	return out;
}

static void show_disks(struct disks *d, uint64_t now_ns, struct sysmon_disks *head, struct sysmon_disk *rows)
{
	struct sysmon_disk_sample *swap = d->then;
	uint64_t elapsed_ns = d->then_ns ? now_ns - d->then_ns : 0;
	for (uint32_t i = 0; i < d->now_count; i++) rows[i] = show_disk(earlier(d, i), &d->now[i], elapsed_ns);
	memset(rows + d->now_count, 0, (d->env->disks_max - d->now_count) * sizeof *rows);
	head->disk_count = d->now_count;
	head->disks_left_out = d->left_out;
	d->then = d->now;
	d->then_count = d->now_count;
	d->then_ns = now_ns;
	d->now = swap;
}

static int sample_filesystems(struct disks *d, uint64_t now_ns, struct sysmon_disks *head,
                              struct sysmon_filesystem *rows)
{
	uint32_t count, max = d->env->filesystems_max;
	if (d->has_filesystems && now_ns - d->filesystems_ns < FILESYSTEMS_EVERY_NS) return d->filesystems_status;
	d->has_filesystems = true;
	d->filesystems_ns = now_ns;
	d->filesystems_status = sysmon_os_filesystems(d->env->os, rows, max, &count, &head->filesystems_left_out);
	if (d->filesystems_status) return d->filesystems_status;
	for (uint32_t i = 0; i < count; i++) {
		double used = (double)rows[i].total_bytes - (double)rows[i].free_bytes;
		/* as df(1) does it: the blocks kept for root count neither as used nor as available */
		rows[i].used_percent = sysmon_percent(used, used + (double)rows[i].available_bytes);
	}
	memset(rows + count, 0, (max - count) * sizeof *rows);
	head->filesystem_count = count;
	return PC_OK;
}

static enum sysmon_outcome disks_sample(void *state, void *payload)
{
	struct disks *d = state;
	struct sysmon_disks *head = payload;
	struct sysmon_disk *disk_rows = (struct sysmon_disk *)(head + 1);
	struct sysmon_filesystem *filesystem_rows = (struct sysmon_filesystem *)(disk_rows + d->env->disks_max);
	uint64_t now_ns = d->env->host->now_ns(d->env->host);
	struct sysmon_tally tally = {0};
	if (sysmon_answered(&tally,
	                    sysmon_os_disks(d->env->os, d->now, d->env->disks_max, &d->now_count, &d->left_out)))
		show_disks(d, now_ns, head, disk_rows);
	(void)sysmon_answered(&tally, sample_filesystems(d, now_ns, head, filesystem_rows));
	return sysmon_outcome_of(tally);
}

const struct sysmon_section sysmon_disks_section = {.region_option = "disks",
                                                    .interval_option = "disks_interval",
                                                    .doc = "Disk traffic and file-system space.",
                                                    .open = disks_open,
                                                    .close = disks_close,
                                                    .payload_bytes = disks_payload_bytes,
                                                    .layout = disks_layout,
                                                    .sample = disks_sample};
