#!/usr/bin/env python3
"""pagecastd.exe and pagecast.exe: starting, stopping, dying, reloading, being a service."""
import json
import re
import socket
import subprocess
import time

from pagecast_wine import WINDOWS, WineTest, command, main, wait_until, windows_path, wine_env

OVEN = "oven: { layout: { temp: f32, door: bool } }"


class WindowsDaemon(WineTest):
    def said(self, *args, status=0):
        return self.windows_run("pagecast", *args, status=status)

    def daemon_pid(self):
        """The pid that Windows knows."""
        shown = json.loads(self.said("status", self.place.instance, "--json"))
        return shown[0]["pid"]

    def state(self, name):
        return json.loads(self.said("read", name, "--json"))["state"]

    def names(self, status=0):
        return [r["name"] for r in json.loads(self.said("list", "--instance", self.place.instance, "--json", status=status))]

    def oven(self, **options):
        """A daemon with one region whose name is this test's own."""
        self.name = f"{self.place.instance}.oven"
        return self.windows_daemon(regions=OVEN.replace("{ layout", f"{{ name: {self.name}, layout", 1), **options)


class Life(WindowsDaemon):
    def test_ctrl_c_is_a_clean_stop(self):
        daemon = self.oven()
        self.assertIn("oven", self.names())
        daemon.stop()
        self.assertRegex(daemon.output(), r"info  Ctrl-C: stopping\n.*info  stopped\n")
        self.said("read", self.name, status=1)

    def test_each_end_of_a_console_is_a_clean_stop(self):
        for number, words in ((1, "Ctrl-Break"), (2, "the console is closed"), (5, "the user logs off"), (6, "the system shuts down")):
            with self.subTest(words):
                daemon = self.oven()
                self.windows_run("knock", str(self.daemon_pid()), "event", str(number))
                self.assertEqual(daemon.wait(), 0, daemon.output())
                self.assertRegex(daemon.output(), rf"info  {words}: stopping\n.*info  stopped\n")

    def test_a_stranger_may_wait_for_the_end_and_do_nothing_else(self):
        everyone = r"\(A;;0x101000;;;WD\)"  # SYNCHRONIZE, PROCESS_QUERY_LIMITED_INFORMATION
        daemon = self.oven()
        dacl, *rights = self.windows_run("knock", str(self.daemon_pid()), "opens").splitlines()
        self.assertRegex(dacl, everyone)
        self.assertEqual(rights, ["wait: ok", "ask: ok", "read memory: error 5", "terminate: error 5"])
        # what a program has that does not open itself up: else the entry might be everybody's
        plain = self.windows("map_view", self.name, "hold", "64", stdin=subprocess.PIPE)
        pid = plain.wait_log(r"^holds it.*, process (\d+)")[1]
        self.assertNotRegex(self.windows_run("knock", pid, "opens").splitlines()[0], everyone)
        plain.end()
        daemon.stop()

    def test_a_second_daemon_is_refused(self):
        first = self.oven()
        second = self.windows("pagecastd", first.config_path)
        self.assertEqual(second.wait(), 1)
        self.assertRegex(second.output(), rf"instance '{self.place.instance}' is already run by pid \d+")
        first.stop()

    def findings(self, *args):
        """Of this test's daemon and configuration: others run beside it."""
        done = self.place.run(*command("pagecast", "doctor", "--json", *args), env=wine_env())
        return {f["code"] for f in json.loads(done.stdout)["findings"] if self.place.instance in f["what"] or "wanted.yaml" in f["what"]}

    def test_the_doctor_sees_a_killed_daemon_and_a_missing_plugin(self):
        daemon = self.oven()
        self.assertEqual(self.findings(), set())
        wanted = self.place.folder / "wanted.yaml"
        wanted.write_text("instance: other\nplugins: { nosuchplugin: {} }\n")
        self.assertEqual(self.findings("--config", windows_path(wanted)), {"plugin"})
        reader = self.windows("pagecast", "watch", f"pagecast.{self.place.instance}")
        reader.wait_log(self.place.instance)
        daemon.kill()
        wait_until(lambda: self.findings() == {"daemon-dead"}, "seen as dead")

    def test_a_killed_daemon_is_dead_and_its_successor_adopts(self):
        self.end_and_adopt(lambda daemon: daemon.kill())

    def test_a_terminated_daemon_is_dead_and_its_successor_adopts(self):
        self.end_and_adopt(lambda daemon: self.terminate(json.loads(self.said("status", self.place.instance, "--json"))[0]["pid"]))

    def end_and_adopt(self, end):
        daemon = self.oven()
        reader = self.windows("pagecast", "watch", self.name)
        self.said("write", self.name, "temp=1.5")
        reader.wait_log(r"temp.*1\.5")
        watcher = self.windows("pagecast", "watch", f"pagecast.{self.place.instance}")
        watcher.wait_log("live")
        end(daemon)
        ended = time.monotonic()
        watcher.wait_log("dead")
        self.assertLess(time.monotonic() - ended, 5)
        second = self.windows("pagecastd", daemon.config_path)
        second.wait_log("runs instance")
        # the reader's own section holds the name: the new daemon goes on in it
        self.assertEqual(self.said("read", self.name, "temp").strip(), "1.5")
        self.said("write", self.name, "temp=2.5")
        reader.wait_log(r"temp.*2\.5")
        self.assertNotIn("retired", reader.output())
        second.interrupt()
        self.assertEqual(second.wait(), 0)

    def test_a_writer_that_is_terminated_is_dead(self):
        for end in ("kill", "terminate"):
            with self.subTest(end=end):
                daemon = self.oven()
                writer = self.windows("pagecast", "write", self.name, "temp=1", "--hold", stdin=subprocess.PIPE)
                wait_until(lambda: self.state(self.name) == "live", "the writer lives")
                waiting = self.windows("pagecast", "wait", self.name, "--for", "dead", "--timeout", "20s")
                time.sleep(1)
                if end == "kill":
                    writer.kill()
                else:
                    self.terminate(json.loads(self.said("read", self.name, "--json"))["pid"])
                self.assertEqual(waiting.wait(), 0, waiting.output())
                self.assertEqual(self.state(self.name), "dead")
                daemon.stop()

    def test_ctrl_c_of_a_writer_is_a_goodbye(self):
        daemon = self.oven()
        writer = self.windows("pagecast", "write", self.name, "temp=1", "--hold", stdin=subprocess.PIPE)
        wait_until(lambda: self.state(self.name) == "live", "the writer lives")
        writer.process.stdin.write("temp=7\ndoor=true\n".encode())
        writer.process.stdin.flush()
        wait_until(lambda: json.loads(self.said("read", self.name, "--json"))["values"] == {"temp": 7, "door": True}, "7")
        writer.interrupt()
        self.assertEqual(writer.wait(), 0)
        self.assertEqual(self.state(self.name), "closed")
        daemon.stop()


