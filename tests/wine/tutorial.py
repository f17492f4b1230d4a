#!/usr/bin/env python3
"""The tutorial's two programs, compiled with <windows.h> alone, and pagecastd for Windows: each works with the other."""
from pagecast_wine import WineTest, main, wait_until

LAYOUT = "{ a: bool, b: f32, c: f64, buffer: 'char[10]' }"
INITIAL = "{ a: true, b: 1.5, c: 3.14159, buffer: hello }"


class Tutorial(WineTest):
    def names(self):
        """The same name as people write it."""
        return [prefix + self.place.instance for prefix in ("", "Local\\", "Global\\")]

    def test_they_meet_each_other(self):
        for name in self.names():
            server = self.windows("fork_server_plain", "--name", name, "--seconds", "60")
            server.wait_log("^serving")
            self.assertRegex(self.windows_run("fork_client_plain", "--name", name, "--once"),
                             "^a=(true|false) b=[0-9.]+ c=[0-9.]+ buffer=tick [0-9]+\n$")
            server.kill()

    def test_a_client_alone_says_what_is_missing(self):
        self.windows_run("fork_client_plain", "--name", self.place.instance, "--once", status=1)
        self.assertIn(f"nobody has created {self.place.instance}", self.stderr)

    def test_the_client_reads_regions_of_the_daemon(self):
        for name in self.names():
            daemon = self.windows_daemon(
                regions=f"tutorial: {{ name: '{name}', writer: external, layout: {LAYOUT}, initial: {INITIAL} }}")
            self.assertEqual(self.windows_run("fork_client_plain", "--name", name, "--once"),
                             "a=true b=1.5 c=3.14159 buffer=hello\n")
            daemon.stop()

    def test_the_client_follows_a_writer_with_the_library(self):
        self.windows_daemon(regions=f"{self.place.instance}: {{ writer: external, layout: {LAYOUT}, initial: {INITIAL} }}")
        client = self.windows("fork_client_plain", "--name", self.place.instance, "--follow", "--seconds", "60")
        live = self.windows("fork_client_live", "--name", self.place.instance, "--seconds", "60")
        client.wait_log("^a=true b=1.5 c=3.14159 buffer=hello")
        live.wait_log("^starting")
        writer = self.windows("writer", "--name", self.place.instance, "--seconds", "60")
        client.wait_log(r"buffer=no\. [0-9]+")
        live.wait_log(r"^live")
        live.wait_log(r"^#[0-9]+ .*buffer=no\. [0-9]+")
        writer.kill()
        live.wait_log("^dead", 2)
        self.windows("writer", "--name", self.place.instance, "--seconds", "60")
        live.wait_log("^live", count=2)

    def test_the_daemon_mirrors_the_server(self):
        for name in self.names():
            server = self.windows("fork_server_plain", "--name", name, "--seconds", "60")
            server.wait_log("^serving")
            daemon = self.windows_daemon(
                regions=f"{self.place.instance}: {{ name: '{name}', writer: legacy, sample: 10ms, layout: {LAYOUT} }}")
            read = lambda: self.windows_run("pagecast", "read", self.place.instance, "buffer")  # noqa: E731
            first = wait_until(lambda: read() if "tick" in read() else None, "a value of the server")
            wait_until(lambda: read() != first, "the next value of the server")
            daemon.stop()
            server.kill()


if __name__ == "__main__":
    main()
