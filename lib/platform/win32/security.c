/* platform/win32/security.c - see security.h.
 *
 * Every object of ours names the user as its owner, not the group Administrators that an elevated process would get, and has
 * a DACL: without one anybody may do anything, the change of who may included. */
#include "platform/win32/security.h"

#include "base/err.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SID_TEXT_UNITS 192u
#define SDDL_UNITS     4096u
#define NOBODY         UINT32_MAX
#define SHOWN          (SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION)

typedef union own_user { /* room for the longest SID, aligned as the structure */
	TOKEN_USER user;
	BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
} own_user;

/* SID of this process's user. @return 1; 0 the system does not say */
static int own_sid(own_user *ret_user)
{
	HANDLE token;
	DWORD bytes;
	int ok;
	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return 0;
	ok = GetTokenInformation(token, TokenUser, ret_user, sizeof *ret_user, &bytes) != 0;
	(void)CloseHandle(token);
	return ok;
}

static pc_status own_sid_text(wchar_t ret_text[SID_TEXT_UNITS])
{
	own_user own;
	LPWSTR text = NULL;
	if (!own_sid(&own) || !ConvertSidToStringSidW(own.user.User.Sid, &text)) return PC_EIO;
	(void)swprintf(ret_text, SID_TEXT_UNITS, L"%ls", text);
	(void)LocalFree(text);
	return PC_OK;
}

static pc_status parse(const wchar_t *sddl, PSECURITY_DESCRIPTOR *ret_sd, pc_err *err)
{
	BOOL present = FALSE, by_default = FALSE;
	PACL dacl = NULL;
	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, ret_sd, NULL))
		return pc_err_set(err, PC_EINVAL, "not a security descriptor in SDDL (error %lu)",
		                  (unsigned long)GetLastError());
	if (GetSecurityDescriptorDacl(*ret_sd, &present, &dacl, &by_default) && present && dacl) return PC_OK;
	(void)LocalFree(*ret_sd);
	*ret_sd = NULL;
	return pc_err_set(err, PC_EINVAL, "a security descriptor without a DACL lets anybody do anything");
}

/* An expert's text, verbatim but for the owner. */
static pc_status parse_users(const char *text, PSECURITY_DESCRIPTOR *ret_sd, pc_err *err)
{
	wchar_t given[SDDL_UNITS], sid[SID_TEXT_UNITS], *whole;
	pc_status s;
	if (!pc_win_wide(text, given, SDDL_UNITS))
		return pc_err_set(err, PC_EINVAL, "a security descriptor of more than %u characters, or not UTF-8",
		                  SDDL_UNITS - 1);
	/* Some systems take this for an empty DACL, others for none. */
	if (wcsstr(given, L"NO_ACCESS_CONTROL"))
		return pc_err_set(err, PC_EINVAL, "a security descriptor without a DACL lets anybody do anything");
	if (wcsncmp(given, L"O:", 2) == 0) return parse(given, ret_sd, err);
	if (own_sid_text(sid) != PC_OK) return pc_err_set(err, PC_EIO, "the system does not say who we are");
	whole = malloc((SDDL_UNITS + SID_TEXT_UNITS + 2) * sizeof *whole);
	if (!whole) return pc_err_set(err, PC_ENOMEM, "no memory for a security descriptor");
	(void)swprintf(whole, SDDL_UNITS + SID_TEXT_UNITS + 2, L"O:%ls%ls", sid, given);
	s = parse(whole, ret_sd, err);
	free(whole);
	return s;
}

static const wchar_t *rights_of_user(uint32_t mode)
{
	return mode & 0200 ? L"GA" : mode & 0400 ? L"GR" : L"RC";
}

/* Everything, for programs that ask for FILE_MAP_ALL_ACCESS; a bare GRGW would refuse them. */
static const wchar_t *aces_of_others(uint32_t mode)
{
	if (mode & 0002) return L"(A;;GA;;;WD)";
	return mode & 0004 ? L"(A;;GR;;;WD)" : L"";
}

pc_status pc_security_of_access(const pc_access *access, PSECURITY_DESCRIPTOR *ret_sd, pc_err *err)
{
	wchar_t sid[SID_TEXT_UNITS], sddl[SDDL_UNITS];
	*ret_sd = NULL;
	if (access->sddl) return parse_users(access->sddl, ret_sd, err);
	if (own_sid_text(sid) != PC_OK) return pc_err_set(err, PC_EIO, "the system does not say who we are");
	(void)swprintf(sddl, SDDL_UNITS, L"O:%lsD:P(A;;%ls;;;%ls)(A;;GA;;;SY)%ls", sid, rights_of_user(access->mode),
	               sid, aces_of_others(access->mode));
	return parse(sddl, ret_sd, err);
}

