/* sysmon reads /proc texts as kernels really print them, odd ones included. */
#include "posix/parse.h"
#include "test.h"

static struct sysmon_cursor text(const char *s)
{
	return sysmon_cursor_of(s, strlen(s));
}

/* ---- /proc/stat ---- */

static const char stat_two_cores[] = "cpu  3808 7 2817 328143 940 11 130 2153 99 98\n"
                                     "cpu0 1564 3 1049 165303 67 5 15 1010 50 49\n"
                                     "cpu1 2243 4 1767 162840 873 6 114 1142 49 49\n"
                                     "intr 201296 0 0 17 0 0\n"
                                     "ctxt 375082\n"
                                     "btime 1795398816\n"
                                     "processes 7273\n"
                                     "procs_running 3\n"
                                     "procs_blocked 1\n"
                                     "softirq 155845 0 23714 4\n";

PC_TEST(cpu_times_of_all_and_of_each_core_are_read)
{
	struct sysmon_core_sample core[2];
	struct sysmon_cpu_sample s = {.core_capacity = 2, .core = core};
	memset(core, 0, sizeof core);
	CHECK(sysmon_parse_stat(text(stat_two_cores), &s));
	CHECK_INT(s.all.user, 3808);
	CHECK_INT(s.all.nice, 7);
	CHECK_INT(s.all.system, 2817);
	CHECK_INT(s.all.idle, 328143);
	CHECK_INT(s.all.iowait, 940);
	CHECK_INT(s.all.irq, 11);
	CHECK_INT(s.all.softirq, 130);
	CHECK_INT(s.all.steal, 2153);
	CHECK_INT(s.context_switches, 375082);
	CHECK_INT(s.interrupts, 201296);
	CHECK_INT(s.forks, 7273);
	CHECK_INT(s.running_count, 3);
	CHECK_INT(s.blocked_count, 1);
	CHECK(core[0].online && core[1].online);
	CHECK_INT(core[1].times.user, 2243);
	CHECK_INT(core[1].times.steal, 1142);
}

PC_TEST(hundreds_of_cores_with_gaps_are_read)
{
	static char big[128 * 1024];
	static struct sysmon_core_sample core[768];
	struct sysmon_cpu_sample s = {.core_capacity = 768, .core = core};
	size_t used = (size_t)snprintf(big, sizeof big, "cpu  1 2 3 4 5 6 7 8 9 10\n");
	for (int i = 0; i < 768; i++)
		if (i % 5)
			used += (size_t)snprintf(big + used, sizeof big - used, "cpu%d %d 0 0 %d 0 0 0 0 0 0\n", i, i,
			                         2 * i);
	used += (size_t)snprintf(big + used, sizeof big - used, "ctxt 42\n");
	CHECK(sysmon_parse_stat(sysmon_cursor_of(big, used), &s));
	CHECK_INT(s.context_switches, 42);
	for (int i = 0; i < 768; i++) {
		CHECK_INT(core[i].online, i % 5 != 0);
		if (i % 5) CHECK_INT(core[i].times.user, i);
		if (i % 5) CHECK_INT(core[i].times.idle, 2 * i);
	}
}

PC_TEST(a_core_beyond_the_rows_is_left_out)
{
	struct sysmon_core_sample core[2] = {{.online = false}, {.online = false}};
	struct sysmon_cpu_sample s = {.core_capacity = 1, .core = core};
	CHECK(sysmon_parse_stat(text(stat_two_cores), &s));
	CHECK(core[0].online);
	CHECK(!core[1].online);
}

PC_TEST(a_core_that_goes_offline_is_noticed)
{
	struct sysmon_core_sample core[2];
	struct sysmon_cpu_sample s = {.core_capacity = 2, .core = core};
	memset(core, 0, sizeof core);
	CHECK(sysmon_parse_stat(text(stat_two_cores), &s));
	CHECK(sysmon_parse_stat(text("cpu  1 1 1 1\ncpu0 1 1 1 1\n"), &s));
	CHECK(core[0].online);
	CHECK(!core[1].online);
}

