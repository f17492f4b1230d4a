#!/usr/bin/env python3
"""Sections as plain Win32 programs meet them: who may open them for what, how large a view may be, files of 5 GiB."""
import os

from pagecast_wine import WineTest, main, windows_path

GIB = 1 << 30


class Access(WineTest):
    def name(self, what):
        return f"{self.place.instance}-{what}"

    def looks(self, what, size=5000):
        return self.windows_run("map_view", self.name(what), "access", str(size)).splitlines()

    def test_each_access_lets_in_whom_it_says(self):
        reads = "D:P(A;;GR;;;WD)"  # under Wine all programs are one user's: no entry for the owner, then
        self.windows_daemon(regions="\n".join((
            f"{self.name('ro')}: {{ size: 5000, sddl: '{reads}' }}",
            f"{self.name('rw')}: {{ size: 5000, access: read-write-compatible }}",
            f"{self.name('page')}: {{ size: 4096 }}")))
        sizes = ["5000 bytes: ok", "8193 bytes: error 5"]
        self.assertEqual(self.looks("ro"), ["read: ok", "write: error 5", "all: error 5", *sizes])
        self.assertEqual(self.looks("rw"), ["read: ok", "write: ok", "all: ok", *sizes])
        self.assertEqual(self.looks("page", 4096)[3:], ["4096 bytes: ok", "4097 bytes: error 5"])
        self.assertEqual(self.windows_run("map_view", self.name("ro"), "fault").splitlines(), ["read 0", "fault c0000005"])

    def test_five_gibibytes_on_a_sparse_file(self):
        path = self.place.folder / "huge.bin"
        name = self.name("huge")
        daemon = self.windows_daemon(
            regions=f"{name}: {{ size: 5GiB, backing: file, path: '{windows_path(path)}', sparse: true, access: read-write-compatible }}")
        places = (0, 4 * GIB - 65536, 4 * GIB + 65536 + 7, 5 * GIB - 1)
        for n, offset in enumerate(places, 1):
            self.windows_run("map_view", name, "poke", str(offset), str(n))
            self.assertEqual(self.windows_run("map_view", name, "peek", str(offset)).strip(), str(n))
            self.assertEqual(self.windows_run("file_client", name, str(offset)), f"byte {offset} is {n}\n")
        self.assertEqual(self.windows_run("map_view", name, "views", str(4 * GIB + 65536)).strip(), "ok")
        self.assertEqual(self.windows_run("map_view", name, "views", str(4 * GIB + 4096)).strip(), "error 1132")
        self.assertEqual(path.stat().st_size, 5 * GIB)
        self.assertLess(path.stat().st_blocks * 512, 1 << 20)
        daemon.stop()
        with open(path, "rb") as file:
            for n, offset in enumerate(places, 1):
                self.assertEqual(os.pread(file.fileno(), 1, offset), bytes([n]))

    def test_a_file_is_kept_and_its_values_are_in_it(self):
        path, name = self.place.folder / "kept.bin", self.name("kept")
        path.write_bytes(b"\x07")
        config = f"{name}: {{ layout: {{ n: u64 }}, backing: file, path: '{windows_path(path)}', initial: {{ n: 3 }} }}"
        daemon = self.windows_daemon(regions=config)
        self.assertEqual(self.windows_run("pagecast", "read", name, "n").strip(), "7")
        self.windows_run("pagecast", "write", name, "n=300")
        self.assertEqual(path.read_bytes(), (300).to_bytes(8, "little"))
        self.assertIn("kept.bin", self.windows_run("pagecast", "dump", name, "--payload"))
        daemon.kill()
        daemon = self.windows_daemon(regions=config)
        self.assertEqual(self.windows_run("pagecast", "read", name, "n").strip(), "300")
        daemon.stop()
        self.assertEqual(path.stat().st_size, 8)

    def test_a_file_that_somebody_serves_is_refused(self):
        path, name = self.place.folder / "one.bin", self.name("one")
        served = f"layout: {{ n: u64 }}, backing: file, path: '{windows_path(path)}'"
        first = self.windows_daemon(regions=f"{name}: {{ {served} }}")
        config = self.place.folder / "second.yaml"
        config.write_text(first.config_path.read_text().replace(self.place.instance, f"{self.place.instance}-2"))
        second = self.windows("pagecastd", config)
        second.wait_log(r"region '\S+': '.*one\.bin' is the payload of another region")
        self.assertNotEqual(second.wait(), 0)
        self.windows_run("pagecast", "write", name, "n=9")
        first.kill()  # its lock goes with it
        second = self.windows("pagecastd", config)
        second.wait_log("runs instance")
        renamed = name.replace(self.place.instance, f"{self.place.instance}-2")
        self.assertEqual(self.windows_run("pagecast", "read", renamed, "n").strip(), "9")
        second.interrupt()
        self.assertEqual(second.wait(), 0)

    def test_a_reload_keeps_the_lock_of_a_file(self):
        path, name = self.place.folder / "one.bin", self.name("one")
        served = f"layout: {{ n: u64 }}, backing: file, path: '{windows_path(path)}'"
        daemon = self.windows_daemon(regions=f"{name}: {{ {served} }}")
        good = daemon.config_path.read_text()
        daemon.config_path.write_text(good.replace("n: u64", "n: u64, m: u32"))
        self.assertIn("1 replaced", self.windows_run("pagecast", "reload", self.place.instance))
        config = self.place.folder / "second.yaml"
        config.write_text(good.replace(self.place.instance, f"{self.place.instance}-2"))
        second = self.windows("pagecastd", config)
        second.wait_log("is the payload of another region")
        self.assertNotEqual(second.wait(), 0)
        daemon.stop()


if __name__ == "__main__":
    main()