class Reload(WindowsDaemon):
    def test_a_reload_applies_or_says_why_not(self):
        daemon = self.oven(top="log: { file: 'größe.log' }", ready=False)
        log = self.place.folder / "größe.log"
        wait_until(lambda: log.exists() and "runs instance" in log.read_text(), "it runs")
        good = daemon.config_path.read_text()
        log.rename(self.place.folder / "größe.1")
        self.assertIn("reloaded, generation 2", self.said("reload", self.place.instance))
        self.assertRegex(log.read_text(), r"^\S+ info  reload: ")
        daemon.config_path.write_text(good.replace("bool", "bogus"))
        self.said("reload", self.place.instance, status=1)
        self.assertRegex(self.stderr, r"keeps its configuration: .*windows\.yaml:\d+:\d+: expected a type such as f32")
        daemon.config_path.write_text(good.replace("bool", "u8"))
        self.assertIn("1 replaced", self.said("reload", self.place.instance))
        daemon.stop()
        self.assertEqual(daemon.output(), "")

    def test_a_check_runs_the_daemon_beside_it(self):
        path = self.place.folder / "größe mit raum.yaml"
        path.write_text(self.windows_config(regions=OVEN))
        self.assertEqual(self.said("check", path).strip(), "config OK: 1 regions, 0 plugins")
        path.write_text(self.windows_config(regions=OVEN.replace("f32", "f33")))
        self.said("check", path, status=2)
        self.assertRegex(self.stderr, r"größe mit raum\.yaml:\d+:\d+: expected a type")

    def test_includes_go_by_drive_and_backslash(self):
        (self.place.folder / "conf.d").mkdir()
        (self.place.folder / "conf.d" / "ö.yaml").write_text("regions:\n  inner: { size: 64 }\n")
        path = self.place.folder / "outer.yaml"
        for pattern in (r"conf.d\*.yaml", windows_path(self.place.folder) + r"\conf.d\ö.yaml"):
            path.write_text(f"instance: {self.place.instance}\ninclude: '{pattern}'\n")
            self.assertEqual(self.windows_run("pagecastd", "--check", path).strip(), "config OK: 1 regions, 0 plugins")


