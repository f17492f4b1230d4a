#!/usr/bin/env python3
"""`pagecast plugin info`: what a file says of its plugin, without any code of the plugin; of either system's files on either system."""
import json
import re
import shutil
import subprocess

from pagecast_kit import BIN, CC, ROOT, SUFFIX, TEST_PLUGINS, WINDOWS, KitTest, main

MINGW = shutil.which("x86_64-w64-mingw32-gcc")
SOURCE = r"""
#include <pagecast/plugin.h>
#include <stdio.h>
#include <stdlib.h>
%(begin)s
struct pc_inst { int nothing; };
%(table)sconst struct pc_option options[] = {
	{"way", "fast", "fast|slow|two words", NULL, NULL, "an | and a *star*", PC_OPT_ENUM, PC_OPT_RELOAD},
	{"key", NULL, "1", "8", NULL, "x", PC_OPT_STRING, PC_OPT_REQUIRED | PC_OPT_SECRET},
	{"rate", "1.5", "-2", NULL, "Hz", "", PC_OPT_REAL, 0},
	{"file", NULL, NULL, NULL, NULL, NULL, PC_OPT_STRING, PC_OPT_FILE},
	{NULL, NULL, NULL, NULL, NULL, NULL, 0, 0}};
static int create(const struct pc_host *h, const pc_config *c, pc_inst **ret) { (void)h; (void)c; (void)ret; return -1; }
static int reload(pc_inst *i, const pc_config *c) { (void)i; (void)c; return 0; }
static void destroy(pc_inst *i) { (void)i; }
%(export)sconst struct pc_plugin pagecast_plugin = {PC_PLUGIN_MAGIC, sizeof(struct pc_plugin), PC_ABI(1, 0), 0, "known", "2.3.4-rc1",
	"GPL-2.0-or-later", "a \"known\" plugin", options, create, NULL, reload, NULL, destroy};
"""
BEGIN_ELF = '__attribute__((constructor)) static void begin(void) { FILE *f = fopen(getenv("MARK"), "w"); if (f) fclose(f); }'
BEGIN_PE = """#include <windows.h>
BOOL WINAPI DllMain(HINSTANCE i, DWORD why, LPVOID r) { FILE *f = fopen(getenv("MARK"), "w"); (void)i; (void)why; (void)r; if (f) fclose(f);
	return TRUE; }"""
SAYS = {"id": "known", "version": "2.3.4-rc1", "abi": "1.0", "license": "GPL-2.0-or-later", "summary": 'a "known" plugin', "reloads": True,
        "machine": "x86-64", "options": [
    {"key": "way", "type": "enum", "default": "fast", "words": ["fast", "slow", "two words"], "unit": None, "required": False,
     "reload": True, "secret": False, "file": False, "doc": "an | and a *star*"},
    {"key": "key", "type": "string", "default": None, "min": "1", "max": "8", "unit": None, "required": True, "reload": False,
     "secret": True, "file": False, "doc": "x"},
    {"key": "rate", "type": "real", "default": "1.5", "min": "-2", "max": None, "unit": "Hz", "required": False, "reload": False,
     "secret": False, "file": False, "doc": ""},
    {"key": "file", "type": "string", "default": None, "min": None, "max": None, "unit": None, "required": False, "reload": False,
     "secret": False, "file": True, "doc": None}]}


