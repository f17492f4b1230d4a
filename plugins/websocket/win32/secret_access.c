/* win32/secret_access.c - see secret_access.h. */
#include "secret_access.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>

bool ws_identity_get(ws_identity *ret)
{
	static const WELL_KNOWN_SID_TYPE services[] = {WinLocalSystemSid, WinLocalServiceSid, WinNetworkServiceSid};
	HANDLE token = NULL;
	DWORD bytes = 0;
	bool done = OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) &&
	            GetTokenInformation(token, TokenUser, ret->room, sizeof ret->room, &bytes);
	if (token) (void)CloseHandle(token);
	ret->is_service = false;
	for (size_t i = 0; done && i < sizeof services / sizeof *services; i++)
		if (IsWellKnownSid(ret->user.User.Sid, services[i])) ret->is_service = true;
	return done;
}

static bool is_trusted(PSID sid, const ws_identity *who)
{
	return EqualSid(sid, who->user.User.Sid) || IsWellKnownSid(sid, WinLocalSystemSid) ||
	       IsWellKnownSid(sid, WinBuiltinAdministratorsSid);
}

/* Rules of kinds that we do not know count as open: better one token too many than one that is read. */
static bool lets_others_in(PACL acl, const ws_identity *who)
{
	if (!acl) return true; /* no list: everybody */
	for (DWORD i = 0; i < acl->AceCount; i++) {
		ACCESS_ALLOWED_ACE *rule = NULL;
		if (!GetAce(acl, i, (void **)&rule)) return true;
		if (rule->Header.AceType == ACCESS_DENIED_ACE_TYPE || (rule->Header.AceFlags & INHERIT_ONLY_ACE))
			continue;
		if (rule->Header.AceType != ACCESS_ALLOWED_ACE_TYPE) return true;
		if (rule->Mask && !is_trusted(&rule->SidStart, who)) return true;
	}
	return false;
}

DWORD ws_access_look(HANDLE file, const ws_identity *who, bool *ret_is_ours, bool *ret_others_can_read)
{
	PSECURITY_DESCRIPTOR all = NULL;
	PSID owner = NULL;
	PACL acl = NULL;
	DWORD error = GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
	                              &owner, NULL, &acl, NULL, &all);
	if (error) return error;
	*ret_is_ours = owner && EqualSid(owner, who->user.User.Sid);
	*ret_others_can_read = lets_others_in(acl, who);
	(void)LocalFree(all);
	return 0;
}

HANDLE ws_access_create(const wchar_t *path, const ws_identity *who)
{
	SECURITY_ATTRIBUTES access = {.nLength = sizeof access};
	wchar_t rules[512], *sid = NULL;
	HANDLE file = INVALID_HANDLE_VALUE;
	if (!ConvertSidToStringSidW(who->user.User.Sid, &sid)) return file;
	/* P: nothing is inherited from the folder. The owner is named, since for administrators it would be their group. */
	(void)swprintf(rules, 512, L"O:%lsD:P(A;;FA;;;%ls)(A;;FA;;;SY)(A;;FA;;;BA)", sid, sid);
	(void)LocalFree(sid);
	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rules, SDDL_REVISION_1, &access.lpSecurityDescriptor,
	                                                          NULL))
		return file;
	file = CreateFileW(path, GENERIC_WRITE, 0, &access, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
	DWORD error = GetLastError();
	(void)LocalFree(access.lpSecurityDescriptor);
	SetLastError(error);
	return file;
}
