#!/usr/bin/env python3
"""Do the rooms still form a DAG? Every #include against the table below, operating systems only where they belong,
sizes of files and functions, and no traces of whoever's machine this was written on."""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# room -> rooms it may use besides itself and include/. A room is the longest of these prefixes of a file's path.
ROOMS = {
    "include": set(),
    "lib/base": set(),
    "lib/platform": {"lib/base"},
    "lib/layout": {"lib/base"},
    "lib/region": {"lib/base", "lib/platform", "lib/layout"},
    "lib/descriptor": {"lib/base"},
    "lib/recording": {"lib/base"},
    "daemon/config": {"lib/base", "lib/layout", "lib/descriptor"},
    "daemon": {"lib/descriptor", "lib/base", "lib/platform", "lib/layout", "lib/region", "daemon/config"},
    "plugins/kit": set(),
    "plugins/wire": set(),
    "cli/layout": {"lib/base"},
    "cli/dwarf": {"lib/base", "cli/layout"},
    "cli": {"lib/base", "lib/descriptor", "lib/recording", "cli/layout", "cli/dwarf"},
    "examples": set(),
    "web": set(),
}
PLUGIN_USES = {"plugins/kit", "plugins/wire", "lib/recording"}  # any other plugins/NAME
FREE = ("tests", "bench", "bindings", "packaging")  # look into every room

# Where quoted includes are looked up, after the including file's own folder and its room.
INCLUDE_ROOTS = ("lib", "daemon", "plugins", "cli", "")

ISO_C = set("""assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg
    stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype""".split())
