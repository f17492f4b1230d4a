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


KNOWN = ROOT / "tests/layouts/known.h"


class FromDwarf(CliTest):
    layout, file, compiled = Layout.layout, Layout.file, Layout.compiled

    def setUp(self):
        super().setUp()
        probe = self.place.cli("layout", "from-dwarf", "/dev/null", "X")
        if "built without libdw" in probe.stderr:
            self.assertEqual(probe.returncode, 1)
            self.skipTest("built without libdw")

    def object(self, *options, name="known.o", compiler="cc", source=None):
        path = self.place.folder / name
        self.compiled(compiler, "-g", *options, "-c", source or ROOT / "tests/layouts/known.c", "-o", path)
        return path

    def check_offsets(self, obj, compiler, header, structs):
        """What comes out of debug information, as code, against the compiler's own idea: every row, bits aside."""
        for name in structs:
            made = self.file(f"{name}.yaml", self.layout("from-dwarf", obj, name))
            rows, total = rows_of(self.layout("print", made, "--tsv", "--name", name.split("::")[-1]))
            bits = {f["name"] for f in json.loads(self.layout("print", made, "--json"))["fields"] if "bits" in f}
            asked = [r for r in rows if r[0].split("[")[0] not in bits and r[0].split(".")[-1] not in ("tail", "rest", "reference")]  # sizeof a reference is that of something else
            self.assertGreater(len(asked), 0)
            program = offsets_program(header, name, asked)
            if "++" in compiler:
                program = "#include <cstddef>\n" + program.replace(f"struct {name}", name)
            exe = self.place.folder / "truth"
            self.compiled(compiler, "-Wno-invalid-offsetof", "-w", f"-I{KNOWN.parent}", f"-I{self.place.folder}",
                          self.file("truth" + (".cpp" if "++" in compiler else ".c"), program), "-o", exe)
            self.assertEqual(self.compiled(exe).splitlines(), [f"{p} {o} {s}" for p, o, s in asked] + [f"total {total}"], name)
            # and what is generated asserts all of it again, for bits as well
            self.file("made.h", self.layout("gen", made, "--lang", "c"))
            self.compiled("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", self.file("unit.c", '#include "made.h"\n'))

    def test_structs_of_c_are_where_the_compiler_has_them(self):
        structs = ("Known", "Vec3", "Tight", "Bits", "Flexible")
        for options in (("-gdwarf-5",), ("-gdwarf-4",), ("-gdwarf-2", "-gstrict-dwarf"), ("-O2", "-gdwarf-5"), ("-gsplit-dwarf",)):
            self.check_offsets(self.object(*options), "cc", "known.h", structs)
        # types in units of their own: one section each, until they are linked
        program = self.place.folder / "program"
        self.compiled("cc", self.object("-fdebug-types-section"), self.file("main.c", "int main(void) { return 0; }\n"), "-o", program)
        self.check_offsets(program, "cc", "known.h", structs)
        if shutil.which("clang"):
            self.check_offsets(self.object(compiler="clang"), "cc", "known.h", structs)

    def test_types_and_labels_are_those_of_the_source(self):
        made = self.file("known.yaml", self.layout("from-dwarf", self.object(), "Known"))
        fields = {f["name"]: f for f in json.loads(self.layout("print", made, "--json"))["fields"]}
        self.assertEqual({n: fields[n]["type"] for n in ("lone", "small", "is_there", "big", "wide", "pointer", "colour", "as_int", "huge")},
                         {"lone": "char", "small": "i8", "is_there": "bool", "big": "u64", "wide": "wchar32", "pointer": "u64",
                          "colour": "enum32", "as_int": "i32", "huge": "u8"})
        self.assertEqual(fields["colour"]["labels"], {"-2": "BLUE", "0": "RED", "5": "GREEN"})
        self.assertEqual(fields["large"]["labels"], {"4294967295": "LARGE"})
        self.assertEqual((fields["grid"]["dims"], fields["names"]["type_name"], fields["as_int"]["overlay"]), ([2, 3], "Named", "as_float"))
        self.assertIn("pointer to float", self.layout("print", made))

    def test_bits_mean_what_the_compiler_means(self):
        """Every bit field is written by the compiler and read by generated code, the other way round as well."""
        obj = self.object()
        for name, values in (("Bits", {"a": -3, "b": 100, "c": 70000, "d": 1 << 32, "e": 12345, "f": 1, "g": 0, "h": -2}),
                             ("Tight", {"tail": 5, "rest": 4099})):
            made = self.file("made.yaml", self.layout("from-dwarf", obj, name))
            self.file("made.h", self.layout("gen", made, "--lang", "c", "--name", "made"))
            writes = "".join(f"\tm.{k} = {v};\n" for k, v in values.items())
            reads = "".join(f'\tprintf("{k} %lld %lld\\n", (long long)made_{k}(g), (long long)b.{k});\n' for k in values)
            sets = "".join(f"\tmade_set_{k}((struct made *)&b, {v});\n" for k, v in values.items())
            exe = self.place.folder / "bits"
            self.compiled("cc", "-w", f"-I{KNOWN.parent}", self.file("bits.c", '#include "known.h"\n#include "made.h"\n#include <stdio.h>\n'
                          f"int main(void)\n{{\n\tstatic struct {name} m, b;\n\tstruct made *g = (struct made *)&m;\n{writes}{sets}{reads}\treturn 0;\n}}\n"),
                          "-o", exe)
            self.assertEqual(self.compiled(exe).splitlines(), [f"{k} {v} {v}" for k, v in values.items()])

    def test_classes_of_cpp(self):
        self.need("c++")
        source = ROOT / "tests/layouts/known.cpp"
        obj = self.object(compiler="c++", name="cpp.o", source=source)
        self.file("known_cpp.h", source.read_text())
        self.check_offsets(obj, "c++", "known_cpp.h", ("game::Car", "game::Base", "Outer"))
        self.layout("from-dwarf", obj, "Twice", status=1)
        self.assertRegex(self.stderr, r"several types called Twice.*\n.*known\.cpp, line \d+: 4 bytes\n.*known\.cpp, line \d+: 16 bytes")
        self.assertIn("c: { type: 'f64'", self.layout("from-dwarf", obj, "other::Twice"))
        self.assertIn("offset: 0", self.layout("from-dwarf", obj, "Pair<int, double>"))
        self.layout("from-dwarf", obj, "game::Virtual", status=1)
        self.assertIn("virtual base class", self.stderr)

    def test_programs_libraries_and_files_of_debug_information(self):
        self.need("objcopy")
        folder = self.place.folder
        main_c = self.file("main.c", "int main(void) { return 0; }\n")
        program = folder / "program"
        self.compiled("cc", "-g", main_c, self.object(), "-o", program)
        whole = self.layout("from-dwarf", program, "Known").replace(str(program), "X")
        library = folder / "library.so"
        self.compiled("cc", "-g", "-shared", "-fPIC", ROOT / "tests/layouts/known.c", "-o", library)
        self.assertEqual(self.layout("from-dwarf", library, "struct Known").replace(str(library), "X").replace("struct Known", "Known"), whole)
        self.compiled("objcopy", "--only-keep-debug", program, folder / "program.debug")
        self.compiled("objcopy", "--strip-debug", f"--add-gnu-debuglink={folder}/program.debug", program)
        self.assertEqual(self.layout("from-dwarf", program, "Known").replace(str(program), "X"), whole)
        (folder / "program.debug").unlink()
        self.layout("from-dwarf", program, "Known", status=1)
        self.assertIn("has no debug information: compile it with -g", self.stderr)

    def test_several_units_one_type(self):
        one, two = (self.file(f"{n}.c", f"struct S {{ {f} }} {n};\n") for n, f in (("one", "int a;"), ("two", "double b; int c;")))
        same = self.file("same.c", "struct S { int a; } same; struct T; struct T *t;\n")
        objects = [self.object(name=f"{p.stem}.o", source=p) for p in (one, two, same)]
        linked = self.place.folder / "linked.o"
        self.compiled("ld", "-r", objects[0], objects[2], "-o", linked)
        self.assertIn("a: { type: 'i32', offset: 0 }", self.layout("from-dwarf", linked, "S"))
        self.compiled("ld", "-r", *objects, "-o", linked)
        self.layout("from-dwarf", linked, "S", status=1)
        self.assertRegex(self.stderr, r"several types called S.*--unit.*\n.*one\.c, line 1: 4 bytes\n.*two\.c, line 1: 16 bytes")
        self.assertIn("b: { type: 'f64'", self.layout("from-dwarf", linked, "S", "--unit", "two.c"))
        self.layout("from-dwarf", linked, "T", status=1)
        self.assertIn("T is only declared", self.stderr)
        self.layout("from-dwarf", linked, "R", status=1)
        self.assertIn("has no type 'R'", self.stderr)

    def test_what_is_no_struct_and_no_file(self):  # quick
        obj = self.object()
        for args, words in (((obj, "Colour"), "no struct, class or union"), ((obj, "Know"), "did you mean 'Known'"), ((obj, "Grid"), "no struct"),
                            ((self.place.folder / "absent.o", "S"), "cannot read .*absent.o: No such file"), ((ROOT / "README.md", "S"), "cannot read"),
                            (("/dev/null", "S"), "cannot read"), ((self.place.folder, "S"), "cannot read")):
            self.layout("from-dwarf", *args, status=1)
            self.assertRegex(self.stderr, words)
        self.layout("from-dwarf", obj, status=2)


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
