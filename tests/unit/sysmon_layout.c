/* The layout text of each sysmon region and the C struct of payload.h are the same bytes. */
#include <pagecast/layout.h>

#include "sysmon.h"
#include "test.h"

struct row {
	const char *name;
	size_t offset, bytes;
};
#define ROW(type, member)                                                                  \
	{                                                                                  \
#member, offsetof(struct type, member), sizeof(((struct type *)0)->member) \
	}

static void check_fields(const pc_field *fields, uint32_t count, const struct row *rows, size_t row_count)
{
	CHECK_INT(count, row_count);
	for (size_t i = 0; i < row_count; i++) {
		CHECK_STR(fields[i].name, rows[i].name);
		if (fields[i].offset != rows[i].offset || fields[i].element_bytes != rows[i].bytes)
			PC_FAIL("%s: layout says %llu bytes at %llu, C says %zu at %zu", rows[i].name,
			        (unsigned long long)fields[i].element_bytes, (unsigned long long)fields[i].offset,
			        rows[i].bytes, rows[i].offset);
	}
}
#define CHECK_ROWS(fields, count, rows) check_fields(fields, count, rows, sizeof rows / sizeof *(rows))

/* Options other than the defaults, so that nothing fits by chance. */
static pc_layout *layout_of(const struct sysmon_section *section)
{
	static struct sysmon_env env = {.disks_max = 3, .filesystems_max = 5, .interfaces_max = 7, .processes_max = 9};
	static char text[4096];
	pc_layout *layout;
	pc_err err;
	void *state;
	CHECK_INT(sysmon_os_open("/proc", "/sys", &env.os), PC_OK);
	CHECK_INT(section->open(&env, &state), PC_OK);
	int bytes = section->layout(state, text, sizeof text);
	CHECK(bytes > 0 && bytes < (int)sizeof text);
	CHECK_OK(pc_layout_parse(text, (size_t)bytes, &layout, &err), &err);
	CHECK_INT(pc_layout_bytes(layout), section->payload_bytes(state));
	section->close(state);
	sysmon_os_close(&env.os);
	return layout;
}

/* The last field of the list is an array of structs: check its place and its rows. */
static void check_array(const pc_field *field, const char *name, uint64_t offset, uint64_t stride, uint64_t count)
{
	CHECK_STR(field->name, name);
	CHECK_INT(field->offset, offset);
	CHECK_INT(field->stride_bytes, stride);
	CHECK_INT(field->count, count);
}

PC_TEST(the_cpu_struct_is_its_layout)
{
	static const struct row rows[] = {ROW(sysmon_cpu, usage_percent),
	                                  ROW(sysmon_cpu, user_percent),
	                                  ROW(sysmon_cpu, nice_percent),
	                                  ROW(sysmon_cpu, system_percent),
	                                  ROW(sysmon_cpu, iowait_percent),
	                                  ROW(sysmon_cpu, irq_percent),
	                                  ROW(sysmon_cpu, softirq_percent),
	                                  ROW(sysmon_cpu, steal_percent),
	                                  ROW(sysmon_cpu, idle_percent),
	                                  ROW(sysmon_cpu, load_1m),
	                                  ROW(sysmon_cpu, load_5m),
	                                  ROW(sysmon_cpu, load_15m),
	                                  ROW(sysmon_cpu, context_switches_per_s),
	                                  ROW(sysmon_cpu, interrupts_per_s),
	                                  ROW(sysmon_cpu, forks_per_s),
	                                  ROW(sysmon_cpu, uptime_s),
	                                  ROW(sysmon_cpu, running_count),
	                                  ROW(sysmon_cpu, blocked_count),
	                                  ROW(sysmon_cpu, core_count)};
	static const struct row core_rows[] = {ROW(sysmon_cpu_core, usage_percent), ROW(sysmon_cpu_core, user_percent),
	                                       ROW(sysmon_cpu_core, system_percent),
	                                       ROW(sysmon_cpu_core, iowait_percent), ROW(sysmon_cpu_core, online)};
	pc_layout *layout = layout_of(&sysmon_cpu_section);
	uint32_t count;
	const pc_field *fields = pc_layout_fields(layout, &count);
	CHECK_ROWS(fields, count - 1, rows);
	sysmon_os *os;
	CHECK_INT(sysmon_os_open("/proc", "/sys", &os), PC_OK);
	check_array(&fields[count - 1], "core", offsetof(struct sysmon_cpu, core), sizeof(struct sysmon_cpu_core),
	            sysmon_os_core_count(os));
	sysmon_os_close(&os);
	CHECK_ROWS(fields[count - 1].fields, fields[count - 1].field_count, core_rows);
	pc_layout_destroy(&layout);
}

