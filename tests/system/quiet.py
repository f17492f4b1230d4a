#!/usr/bin/env python3
"""A daemon at which nothing happens looks at little; what then happens all the same is noticed as ever."""
import os
import time

from pagecast_harness import SystemTest, main, wait_until
from pagecast_memory import Directory, Region

QUIET_S = 3.5  # the folder's time is believed after a second; then two rounds


class Quiet(SystemTest):
    def quiet_daemon(self, regions="x: { writer: external, size: 64 }\ny: { writer: external, size: 64 }"):
        daemon = self.place.daemon(self.place.config(regions=regions))
        time.sleep(QUIET_S)
        return daemon

    def entries(self):
        return Directory(self.place.shm, self.place.instance).entries

    def test_a_name_that_is_removed_comes_back(self):
        daemon = self.quiet_daemon()
        for _ in range(2):
            inode = os.stat(self.place.shm / "x").st_ino
            (self.place.shm / "x").unlink()
            wait_until((self.place.shm / "x").exists, "x has its name again")
            self.assertEqual(os.stat(self.place.shm / "x").st_ino, inode)
            time.sleep(QUIET_S)
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_of_more_than_are_looked_at_in_a_second_each_gets_its_turn(self):
        many = 1200
        daemon = self.quiet_daemon("\n".join(f"r{i}: {{ writer: external, size: 64, slots: 1 }}" for i in range(many)))
        time.sleep(many / 250 + 1)
        gone = [self.place.shm / f"r{i}" for i in (0, 600, many - 1)]
        for path in gone:
            path.unlink()
        wait_until(lambda: all(path.exists() for path in gone), "all have their names again")
        daemon.stop()

    def test_a_writer_of_one_of_many_is_noticed_though_nobody_watches(self):
        regions = "\n".join(f"r{i}: {{ writer: external, size: 64, slots: 1 }}" for i in range(3000))
        daemon = self.place.daemon(self.place.config(regions=regions))
        writers = [self.place.start("local_writer", f"r{i}", "20") for i in (0, 1500, 2999)]
        state = lambda: [self.entries()[f"r{i}"]["liveness"] for i in (0, 1500, 2999)]  # noqa: E731
        wait_until(lambda: state() == [2, 2, 2], "all three are live")
        for writer in writers:
            writer.kill()
        wait_until(lambda: state() == [4, 4, 4], "all three are dead")
        daemon.stop()

    def test_a_name_that_goes_to_another_file_is_served_anew(self):
        daemon = self.quiet_daemon()
        other = self.place.shm / "other"
        other.write_bytes(bytes(64))
        other.rename(self.place.shm / "y.pagecast")
        daemon.wait_log("region 'y' lost its name, and is served anew")
        self.assertEqual(Region(self.place.shm, "y").identity["payload_bytes"], 64)
        daemon.stop()

    def test_the_directory_tells_of_a_writer_that_comes_and_goes(self):
        daemon = self.quiet_daemon()
        tick = Directory(self.place.shm, self.place.instance).region.tick
        time.sleep(1.5)
        self.assertEqual(Directory(self.place.shm, self.place.instance).region.tick, tick, "committed, and nothing changed")
        writer = self.place.start("local_writer", "x", "20")
        wait_until(lambda: self.entries()["x"]["liveness"] == 2, "live")
        writer.kill()
        wait_until(lambda: self.entries()["x"]["liveness"] == 4, "dead")
        self.assertEqual(self.entries()["y"]["liveness"], 1)
        daemon.stop()

    def test_the_directory_tells_of_a_reload(self):
        daemon = self.quiet_daemon()
        daemon.reload(self.place.config(regions="x: { writer: external, size: 64, mode: '0640' }\nz: { size: 8 }"))
        found = wait_until(lambda: "z" in self.entries() and self.entries(), "z is listed")
        self.assertNotIn("y", found)
        self.assertEqual(found["x"]["access_mode"], 0o640)
        header = Directory(self.place.shm, self.place.instance)
        self.assertEqual((header.reload_count, header.config_generation), (1, 2))
        daemon.stop()

    def test_a_file_that_is_shortened_is_lengthened(self):
        path = self.place.folder / "f.bin"
        daemon = self.quiet_daemon(f"f: {{ writer: external, size: 4096, backing: file, path: '{path}' }}")
        os.truncate(path, 10)
        wait_until(lambda: path.stat().st_size == 4096, "f.bin has its length again")
        daemon.stop()


if __name__ == "__main__":
    main()
