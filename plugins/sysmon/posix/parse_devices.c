/* parse_devices.c - /proc/diskstats, /proc/self/mountinfo, /proc/net/dev and operstate. */
#include "parse.h"

#define SECTOR_BYTES 512u /* in diskstats always, whatever the disk's own sectors are */

bool sysmon_parse_diskstat(struct sysmon_cursor line, struct sysmon_disk_sample *ret)
{
	struct sysmon_disk_sample d = {0};
	struct sysmon_cursor name;
	uint64_t sectors_read, sectors_written, busy_ms;
	if (!sysmon_skip(&line, 2) || !sysmon_word(&line, &name)) return false;
	if (sysmon_left(&name) >= sizeof d.name) return false; /* a name cut short could be taken for another disk */
	if (!sysmon_u64(&line, &d.reads) || !sysmon_skip(&line, 1) || !sysmon_u64(&line, &sectors_read) ||
	    !sysmon_skip(&line, 1) || !sysmon_u64(&line, &d.writes) || !sysmon_skip(&line, 1) ||
	    !sysmon_u64(&line, &sectors_written) || !sysmon_skip(&line, 1) || !sysmon_u32(&line, &d.in_flight_count) ||
	    !sysmon_u64(&line, &busy_ms))
		return false;
	sysmon_text_copy(d.name, sizeof d.name, name);
	d.read_bytes = sectors_read * SECTOR_BYTES;
	d.written_bytes = sectors_written * SECTOR_BYTES;
	d.busy_ms = (uint32_t)busy_ms;
	*ret = d;
	return true;
}

static bool has_option(struct sysmon_cursor options, const char *wanted)
{
	while (options.at < options.end) {
		const char *comma = memchr(options.at, ',', sysmon_left(&options));
		struct sysmon_cursor option = {options.at, comma ? comma : options.end};
		if (sysmon_is(option, wanted)) return true;
		options.at = comma ? comma + 1 : options.end;
	}
	return false;
}

bool sysmon_parse_mount(struct sysmon_cursor line, struct sysmon_mount *ret)
{
	struct sysmon_mount m;
	struct sysmon_cursor word;
	for (int i = 0; i < 4; i++) /* numbers of the mount, its parent and its device; its root */
		if (!sysmon_word(&line, &word)) return false;
	if (!sysmon_word(&line, &m.mount)) return false;
	do { /* options of the mount, then any number of optional fields, ended by a dash */
		if (!sysmon_word(&line, &word)) return false;
	} while (!sysmon_is(word, "-"));
	if (!sysmon_word(&line, &m.type) || !sysmon_word(&line, &m.device) || !sysmon_word(&line, &word)) return false;
	m.read_only = has_option(word, "ro");
	*ret = m;
	return true;
}

bool sysmon_mount_is_covered(const struct sysmon_mount *mount, struct sysmon_cursor rest)
{
	struct sysmon_cursor line;
	struct sysmon_mount later;
	size_t bytes = sysmon_left(&mount->mount);
	while (sysmon_line(&rest, &line))
		if (sysmon_parse_mount(line, &later) && sysmon_left(&later.mount) == bytes &&
		    !memcmp(later.mount.at, mount->mount.at, bytes))
			return true;
	return false;
}

/* Value of "\ooo" at c, or -1. */
static int octal_escape(const struct sysmon_cursor *c)
{
	int value = 0;
	if (sysmon_left(c) < 4 || c->at[0] != '\\') return -1;
	for (int i = 1; i < 4; i++) {
		if (c->at[i] < '0' || c->at[i] > '7') return -1;
		value = value * 8 + (c->at[i] - '0');
	}
	return value <= 0xFF ? value : -1;
}

bool sysmon_unescape(struct sysmon_cursor word, char *dst, size_t dst_bytes)
{
	char plain[4096]; /* PATH_MAX: the kernel has no longer ones */
	size_t used = 0;
	while (word.at < word.end && used < sizeof plain) {
		int escaped = octal_escape(&word);
		plain[used++] = escaped < 0 ? *word.at : (char)(unsigned char)escaped;
		word.at += escaped < 0 ? 1 : 4;
	}
	sysmon_text_copy(dst, dst_bytes, sysmon_cursor_of(plain, used));
	return used < dst_bytes && word.at == word.end;
}

bool sysmon_mount_may_hang(const struct sysmon_mount *mount)
{
	static const char *const types[] = {"nfs",      "cifs",    "smb",      "fuse",   "9p",     "ceph",  "afs",
	                                    "autofs",   "gluster", "lustre",   "ncp",    "coda",   "gfs2",  "ocfs2",
	                                    "virtiofs", "davfs",   "orangefs", "beegfs", "vboxsf", "prl_fs"};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (sysmon_starts(mount->type, types[i])) return true;
	return false;
}

bool sysmon_mount_has_space(const struct sysmon_mount *mount)
{
	/* images are full by nature */
	if (sysmon_is(mount->type, "squashfs") || sysmon_is(mount->type, "iso9660") || sysmon_is(mount->type, "erofs"))
		return false;
	if (sysmon_starts(mount->device, "/dev/") || sysmon_is(mount->type, "zfs")) return true;
	/* the root of a container */
	return sysmon_is(mount->type, "overlay") && sysmon_is(mount->mount, "/");
}

/* The part of the line up to the last colon, blanks in front taken off: old aliases look like "eth0:1:". */
static bool take_link_name(struct sysmon_cursor *line, struct sysmon_cursor *ret)
{
	const char *colon = NULL;
	for (const char *p = line->at; p < line->end; p++) {
		if (*p == '|') return false; /* header */
		if (*p == ':') colon = p;
	}
	if (!colon) return false;
	struct sysmon_cursor head = {line->at, colon};
	line->at = colon + 1;
	return sysmon_word(&head, ret) && head.at == head.end;
}

bool sysmon_parse_net_dev(struct sysmon_cursor line, struct sysmon_link_sample *ret)
{
	struct sysmon_link_sample l = {0};
	struct sysmon_cursor name;
	if (!take_link_name(&line, &name) || sysmon_left(&name) >= sizeof l.name) return false;
	if (!sysmon_u64(&line, &l.rx_bytes) || !sysmon_u64(&line, &l.rx_packets) || !sysmon_u64(&line, &l.rx_errors) ||
	    !sysmon_u64(&line, &l.rx_dropped) || !sysmon_skip(&line, 4) || !sysmon_u64(&line, &l.tx_bytes) ||
	    !sysmon_u64(&line, &l.tx_packets) || !sysmon_u64(&line, &l.tx_errors) || !sysmon_u64(&line, &l.tx_dropped))
		return false;
	sysmon_text_copy(l.name, sizeof l.name, name);
	*ret = l;
	return true;
}

uint8_t sysmon_parse_operstate(struct sysmon_cursor text)
{
	static const struct {
		const char *word;
		uint8_t state;
	} rows[] = {{"up", SYSMON_LINK_UP},           {"down", SYSMON_LINK_DOWN},
	            {"notpresent", SYSMON_LINK_DOWN}, {"lowerlayerdown", SYSMON_LINK_NO_CARRIER},
	            {"dormant", SYSMON_LINK_DORMANT}, {"testing", SYSMON_LINK_DORMANT}};
	struct sysmon_cursor line;
	if (!sysmon_line(&text, &line)) return SYSMON_LINK_UNKNOWN;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (sysmon_is(line, rows[i].word)) return rows[i].state;
	return SYSMON_LINK_UNKNOWN;
}
