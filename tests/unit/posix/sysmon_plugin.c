/* sysmon's life in a daemon, played by a small host: options, sampling, sources that go away, reload, the end. */
#define _GNU_SOURCE
#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host_kit.h"
#include "payload.h"

/* ---- a /proc and a /sys of our own ---------------------------------------------------------------------------------- */

static char root[64];

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *ftw)
{
	(void)s, (void)type, (void)ftw;
	return remove(path);
}
static void remove_root(void)
{
	(void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
static void put(const char *path, const char *format, ...)
{
	char full[256];
	va_list args;
	(void)snprintf(full, sizeof full, "%s/%s", root, path);
	for (char *p = full + strlen(root) + 1; *p; p++) {
		if (*p != '/') continue;
		*p = 0;
		(void)mkdir(full, 0700);
		*p = '/';
	}
	FILE *f = fopen(full, "w");
	CHECK(f);
	va_start(args, format);
	CHECK(vfprintf(f, format, args) >= 0);
	va_end(args);
	CHECK(!fclose(f));
}
static void take_away(const char *path)
{
	char full[256];
	(void)snprintf(full, sizeof full, "%s/%s", root, path);
	CHECK(!remove(full));
}

#define PID_STAT "%d (%s) %c 1 1 1 0 -1 0 0 0 0 0 %d %d 0 0 20 0 2 0 77 1000 25 0\n"

static void machine(pc_config *config)
{
	char path[128];
	(void)snprintf(root, sizeof root, "/tmp/pct-sysmon-XXXXXX");
	CHECK(mkdtemp(root));
	(void)atexit(remove_root);
	put("proc/stat", "cpu 100 0 100 800 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0\nintr 1000\nctxt 5000\nprocesses 50\n"
	                 "procs_running 2\nprocs_blocked 1\n");
	put("proc/loadavg", "1.50 0.50 0.25 1/93 7270\n");
	put("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 250 kB\nSwapTotal: 100 kB\nSwapFree: 50 kB\n");
	put("proc/diskstats", "8 0 sda 10 0 100 0 20 0 200 0 1 1000 0\n8 1 sda1 1 0 1 0 1 0 1 0 0 1 0\n");
	put("proc/self/mountinfo", "25 1 8:1 / / ro,relatime shared:1 - ext4 /dev/root rw\n"
	                           "26 25 8:1 / /again rw - ext4 /dev/root rw\n"
	                           "27 25 8:2 / /tmp rw - ext4 /dev/tmp rw\n"
	                           "28 25 0:9 / /tmp rw - tmpfs hidden rw\n"
	                           "29 25 0:8 / /mnt rw - nfs server:/x rw\n");
	put("proc/net/dev",
	    "Inter-|\n face |\n lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n eth0: 1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0\n");
	put("proc/cpuinfo", "model name\t: Test CPU\n");
	put("proc/1/stat", PID_STAT, 1, "init", 'S', 10, 10);
	put("proc/20/stat", PID_STAT, 20, "busy (one)", 'R', 100, 0);
	put("sys/block/sda/device/x", "%s", "");
	put("sys/class/net/eth0/operstate", "up\n");
	put("sys/class/net/lo/operstate", "unknown\n");
	config->count = 0;
	(void)snprintf(path, sizeof path, "%s/proc", root);
	set(config, "procfs", path);
	(void)snprintf(path, sizeof path, "%s/sys", root);
	set(config, "sysfs", path);
}

static void later(uint64_t ms)
{
	h.now_ns += ms * 1000000;
}

#define CPU     ((struct sysmon_cpu *)region("sysmon.cpu")->committed)
#define MEMORY  ((struct sysmon_memory *)region("sysmon.memory")->committed)
#define DISKS   ((struct sysmon_disks *)region("sysmon.disks")->committed)
#define DISK    ((struct sysmon_disk *)(DISKS + 1))
#define SPACE   ((struct sysmon_filesystem *)(DISK + 16))
#define NETWORK ((struct sysmon_network *)region("sysmon.network")->committed)
#define LINK    ((struct sysmon_interface *)(NETWORK + 1))
#define PROCS   ((struct sysmon_processes *)region("sysmon.processes")->committed)
#define TOP     ((struct sysmon_process *)((char *)PROCS + 24))
#define HOST    ((struct sysmon_host *)region("sysmon.host")->committed)

/* ---- cases ----------------------------------------------------------------------------------------------------------- */

PC_TEST(the_first_sample_has_values_but_no_rates)
{
	pc_config config;
	machine(&config);
	pc_inst *inst = up(&config);
	fire();
	CHECK(CPU->usage_percent == 0 && CPU->context_switches_per_s == 0 && CPU->core[0].usage_percent == 0);
	CHECK_INT(CPU->core_count, 1);
	CHECK(CPU->core[0].online);
	CHECK(CPU->load_1m == 1.5F);
	CHECK(CPU->uptime_s > 0);
	CHECK_INT(CPU->running_count, 2);
	CHECK_INT(MEMORY->used_bytes, 750 * 1024);
	CHECK(MEMORY->used_percent == 75 && MEMORY->swap_used_percent == 50);
	CHECK_INT(DISKS->disk_count, 1);
	CHECK_STR(DISK[0].name, "sda");
	CHECK(DISK[0].read_bytes_per_s == 0 && DISK[0].busy_percent == 0);
	CHECK_INT(DISK[0].read_bytes, 51200);
	CHECK_INT(DISKS->filesystem_count, 1);
	CHECK_STR(SPACE[0].mount, "/");
	CHECK_STR(SPACE[0].type, "ext4");
	CHECK(SPACE[0].total_bytes > 0 && SPACE[0].used_percent > 0);
	CHECK(!SPACE[0].read_only);
	CHECK_INT(NETWORK->interface_count, 2);
	CHECK_STR(LINK[1].name, "eth0");
	CHECK_INT(LINK[1].state, SYSMON_LINK_UP);
	CHECK_INT(LINK[0].state, SYSMON_LINK_UNKNOWN);
	CHECK(LINK[1].rx_bytes_per_s == 0);
	CHECK_INT(PROCS->process_count, 2);
	CHECK_INT(PROCS->thread_count, 4);
	CHECK_INT(PROCS->running_count, 1);
	CHECK(TOP[0].cpu_percent == 0);
	CHECK_STR(HOST->cpu_model, "Test CPU");
	CHECK(HOST->hostname[0] && HOST->kernel[0] && HOST->boot_unix_s > 1000000000);
	for (int i = 0; i < 6; i++) CHECK_INT(h.regions[i].committed_flags, 0);
	CHECK_INT(metric("samples"), 6);
	CHECK_INT(metric("source_errors"), 0);
	CHECK_STR(h.log, "");
	down(inst);
}

PC_TEST(rates_are_differences_over_the_time_between)
{
	pc_config config;
	machine(&config);
	pc_inst *inst = up(&config);
	fire();
	later(500);
	put("proc/stat",
	    "cpu 120 0 110 860 10 0 0 0\ncpu0 120 0 110 860 10 0 0 0\nintr 1050\nctxt 6000\nprocesses 51\n");
	put("proc/diskstats", "8 0 sda 20 0 300 0 25 0 201 0 4 1250 0\n");
	put("proc/net/dev", " eth0: 1500 15 0 0 0 0 0 0 2100 30 0 0 0 0 0 0\n lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n");
	put("proc/1/stat", PID_STAT, 1, "init", 'S', 10, 15);
	put("proc/20/stat", PID_STAT, 20, "busy (one)", 'R', 130, 10);
	put("proc/300/stat", PID_STAT, 300, "new", 'Z', 5, 5);
	fire();
	CHECK(CPU->user_percent == 20 && CPU->system_percent == 10 && CPU->idle_percent == 60 &&
	      CPU->iowait_percent == 10);
	CHECK(CPU->usage_percent == 30 && CPU->core[0].usage_percent == 30);
	CHECK(CPU->context_switches_per_s == 2000 && CPU->interrupts_per_s == 100 && CPU->forks_per_s == 2);
	CHECK(DISK[0].reads_per_s == 20 && DISK[0].writes_per_s == 10);
	CHECK(DISK[0].read_bytes_per_s == 400 * 512 && DISK[0].write_bytes_per_s == 2 * 512);
	CHECK(DISK[0].busy_percent == 50);
	CHECK_INT(DISK[0].in_flight_count, 4);
	CHECK_STR(LINK[0].name, "eth0"); /* changed places with lo */
	CHECK(LINK[0].rx_bytes_per_s == 1000 && LINK[0].tx_bytes_per_s == 200 && LINK[0].rx_packets_per_s == 10);
	CHECK(LINK[1].rx_bytes_per_s == 0);
	CHECK_INT(PROCS->zombie_count, 1);
	CHECK_INT(PROCS->top_count, 3);
	CHECK_STR(TOP[0].name, "busy (one)");
	CHECK(TOP[0].cpu_percent > 79.9F && TOP[0].cpu_percent < 80.1F); /* 40 ticks of 10 ms in half a second */
	CHECK_INT(TOP[0].pid, 20);
	CHECK_STR(TOP[1].name, "new");
	CHECK(TOP[1].cpu_percent > 19.9F && TOP[1].cpu_percent < 20.1F); /* all it ever had */
	CHECK_INT(TOP[1].state, SYSMON_PROCESS_ZOMBIE);
	CHECK_INT(TOP[2].pid, 1);
	down(inst);
}

PC_TEST(counters_that_go_back_or_wrap_give_no_absurd_rates)
{
	pc_config config;
	machine(&config);
	put("proc/diskstats", "8 0 sda 10 0 100 0 20 0 200 0 1 4294967200 0\n");
	pc_inst *inst = up(&config);
	fire();
	later(1000);
	put("proc/stat", "cpu 90 0 110 890 0 0 0 0\ncpu0 90 0 110 890 0 0 0 0\nintr 3\nctxt 4\nprocesses 5\n");
	put("proc/diskstats", "8 0 sda 1 0 2 0 3 0 4 0 1 404 0\n"); /* 500 ms busy, past the wrap of 32 bits */
	put("proc/net/dev", " eth0: 5 1 0 0 0 0 0 0 2100 30 0 0 0 0 0 0\n");
	put("proc/20/stat", PID_STAT, 20, "busy (one)", 'R', 1, 0);
	fire();
	CHECK(CPU->user_percent == 0 && CPU->system_percent == 10 && CPU->idle_percent == 90);
	CHECK(CPU->context_switches_per_s == 0 && CPU->interrupts_per_s == 0 && CPU->forks_per_s == 0);
	CHECK(DISK[0].reads_per_s == 0 && DISK[0].read_bytes_per_s == 0 && DISK[0].write_bytes_per_s == 0);
	CHECK(DISK[0].busy_percent == 50);
	CHECK(LINK[0].rx_bytes_per_s == 0 && LINK[0].tx_bytes_per_s == 100);
	CHECK_INT(NETWORK->interface_count, 1);
	CHECK_STR(LINK[1].name, ""); /* rows out of use are zero */
	CHECK(TOP[0].cpu_percent == 0 && TOP[1].cpu_percent == 0);
	later(1000);
	put("proc/diskstats", "8 0 sda 2 0 4 0 3 0 4 0 1 100 0\n"); /* a little back is a reset, not 49 days */
	fire();
	CHECK(DISK[0].busy_percent == 0);
	CHECK(DISK[0].reads_per_s == 1);
	down(inst);
}

PC_TEST(a_source_that_is_not_there_makes_the_region_stale_and_its_return_heals_it)
{
	pc_config config;
	machine(&config);
	pc_inst *inst = up(&config);
	fire();
	take_away("proc/meminfo");
	take_away("proc/loadavg");
	put("proc/diskstats", "%s", "");
	/* kept descriptors still read the removed files: real /proc files do not go away under us, so start anew */
	down(inst);
	memset(&h, 0, sizeof h);
	inst = up(&config);
	fire();
	struct pc_region *memory = region("sysmon.memory"), *cpu = region("sysmon.cpu");
	CHECK_INT(memory->committed_flags, PC_PAYLOAD_SOURCE_STALE);
	CHECK_INT(memory->commits, 1); /* published once, for the flag */
	CHECK_INT(cpu->committed_flags, PC_PAYLOAD_SOURCE_STALE);
	CHECK_INT(CPU->core_count, 1); /* what does answer is shown */
	CHECK_INT(region("sysmon.network")->committed_flags, 0);
	CHECK_INT(region("sysmon.disks")->committed_flags, 0);                      /* no disk at all is no error */
	CHECK_INT(region("sysmon.host")->committed_flags, PC_PAYLOAD_SOURCE_STALE); /* memory size is in meminfo */
	CHECK(strstr(h.log, "/proc/meminfo: No such file or directory"));
	CHECK(strstr(h.log, "sysmon.cpu: "));
	CHECK_INT(metric("source_errors"), 3);
	fire();
	CHECK_INT(memory->commits, 1); /* nothing new: the age of the data grows */
	CHECK_INT(cpu->commits, 2);
	CHECK_INT(metric("source_errors"), 6);
	put("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 500 kB\n");
	put("proc/loadavg", "2.00 0.50 0.25 1/93 7270\n");
	h.log[0] = 0;
	fire();
	CHECK_INT(memory->committed_flags, 0);
	CHECK_INT(cpu->committed_flags, 0);
	CHECK(MEMORY->used_percent == 50 && CPU->load_1m == 2);
	CHECK(strstr(h.log, "sysmon.memory: every source answers again"));
	down(inst);
}

PC_TEST(an_empty_machine_is_stale_everywhere_and_harms_nobody)
{
	pc_config config = {.count = 0};
	set(&config, "procfs", "/nonexistent/proc");
	set(&config, "sysfs", "/nonexistent/sys");
	pc_inst *inst = up(&config);
	for (int i = 0; i < 3; i++) fire();
	for (int i = 0; i < 6; i++) CHECK_INT(h.regions[i].committed_flags, PC_PAYLOAD_SOURCE_STALE);
	CHECK_INT(MEMORY->total_bytes, 0);
	CHECK_INT(metric("source_errors"), 18);
	down(inst);
}

PC_TEST(garbage_in_the_sources_is_an_error_of_the_source)
{
	pc_config config;
	machine(&config);
	put("proc/stat", "%s", "cpu \xff\xff\n");
	put("proc/meminfo", "%s", "MemTotal: x\n");
	put("proc/loadavg", "%s", "\n");
	put("proc/20/stat", "%s", "20 (no end");
	pc_inst *inst = up(&config);
	fire();
	CHECK_INT(region("sysmon.memory")->committed_flags, PC_PAYLOAD_SOURCE_STALE);
	CHECK_INT(region("sysmon.cpu")->committed_flags, PC_PAYLOAD_SOURCE_STALE);
	CHECK_INT(PROCS->process_count, 1);
	CHECK(strstr(h.log, "not in the form that proc(5) describes"));
	down(inst);
}

PC_TEST(regions_can_be_renamed_and_switched_off)
{
	pc_config config;
	machine(&config);
	set(&config, "cpu", "load");
	set(&config, "memory", "off");
	set(&config, "disks", "");
	set(&config, "interval", "20ms");
	set(&config, "network_interval", "250ms");
	pc_inst *inst = up(&config);
	CHECK_INT(timer_count(), 4);
	fire();
	CHECK(region("load") && region("sysmon.network") && region("sysmon.processes") && region("sysmon.host"));
	CHECK(!region("sysmon.cpu") && !region("sysmon.memory") && !region("sysmon.disks"));
	CHECK_INT(region("load")->info.publish_hint_ms, 20);
	CHECK_INT(region("sysmon.network")->info.publish_hint_ms, 250);
	CHECK_INT(region("sysmon.processes")->info.publish_hint_ms, 1000);
	CHECK_INT(region("sysmon.host")->info.publish_hint_ms, 60000);
	down(inst);
}

PC_TEST(rows_follow_the_options_and_what_does_not_fit_is_counted)
{
	pc_config config;
	machine(&config);
	set(&config, "interfaces_max", "1");
	set(&config, "processes_max", "1");
	set(&config, "disks_max", "1");
	put("proc/diskstats",
	    "8 0 sda 1 0 1 0 1 0 1 0 0 1 0\n8 16 sdb 1 0 1 0 1 0 1 0 0 1 0\n7 0 loop0 1 0 1 0 1 0 1 0 0 1 0\n");
	put("sys/block/sdb/device/x", "%s", "");
	pc_inst *inst = up(&config);
	fire();
	CHECK_INT(region("sysmon.network")->info.payload_bytes,
	          sizeof(struct sysmon_network) + sizeof(struct sysmon_interface));
	CHECK_INT(NETWORK->interface_count, 1);
	CHECK_INT(NETWORK->interfaces_left_out, 1);
	CHECK_INT(DISKS->disk_count, 1);
	CHECK_INT(DISKS->disks_left_out, 1);
	CHECK_INT(PROCS->process_count, 2);
	CHECK_INT(PROCS->top_count, 1);
	down(inst);
}

PC_TEST(reload_changes_the_intervals_or_nothing)
{
	pc_config config, faster, slower;
	machine(&config);
	pc_inst *inst = up(&config);
	CHECK_INT(timer_count(), 6);
	faster = config;
	set(&faster, "interval", "10ms");
	set(&faster, "host_interval", "2s");
	CHECK_INT(pagecast_plugin.reload(inst, &faster), PC_OK);
	CHECK_INT(timer_count(), 6);
	int at_10ms = 0, at_1s = 0, at_2s = 0;
	for (int i = 0; i < 64; i++) {
		if (!h.watches[i].is_on) continue;
		at_10ms += h.watches[i].every_ns == 10000000;
		at_1s += h.watches[i].every_ns == 1000000000;
		at_2s += h.watches[i].every_ns == 2000000000;
	}
	CHECK(at_10ms == 4 && at_1s == 1 && at_2s == 1);

	slower = config;
	set(&slower, "interval", "900ms");
	h.timers_refused_from = h.timer_calls + 2; /* the third of four cannot be had */
	CHECK_INT(pagecast_plugin.reload(inst, &slower), PC_ENOMEM);
	CHECK_INT(timer_count(), 6);
	for (int i = 0; i < 64; i++) CHECK(!h.watches[i].is_on || h.watches[i].every_ns != 900000000);
	fire();
	CHECK_INT(metric("samples"), 6);
	down(inst);
}

PC_TEST(a_long_scan_of_processes_lets_the_others_run)
{
	pc_config config;
	char path[64];
	machine(&config);
	for (int pid = 1000; pid < 1200; pid++) {
		(void)snprintf(path, sizeof path, "proc/%d/stat", pid);
		put(path, PID_STAT, pid, "many", 'S', pid, 0);
	}
	pc_inst *inst = up(&config);
	h.clock_step_ns = 1500000; /* each look at the clock costs 1.5 ms: a slow machine */
	fire();
	struct pc_region *processes = region("sysmon.processes");
	CHECK_INT(processes->commits, 1); /* complete or not at all */
	CHECK_INT(PROCS->process_count, 202);
	CHECK_INT(PROCS->top_count, 16);
	int continuations = h.posted_count;
	CHECK_INT(continuations, 0); /* all were run */

	/* the timer comes again while a scan is going on: one scan, not two */
	for (int i = 0; i < 64; i++)
		if (h.watches[i].is_on) h.watches[i].fn(h.watches[i].arg);
	CHECK_INT(h.posted_count, 1);
	for (int i = 0; i < 64; i++)
		if (h.watches[i].is_on) h.watches[i].fn(h.watches[i].arg);
	CHECK_INT(h.posted_count, 1);

	/* stopped in the middle: the continuation that is under way does nothing */
	uint64_t commits = processes->commits;
	h.is_stopped = true;
	pagecast_plugin.stop(inst);
	h.posted[0].fn(h.posted[0].arg);
	CHECK_INT(processes->commits, commits);
	h.posted_count = 0;
	down(inst);
}

PC_TEST(a_create_that_fails_half_way_is_cleaned_up)
{
	pc_config config;
	pc_inst *inst = NULL;
	machine(&config);
	set(&config, "processes", "sysmon.cpu"); /* taken, by ourselves */
	host_up();
	CHECK_INT(pagecast_plugin.create(&h.host, &config, &inst), PC_EBUSY);
	CHECK(inst != NULL);
	CHECK(strstr(h.log, "sysmon.cpu: cannot declare: held by another process"));
	down(inst);
}

PC_TEST(a_start_that_fails_leaves_no_timer)
{
	pc_config config;
	pc_inst *inst = NULL;
	machine(&config);
	host_up();
	CHECK_INT(pagecast_plugin.create(&h.host, &config, &inst), PC_OK);
	h.timers_refused_from = 3;
	CHECK_INT(pagecast_plugin.start(inst), PC_ENOMEM);
	down(inst);
}

PC_TEST(this_very_machine_can_be_read)
{
	pc_config config = {.count = 0};
	char name[16] = "";
	pc_inst *inst = up(&config);
	fire();
	later(100);
	fire();
	FILE *f = fopen("/proc/self/comm", "r");
	if (!f || !fgets(name, sizeof name, f)) {
		(void)fprintf(stderr, "no /proc here\n");
		return;
	}
	(void)fclose(f);
	CHECK(CPU->core_count >= 1 && CPU->usage_percent >= 0 && CPU->usage_percent <= 100);
	CHECK(MEMORY->total_bytes > MEMORY->free_bytes && MEMORY->used_percent > 0);
	CHECK(PROCS->process_count >= 1 && PROCS->top_count >= 1 && TOP[0].pid > 0);
	CHECK(HOST->memory_bytes == MEMORY->total_bytes);
	CHECK(HOST->cores_configured >= HOST->cores_online);
	down(inst);
}