class Info(KitTest):
    def setUp(self):
        super().setUp()
        self.bin = BIN

    def compile(self, name, *flags, begin="", table="static ", compiler=CC, export="PC_EXPORT "):
        (self.work / "known.c").write_text(SOURCE % {"begin": begin, "table": table, "export": export})
        self.run_in(self.work, compiler, "-shared", *flags, "known.c", "-o", name, "-I", ROOT / "include")
        return self.work / name

    def json_of(self, path):
        return json.loads(self.pagecast("plugin", "info", path, "--json"))

    def assert_known(self, path, form):
        said = self.json_of(path)
        self.assertEqual(said.pop("format"), form)
        said.pop("file")
        self.assertEqual({k: v for k, v in said.items() if v != SAYS.get(k)}, {})
        self.assertEqual(said.keys(), SAYS.keys())

    def test_no_code_of_the_plugin_runs(self):
        mark = self.work / "mark"
        self.env = {"MARK": str(mark)}
        plugin = self.compile(f"known{SUFFIX}", *([] if WINDOWS else ["-fPIC"]), begin=BEGIN_PE if WINDOWS else BEGIN_ELF)
        self.assert_known(plugin, "PE" if WINDOWS else "ELF")
        self.pagecast("plugin", "info", plugin)
        self.assertFalse(mark.exists())
        # The same file, loaded, does run it: else this test would prove nothing.
        self.run_in(self.work, *self.program("pagecastd"), "--plugin-path", self.work, "--help-plugin", "known")
        self.assertTrue(mark.exists())

    def test_every_way_a_linker_writes_pointers(self):
        if WINDOWS:
            self.assert_known(self.compile("known.dll", "-static"), "PE")
            self.assert_known(self.compile("known.dll", "-s", "-Wl,--dynamicbase,--high-entropy-va"), "PE")
            self.assert_known(self.compile("known.dll", "-Wl,--image-base=0x180000000", table=""), "PE")
            return
        self.assert_known(self.compile("known.so", "-fPIC"), "ELF")
        # Others may replace the table: a pointer by symbol.
        self.assert_known(self.compile("known.so", "-fPIC", table=""), "ELF")
        self.assert_known(self.compile("known.so", "-fPIC", "-s", "-Wl,--hash-style=sysv"), "ELF")
        self.assert_known(self.compile("known.so", "-fPIC", "-s", "-Wl,--hash-style=gnu"), "ELF")
        self.assert_known(self.compile("known.so", "-fPIC", "-g", "-O0", "-Wl,-z,norelro"), "ELF")
        packed = subprocess.run([CC, "-shared", "-fPIC", "-Wl,-z,pack-relative-relocs", "-Wl,--fatal-warnings", "known.c", "-o", "packed.so",
                                 "-I", str(ROOT / "include")], cwd=self.work, capture_output=True)
        if not packed.returncode:
            self.assert_known(self.work / "packed.so", "ELF")
        if MINGW:
            self.assert_known(self.compile("known.dll", compiler=MINGW), "PE")
            self.assert_known(self.compile("known.dll", "-s", begin=BEGIN_PE, compiler=MINGW), "PE")

    def test_a_plugin_may_be_written_in_cpp(self):  # native
        compiler = shutil.which("c++")
        if not compiler:
            self.skipTest("there is no C++ compiler")
        strict = ["-x", "c++", "-std=c++11", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
        plugin = self.compile("known.so", *strict, compiler=compiler, export="")
        self.assert_known(plugin, "ELF")
        said = self.run_in(self.work, *self.program("pagecastd"), "--plugin-path", self.work, "--help-plugin", "known")
        self.assertIn("way: one of fast, slow, two words", said)

    def test_what_people_read(self):
        plugin = self.compile(f"known{SUFFIX}", *([] if WINDOWS else ["-fPIC"]))
        said = self.pagecast("plugin", "info", plugin.name)
        self.assertIn('known 2.3.4-rc1 - a "known" plugin\n', said)
        self.assertRegex(said, rf"file +known{SUFFIX} \((ELF|PE), x86-64\)\nABI +1\.0\nlicense +GPL-2\.0-or-later\n")
        self.assertRegex(said, r"\nway +fast +one of fast, slow, two words; changes take effect on reload\n")
        self.assertRegex(said, r"\nkey +must be given +a text of 1\.\.8 bytes; never shown\n")
        self.assertRegex(said, r"\nrate +1\.5 +a number, at least -2 \[Hz\]\n")
        self.assertEqual(self.pagecast("plugin", "info", plugin.name, "--markdown").splitlines()[2:], [
            r"| `way` | one of fast, slow, two words | `fast` | an \| and a \*star\*; changes take effect on reload |",
            "| `key` | a text of 1..8 bytes | must be given | x; never shown |",
            "| `rate` | a number, at least -2 [Hz] | `1.5` |  |",
            "| `file` | a text |  | the file is read again by each reload |"])

    def test_it_says_of_a_bad_plugin_what_the_daemon_says(self):
        judged = 0
        for plugin in sorted(TEST_PLUGINS.glob(f"*{SUFFIX}")):
            name = plugin.name.removesuffix(SUFFIX)
            daemon = subprocess.run([*self.program("pagecastd"), "--plugin-path", str(TEST_PLUGINS), "--help-plugin", name],
                                    capture_output=True, text=True, env={**self.place.env})
            if name == "unresolved":  # only a loader knows
                continue
            self.pagecast("plugin", "info", plugin, status=1 if daemon.returncode else 0)
            if daemon.returncode:
                reason = re.search(rf"{re.escape(plugin.name)}: (?:not a pagecast plugin: it does not|)(.*)", daemon.stderr)[1]
                self.assertIn(reason[:200], self.stderr, name)
                judged += 1
        self.assertGreater(judged, 8)

    def test_what_is_no_plugin_is_said_to_be_none(self):
        text, empty = self.work / "text", self.work / "empty"
        text.write_text("hello\n" * 20)
        empty.write_bytes(b"")
        whole = (TEST_PLUGINS / f"my_plugin{SUFFIX}").read_bytes()
        cut = self.work / "cut.so"
        self.pagecast("plugin", "info", text, status=1)
        self.assertIn("neither an ELF nor a PE file", self.stderr)
        self.pagecast("plugin", "info", empty, status=1)
        self.pagecast("plugin", "info", self.work / "absent", status=1)
        self.assertIn("absent", self.stderr)
        self.pagecast("plugin", "info", *self.program("pagecast")[-1:], status=1)
        self.assertRegex(self.stderr, "does not export `pagecast_plugin`|no shared library")
        for bytes_kept in (80, 400, 1024):
            cut.write_bytes(whole[:bytes_kept])
            self.pagecast("plugin", "info", cut, status=1)
            self.assertIn("cut short", self.stderr)
        other = bytearray(whole)
        if not WINDOWS:
            other[18:20] = b"\x28\x00"
            cut.write_bytes(other)
            self.pagecast("plugin", "info", cut, status=1)
            self.assertIn("a machine that is not known here (ELF machine 40)", self.stderr)
        self.pagecast("plugin", "info", text, "--json", "--markdown", status=2)
        self.pagecast("plugin", "info", text, "--dir", "x", status=2)


if __name__ == "__main__":
    main()
