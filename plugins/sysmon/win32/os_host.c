/* os_host.c - the machine itself, on Windows. */
#include "system.h"

#include <pagecast/status.h>
#include <stdio.h>
#include <string.h>

typedef LONG(NTAPI *get_version)(OSVERSIONINFOW *version);

static bool registry_text(const wchar_t *key, const wchar_t *value, wchar_t *to, DWORD chars)
{
	DWORD bytes = (DWORD)(chars * sizeof *to);
	return !RegGetValueW(HKEY_LOCAL_MACHINE, key, value, RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, NULL, to, &bytes);
}

/* "Windows 11 Pro 23H2". The product's name in the registry never became 11: the build tells. */
static void read_os_name(struct sysmon_host *h, DWORD build)
{
	static const wchar_t key[] = L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
	wchar_t product[64], release[32], text[100];
	if (!registry_text(key, L"ProductName", product, 64)) return;
	if (build >= 22000 && !wcsncmp(product, L"Windows 10", 10)) product[9] = L'1';
	if (!registry_text(key, L"DisplayVersion", release, 32)) release[0] = L'\0';
	(void)swprintf(text, 100, L"%ls%ls%ls", product, release[0] ? L" " : L"", release);
	sysmon_win_text(h->os, sizeof h->os, text, wcslen(text));
}

static DWORD read_kernel(struct sysmon_host *h)
{
	OSVERSIONINFOW v = {.dwOSVersionInfoSize = sizeof v};
	/* not GetVersionEx(), which tells programs what their manifests say they know */
	FARPROC found = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlGetVersion");
	if (!found || ((get_version)(void (*)(void))found)(&v)) return 0;
	(void)snprintf(h->kernel, sizeof h->kernel, "Windows NT %lu.%lu.%lu", (unsigned long)v.dwMajorVersion,
	               (unsigned long)v.dwMinorVersion, (unsigned long)v.dwBuildNumber);
	return v.dwBuildNumber;
}

static const char *architecture(void)
{
	SYSTEM_INFO info;
	GetNativeSystemInfo(&info);
	switch (info.wProcessorArchitecture) {
	case PROCESSOR_ARCHITECTURE_AMD64: return "x86_64";
	case PROCESSOR_ARCHITECTURE_ARM64: return "aarch64";
	case PROCESSOR_ARCHITECTURE_INTEL: return "i686";
	default: return "";
	}
}

static void read_cpu_model(struct sysmon_host *h)
{
	wchar_t model[128];
	const wchar_t *at = model;
	if (registry_text(L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0", L"ProcessorNameString", model, 128)) {
		while (*at == L' ') at++;
		sysmon_win_text(h->cpu_model, sizeof h->cpu_model, at, wcslen(at));
	} else {
		(void)snprintf(h->cpu_model, sizeof h->cpu_model, "%s", h->architecture);
	}
}

static uint64_t boot_unix_s(double uptime_s)
{
	FILETIME t; /* 100 ns since 1601 */
	GetSystemTimeAsFileTime(&t);
	double now_s = (double)((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) / 1e7 - 11644473600.0;
	return now_s > uptime_s ? (uint64_t)(now_s - uptime_s + 0.5) : 0;
}

int sysmon_os_host(sysmon_os *os, struct sysmon_host *ret)
{
	struct sysmon_host h = {0};
	struct sysmon_memory memory;
	wchar_t name[256];
	DWORD chars = 256;
	double uptime_s = 0;
	int status;
	if (!GetComputerNameExW(ComputerNameDnsHostname, name, &chars))
		return sysmon_win_fail(os, "GetComputerNameEx", GetLastError());
	if ((status = sysmon_os_memory(os, &memory)) || (status = sysmon_os_uptime(os, &uptime_s))) return status;
	sysmon_win_text(h.hostname, sizeof h.hostname, name, chars);
	read_os_name(&h, read_kernel(&h));
	(void)snprintf(h.architecture, sizeof h.architecture, "%s", architecture());
	read_cpu_model(&h);
	h.cores_online = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
	h.cores_configured = sysmon_os_core_count(os);
	h.memory_bytes = memory.total_bytes;
	h.boot_unix_s = boot_unix_s(uptime_s);
	*ret = h;
	return PC_OK;
}