PC_TEST(the_memory_struct_is_its_layout)
{
	static const struct row rows[] = {ROW(sysmon_memory, total_bytes),      ROW(sysmon_memory, available_bytes),
	                                  ROW(sysmon_memory, used_bytes),       ROW(sysmon_memory, free_bytes),
	                                  ROW(sysmon_memory, buffers_bytes),    ROW(sysmon_memory, cached_bytes),
	                                  ROW(sysmon_memory, shared_bytes),     ROW(sysmon_memory, dirty_bytes),
	                                  ROW(sysmon_memory, writeback_bytes),  ROW(sysmon_memory, swap_total_bytes),
	                                  ROW(sysmon_memory, swap_used_bytes),  ROW(sysmon_memory, used_percent),
	                                  ROW(sysmon_memory, swap_used_percent)};
	pc_layout *layout = layout_of(&sysmon_memory_section);
	uint32_t count;
	const pc_field *fields = pc_layout_fields(layout, &count);
	CHECK_ROWS(fields, count, rows);
	pc_layout_destroy(&layout);
}

PC_TEST(the_disk_structs_are_their_layout)
{
	static const struct row rows[] = {ROW(sysmon_disks, disk_count), ROW(sysmon_disks, disks_left_out),
	                                  ROW(sysmon_disks, filesystem_count), ROW(sysmon_disks, filesystems_left_out)};
	static const struct row disk[] = {ROW(sysmon_disk, name),
	                                  ROW(sysmon_disk, read_bytes_per_s),
	                                  ROW(sysmon_disk, write_bytes_per_s),
	                                  ROW(sysmon_disk, reads_per_s),
	                                  ROW(sysmon_disk, writes_per_s),
	                                  ROW(sysmon_disk, busy_percent),
	                                  ROW(sysmon_disk, in_flight_count),
	                                  ROW(sysmon_disk, read_bytes),
	                                  ROW(sysmon_disk, written_bytes)};
	static const struct row filesystem[] = {
	        ROW(sysmon_filesystem, mount),        ROW(sysmon_filesystem, device),
	        ROW(sysmon_filesystem, type),         ROW(sysmon_filesystem, total_bytes),
	        ROW(sysmon_filesystem, free_bytes),   ROW(sysmon_filesystem, available_bytes),
	        ROW(sysmon_filesystem, used_percent), ROW(sysmon_filesystem, read_only)};
	pc_layout *layout = layout_of(&sysmon_disks_section);
	uint32_t count;
	const pc_field *fields = pc_layout_fields(layout, &count);
	CHECK_ROWS(fields, count - 2, rows);
	check_array(&fields[count - 2], "disk", sizeof(struct sysmon_disks), sizeof(struct sysmon_disk), 3);
	CHECK_ROWS(fields[count - 2].fields, fields[count - 2].field_count, disk);
	check_array(&fields[count - 1], "filesystem", sizeof(struct sysmon_disks) + 3 * sizeof(struct sysmon_disk),
	            sizeof(struct sysmon_filesystem), 5);
	CHECK_ROWS(fields[count - 1].fields, fields[count - 1].field_count, filesystem);
	pc_layout_destroy(&layout);
}