PC_TEST(an_old_kernel_with_four_columns_is_read)
{
	struct sysmon_cpu_sample s = {.all = {.steal = 9}};
	CHECK(sysmon_parse_stat(text("cpu 10 20 30 40\n"), &s));
	CHECK_INT(s.all.idle, 40);
	CHECK_INT(s.all.steal, 0);
}

PC_TEST(what_is_not_proc_stat_leaves_the_sample_alone)
{
	static const char *const bad[] = {"",
	                                  "\n",
	                                  "cpu",
	                                  "cpu  1 2 3",
	                                  "cpux 1 2 3 4\n",
	                                  "intr 1\n",
	                                  "cpu a b c d\n",
	                                  "cpu0 1 2 3 4\n",
	                                  "\xff\xfe\x00\x01 1 2",
	                                  "cpu  1 2 3 x\n"};
	struct sysmon_core_sample core[1] = {{.online = true}};
	struct sysmon_cpu_sample s = {.all = {.user = 77}, .core_capacity = 1, .core = core};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK(!sysmon_parse_stat(text(bad[i]), &s));
		CHECK_INT(s.all.user, 77);
		CHECK(core[0].online);
	}
}

PC_TEST(lines_that_are_cut_or_damaged_do_not_harm_the_rest)
{
	struct sysmon_core_sample core[2];
	struct sysmon_cpu_sample s = {.core_capacity = 2, .core = core};
	memset(core, 0, sizeof core);
	CHECK(sysmon_parse_stat(text("cpu  1 2 3 4\ncpu0 1 2\ncpu1 5 6 7 8\ncpu1x 1 1 1 1\ncpu-1 1 1 1 1\n"
	                             "cpu99999999999999999999999 1 1 1 1\n\nctxt\nctxt 12x\nintr 3"),
	                        &s));
	CHECK(!core[0].online);
	CHECK(core[1].online);
	CHECK_INT(core[1].times.user, 5);
	CHECK_INT(s.context_switches, 0);
	CHECK_INT(s.interrupts, 3);
}

PC_TEST(numbers_beyond_64_bits_stop_at_the_top)
{
	struct sysmon_cpu_sample s = {.core_capacity = 0};
	CHECK(sysmon_parse_stat(text("cpu  99999999999999999999999 18446744073709551615 18446744073709551616 -5\n"),
	                        &s));
	CHECK(s.all.user == UINT64_MAX);
	CHECK(s.all.nice == UINT64_MAX);
	CHECK(s.all.system == UINT64_MAX);
	CHECK_INT(s.all.idle, 0);
}

/* ---- loadavg ---- */

PC_TEST(load_averages_are_read_in_any_locale)
{
	float load[3] = {9, 9, 9};
	CHECK(sysmon_parse_loadavg(text("0.07 12.50 130.99 1/93 7270\n"), load));
	CHECK(load[0] > 0.069F && load[0] < 0.071F);
	CHECK(load[1] == 12.5F);
	CHECK(load[2] > 130.98F && load[2] < 131.0F);
	CHECK(!sysmon_parse_loadavg(text("0,07 0,1 0,2"), load));
	CHECK(!sysmon_parse_loadavg(text("0.07 0.1"), load));
	CHECK(!sysmon_parse_loadavg(text("0.07 0. 1"), load));
	CHECK(load[1] == 12.5F);
}

/* ---- meminfo ---- */

