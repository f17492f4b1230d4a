/* os_devices.c - disks, file systems and network interfaces, on Windows. */
#include "system.h"

#include <ws2ipdef.h> /* netioapi.h is empty without */

#include <iphlpapi.h>
#include <netioapi.h>
#include <pagecast/status.h>
#include <stdio.h>
#include <string.h>
#include <winioctl.h>

#define DRIVES 32u /* \\.\PhysicalDriveN that are looked for */

/* ---- disks ------------------------------------------------------------------------------------------- */

/* Counters of one drive; some (of virtual machines, of Wine) have none. Needs no right to the drive's data. */
static bool ask_disk(unsigned number, DISK_PERFORMANCE *ret)
{
	wchar_t path[40];
	DWORD bytes = 0;
	BOOL done;
	HANDLE drive;
	(void)swprintf(path, 40, L"\\\\.\\PhysicalDrive%u", number);
	drive = CreateFileW(path, 0, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
	if (drive == INVALID_HANDLE_VALUE) return false;
	done = DeviceIoControl(drive, IOCTL_DISK_PERFORMANCE, NULL, 0, ret, sizeof *ret, &bytes, NULL);
	(void)CloseHandle(drive);
	return done && bytes >= sizeof *ret;
}

int sysmon_os_disks(sysmon_os *os, struct sysmon_disk_sample *rows, uint32_t capacity, uint32_t *ret_count,
                    uint32_t *ret_left_out)
{
	uint32_t count = 0, left_out = 0;
	(void)os;
	for (unsigned number = 0; number < DRIVES; number++) {
		DISK_PERFORMANCE p;
		memset(&p, 0, sizeof p);
		if (!ask_disk(number, &p)) continue;
		if (count == capacity) {
			left_out++;
			continue;
		}
		struct sysmon_disk_sample *row = &rows[count++];
		*row = (struct sysmon_disk_sample){.reads = p.ReadCount,
		                                   .writes = p.WriteCount,
		                                   .read_bytes = (uint64_t)p.BytesRead.QuadPart,
		                                   .written_bytes = (uint64_t)p.BytesWritten.QuadPart,
		                                   .in_flight_count = p.QueueDepth};
		/* times are in 100 ns; what is neither idle nor before the first look was busy */
		row->busy_ms = (uint32_t)((uint64_t)(p.QueryTime.QuadPart - p.IdleTime.QuadPart) / 10000);
		(void)snprintf(row->name, sizeof row->name, "PhysicalDrive%u", number);
	}
	*ret_count = count;
	*ret_left_out = left_out;
	return PC_OK;
}

/* ---- file systems ------------------------------------------------------------------------------------ */

/* What would ask another machine, or a person to put a disk in, is left alone. */
static bool may_hang(const wchar_t *root)
{
	UINT type = GetDriveTypeW(root);
	bool is_floppy = root[0] == L'A' || root[0] == L'B';
	return is_floppy || (type != DRIVE_FIXED && type != DRIVE_RAMDISK && type != DRIVE_REMOVABLE);
}

static bool measure(const wchar_t *root, struct sysmon_filesystem *ret)
{
	ULARGE_INTEGER available, total, unused;
	wchar_t volume[64], type[32];
	DWORD flags = 0;
	if (!GetDiskFreeSpaceExW(root, &available, &total, &unused) ||
	    !GetVolumeInformationW(root, NULL, 0, NULL, NULL, &flags, type, 32))
		return false;
	if (!GetVolumeNameForVolumeMountPointW(root, volume, 64)) volume[0] = L'\0';
	*ret = (struct sysmon_filesystem){.total_bytes = total.QuadPart,
	                                  .free_bytes = unused.QuadPart,
	                                  .available_bytes = available.QuadPart,
	                                  .read_only = (flags & FILE_READ_ONLY_VOLUME) != 0};
	sysmon_win_text(ret->mount, sizeof ret->mount, root, wcslen(root));
	sysmon_win_text(ret->device, sizeof ret->device, volume, wcslen(volume));
	sysmon_win_text(ret->type, sizeof ret->type, type, wcslen(type));
	return true;
}

int sysmon_os_filesystems(sysmon_os *os, struct sysmon_filesystem *rows, uint32_t capacity, uint32_t *ret_count,
                          uint32_t *ret_left_out)
{
	DWORD letters = GetLogicalDrives(), mode = 0;
	uint32_t count = 0, left_out = 0;
	if (!letters) return sysmon_win_fail(os, "GetLogicalDrives", GetLastError());
	(void)SetThreadErrorMode(SEM_FAILCRITICALERRORS, &mode); /* an empty card reader asks nobody */
	for (unsigned letter = 0; letter < 26; letter++) {
		const wchar_t root[] = {(wchar_t)(L'A' + letter), L':', L'\\', L'\0'};
		if (!(letters >> letter & 1) || may_hang(root)) continue;
		if (count == capacity)
			left_out++;
		else if (measure(root, &rows[count]))
			count++;
	}
	(void)SetThreadErrorMode(mode, NULL);
	*ret_count = count;
	*ret_left_out = left_out;
	return PC_OK;
}

/* ---- network interfaces ------------------------------------------------------------------------------ */

static uint8_t link_state(const MIB_IF_ROW2 *row)
{
	if (row->Type == IF_TYPE_SOFTWARE_LOOPBACK || row->Type == IF_TYPE_TUNNEL) return SYSMON_LINK_UNKNOWN;
	switch (row->OperStatus) {
	case IfOperStatusUp: return SYSMON_LINK_UP;
	case IfOperStatusDormant: return SYSMON_LINK_DORMANT;
	case IfOperStatusLowerLayerDown: return SYSMON_LINK_NO_CARRIER;
	case IfOperStatusDown:
	case IfOperStatusNotPresent:
		return row->AdminStatus == NET_IF_ADMIN_STATUS_UP &&
		                       row->MediaConnectState == MediaConnectStateDisconnected
		               ? SYSMON_LINK_NO_CARRIER
		               : SYSMON_LINK_DOWN;
	default: return SYSMON_LINK_UNKNOWN;
	}
}

/* People's name for it if that fits, else the system's short one ("ethernet_32769"): cut names may be the same. */
static void name_link(const MIB_IF_ROW2 *row, char to[16])
{
	char text[IF_MAX_STRING_SIZE + 1], alias[IF_MAX_STRING_SIZE * 3];
	sysmon_win_text(alias, sizeof alias, row->Alias, wcsnlen(row->Alias, IF_MAX_STRING_SIZE));
	memset(to, 0, 16);
	if (alias[0] && strlen(alias) < 16) {
		memcpy(to, alias, strlen(alias));
	} else if (!ConvertInterfaceLuidToNameA(&row->InterfaceLuid, text, sizeof text) && strlen(text) < 16) {
		memcpy(to, text, strlen(text));
	} else {
		(void)snprintf(to, 16, "if%lu", (unsigned long)row->InterfaceIndex);
	}
}

static struct sysmon_link_sample sample_of(const MIB_IF_ROW2 *row)
{
	struct sysmon_link_sample s = {.state = link_state(row),
	                               .rx_bytes = row->InOctets,
	                               .tx_bytes = row->OutOctets,
	                               .rx_packets = row->InUcastPkts + row->InNUcastPkts,
	                               .tx_packets = row->OutUcastPkts + row->OutNUcastPkts,
	                               .rx_errors = row->InErrors,
	                               .tx_errors = row->OutErrors,
	                               .rx_dropped = row->InDiscards,
	                               .tx_dropped = row->OutDiscards};
	name_link(row, s.name);
	return s;
}

int sysmon_os_links(sysmon_os *os, struct sysmon_link_sample *rows, uint32_t capacity, uint32_t *ret_count,
                    uint32_t *ret_left_out)
{
	MIB_IF_TABLE2 *table = NULL;
	uint32_t count = 0, left_out = 0;
	DWORD error = GetIfTable2(&table);
	if (error) return sysmon_win_fail(os, "GetIfTable2", error);
	for (ULONG i = 0; i < table->NumEntries; i++) {
		const MIB_IF_ROW2 *row = &table->Table[i];
		if (row->InterfaceAndOperStatusFlags.FilterInterface) continue; /* counts its adapter's traffic again */
		if (count == capacity)
			left_out++;
		else
			rows[count++] = sample_of(row);
	}
	FreeMibTable(table);
	*ret_count = count;
	*ret_left_out = left_out;
	return PC_OK;
}