PC_TEST(the_network_structs_are_their_layout)
{
	static const struct row rows[] = {ROW(sysmon_network, interface_count),
	                                  ROW(sysmon_network, interfaces_left_out)};
	static const struct row interface[] = {ROW(sysmon_interface, name),
	                                       ROW(sysmon_interface, state),
	                                       ROW(sysmon_interface, rx_bytes_per_s),
	                                       ROW(sysmon_interface, tx_bytes_per_s),
	                                       ROW(sysmon_interface, rx_packets_per_s),
	                                       ROW(sysmon_interface, tx_packets_per_s),
	                                       ROW(sysmon_interface, rx_bytes),
	                                       ROW(sysmon_interface, tx_bytes),
	                                       ROW(sysmon_interface, rx_packets),
	                                       ROW(sysmon_interface, tx_packets),
	                                       ROW(sysmon_interface, rx_errors),
	                                       ROW(sysmon_interface, tx_errors),
	                                       ROW(sysmon_interface, rx_dropped),
	                                       ROW(sysmon_interface, tx_dropped)};
	pc_layout *layout = layout_of(&sysmon_network_section);
	uint32_t count;
	const pc_field *fields = pc_layout_fields(layout, &count);
	CHECK_ROWS(fields, count - 1, rows);
	check_array(&fields[count - 1], "interface", sizeof(struct sysmon_network), sizeof(struct sysmon_interface), 7);
	CHECK_ROWS(fields[count - 1].fields, fields[count - 1].field_count, interface);
	pc_ref ref;
	CHECK_OK(pc_layout_find(layout, "interface[6].state", &ref, NULL), NULL);
	CHECK_INT(ref.field->label_count, SYSMON_LINK_UP + 1);
	CHECK_STR(ref.field->labels[SYSMON_LINK_UP].text, "up");
	pc_layout_destroy(&layout);
}

PC_TEST(the_process_structs_are_their_layout)
{
	static const struct row rows[] = {ROW(sysmon_processes, process_count), ROW(sysmon_processes, thread_count),
	                                  ROW(sysmon_processes, running_count), ROW(sysmon_processes, zombie_count),
	                                  ROW(sysmon_processes, top_count)};
	static const struct row top[] = {ROW(sysmon_process, pid),          ROW(sysmon_process, name),
	                                 ROW(sysmon_process, state),        ROW(sysmon_process, cpu_percent),
	                                 ROW(sysmon_process, thread_count), ROW(sysmon_process, rss_bytes)};
	pc_layout *layout = layout_of(&sysmon_processes_section);
	uint32_t count;
	const pc_field *fields = pc_layout_fields(layout, &count);
	CHECK_ROWS(fields, count - 1, rows);
	check_array(&fields[count - 1], "top", sysmon_round_up_8(sizeof(struct sysmon_processes)),
	            sizeof(struct sysmon_process), 9);
	CHECK_ROWS(fields[count - 1].fields, fields[count - 1].field_count, top);
	pc_ref ref;
	CHECK_OK(pc_layout_find(layout, "top[0].state", &ref, NULL), NULL);
	CHECK_INT(ref.field->label_count, SYSMON_PROCESS_DEAD + 1);
	CHECK_STR(ref.field->labels[SYSMON_PROCESS_ZOMBIE].text, "zombie");
	pc_layout_destroy(&layout);
}

PC_TEST(the_host_struct_is_its_layout)
{
	static const struct row rows[] = {
	        ROW(sysmon_host, hostname),         ROW(sysmon_host, os),           ROW(sysmon_host, kernel),
	        ROW(sysmon_host, architecture),     ROW(sysmon_host, cpu_model),    ROW(sysmon_host, cores_online),
	        ROW(sysmon_host, cores_configured), ROW(sysmon_host, memory_bytes), ROW(sysmon_host, boot_unix_s)};
	pc_layout *layout = layout_of(&sysmon_host_section);
	uint32_t count;
	const pc_field *fields = pc_layout_fields(layout, &count);
	CHECK_ROWS(fields, count, rows);
	pc_layout_destroy(&layout);
}