PC_TEST(memory_is_read_in_bytes)
{
	struct sysmon_memory m;
	CHECK(sysmon_parse_meminfo(
	        text("MemTotal:       24684096 kB\nMemFree:        23966712 kB\nMemAvailable:   24323424 kB\n"
	             "Buffers:            3512 kB\nCached:           527892 kB\nSwapCached:            5 kB\n"
	             "SwapTotal:          1000 kB\nSwapFree:            400 kB\nDirty:              2316 kB\n"
	             "Writeback:            12 kB\nShmem:              8788 kB\nSReclaimable:      85608 kB\n"
	             "HugePages_Total:       0\n"),
	        &m));
	CHECK_INT(m.total_bytes, 24684096LL * 1024);
	CHECK_INT(m.available_bytes, 24323424LL * 1024);
	CHECK_INT(m.used_bytes, (24684096LL - 24323424) * 1024);
	CHECK_INT(m.cached_bytes, (527892LL + 85608) * 1024);
	CHECK_INT(m.buffers_bytes, 3512 * 1024);
	CHECK_INT(m.shared_bytes, 8788 * 1024);
	CHECK_INT(m.dirty_bytes, 2316 * 1024);
	CHECK_INT(m.writeback_bytes, 12 * 1024);
	CHECK_INT(m.swap_used_bytes, 600 * 1024);
}

PC_TEST(an_old_kernel_without_available_memory_is_estimated)
{
	struct sysmon_memory m;
	CHECK(sysmon_parse_meminfo(text("MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 20 kB\nCached: 300 kB\n"), &m));
	CHECK_INT(m.available_bytes, 420 * 1024);
	CHECK_INT(m.used_bytes, 580 * 1024);
}

PC_TEST(memory_that_does_not_add_up_is_never_negative)
{
	struct sysmon_memory m;
	CHECK(sysmon_parse_meminfo(text("MemTotal: 1000 kB\nMemAvailable: 2000 kB\nSwapTotal: 0 kB\nSwapFree: 7 kB\n"),
	                           &m));
	CHECK_INT(m.used_bytes, 0);
	CHECK_INT(m.swap_used_bytes, 0);
	CHECK(!sysmon_parse_meminfo(text("MemFree: 100 kB\n"), &m));
	CHECK(!sysmon_parse_meminfo(text(""), &m));
	CHECK(!sysmon_parse_meminfo(text("MemTotal: many kB\n"), &m));
}

/* ---- diskstats ---- */

PC_TEST(disk_lines_of_all_kernels_are_read)
{
	struct sysmon_disk_sample d;
	CHECK(sysmon_parse_diskstat(text(" 254       0 vda 37009 9872 5579578 30138 22509 9150 1658312 8880 3 13808 "
	                                 "39751 4730 13 119504 625 1233 106"),
	                            &d));
	CHECK_STR(d.name, "vda");
	CHECK_INT(d.reads, 37009);
	CHECK_INT(d.read_bytes, 5579578LL * 512);
	CHECK_INT(d.writes, 22509);
	CHECK_INT(d.written_bytes, 1658312LL * 512);
	CHECK_INT(d.in_flight_count, 3);
	CHECK_INT(d.busy_ms, 13808);
	CHECK(sysmon_parse_diskstat(text("   8       0 sda 1 2 3 4 5 6 7 8 9 10 11"), &d)); /* 2.6 to 4.17 */
	CHECK_STR(d.name, "sda");
	CHECK_INT(d.busy_ms, 10);
	CHECK(sysmon_parse_diskstat(text("104 0 cciss/c0d0 1 2 3 4 5 6 7 8 -1 4294967297 11"), &d));
	CHECK_STR(d.name, "cciss/c0d0");
	CHECK_INT(d.in_flight_count, 0); /* some drivers count below zero */
	CHECK_INT(d.busy_ms, 1);
}

PC_TEST(what_is_no_disk_line_is_refused)
{
	struct sysmon_disk_sample d = {.reads = 5};
	CHECK(!sysmon_parse_diskstat(text(""), &d));
	CHECK(!sysmon_parse_diskstat(text("   8       1 sda1 10 20 30 40"), &d)); /* partitions before 2.6.25 */
	CHECK(!sysmon_parse_diskstat(text("8 0 sda 1 2 3 4 5 6 7 8 9 x"), &d));
	CHECK(!sysmon_parse_diskstat(text("8 0 a-name-of-32-bytes-is-one-too-long 1 2 3 4 5 6 7 8 9 10 11"), &d));
	CHECK_INT(d.reads, 5);
}

/* ---- mounts ---- */

