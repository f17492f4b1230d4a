#!/usr/bin/env python3
"""The log as JSON, whatever is in it, and the state of everything that SIGUSR1 asks for."""
import json
import os
import signal
import sys

import jsonschema
from pagecast_cli import CliTest, Owner
from pagecast_harness import BIN, ROOT, main, wait_until

SCHEMA = json.loads((ROOT / "config/log.schema.json").read_text())


class Log(CliTest):
    def entries(self, daemon):
        """Every line is one JSON object that fits the schema: exact bytes, strict UTF-8."""
        lines = daemon.log_path.read_bytes().split(b"\n")
        self.assertEqual(lines.pop(), b"")
        found = []
        for line in lines:
            entry = json.loads(line.decode("utf-8"))
            jsonschema.validate(entry, SCHEMA)
            found.append(entry)
        return found

    def dump(self, daemon):
        """What one SIGUSR1 brings: {event: [state, ...]}"""
        before = len(self.entries(daemon))
        daemon.signal(signal.SIGUSR1)
        wait_until(lambda: b'"event":"end"' in b"\n".join(daemon.log_path.read_bytes().split(b"\n")[before:]), "dumped")
        found = {}
        for entry in self.entries(daemon)[before:]:
            if "event" in entry:
                found.setdefault(entry["event"], []).append(entry["state"])
        return found

    def test_the_command_line_overrides_the_configuration(self):  # quick
        for configured, option, is_json in (("text", "json", True), ("json", "text", False), ("json", None, True)):
            daemon = self.place.daemon(self.place.config(top=f"log: {{ format: {configured} }}"),
                                       *(("--log", option) if option else ()))
            daemon.reload()
            daemon.stop()
            if is_json:
                self.assertIn("stopped", [e["message"] for e in self.entries(daemon)])
            else:
                self.assertRegex(daemon.output(), r"(?m)^\S+Z info  stopped$")
        done = self.place.run(BIN / "pagecastd", "--log", "xml", "x.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("expected text or json, found: xml", done.stderr)

    def test_names_with_control_characters_and_broken_utf_8(self):
        path = os.fsencode(self.place.folder) + b'/b\xffd "\\\n\x1b[2J\x01\x7f\xc2\x85\xe2\x80\xa8.yaml'
        with open(path, "w") as f:
            f.write(self.place.config(regions="x: { writer: external, layout: { a: u32 } }", plugins="bad: { plugin: nosuch }"))
        daemon = self.place.daemon(None, "--log", "json", path=os.fsdecode(path))
        with open(path, "w") as f:
            f.write('regions: { x: { "s\\u001bz\\n": "\\u0001" } }')
        daemon.signal(signal.SIGHUP)
        daemon.wait_log("error.*yaml:1")
        state = self.dump(daemon)
        self.assertIn('b\ufffdd "\\\n\x1b[2J\x01\x7f\x85\u2028.yaml', state["daemon"][0]["config_path"])
        self.assertTrue(any("b\ufffdd" in e["message"] for e in self.entries(daemon)))

    def test_a_message_that_is_too_long_still_is_one_object(self):
        (self.place.folder / ("\x01" * 200)).mkdir()
        path = self.place.folder / ("\x01" * 200) / ("\x02" * 200 + ".yaml")
        path.write_text(self.place.config())
        daemon = self.place.daemon(None, "--log", "json", path=path)
        path.write_text("nonsense")
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: any(e["level"] == "error" for e in self.entries(daemon)), "refused")
        self.dump(daemon)

    def test_the_state_of_everything(self):
        daemon = self.place.daemon(self.place.config(
            regions="x: { writer: external, layout: { a: u32 } }\nlate: { layout_from: counter, size: 8 }",
            plugins="counter: { interval: 20ms }\nbad: { plugin: nosuch }"), "--log", "json")
        self.cli("write", "x", "a=1")
        state = self.dump(daemon)
        self.assertEqual({e: len(s) for e, s in state.items()},
                         {"daemon": 1, "plugin": 2, "region": len(self.json("list", "--instance", self.place.instance)) + 1, "end": 1})
        # one that waits for its layout is in no directory
        [one] = state["daemon"]
        self.assertEqual((one["pid"], one["asked_by"], one["instance"]), (daemon.pid, "SIGUSR1", self.place.instance))
        plugins = {p["instance"]: p for p in state["plugin"]}
        self.assertEqual((plugins["counter"]["state"], plugins["bad"]["state"]), ("running", "failed"))
        self.assertIn("nosuch", plugins["bad"]["error"])
        self.assertGreater(plugins["counter"]["callback_ms"], 0)
        regions = {r["name"]: r for r in state["region"]}
        self.assertEqual((regions["x"]["state"], regions["x"]["tick"], regions["x"]["writer"]), ("closed", 1, "pagecast write"))
        self.assertEqual(regions["counter"]["state"], "live")
        # asked again at once it is said again: it is no repeated message
        self.assertEqual(self.dump(daemon)["region"][0]["name"], state["region"][0]["name"])

    def test_as_text(self):
        daemon = self.place.daemon(self.place.config(regions="x: { size: 64 }", plugins="counter: {}"))
        daemon.signal(signal.SIGUSR1)
        daemon.wait_log("state: that was all, ")
        text = daemon.output()
        self.assertRegex(text, rf"info  state, asked by SIGUSR1: instance '{self.place.instance}', pid {daemon.pid}, up 0 s, ")
        self.assertRegex(text, r"info  state of plugin 'counter' \(counter\): running, \d+ calls, ")
        self.assertRegex(text, r"info  state of region 'x' \(x\): starting, tick 0, ")

    def test_it_comes_whatever_the_level_and_goes_on_living(self):
        daemon = self.place.daemon(self.place.config(regions="\n".join(f"r{i}: {{ size: 8 }}" for i in range(500))),
                                   "--log", "json", "--log-level", "error")
        for _ in range(20):
            daemon.signal(signal.SIGUSR1)
        self.dump(daemon)
        self.assertEqual(self.json("status")[0]["state"], "live")
        daemon.signal(signal.SIGUSR1)
        daemon.stop()

    def test_a_name_in_shared_memory(self):
        daemon = self.place.daemon(self.place.config(regions="x: { writer: external, layout: { a: u32 } }"), "--log", "json")
        holder = self.background("write", "x", "a=1")
        holder.wait()
        with open(self.place.shm / "x.pagecast", "r+b") as f:
            f.seek(0x138)
            f.write(b'\xff\x1b"\\\n' + b"\x01" * 27)  # not even ended
        [x] = [r for r in self.dump(daemon)["region"] if r["name"] == "x"]
        self.assertEqual(x["writer"], '\ufffd\x1b"\\\n' + "\x01" * 27)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
