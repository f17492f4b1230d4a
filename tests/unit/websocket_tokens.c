/* The token file: what its lines mean, and where the message points if they mean nothing. */
#include "tokens.h"

#include "test.h"

#define A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

static ws_tokens good(const char *text)
{
	ws_tokens t = {NULL, 0};
	pc_err err = {""};
	CHECK_OK(ws_tokens_parse("f", text, strlen(text), &t, &err), &err);
	return t;
}

static void bad(const char *text, const char *want)
{
	ws_tokens t = {NULL, 0};
	pc_err err = {""};
	CHECK_STATUS(ws_tokens_parse("f", text, strlen(text), &t, &err), PC_EINVAL);
	CHECK_STR(err.text, want);
	CHECK(!t.items && !t.count);
}

PC_TEST(a_bare_token_reads_everything_and_writes_nothing)
{
	ws_tokens t = good(A "\n");
	ws_access *a = ws_tokens_find(&t, A, strlen(A));
	CHECK(a && a->is_bare);
	CHECK_STR(a->name, "line-1");
	CHECK(ws_access_reads(a, "sysmon.cpu") && !ws_access_writes(a, "sysmon.cpu"));
	ws_tokens_free(&t);
}

PC_TEST(rights_are_globs_over_names)
{
	ws_tokens t =
	        good("# rights\n\n" A " name=panel read=sysmon.*,set.** write=set.one # tail\r\n\t" B " suspended\n");
	ws_access *a = ws_tokens_find(&t, A, strlen(A)), *b = ws_tokens_find(&t, B, strlen(B));
	CHECK_INT(t.count, 2);
	CHECK_STR(a->name, "panel");
	CHECK(!a->is_bare && ws_access_reads(a, "sysmon.cpu") && !ws_access_reads(a, "sysmon.cpu.x"));
	CHECK(ws_access_reads(a, "set.a.b") && !ws_access_reads(a, "other"));
	CHECK(ws_access_writes(a, "set.one") && !ws_access_writes(a, "set.ones"));
	CHECK_STR(b->name, "line-4");
	CHECK(b->is_suspended && !ws_access_reads(b, "sysmon.cpu") && !ws_access_writes(b, "set.one"));
	CHECK(!ws_tokens_find(&t, A, strlen(A) - 1) && !ws_tokens_find(&t, A "A", strlen(A) + 1) &&
	      !ws_tokens_find(&t, "", 0));
	ws_tokens_free(&t);
}

PC_TEST(without_tokens_everybody_reads_and_nobody_writes)
{
	CHECK(ws_access_reads(NULL, "x"));
	CHECK(!ws_access_writes(NULL, "x"));
}

PC_TEST(an_access_outlives_its_table)
{
	ws_tokens t = good(A " write=x");
	ws_access *a = ws_access_hold(ws_tokens_find(&t, A, strlen(A)));
	ws_tokens_free(&t);
	CHECK(ws_access_writes(a, "x"));
	ws_access_release(&a);
	CHECK(!a);
}

PC_TEST(the_same_rights_are_equal_whatever_the_name)
{
	ws_tokens t = good(A " name=a read=x,y\n" B " name=b read=x,y\nCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC read=x\n");
	CHECK(ws_access_equal(t.items[0], t.items[1]));
	CHECK(!ws_access_equal(t.items[0], t.items[2]));
	ws_tokens_free(&t);
}

PC_TEST(what_is_wrong_is_said_with_its_place)
{
	char many[300], glob[200];
	bad("", "f:1:1: the file does not hold a token; delete it to get a new one");
	bad("# nothing\n\n", "f:3:1: the file does not hold a token; delete it to get a new one");
	bad("\n  short\n", "f:2:3: expected a token of 32 to 128 characters");
	bad(A "$\n", "f:1:33: expected a token of the characters A-Z a-z 0-9 - _");
	bad(A "\n" A "\n", "f:2:1: this token stands in an earlier line already");
	bad(A " name=a\n" B " name=a\n", "f:2:39: name: an earlier line has this name already");
	bad(A " name=\n", "f:1:39: name: expected 1 to 31 characters");
	bad(A " name=a/b\n", "f:1:40: name: expected the characters A-Z a-z 0-9 - _");
	bad(A " rad=*\n", "f:1:34: expected name=NAME, read=GLOBS, write=GLOBS or suspended");
	bad(A " suspende\n", "f:1:34: expected name=NAME, read=GLOBS, write=GLOBS or suspended");
	bad(A " read=a read=b\n", "f:1:41: this word stands twice in the line");
	bad(A " write=\n", "f:1:40: expected a name or glob of regions, such as sysmon.* or **");
	bad(A " write=a,,b\n", "f:1:42: expected a name or glob of regions, such as sysmon.* or **");
	bad(A " write=a\x01\n", "f:1:41: a control character");
	memset(glob, 'g', sizeof glob);
	glob[129] = 0;
	(void)snprintf(many, sizeof many, A " read=%s\n", glob);
	bad(many, "f:1:39: a glob has at most 128 bytes");
}