PC_TEST(mounts_with_escaped_names_are_read)
{
	struct sysmon_mount m;
	char name[64];
	CHECK(sysmon_parse_mount(text("25 1 8:1 / /media/My\\040Disk\\134\\011x rw,relatime shared:1 - ext4 /dev/sdb1 "
	                              "ro,relatime,errors=remount-ro"),
	                         &m));
	CHECK(m.read_only);
	CHECK(sysmon_unescape(m.mount, name, sizeof name));
	CHECK_STR(name, "/media/My Disk\\\tx");
	CHECK(sysmon_is(m.type, "ext4"));
	CHECK(sysmon_parse_mount(text("25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw,errors=remount-ro,rota"),
	                         &m));
	CHECK(!m.read_only);
	CHECK(sysmon_parse_mount(text("25 1 8:1 /sub / ro shared:1 master:2 propagate_from:3 - ext4 /dev/sda rw"), &m));
	CHECK(!m.read_only); /* only this mount of it is */
	CHECK(!sysmon_parse_mount(text("25 1 8:1 / / ro shared:1"), &m));
	CHECK(!sysmon_parse_mount(text("25 1 8:1 / / ro - ext4 /dev/sda"), &m));
	CHECK(!sysmon_parse_mount(text("/dev/sda / ext4 rw 0 0"), &m));
}

PC_TEST(a_mount_that_a_later_one_covers_is_told)
{
	struct sysmon_mount m;
	CHECK(sysmon_parse_mount(text("25 1 8:1 / /home rw - ext4 /dev/sda rw"), &m));
	CHECK(sysmon_mount_is_covered(&m, text("nonsense\n26 1 0:5 / /home ro - tmpfs tmpfs rw\n")));
	CHECK(!sysmon_mount_is_covered(
	        &m, text("26 1 0:5 / /home2 ro - tmpfs tmpfs rw\n27 1 0:5 / /hom ro - tmpfs tmpfs rw")));
	CHECK(!sysmon_mount_is_covered(&m, text("")));
}

PC_TEST(broken_escapes_stay_as_they_are_and_long_names_are_cut)
{
	char name[8];
	CHECK(sysmon_unescape(text("a\\04"), name, sizeof name));
	CHECK_STR(name, "a\\04");
	CHECK(sysmon_unescape(text("\\777"), name, sizeof name)); /* not a byte */
	CHECK_STR(name, "\\777");
	CHECK(!sysmon_unescape(text("abcdefgh"), name, sizeof name));
	CHECK_STR(name, "abcdefg");
	CHECK(!sysmon_unescape(text("abcdef\xc3\xa4"), name, sizeof name)); /* never half a character */
	CHECK_STR(name, "abcdef");
}

static bool hangs(const char *line)
{
	struct sysmon_mount m;
	CHECK(sysmon_parse_mount(text(line), &m));
	return sysmon_mount_may_hang(&m);
}

static bool has_space(const char *line)
{
	struct sysmon_mount m;
	CHECK(sysmon_parse_mount(text(line), &m));
	return sysmon_mount_has_space(&m);
}

PC_TEST(only_local_file_systems_with_space_are_measured)
{
	CHECK(hangs("25 1 8:1 / /mnt rw,relatime shared:1 - nfs4 server:/export rw"));
	CHECK(hangs("25 1 8:1 / /mnt rw,relatime shared:1 - cifs //server/share rw"));
	CHECK(hangs("25 1 8:1 / /media/stick rw,relatime shared:1 - fuseblk /dev/sdc1 rw"));
	CHECK(hangs("25 1 8:1 / /mnt rw,relatime shared:1 - fuse.sshfs user@host: rw"));
	CHECK(hangs("25 1 8:1 / /boot/efi rw,relatime shared:1 - autofs systemd-1 rw"));
	CHECK(!hangs("25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"));
	CHECK(!hangs("25 1 8:1 / /proc rw,relatime shared:1 - proc proc rw"));
	CHECK(has_space("25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"));
	CHECK(has_space("25 1 8:1 / /home rw,relatime shared:1 - xfs /dev/mapper/vg-home rw"));
	CHECK(has_space("25 1 8:1 / /tank rw,relatime shared:1 - zfs tank/data rw"));
	CHECK(has_space("25 1 8:1 / / rw,relatime shared:1 - overlay overlay rw"));
	CHECK(!has_space("25 1 8:1 / /var/lib/docker/overlay2/x/merged rw,relatime shared:1 - overlay overlay rw"));
	CHECK(!has_space("25 1 8:1 / /snap/core/1 rw,relatime shared:1 - squashfs /dev/loop3 ro"));
	CHECK(!has_space("25 1 8:1 / /run rw,relatime shared:1 - tmpfs tmpfs rw"));
	CHECK(!has_space("25 1 8:1 / /proc rw,relatime shared:1 - proc proc rw"));
}

