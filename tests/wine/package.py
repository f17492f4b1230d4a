#!/usr/bin/env python3
"""The zip, as somebody has it who got nothing else: unpacked into a folder with a space in its name, and started."""
import os
import signal
import urllib.request
import zipfile
from pathlib import Path

from pagecast_wine import WINDOWS, WineTest, command, free_port, main, wait_until, windows_path, wine_env

FILES = """pagecastd.exe pagecast.exe pagecast.dll demo.cmd README.md CHANGELOG.md LICENSE.txt config/demo.yaml plugins/websocket.dll
    plugins/sysmon.dll plugins/exec.dll plugins/udp.dll plugins/record.dll plugins/replay.dll lib/libpagecast.dll.a lib/libpagecast.a include/pagecast/reader.h include/pagecast/plugin.h
    lib/cmake/Pagecast/PagecastConfig.cmake docs/config.md examples/fork_client.exe examples/fork_client.c
    licences/libuv-1.50.0.txt licences/zstd-1.5.7.txt licences/mingw-w64.txt""".split()
# DLLs of Windows itself; any other would have to be in the zip.
SYSTEM = {"advapi32", "bcrypt", "crypt32", "dbghelp", "iphlpapi", "kernel32", "msvcrt", "ntdll", "ole32", "psapi", "shell32", "user32",
          "userenv", "winmm", "ws2_32"}


class Package(WineTest):
    def unpack(self):
        self.place.run("cpack", "-G", "ZIP", "--config", WINDOWS / "CPackConfig.cmake", "-B", self.place.folder / "cpack", check=True,
                       seconds=150)
        archive, = (self.place.folder / "cpack").glob("*.zip")
        top = archive.stem
        with zipfile.ZipFile(archive) as opened:
            names = set(opened.namelist())
            opened.extractall(self.place.folder / "un packed")
        self.assertEqual([f for f in FILES if f"{top}/{f}" not in names], [])
        return self.place.folder / "un packed" / top

    def imports(self, image):
        out = self.place.run("x86_64-w64-mingw32-objdump", "-p", image, check=True).stdout
        return {line.split(":")[1].strip().lower().removesuffix(".dll") for line in out.splitlines() if "DLL Name:" in line}

    def processes(self, folder):
        """Processes of programs in the folder: Wine shows their Windows paths."""
        marker = windows_path(folder).encode() + b"\\pagecastd.exe"
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if path.read_bytes().startswith(marker):
                    found.append(int(path.parent.name))
            except OSError:
                pass  # gone meanwhile
        return found

    def test_the_zip_needs_nothing_else_and_its_demo_runs(self):
        folder = self.unpack()
        for image in [*folder.glob("*.exe"), *folder.glob("*.dll"), *folder.glob("plugins/*.dll")]:
            self.assertEqual(self.imports(image) - SYSTEM, set(), image.name)
        demo, port = folder / "config/demo.yaml", free_port()
        text = demo.read_text()
        self.assertIn(":7681", text)
        demo.write_text(text.replace(":7681", f":{port}").replace("instance: demo", f"instance: {self.place.instance}"))
        shell = self.windows("C:\\windows\\system32\\cmd.exe", "/c", folder / "demo.cmd")
        shell.wait_log(rf"http://127\.0\.0\.1:{port}/#t=", seconds=60)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
            self.assertEqual(answer.status, 200)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            self.assertIn(b"pagecast", answer.read())
        listed = self.place.run(*command(str(folder / "pagecast.exe"), "list", "--instance", self.place.instance), env=wine_env())
        self.assertIn("sysmon.cpu", listed.stdout, listed.stderr)
        running = self.processes(folder)
        self.assertEqual(len(running), 1, shell.output())
        os.kill(running[0], signal.SIGINT)
        wait_until(lambda: not self.processes(folder), "pagecastd.exe ends")


if __name__ == "__main__":
    main()