class Plugins(WindowsDaemon):
    def test_a_plugin_that_cannot_be_loaded_has_a_reason(self):
        folder = self.place.folder / "plügins"
        folder.mkdir()
        (folder / "text.dll").write_text("not a library")
        config = self.windows_config(plugins="text: {}\nnone: {}").replace(windows_path(WINDOWS / "plugins"), windows_path(folder))
        path = self.place.folder / "plugins.yaml"
        path.write_text(config)
        self.windows_run("pagecastd", "--check", path, status=2)
        self.assertRegex(self.stderr, r"plügins/text\.dll: .*\(error 193\): damaged, or of another processor")
        self.assertRegex(self.stderr, r"there is no none\.dll in Z:\\.*plügins, .*bin/plugins")

    def test_a_port_in_use_is_a_failure_of_the_plugin_alone(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            daemon = self.windows_daemon(plugins=f"dash: {{ plugin: websocket, listen: '127.0.0.1:{port}', token_file: dash.token }}")
            self.assertIn("0 of 1 plugins running", daemon.output())
            daemon.stop()


class Service(WindowsDaemon):
    def service(self, *args, status=0):
        return self.windows_run("pagecastd", "service", args[0], "--name", self.place.instance, *args[1:], status=status)

    def test_a_service_lives_as_told(self):
        path = self.place.folder / "service.yaml"
        good = self.windows_config(regions="inner: { size: 64 }", top="log: { file: service.log }")
        path.write_text(good.replace("size: 64", "size: none"))
        self.service("install", path, status=2)
        self.service("status", status=1)
        self.assertIn("there is no such service", self.stderr)
        path.write_text(good)
        self.service("install", path)
        self.place.closers.append(lambda: subprocess.run(
            command("pagecastd", "service", "uninstall", "--name", self.place.instance), capture_output=True, timeout=60,
            env={**self.place.env, **wine_env()}))
        self.service("install", path, status=1)
        self.assertEqual(self.service("status", status=3).strip(), f"{self.place.instance}: stopped")
        self.assertRegex(self.service("start"), r": running, pid \d+")
        self.assertIn("inner", self.names())
        self.assertIn("reloaded, generation 2", self.said("reload", self.place.instance))
        self.service("reload")
        log = self.place.folder / "service.log"
        wait_until(lambda: len(re.findall("info  reload: ", log.read_text())) == 2, "the service manager's reload")
        self.service("stop")
        self.assertRegex(log.read_text(), r"info  the service manager: stopping\n\S+ info  stopped\n$")
        path.write_text("regions: { a: { size: none } }")
        self.assertIn("its configuration is wrong", self.service("start", status=1))
        self.service("uninstall")
        self.service("status", status=1)


if __name__ == "__main__":
    main()
