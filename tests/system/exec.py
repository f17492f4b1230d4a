#!/usr/bin/env python3
"""exec: what a program says is what the region holds; its end, its errors and its stubbornness are survived."""
import json
import os
import time

import msgpack

from pagecast_harness import SANITIZED, SystemTest, main, rss_bytes, wait_until
from pagecast_memory import plugins

LAYOUT = """
    layout: |
      n u64
      temp f32 unit="degC"
      wind f32[2]
      place char[24]
      mode enum8 labels="0:off,1:on"
      wheel struct[2] {
        slip f64
      }
      key u8[4]
"""


class Exec(SystemTest):
    def serve(self, program, extra="", command=None):
        path = self.place.folder / "program.py"
        path.write_text("import os, signal, subprocess, sys, time\n" + program)
        command = command or f"[/usr/bin/python3, -u, {path}]"
        block = f"feed:\n  plugin: exec\n  region: said\n  command: {command}\n{extra}{LAYOUT.replace(chr(10) + '    ', chr(10) + '  ')}"
        self.daemon = self.place.daemon(self.place.config(plugins=block))
        return self.daemon

    def values(self):
        done = self.place.cli("read", "said", "--json")
        if done.returncode not in (0, 3, 4, 5, 6):
            return {}
        try:
            told = json.loads(done.stdout)
        except ValueError:
            return {}
        return told.get("values", told)

    def state(self):
        return plugins(self.place.shm, self.place.instance)["feed"]

    def test_lines_become_commits(self):  # quick
        self.serve("""
print('# a comment')
print('')
print('n=1 temp=21.5 wind=3.5,-0.25 place="Cape \\\\"Town\\\\"" mode=on wheel[1].slip=0.5 key=00ff10aa')
print('n=2')
time.sleep(60)
""")
        wait_until(lambda: self.values().get("n") == 2, "the second line")
        values = self.values()
        self.assertEqual((values["temp"], values["wind"], values["place"]), (21.5, [3.5, -0.25], 'Cape "Town"'))
        self.assertEqual(values["wheel"][1]["slip"], 0.5)
        self.assertIn("on", str(values["mode"]))
        self.daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_msgpack_maps_become_commits(self):  # quick
        message = msgpack.packb({"n": 7, "wind": [1.5, 2.5], "place": "here", "mode": "on", "wheel": [{"slip": 1}, {"slip": 2}],
                                 "key": b"\x01\x02\x03\x04"})
        half = len(message) // 2
        self.serve(f"""
for part in ({message[:half]!r}, {message[half:]!r} + {msgpack.packb({'temp': -1.5})!r}):
    os.write(1, part)
    time.sleep(0.1)
time.sleep(60)
""", "  format: msgpack\n")
        wait_until(lambda: self.values().get("temp") == -1.5, "the second map")
        values = self.values()
        self.assertEqual((values["n"], values["wind"], values["place"]), (7, [1.5, 2.5], "here"))
        self.assertEqual([w["slip"] for w in values["wheel"]], [1, 2])

    def test_a_wrong_line_changes_nothing_and_is_told(self):  # quick
        self.serve("""
print('n=1 temp=2')
print('n=5 temp=warm')
print('n=6 nothing=1')
print('hello')
print('place="endless')
print('wind=1,2,3')
print('temp=3')
time.sleep(60)
""")
        wait_until(lambda: self.values().get("temp") == 3, "the last line")
        self.assertEqual(self.values()["n"], 1)
        self.daemon.wait_log(r"error +feed: refused 1 message\(s\), the last: temp: ")
        wait_until(lambda: "temp" in self.state()["error"], "the plugin's last error says so")

    def test_a_program_that_ends_is_started_again_and_its_data_is_old(self):
        self.serve(f"""
path = {str(self.place.folder / 'starts')!r}
open(path, 'a').write('x')
n = len(open(path).read())
print(f'n={{n}}')
sys.stderr.write('about to fail\\n')
if n < 2:
    sys.exit(3)
time.sleep(60)
""")
        self.daemon.wait_log(r"info +feed: about to fail")
        self.daemon.wait_log(r"error +feed: /usr/bin/python3: ended with status 3; starting again in 1 s")
        wait_until(lambda: "stale" in self.place.cli("read", "said", "--json").stdout, "its data is source-stale", 5)
        wait_until(lambda: self.values().get("n") == 2, "it runs again", 20)
        wait_until(lambda: "source" not in self.place.cli("read", "said", "--json").stdout, "its data is fresh again")

    def test_a_program_that_is_not_there_is_named(self):  # quick
        self.serve("", command="[/nowhere/program]")
        self.daemon.wait_log(r"error +feed: /nowhere/program: cannot start /nowhere/program: No such file or directory; starting")

    def test_all_that_it_started_ends_with_it(self):  # quick
        self.serve("""
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(['sleep', '1000'])
print(f'n={child.pid}')
time.sleep(1000)
""")
        pid = wait_until(lambda: self.values().get("n"), "the pid of its child")
        started = time.monotonic()
        self.daemon.stop()
        self.assertLess(time.monotonic() - started, 5)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}") or " Z " in open(f"/proc/{pid}/stat").read(), "its child ended")

    def test_one_that_floods_waits_and_harms_nobody(self):
        self.serve("""
n = 0
while True:
    n += 1
    print(f'n={n}')
""")
        wait_until(lambda: self.values().get("n", 0) > 2000, "it goes on")
        before = rss_bytes(self.daemon.pid)
        for _ in range(5):
            self.assertIn("said", self.place.cli("list").stdout)
        time.sleep(2)
        if not SANITIZED:  # a sanitizer keeps freed memory for a while
            self.assertLess(rss_bytes(self.daemon.pid) - before, 8 << 20)
        self.daemon.stop()


if __name__ == "__main__":
    main()