pc_status pc_security_for_others(DWORD rights, PSECURITY_DESCRIPTOR *ret_sd)
{
	wchar_t sid[SID_TEXT_UNITS], sddl[SDDL_UNITS];
	*ret_sd = NULL;
	if (own_sid_text(sid) != PC_OK) return PC_EIO;
	(void)swprintf(sddl, SDDL_UNITS, L"O:%lsD:P(A;;GA;;;%ls)(A;;GA;;;SY)(A;;0x%lx;;;WD)", sid, sid,
	               (unsigned long)rights);
	return parse(sddl, ret_sd, NULL);
}

uint32_t pc_security_uid(PSID sid)
{
	const unsigned char *at = sid;
	uint32_t hash = 2166136261u; /* FNV-1a */
	DWORD bytes;
	if (!sid || !IsValidSid(sid)) return NOBODY;
	if (IsWellKnownSid(sid, WinLocalSystemSid) || IsWellKnownSid(sid, WinBuiltinAdministratorsSid)) return 0;
	bytes = GetLengthSid(sid);
	for (DWORD i = 0; i < bytes; i++) hash = (hash ^ at[i]) * 16777619u;
	return hash == 0 || hash == NOBODY ? 1 : hash;
}

uint32_t pc_security_own_uid(void)
{
	own_user own;
	return own_sid(&own) ? pc_security_uid(own.user.User.Sid) : NOBODY;
}

/* What one entry of a DACL amounts to. Refusals are not looked at: they only make less of it. */
static uint32_t mode_of(const ACE_HEADER *header, PSID owner, DWORD to_read, DWORD to_write)
{
	const ACCESS_ALLOWED_ACE *ace = (const ACCESS_ALLOWED_ACE *)(const void *)header;
	PSID sid = (PSID)(uintptr_t)&ace->SidStart;
	uint32_t mode;
	if (header->AceType != ACCESS_ALLOWED_ACE_TYPE) return 0;
	mode = (ace->Mask & (to_read | GENERIC_READ | GENERIC_ALL) ? 4u : 0) |
	       (ace->Mask & (to_write | GENERIC_WRITE | GENERIC_ALL) ? 2u : 0);
	if (owner && EqualSid(sid, owner)) return mode << 6;
	return pc_security_uid(sid) == 0 ? 0 : mode << 3 | mode;
}

void pc_security_facts(HANDLE object, DWORD to_read, DWORD to_write, uint32_t *ret_uid, uint32_t *ret_mode)
{
	PSECURITY_DESCRIPTOR sd = NULL;
	PSID owner = NULL;
	PACL dacl = NULL;
	*ret_uid = NOBODY;
	*ret_mode = 0;
	if (GetSecurityInfo(object, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner,
	                    NULL, &dacl, NULL, &sd))
		return;
	/* One without an owner, which only Wine makes, is as good as whoever may open it. */
	*ret_uid = owner ? pc_security_uid(owner) : pc_security_own_uid();
	if (!dacl) *ret_mode = 0666;
	for (DWORD i = 0; dacl && i < dacl->AceCount; i++) {
		void *ace;
		if (GetAce(dacl, i, &ace)) *ret_mode |= mode_of(ace, owner, to_read, to_write);
	}
	(void)LocalFree(sd);
}

void pc_security_show_process(void)
{
	static LONG done;
	PSECURITY_DESCRIPTOR sd = NULL;
	PACL before = NULL, after = NULL;
	BYTE everyone[SECURITY_MAX_SID_SIZE];
	DWORD bytes = sizeof everyone;
	EXPLICIT_ACCESSW entry = {.grfAccessPermissions = SHOWN, .grfAccessMode = GRANT_ACCESS};
	if (InterlockedExchange(&done, 1)) return;
	if (!CreateWellKnownSid(WinWorldSid, NULL, everyone, &bytes)) return;
	entry.Trustee.TrusteeForm = TRUSTEE_IS_SID;
	entry.Trustee.TrusteeType = TRUSTEE_IS_WELL_KNOWN_GROUP;
	entry.Trustee.ptstrName = (LPWSTR)(void *)everyone;
	if (GetSecurityInfo(GetCurrentProcess(), SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &before, NULL,
	                    &sd))
		return;
	/* A process without a DACL shows itself already, and one with this entry alone would hide from its own user. */
	if (before && SetEntriesInAclW(1, &entry, before, &after) == ERROR_SUCCESS)
		(void)SetSecurityInfo(GetCurrentProcess(), SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL,
		                      after, NULL);
	if (after) (void)LocalFree(after);
	(void)LocalFree(sd);
}
