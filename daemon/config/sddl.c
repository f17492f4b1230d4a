/* config/sddl.c - see sddl.h. The shape: O:sid G:sid D:flags(ace)(ace) S:flags(ace), each part at most once. */
#include "config/sddl.h"

#include <string.h>

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SID      CAPITALS "0123456789-"

/* (type;flags;rights;object;inherited object;user), and conditions behind it. */
static const char *check_ace(const char **at)
{
	const char *end = strchr(*at, ')'), *user = *at + 1;
	if (!end) return "a '(' without ')'";
	if (!strspn(user, CAPITALS)) return "an entry that does not start with a type such as A or D";
	for (int i = 0; i < 5; i++) {
		user += strcspn(user, ";()");
		if (*user++ != ';') return "an entry with less than six parts between ';'";
	}
	if (!strspn(user, SID)) return "an entry without a user at its end";
	*at = end + 1;
	return NULL;
}

/* @param ret_entries  how many there are */
static const char *check_list(const char **at, int *ret_entries)
{
	static const char open_to_all[] = "NO_ACCESS_CONTROL";
	const char *wrong = NULL;
	if (!strncmp(*at, open_to_all, sizeof open_to_all - 1))
		return "NO_ACCESS_CONTROL, which lets everybody do everything";
	*at += strspn(*at, CAPITALS);
	for (*ret_entries = 0; **at == '(' && !wrong; ++*ret_entries) wrong = check_ace(at);
	return wrong;
}

const char *pcd_sddl_wrong(const char *text)
{
	int entries = 0, others = 0, has_list = 0;
	const char *wrong = NULL;
	while (*text && !wrong) {
		char part = *text;
		if (!strchr("OGDS", part) || text[1] != ':') return "a part that is none of O:, G:, D: and S:";
		text += 2;
		if (part == 'O' || part == 'G') {
			/* A user may end where the next part begins: O:BAG:SY. */
			size_t bytes = strspn(text, SID);
			if (bytes && text[bytes] == ':') bytes--;
			if (!bytes) return "O: or G: without a user";
			text += bytes;
		} else {
			wrong = check_list(&text, part == 'D' ? &entries : &others);
			has_list |= part == 'D';
		}
	}
	if (wrong) return wrong;
	if (!has_list) return "no D: part";
	return entries ? NULL : "a D: part without entries, which lets nobody in";
}