/* ---- network ---- */

PC_TEST(interfaces_are_read_with_and_without_blanks)
{
	struct sysmon_link_sample l;
	CHECK(sysmon_parse_net_dev(text("  eth0: 141260278    2500    1    2    0     0          0         0    92724  "
	                                "  1295    3    4    0 "
	                                "    0       0          0"),
	                           &l));
	CHECK_STR(l.name, "eth0");
	CHECK_INT(l.rx_bytes, 141260278);
	CHECK_INT(l.rx_packets, 2500);
	CHECK_INT(l.rx_errors, 1);
	CHECK_INT(l.rx_dropped, 2);
	CHECK_INT(l.tx_bytes, 92724);
	CHECK_INT(l.tx_packets, 1295);
	CHECK_INT(l.tx_errors, 3);
	CHECK_INT(l.tx_dropped, 4);
	CHECK(sysmon_parse_net_dev(text("wlan0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"), &l));
	CHECK_STR(l.name, "wlan0");
	CHECK_INT(l.rx_bytes, 1);
	CHECK(sysmon_parse_net_dev(text("eth0:1: 7 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"), &l)); /* an alias of old */
	CHECK_STR(l.name, "eth0:1");
	CHECK_INT(l.rx_bytes, 7);
}

PC_TEST(header_lines_of_net_dev_are_no_interfaces)
{
	struct sysmon_link_sample l;
	CHECK(!sysmon_parse_net_dev(text("Inter-|   Receive                            |  Transmit"), &l));
	CHECK(!sysmon_parse_net_dev(text(" face |bytes    packets errs drop fifo frame compressed multicast|bytes"),
	                            &l));
	CHECK(!sysmon_parse_net_dev(text("eth0: 1 2 3"), &l));
	CHECK(!sysmon_parse_net_dev(text(": 1 2 3 4 5 6 7 8 9 10 11 12"), &l));
	CHECK(!sysmon_parse_net_dev(text("a-name-too-long-for-linux: 1 2 3 4 5 6 7 8 9 10 11 12"), &l));
	CHECK(!sysmon_parse_net_dev(text(""), &l));
}

PC_TEST(interface_states_are_words)
{
	CHECK_INT(sysmon_parse_operstate(text("up\n")), SYSMON_LINK_UP);
	CHECK_INT(sysmon_parse_operstate(text("down\n")), SYSMON_LINK_DOWN);
	CHECK_INT(sysmon_parse_operstate(text("lowerlayerdown\n")), SYSMON_LINK_NO_CARRIER);
	CHECK_INT(sysmon_parse_operstate(text("unknown\n")), SYSMON_LINK_UNKNOWN);
	CHECK_INT(sysmon_parse_operstate(text("upside\n")), SYSMON_LINK_UNKNOWN);
	CHECK_INT(sysmon_parse_operstate(text("")), SYSMON_LINK_UNKNOWN);
}

/* ---- processes ---- */

#define REST "7268 7268 5456 0 -1 4194304 100 0 0 0 12 34 0 0 20 0 3 0 168642 3133440 362 18446744073709551615 1 1 0\n"

