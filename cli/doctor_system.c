/* doctor_system.c - is there room for what is there, and for what a configuration wants? */
#include "doctor.h"

#include <inttypes.h>

#define FREE_PERCENT      10u
#define FILES_OF_A_REGION 2u  /* locks of owner and writer */
#define MAPS_OF_A_REGION  2u  /* payload and control object */
#define FILES_OF_A_DAEMON 64u /* and some viewers */
#define MAPS_OF_A_DAEMON  256u
#define MIB               (UINT64_C(1) << 20)

static const char why_full[] = "regions that cannot be allocated are refused at start and reload";

static void put_size(pc_strbuf *b, uint64_t bytes)
{
	char size[32];
	cli_format_bytes(size, (double)bytes);
	pc_strbuf_puts(b, size);
}

static void full(cli_doctor *d, const cli_space *space, pc_strbuf *text, uint64_t wanted)
{
	pc_strbuf mend = {0};
	pc_strbuf_printf(&mend, "mount -o remount,size=%" PRIu64 "M ", (wanted + MIB - 1) / MIB);
	cli_doctor_quote(&mend, space->folder);
	(void)cli_doctor_add(d, "shm-full", text, why_full, &mend);
}

static bool is_low(uint64_t left, uint64_t all)
{
	return (double)left < (double)all * FREE_PERCENT / 100;
}

void cli_doctor_system(cli_doctor *d)
{
	cli_space s;
	pc_strbuf text = {0};
	if (!cli_os_space(&s) || !s.bytes) return;
	if (is_low(s.free_bytes, s.bytes)) {
		pc_strbuf_printf(&text, "%s has ", s.folder);
		put_size(&text, s.free_bytes);
		pc_strbuf_puts(&text, " free of ");
		put_size(&text, s.bytes);
		full(d, &s, &text, s.bytes * 2);
	}
	if (s.files && is_low(s.free_files, s.files)) {
		pc_strbuf names = {0}, mend = {0};
		pc_strbuf_printf(&names, "%s has %" PRIu64 " names free of %" PRIu64, s.folder, s.free_files, s.files);
		pc_strbuf_printf(&mend, "mount -o remount,nr_inodes=%" PRIu64 " ", s.files * 4);
		cli_doctor_quote(&mend, s.folder);
		(void)cli_doctor_add(d, "shm-full", &names, why_full, &mend);
	}
}

static void limit(cli_doctor *d, const char *code, uint64_t regions, uint64_t needed, const char *of, uint64_t most,
                  const char *mend_format)
{
	pc_strbuf text = {0}, mend = {0};
	if (!most || needed <= most) return;
	pc_strbuf_printf(&text, "%s: %" PRIu64 " regions need about %" PRIu64 " %s, a process here may have %" PRIu64,
	                 d->config, regions, needed, of, most);
	pc_strbuf_puts(&mend, mend_format);
	pc_strbuf_printf(&mend, "%" PRIu64, needed * 2);
	(void)cli_doctor_add(d, code, &text, "the daemon would fail at its start", &mend);
}

void cli_doctor_needs(cli_doctor *d, uint64_t bytes, uint64_t regions)
{
	cli_space s;
	pc_strbuf text = {0};
	if (cli_os_space(&s) && s.bytes && bytes > s.free_bytes) {
		pc_strbuf_printf(&text, "%s needs another ", d->config);
		put_size(&text, bytes);
		pc_strbuf_printf(&text, " in %s, which has ", s.folder);
		put_size(&text, s.free_bytes);
		pc_strbuf_puts(&text, " free");
		full(d, &s, &text, s.bytes + bytes * 2);
	}
	limit(d, "file-limit", regions, FILES_OF_A_DAEMON + regions * FILES_OF_A_REGION, "files", cli_os_files_max(),
	      "ulimit -Hn ");
	limit(d, "map-limit", regions, MAPS_OF_A_DAEMON + regions * MAPS_OF_A_REGION, "mappings", cli_os_maps_max(),
	      "sysctl vm.max_map_count=");
}