# Libraries, each with the only rooms that may know it.
LIBRARIES = {
    r"uv\.h": ("daemon", "daemon/config"),
    r"yaml\.h": ("daemon/config",),
    r"msgpack(/.*)?\.h": ("plugins/wire",),
    r"libwebsockets\.h": ("plugins/websocket",),
    r"ev\.h": ("plugins/websocket",),
    r"openssl/.*": ("plugins/websocket",),
    r"(elfutils/.*|dwarf)\.h": ("cli/dwarf",),
    r"mbedtls/.*": ("plugins/websocket",),
    r"zstd\.h": ("lib/recording",),
}
# Files that choose by system, each for the reason given; everything else does it by folder: posix/ and win32/.
OS_FILES = {
    "include/pagecast/win32.h": "is the Win32 API where there is none",
    "cli/layout/gen_c_access.c": "writes headers that choose so",
    "include/pagecast/status.h": "export macro",
    "include/pagecast/plugin.h": "export macro",
    "include/pagecast/control.h": "atomics of MSVC",
    "examples/posix_client.c": "shows the POSIX calls",
    "examples/file_client.c": "shows the POSIX calls",
    "examples/file_client_win32.c": "shows the Win32 calls",
    "examples/share_section.c": "shows the Win32 calls",
    "examples/hand_over.c": "shows the Win32 calls",
}
OS_MACRO = re.compile(r"\b(_WIN32|_WIN64|__linux__|__unix__|__APPLE__|__MINGW32__|__FreeBSD__)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
PLACES = re.compile(r"/[w]ork/|/[f]arm/|\.[l]ibrary/|[s]hared/(design|prototypes|hooks)|[p]rototypes/")

FILE_LINES = 500
FUNCTION_LINES = 60
SOURCES = {".c", ".h", ".ts", ".tsx", ".mjs", ".py", ".sh"}
GENERATED = ("web/dist/", "web/package-lock.json")


def tracked():
    """Files of the checkout, and new ones that git would take; everything below ROOT where there is no git."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    names = done.stdout.splitlines() if done.returncode == 0 else [
        str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if not {"build", "node_modules", ".git"} & set(p.parts)]
    return sorted(n for n in names if (ROOT / n).is_file())


def room_of(name):
    parts = name.split("/")
    if parts[0] == "plugins" and len(parts) > 2:
        return "/".join(parts[:2])
    return max((r for r in ROOMS if name.startswith(r + "/")), key=len, default=parts[0])


def uses_of(room):
    return ROOMS.get(room, PLUGIN_USES if room.startswith("plugins/") else set())


def resolve(name, included):
    """Repository path of a quoted include, or None."""
    for folder in (str(Path(name).parent), room_of(name), *INCLUDE_ROOTS):
        path = (ROOT / folder / included).resolve()
        if path.is_file() and ROOT in path.parents:
            return str(path.relative_to(ROOT))
    return None


def in_os_half(name):
    return name in OS_FILES or {"posix", "win32"} & set(name.split("/")[:-1])


def check_angled(name, room, header):
    """What is wrong with `#include <header>` in this file, or None."""
    if header.startswith("pagecast/"):
        return None if (ROOT / "include" / header).is_file() else "no such public header"
    for pattern, rooms in LIBRARIES.items():
        if re.fullmatch(pattern, header):
            return None if room in rooms else f"only {', '.join(rooms)} may know this library"
    if header.removesuffix(".h") in ISO_C or in_os_half(name):
        return None
    return "not ISO C: system headers belong into a folder posix/ or win32/"


def check_quoted(name, room, header):
    target = resolve(name, header)
    if not target:
        return "found neither beside the file nor from the roots " + " ".join(INCLUDE_ROOTS)
    other = room_of(target)
    if other == "include":
        return f"write <{target.removeprefix('include/')}>"
    return None if other == room or other in uses_of(room) else f"{room} may not use {other}"


def check_includes(name, lines):
    room = room_of(name)
    if room in FREE:
        return
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        wrong = found and (check_angled if found[1] == "<" else check_quoted)(name, room, found[2])
        if wrong:
            yield f"{name}:{number}: {line.strip()}: {wrong}"
        if OS_MACRO.search(line) and not in_os_half(name):
            yield f"{name}:{number}: {OS_MACRO.search(line)[0]}: choose by folder (posix/, win32/), not by #if"


def functions(lines):
    """(name, lines of the body) of each C function: our format puts its braces into the first column."""
    start, signature = 0, ""
    for number, line in enumerate(lines, 1):
        if line.startswith("{") and not start:
            start = number
        elif line.startswith("}") and start:
            yield signature, number - start - 1
            start = 0
        elif not start and re.match(r"[A-Za-z_].*\(", line):
            called = re.search(r"(\w+)\s*\(", line)
            # PC_TEST(name) and the like: the interesting name is the argument.
            signature = re.sub(r"^[A-Z_]+\((\w+)\).*", r"\1", line) if line[0].isupper() and line.endswith(")") else called[1]


def allowed():
    """path or path:function -> reason, from rooms_allow.txt."""
    entries = {}
    for number, line in enumerate((ROOT / "tests/rooms_allow.txt").read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            key, _, reason = line.partition(" ")
            assert reason.strip(), f"tests/rooms_allow.txt:{number}: no reason given"
            entries[key] = reason.strip()
    return entries


def check_sizes(sources):
    big = {}
    for name, lines in sources.items():
        if len(lines) > FILE_LINES:
            big[name] = f"{name}: {len(lines)} lines, more than {FILE_LINES}: which concept is missing?"
        if name.endswith((".c", ".h")):
            for function, length in functions(lines):
                if length > FUNCTION_LINES:
                    big[f"{name}:{function}"] = f"{name}: {function}() has {length} lines, more than {FUNCTION_LINES}"
    excuses = allowed()
    for key in sorted(big):
        if key in excuses:
            print(f"allowed: {big[key]}\n         because {excuses[key]}")
        else:
            yield f"{big[key]} (or give a reason in tests/rooms_allow.txt: {key})"
    for key in sorted(set(excuses) - set(big)):
        yield f"tests/rooms_allow.txt: {key} is not too long any more: drop the line"


def check_cmake(names):
    """pc_room(NAME x DIR d USES ...) must not promise more than the table."""
    folders, calls = {}, []
    for name in names:
        if name.endswith("CMakeLists.txt"):
            for call in re.findall(r"^\s*pc_room\(([^)]*)\)", (ROOT / name).read_text(), re.M):
                words = call.split()
                at = {w: i for i, w in enumerate(words) if w in ("NAME", "DIR", "USES", "LIBS")}
                end = min((i for w, i in at.items() if i > at.get("USES", 1 << 30)), default=len(words))
                folders[words[at["NAME"] + 1]] = words[at["DIR"] + 1]
                calls.append((name, words[at["NAME"] + 1], words[at["USES"] + 1:end] if "USES" in at else []))
    for name, room, uses in calls:
        for used in uses:
            if folders.get(used) not in uses_of(room_of(folders[room] + "/x")):
                yield f"{name}: pc_room {room} may not use {used}"


def main():
    names = tracked()
    sources = {n: (ROOT / n).read_text(errors="replace").splitlines() for n in names
               if Path(n).suffix in SOURCES and not n.startswith(GENERATED)}
    wrong = []
    for name, lines in sources.items():
        if name.endswith((".c", ".h")):
            wrong += check_includes(name, lines)
    wrong += check_sizes(sources)
    wrong += check_cmake(names)
    for name in names:
        if not name.startswith(GENERATED):
            for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), 1):
                if PLACES.search(line):
                    wrong.append(f"{name}:{number}: {PLACES.search(line)[0]}: a path of somebody's machine")
    print(f"{len(sources)} sources in {len({room_of(n) for n in sources})} rooms, {len(wrong)} complaints")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