static struct sysmon_process_sample process(const char *line)
{
	struct sysmon_process_sample p;
	CHECK(sysmon_parse_pid_stat(text(line), 10000000, 4096, &p));
	return p;
}

PC_TEST(a_process_is_read)
{
	struct sysmon_process_sample p = process("7278 (cat) R " REST);
	CHECK_INT(p.pid, 7278);
	CHECK_STR(p.name, "cat");
	CHECK_INT(p.state, SYSMON_PROCESS_RUNNING);
	CHECK_INT(p.cpu_ns, (12 + 34) * 10000000LL);
	CHECK_INT(p.thread_count, 3);
	CHECK_INT(p.start, 168642);
	CHECK_INT(p.rss_bytes, 362 * 4096);
}

PC_TEST(process_names_may_hold_blanks_and_parentheses)
{
	CHECK_STR(process("1 (Web Content) S " REST).name, "Web Content");
	CHECK_STR(process("1 (a) R 9 (b) S " REST).name, "a) R 9 (b");
	CHECK_STR(process("1 ()) S " REST).name, ")");
	CHECK_STR(process("1 () S " REST).name, "");
	CHECK_STR(process("1 (two\nlines) S " REST).name, "two\nlines");
	CHECK_STR(process("1 ((sd-pam)) S " REST).name, "(sd-pam)");
	CHECK_INT(process("1 (x) D) Z " REST).state, SYSMON_PROCESS_ZOMBIE);
}

PC_TEST(long_kernel_thread_names_are_cut_between_characters)
{
	CHECK_STR(process("1 (kworker/u8:1-events_unbound) I " REST).name, "kworker/u8:1-ev");
	CHECK_STR(process("1 (12345678901234\xc3\xa4) S " REST).name, "12345678901234");
}

PC_TEST(what_is_no_process_line_is_refused)
{
	struct sysmon_process_sample p = {.pid = 5};
	static const char *const bad[] = {"",
	                                  "1",
	                                  "1 (",
	                                  "1 (cat",
	                                  "1 cat) R " REST,
	                                  "x (cat) R " REST,
	                                  "1 (cat)",
	                                  "1 (cat) R",
	                                  "1 (cat) R 1 2 3",
	                                  "1 (cat) R 1 2 3 4 5 6 7 8 9 10 x 12 13 14 15 16 17 18 19 20 21"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(!sysmon_parse_pid_stat(text(bad[i]), 1, 1, &p));
	CHECK_INT(p.pid, 5);
}

/* ---- host ---- */

PC_TEST(the_processor_has_one_name)
{
	char name[32];
	CHECK(sysmon_parse_cpu_model(
	        text("processor\t: 0\nmodel\t\t: 143\nmodel name\t: Intel(R)   Xeon(R)  Gold\nmodel name\t: B\n"), name,
	        sizeof name));
	CHECK_STR(name, "Intel(R) Xeon(R) Gold");
	CHECK(sysmon_parse_cpu_model(
	        text("processor\t: 0\nBogoMIPS\t: 108.00\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n"), name,
	        sizeof name));
	CHECK_STR(name, "Raspberry Pi 4 Model B Rev 1.4");
	CHECK(!sysmon_parse_cpu_model(text("processor\t: 0\nmodel\t\t: 143\nmodel name\t: \nmodel name"), name,
	                              sizeof name));
}

PC_TEST(the_system_has_a_pretty_name)
{
	char name[24];
	CHECK(sysmon_parse_os_release(text("NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"), name,
	                              sizeof name));
	CHECK_STR(name, "Debian GNU/Linux 12 (bo");
	CHECK(sysmon_parse_os_release(text("PRETTY_NAME=Alpine"), name, sizeof name));
	CHECK_STR(name, "Alpine");
	CHECK(!sysmon_parse_os_release(text("PRETTY_NAME=\"open\nX=1"), name, sizeof name));
	CHECK(!sysmon_parse_os_release(text("PRETTY_NAME=\""), name, sizeof name));
	CHECK(!sysmon_parse_os_release(text(""), name, sizeof name));
}
