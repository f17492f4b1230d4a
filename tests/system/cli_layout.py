#!/usr/bin/env python3
"""`pagecast layout`: the same errors as the daemon's, tables, tables back to YAML, and code that compiles and means the same."""
import importlib.util
import json
import os
import re
import shutil
import struct
import subprocess
import sys

from pagecast_cli import CliTest, offsets_program, rows_of
from pagecast_harness import BIN, ROOT, main

SHIPPED = sorted((ROOT / "config/layouts").glob("*.yaml"))
FACTS = sorted((ROOT / "tests/golden/facts").glob("*.tsv"))
EVERYTHING = ROOT / "tests/layouts/everything.yaml"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror", "-fsyntax-only"]


class Layout(CliTest):
    def layout(self, *args, **options):
        return self.cli("layout", *args, **options)

    def file(self, name, text):
        path = self.place.folder / name
        path.write_text(text)
        return path

    def compiled(self, *command):
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
        return done.stdout

    # ---- check and print ----

    def test_what_is_shipped_is_right(self):  # quick
        for path in (*SHIPPED, EVERYTHING, ROOT / "config/demo.yaml"):
            self.assertRegex(self.layout("check", path), r"^layout OK: \d+ layouts?\n$")

    def test_errors_are_those_of_the_daemon(self):  # quick
        text = "regions:\n  r:\n    layout: { a: f33, b: u8, c: { type: u8, offset: 0 } }\n"
        path = self.file("wrong.yaml", text)
        self.layout("check", path, status=1)
        mine = self.stderr
        done = self.place.run(BIN / "pagecastd", "--check", path)
        self.assertEqual(mine, done.stderr)
        self.assertRegex(mine, r"wrong\.yaml:3:\d+: expected a type .*did you mean 'f32'")

    def test_every_type_of_a_file_is_checked_once(self):  # quick
        path = self.file("types.yaml", "types:\n  Unused: { a: u8, b: { type: u8, offset: 0 } }\n  Bad: { x: f65 }\n"
                                       "layout: { p: Bad, q: 'Bad[2]' }\n")
        self.layout("check", path, status=1)
        self.assertEqual(sorted(re.findall(r"types\.yaml:(\d+):", self.stderr)), ["2", "3"], self.stderr)
        self.layout("check", self.file("only.yaml", "types: { V: { x: f64 } }\n"))
        self.layout("check", self.file("self.yaml", "types: { V: { x: f64, v: V } }\n"), status=1)
        self.assertIn("contains itself", self.stderr)
        self.layout("check", self.place.folder / "absent.yaml", status=1)
        self.assertIn("no such file", self.stderr)

    def test_a_region_a_type_or_a_struct_inside_is_chosen(self):  # quick
        config = self.file("rig.yaml", "types: { V: { x: f64, y: f64 } }\nregions:\n"
                                       "  a: { layout: { n: u32, p: V } }\n  b: { name: 'Local\\b', layout: { v: 'V[3]', s: { fields: { k: u8 } } } }\n")
        self.layout("print", config, status=1)
        self.assertRegex(self.stderr, r"several layouts: which one\?\n +a \(region\)\n +b \(region\)\n +V \(type\)")
        self.layout("print", config, "bb", status=1)
        self.assertIn("has no region, type or struct 'bb'", self.stderr)
        sizes = {name: json.loads(self.layout("print", config, name, "--json"))["size"] for name in ("a", "b", "V", "a.p", "b.s")}
        self.assertEqual(sizes, {"a": 24, "b": 56, "V": 16, "a.p": 16, "b.s": 1})
        self.assertIn('B_OBJECT "Local\\\\b"', self.layout("gen", config, "b", "--lang", "c"))
        self.assertIn("struct sensor_of_mine {", self.layout("gen", ROOT / "config/layouts/hwinfo_sm2.yaml", "sensor", "--lang", "c",
                                                             "--name", "sensor_of_mine"))

    def test_the_table_shows_what_is_known(self):  # quick
        text = self.layout("print", EVERYTHING)
        for words in (r"^ +5 +8  f64 +odd +degC, unaligned", r"^ +32 +2  i16 +gear +bits 0\.\.3$", r"every 32 bytes$",
                      r"^ +- +1200  struct\[100\] +row +at row_at, every row_bytes bytes, count rows$",
                      r"-1 broken; 0 off; 1 in pit; 2 in-pit; 40 4x4$", r"0x1 pit$|0x1 pit,|; 0x1 pit"):
            self.assertRegex(text, re.compile(words, re.M))
        self.assert_harmless(text)
        whole = json.loads(self.layout("print", EVERYTHING, "--json"))
        self.assertEqual((whole["name"], whole["size"], whole["align"]), ("Everything", 1024, 8))
        fields = {f["name"]: f for f in whole["fields"]}
        self.assertEqual(fields["mode"]["labels"], {"-1": "broken", "0": "off", "1": "in pit", "2": "in-pit", "40": "4x4"})
        self.assertEqual((fields["gear"]["bits"], fields["int"]["dims"], fields["many"]["stride"]), ([0, 3], [2, 3], 32))
        self.assertEqual([f["absolute"] for f in fields["pos"]["fields"]], [136, 144, 152])
        self.assertNotIn("offset", fields["row"])

    def test_wrong_command_lines(self):  # quick
        self.layout("prnit", "x", status=2)
        self.assertIn("did you mean 'print'?", self.stderr)
        for args in (("check",), ("check", "a", "b"), ("check", "a", "--json"), ("gen", EVERYTHING), ("gen", EVERYTHING, "--lang", "cobol"),
                     ("gen", EVERYTHING, "--lang", "c", "--name", "not a name"), ("from-tsv", "a", "--tsv")):
            self.layout(*args, status=2)

    # ---- tables back to layouts ----

    def test_tables_become_layouts_that_print_the_same_rows(self):  # quick
        self.assertGreaterEqual(len(FACTS), 14)
        for facts in FACTS:
            made = self.file("made.yaml", self.layout("from-tsv", facts))
            self.assertEqual(self.layout("print", made, "--tsv"), facts.read_text(), facts.name)

    def test_tables_of_every_kind(self):  # quick
        """Unions, structs without a name inside of unions, dimensions, pointers, opaque structs, packed beside natural."""
        head = "field\ttype\tcount\toffset\tsize\telem_size\n"
        rows = [("a", "u8", "1", 0, 1, 1), ("(anon)", "union anon", "1", 8, 16, 16), ("d", "f64", "2", 8, 16, 8),
                ("lo", "u32", "1", 8, 4, 4), ("hi", "u32", "1", 12, 4, 4), ("p", "ptr", "1", 24, 8, 8),
                ("grid", "struct Cell[]", "2x3", 32, 48, 8), ("grid[0][0].x", "f32", "1", 32, 4, 4), ("grid[0][0].k", "u8", "1", 36, 1, 1),
                ("u", "union Either", "1", 80, 4, 4), ("u.f", "f32", "1", 80, 4, 4), ("u.i", "i32", "1", 80, 4, 4),
                ("odd", "struct Tight", "1", 84, 9, 9), ("odd.c", "char", "1", 84, 1, 1), ("odd.v", "f64", "1", 85, 8, 8),
                ("hidden", "struct Opaque[]", "2", 96, 48, 24), ("far", "u16", "3", 144, 18, 2), ("flag", "bool8", "4x2", 164, 8, 1),
                ("text", "wchar16", "5x8", 172, 80, 2), ("#total", "struct Kinds", "1", 0, 256, 256)]
        table = self.file("kinds.tsv", head + "".join("\t".join(map(str, r)) + "\n" for r in rows))
        made = self.file("kinds.yaml", self.layout("from-tsv", table))
        printed = self.layout("print", made, "--tsv").splitlines()[1:]
        expected = ["\t".join(map(str, r)) for r in rows]
        expected = [e.replace("p\tptr\t", "p\tu64\t").replace("hidden\tstruct Opaque[]\t2\t96\t48\t24", "hidden\tu8\t2x24\t96\t48\t1")
                    for e in expected]
        self.assertEqual(sorted(printed), sorted(expected))
        self.assertEqual(printed[-1], expected[-1])

    def test_tables_that_are_wrong_say_where(self):  # quick
        head = "field\ttype\tcount\toffset\tsize\telem_size\n"
        for text, words in (("", "1: expected a table"), ("name\tkind\n", "1: expected the headings"),
                            (head + "a\tf33\t1\t0\t4\t4\n", "2: expected a type .*'f33'"), (head + "a\tf32\t1\tx\t4\t4\n", "2: expected a number"),
                            (head + "a\tf32\t0\t0\t4\t4\n", "2: expected a count"), (head + "a\tf32\t1\t0\t8\t8\n", "2: 'f32' has elements"),
                            (head + "a.b\tf32\t1\t0\t4\t4\n", "2: no row in front"), (head + "a\tf32\t1\n", "2: there are fewer columns"),
                            (head + "s\tstruct S\t1\t8\t4\t4\ns.a\tf32\t1\t4\t4\t4\n", "3: .*in front of its struct"),
                            (head, "expected rows"), (head + "a\tu8\t1\t0\t1\t1\na\tu8\t1\t1\t1\t1\n", "a is given twice"),
                            (head + "a\tu8\t999999999999\t0\t1\t1\n", "2: expected a count"),
                            (head + "a\tf64\t4294967295x4294967295\t0\t\t8\n", "2: .*too many"),
                            (head + "a\tf32\t1\t0\t4\t4\n#total\tstruct S\t1\t0\t2\t2\n", "smaller than the fields")):
            self.layout("from-tsv", self.file("wrong.tsv", text), status=1)
            self.assertRegex(self.stderr, rf"wrong\.tsv:.*{words}")

    # ---- code ----

    def generated(self, path, language, suffix, *args):
        code = self.layout("gen", path, "--lang", language, *args)
        return self.file(path.stem + suffix, code)

    def each(self):
        return (*SHIPPED, EVERYTHING)

    def test_headers_compile_in_c_and_cpp(self):
        self.need("c++")
        for path in self.each():
            header = self.generated(path, "c", ".h")
            unit = self.file("unit.c", f'#include "{header.name}"\n')
            for standard in ("c11", "gnu11"):
                self.compiled("cc", *STRICT, f"-std={standard}", unit)
            header = self.generated(path, "cpp", ".hpp")
            unit = self.file("unit.cpp", f'#include "{header.name}"\n')
            for standard in ("c++11", "c++20"):
                self.compiled("c++", *STRICT, f"-std={standard}", unit)

    def test_offsets_in_c_are_those_of_the_tables(self):
        """Row by row; under Wine for the Windows ABI in tests/wine/layout.py. The maps' own systems do not matter: no padding is the compiler's."""
        expected, found = [], []
        exe = self.place.folder / "offsets"
        for facts in FACTS:
            rows, total = rows_of(facts.read_text())
            made = self.file(facts.stem + ".yaml", self.layout("from-tsv", facts))
            header = self.generated(made, "c", ".h")
            name = re.search(r"^name: \"(\w+)\"", made.read_text(), re.M)[1]
            expected += [f"{p} {o} {s}" for p, o, s in rows] + [f"total {total}"]
            unit = self.file("offsets.c", offsets_program(header.name, name, rows))
            self.compiled("cc", "-std=gnu11", unit, "-o", exe)
            found += self.compiled(exe).splitlines()
        self.assertGreater(len(expected), 600)
        self.assertEqual(found, expected)

    def test_bits_and_tables_in_c(self):
        self.generated(EVERYTHING, "c", ".h")
        unit = self.file("unit.c", BITS_PROGRAM)
        exe = self.place.folder / "unit"
        self.compiled("cc", "-std=gnu11", "-Wall", "-Werror", unit, "-o", exe)
        word = (-3 & 0xF) | 1029 << 4
        self.assertEqual(self.compiled(exe), f"gear -3 wide 1029 lamp 1 word {word:x} 80\nrow 7 2.5 wxyz\nrow 9 0 \nno no no no\n")

    def test_the_c_header_opens_the_map(self):  # quick
        self.generated(EVERYTHING, "c", ".h", "--object", "Local\\everything")
        name = f"/pct-layout-{os.getpid()}"
        unit = self.file("unit.c", '#include "everything.h"\n#include <stdio.h>\nint main(int argc, char **argv)\n{\n'
                                   "\tconst struct Everything *map = Everything_open(argv[argc - 1]);\n"
                                   '\tprintf("%s\\n", map ? map->from : "none");\n\treturn 0;\n}\n')
        exe = self.place.folder / "unit"
        self.compiled("cc", "-std=gnu11", unit, "-o", exe)
        path = f"/dev/shm{name}"
        try:
            self.assertEqual(self.compiled(exe, name), "none\n")
            for size, said in ((1023, "none\n"), (1024, "hi\n")):
                with open(path, "wb") as f:
                    f.write(bytes(37) + b"hi\0" + bytes(size - 40))
                self.assertEqual(self.compiled(exe, name), said)
        finally:
            os.unlink(path)

    def test_python_structures_read_what_was_packed(self):  # quick
        for path in self.each():
            code = self.generated(path, "python", ".py")
            self.compiled(sys.executable, "-W", "error", code)
        spec = importlib.util.spec_from_file_location("everything", self.place.folder / "everything.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        payload = bytearray(1024)
        struct.pack_into("<d", payload, 5, 1.5)
        struct.pack_into("<H", payload, 32, (-3 & 0xF) | 1029 << 4)
        struct.pack_into("<3d", payload, 192, 4, 5, 6)
        struct.pack_into("<6i", payload, 40, *range(6))
        struct.pack_into("<2i", payload, 348, 11, -12)
        struct.pack_into("<H", payload, 358, 99)
        payload[88 + 30:88 + 34] = b"last"
        map_ = module.Everything.from_buffer(payload)
        self.assertEqual((map_.odd, map_.gear, map_.wide, map_.lamp), (1.5, -3, 1029, 0))
        self.assertEqual((map_.many[1].value.y, map_.int[1][2], list(map_.ints), map_.half, map_.lines[3].value),
                         (5.0, 5, [11, -12], 99, b"last"))
        map_.gear, map_.lamp = 7, 1
        self.assertEqual((payload[32] & 0xF, payload[34], map_.wide), (7, 0x80, 1029))
        self.assertEqual(module.Everything_mode_values(40).name, "_4X4")
        self.assertEqual(getattr(module.Everything, "class_").offset, 36)

    def test_rust_compiles(self):
        self.need("rustc")
        version = re.match(r"rustc (\d+)\.(\d+)", self.compiled("rustc", "--version"))
        if (int(version[1]), int(version[2])) < (1, 77):
            self.skipTest("rustc is older than 1.77: no offset_of!")
        for path in self.each():
            code = self.generated(path, "rust", ".rs")
            self.compiled("rustc", "--crate-type", "lib", "--emit", "metadata", "-D", "warnings", code, "-o", self.place.folder / "out.rmeta")

    def test_csharp_compiles_and_verifies(self):
        self.need("mcs")
        self.need("mono")
        for path in self.each():
            code = self.generated(path, "csharp", ".cs")
            whole = re.search(r"static unsafe class (\w+_layout)", code.read_text())[1]
            unit = self.file("main.cs", f'static class M {{ static void Main() {{ {whole}.Verify(); System.Console.WriteLine("right"); }} }}\n')
            exe = self.place.folder / "main.exe"
            self.compiled("mcs", "-unsafe", "-warnaserror", f"-out:{exe}", unit, code)
            self.assertEqual(self.compiled("mono", exe), "right\n")

    def test_typescript_checks_and_reads(self):
        node, web = shutil.which("node"), ROOT / "web/node_modules"
        if not node or not (web / "typescript/bin/tsc").exists() or not (web / "esbuild").exists():
            self.skipTest("node and the packages of web/ are not here")
        for path in self.each():
            self.generated(path, "typescript", ".ts")
        self.file("tsconfig.json", json.dumps({"compilerOptions": {
            "target": "ES2022", "module": "ESNext", "moduleResolution": "bundler", "lib": ["ES2022", "DOM"], "types": [], "strict": True,
            "noUncheckedIndexedAccess": True, "exactOptionalPropertyTypes": True, "noUnusedLocals": True, "noEmit": True}, "include": ["*.ts"]}))
        self.compiled(node, web / "typescript/bin/tsc", "-p", self.place.folder / "tsconfig.json")
        self.compiled(web / "esbuild/bin/esbuild", self.place.folder / "everything.ts", f"--outfile={self.place.folder}/everything.mjs")
        script = self.file("read.mjs", TYPESCRIPT_PROGRAM)
        self.assertEqual(json.loads(self.compiled(node, script)),
                         [1.5, -3, 1029, True, 5, [[0, 1, 2], [3, 4, 5]], [11, -12], 99, "last\u00e9", "9007199254740993", "h\u00e9", 6, "[1,2,3]"])


BITS_PROGRAM = r"""#include "everything.h"
#include <stdio.h>
static unsigned char map[2048];
int main(void)
{
	struct Everything *m = (struct Everything *)map;
	struct Everything_row row;
	Everything_set_gear(m, -3);
	Everything_set_wide(m, 1029);
	Everything_set_lamp(m, 1);
	printf("gear %d wide %d lamp %d word %x %x\n", Everything_gear(m), Everything_wide(m), Everything_lamp(m), m->gear_bits, m->lamp_bits);
	m->rows = 3;
	m->row_at = 1500;
	m->row_bytes = 100;
	memcpy(map + 1500, "\7\0..\0\0\x20\x40wxyz", 12);
	if (Everything_get_row(map, sizeof map, 0, &row)) printf("row %d %g %.4s\n", row.id, (double)row.value, row.more);
	m->row_bytes = 2; /* an older program's rows: what is missing is 0 */
	memcpy(map + 1502, "\t", 2);
	if (Everything_get_row(map, sizeof map, 1, &row)) printf("row %d %g %.4s\n", row.id, (double)row.value, row.more);
	printf("%s ", Everything_get_row(map, sizeof map, 3, &row) ? "yes" : "no");
	m->row_at = -1;
	printf("%s ", Everything_get_row(map, 1023, 0, &row) ? "yes" : "no");
	m->row_at = 2047;
	printf("%s ", Everything_get_row(map, sizeof map, 0, &row) ? "yes" : "no");
	m->row_bytes = 0;
	printf("%s\n", Everything_get_row(map, sizeof map, 0, &row) ? "yes" : "no");
	return 0;
}
"""

TYPESCRIPT_PROGRAM = r"""import { read_Everything } from "./everything.mjs";
const view = new DataView(new ArrayBuffer(1030), 6);
view.setFloat64(5, 1.5, true);
view.setUint16(32, (-3 & 15) | (1029 << 4), true);
view.setUint8(34, 0x80);
view.setFloat64(200, 5, true);
for (let i = 0; i < 6; i++) view.setInt32(40 + 4 * i, i, true);
view.setInt32(348, 11, true);
view.setInt32(352, -12, true);
view.setUint16(358, 99, true);
"last\xe9".split("").forEach((c, i) => view.setUint8(118 + i, c.charCodeAt(0)));
view.setBigInt64(464, 9007199254740993n, true);
view.setUint16(66, 104, true);
view.setUint16(68, 233, true);
view.setUint16(224 + 18, 6, true);
"[1,2,3]".split("").forEach((c, i) => view.setUint8(472 + i, c.charCodeAt(0)));
const m = read_Everything(view);
console.log(JSON.stringify([m.odd, m.gear, m.wide, m.lamp, m.many[1].y, m.int, m.ints, m.half, m.lines[3], String(m.big), m.text, m.key[3], m.name]));
let short = false;
try { read_Everything(new DataView(new ArrayBuffer(1000))); read_Everything(new DataView(new ArrayBuffer(100))); } catch (e) { short = e instanceof RangeError; }
if (!short) throw new Error("a short view was read");
"""

if __name__ == "__main__":
    main()
