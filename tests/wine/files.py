#!/usr/bin/env python3
"""A region in /dev/shm shared between Wine and native Linux: one set of pages, no copy, programs that know nothing of it."""
import struct
import subprocess

from pagecast_wine import CliTest, WineTest, main, wait_until

LAYOUT = "{ a: bool, b: f32, c: f64, buffer: 'char[10]' }"
SIZE = 32  # of struct fork_server


class Files(WineTest, CliTest):
    def share(self, name, section):
        """The helper that gives the file its section name in the prefix."""
        helper = self.windows("share_section", self.place.shm / name, section, str(SIZE), stdin=subprocess.PIPE)
        helper.wait_log("^sharing")
        return helper

    def section(self):
        return f"Local\\{self.place.instance}"

    def test_a_windows_client_reads_what_a_native_writer_commits(self):
        self.place.daemon(self.place.config(regions=f"game: {{ writer: external, layout: {LAYOUT} }}"))
        self.share("game", self.section())
        client = self.windows("fork_client_plain", "--name", self.section(), "--follow", "--seconds", "60")
        client.wait_log("^a=false b=0 c=0 buffer=")
        self.cli("write", "game", "a=true", "b=2.5", "c=-0.125", "buffer=native")
        client.wait_log(r"^a=true b=2\.5 c=-0\.125 buffer=native$")

    def test_a_native_daemon_mirrors_what_a_windows_server_writes(self):
        self.place.daemon(self.place.config(
            regions=f"game: {{ writer: legacy, sample: 10ms, layout: {LAYOUT}, access: read-write-compatible }}"))
        helper = self.share("game", self.section())
        server = self.windows("fork_server_plain", "--name", self.section(), "--seconds", "60")
        server.wait_log("exists already: writing into it")  # our pages
        wait_until(lambda: self.json("read", "game")["values"]["buffer"] == "tick 2", "the third second of the server")
        found = self.json("read", "game")
        self.assertEqual(found["values"], {"a": True, "b": 3.5, "c": 6.28318, "buffer": "tick 2"})
        self.assertEqual(found["state"], "legacy")
        # zero copies: what a store on one side did is in the other's mapping, not in a message
        with open(self.place.shm / "game", "r+b") as shared:
            shared.seek(16)
            shared.write(b"native\0")
        client = self.windows_run("fork_client_plain", "--name", self.section(), "--once")
        self.assertRegex(client, "buffer=(native|tick [0-9]+)")
        server.kill()
        self.assertEqual(helper.end(), 0)

    def test_a_file_of_both_sides_is_one_set_of_pages(self):
        path = self.place.shm / "both"
        path.write_bytes(bytes(SIZE))
        self.share("both", self.section())
        client = self.windows("fork_client_plain", "--name", self.section(), "--follow", "--seconds", "60")
        client.wait_log("^a=false")
        for n in range(1, 4):
            with open(path, "r+b") as shared:
                shared.write(struct.pack("<?3xfd10s", True, n, n / 8, b"no. %d" % n))
            client.wait_log(rf"^a=true b={n} c={n / 8:g} buffer=no\. {n}")


if __name__ == "__main__":
    main()
