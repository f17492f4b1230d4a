#!/usr/bin/env python3
"""installed.py BUILD CC CXX: install into a folder of our own, move it, and use it as somebody who has nothing else:
through pkg-config and through find_package, in C and C++, shared and static, and as the author of a plugin."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD, CC, CXX = sys.argv[1:4]
HERE = Path(__file__).resolve().parent / "package"
NAME = f"pct-inst-{os.getpid()}"
DAEMON = "pagecastd"


def run(*command, env=None, cwd=None):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=cwd,
                          env={**os.environ, **(env or {})})
    assert done.returncode == 0, f"{' '.join(str(c) for c in command)}\nstatus {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def check_programs(where, suffix, env):
    # The regions are gone afterwards; the C++ program runs without one.
    out = run(where / f"c{suffix}", NAME, env=env)
    assert re.fullmatch(r"\d+\.\d+\.\d+ package live\n", out), out
    out = run(where / f"cxx{suffix}", NAME, env=env)
    assert re.fullmatch(r"\d+\.\d+\.\d+ PC_EABSENT\n", out), out


def check_plugin(path):
    symbols = run("nm", "-D", path)
    assert re.search(r" [DRB] pagecast_plugin$", symbols, re.M), symbols
    taken = [line for line in symbols.splitlines() if re.search(r" U (pc_|pcd_)", line)]
    assert not taken, f"imports from pagecast: {taken}"


def with_pkg_config(prefix, work):
    pc = next(prefix.rglob("pagecast.pc"))
    env = {"PKG_CONFIG_PATH": str(pc.parent)}
    flags = run("pkg-config", "--cflags", "--libs", "pagecast", env=env).split()
    static = run("pkg-config", "--variable=libdir", "pagecast", env=env).strip() + "/libpagecast.a"
    cflags = run("pkg-config", "--cflags", "pagecast", env=env).split()
    strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    run(CC, "-std=c11", *strict, HERE / "consumer.c", "-o", work / "c", *flags)
    run(CXX, "-std=c++11", *strict, HERE / "consumer.cpp", "-o", work / "cxx", *flags)
    check_programs(work, "", {"LD_LIBRARY_PATH": os.path.dirname(static)})
    run(CC, "-std=c11", HERE / "consumer.c", "-o", work / "c_archive", *cflags, static, "-pthread")
    run(CXX, "-std=c++11", HERE / "consumer.cpp", "-o", work / "cxx_archive", *cflags, static, "-pthread")
    check_programs(work, "_archive", {})
    # The one line of the plugin guide.
    run(CC, "-shared", "-fPIC", HERE / "plugin.c", "-o", work / "minimal.so", *cflags)
    check_plugin(work / "minimal.so")


def with_find_package(prefix, work):
    run("cmake", "-G", "Ninja", "-S", HERE, "-B", work / "cmake", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_C_COMPILER={CC}",
        f"-DCMAKE_CXX_COMPILER={CXX}", "-DCMAKE_BUILD_TYPE=Debug")
    run("cmake", "--build", work / "cmake", "-j2")
    check_programs(work / "cmake", "_pagecast", {})
    check_programs(work / "cmake", "_pagecast_static", {})
    check_plugin(work / "cmake/minimal.so")
    run("cmake", "--install", work / "cmake")
    # Beside our own plugins, which is where the daemon looks by itself, wherever it was moved to.
    assert (next(prefix.rglob("sysmon.so")).parent / "minimal.so").is_file()
    config = work / "all.yaml"
    config.write_text(f"instance: {NAME}\nplugins:\n  minimal: {{}}\n  sysmon: {{}}\n")
    assert "2 plugins" in run(prefix / "bin" / DAEMON, "--check", config)


def check_contents(prefix):
    have = {str(p.relative_to(prefix)) for p in prefix.rglob("*") if p.is_file() or p.is_symlink()}
    for pattern in [r"bin/pagecastd", r"bin/pagecast", r"include/pagecast/reader\.h", r"lib.*/libpagecast\.so", r"lib.*/libpagecast\.a",
                    r"lib.*/pagecast/plugins/sysmon\.so", r"share/pagecast/config/demo\.yaml"]:
        assert any(re.fullmatch(pattern, name) for name in have), f"nothing like {pattern} among {sorted(have)}"
    headers = {name for name in have if name.startswith("include/")}
    assert all(name.startswith("include/pagecast/") for name in headers), headers
    exported = run("nm", "-D", "--defined-only", next(prefix.rglob("libpagecast.so")))
    foreign = [line for line in exported.splitlines() if not re.search(r" pc_\w+$", line)]
    assert not foreign, f"exported, but not ours by name: {foreign}"


def main():
    with tempfile.TemporaryDirectory() as folder:
        first, prefix, work = Path(folder) / "first", Path(folder) / "moved", Path(folder) / "work"
        run("cmake", "--install", BUILD, "--prefix", first)
        first.rename(prefix)
        work.mkdir()
        check_contents(prefix)
        with_pkg_config(prefix, work)
        with_find_package(prefix, work)


try:
    main()
finally:
    for left in (NAME, f"{NAME}.pagecast"):
        if os.path.exists(f"/dev/shm/{left}"):
            os.unlink(f"/dev/shm/{left}")
print("installed, moved and used")
