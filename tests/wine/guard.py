#!/usr/bin/env python3
"""A mutex and an event of Windows that go with a map: made for regions of the daemon's own, used where other programs have them."""
import subprocess

from pagecast_wine import WINDOWS, WineTest, main, wait_until, windows_path


class Guard(WineTest):
    def setUp(self):
        self.name = f"{self.place.instance}.count"
        self.mutex, self.event = f"{self.name}_lock", f"{self.name}_event"

    def windows_config(self, *args, **options):
        text = super().windows_config(*args, **options)
        return text.replace("plugin_path: [", f"plugin_path: ['{windows_path(WINDOWS / 'test-plugins')}', ")

    def serve(self, interval="20ms", pad=0):
        return self.windows_daemon(
            regions=f"{self.name}: {{ layout_from: counter, mutex: 'Local\\{self.mutex}', event: {self.event} }}",
            plugins=f"counter: {{ region: {self.name}, interval: {interval}, pad: {pad} }}")

    def partner(self, *args, wait=""):
        program = self.windows("partner", *args, stdin=subprocess.PIPE)
        if wait:
            program.wait_log(wait)
        return program

    def read(self, path="ticks"):
        return int(self.windows_run("pagecast", "read", self.name, path) or 0)

    def test_a_copy_under_the_mutex_is_never_torn(self):
        daemon = self.serve(interval="1ms", pad=400000)
        found = self.partner("copy", self.mutex, self.name, "200").wait_log(r"torn (\d+)", 60)
        if not daemon.lines("has not come free"):  # a copier that the machine holds up for longer is not waited for
            self.assertEqual(found.group(1), "0")
        daemon.stop()

    def test_everybody_who_waits_for_the_event_is_woken(self):
        daemon = self.serve()
        waiters = [self.partner("wait", self.event, "20", wait="waiting") for _ in range(2)]
        for waiter in waiters:
            waiter.wait_log("woken 20", 40)
        daemon.stop()

    def test_who_keeps_the_mutex_holds_nobody_up(self):
        daemon = self.serve()
        holder = self.partner("hold", self.mutex, wait="held")
        daemon.wait_log("has not come free for 5 ms: committed without it")
        before = self.read()
        wait_until(lambda: self.read() > before, "commits go on")
        holder.end()
        daemon.wait_log("has come free")
        daemon.stop()

    def test_who_dies_with_the_mutex_is_named_and_it_goes_on(self):
        daemon = self.serve()
        self.partner("hold", self.mutex, wait="held").kill()
        daemon.wait_log("was held by a program that has ended")
        again = self.partner("hold", self.mutex, wait="held")
        again.end()
        again.wait_log("given")
        daemon.stop()

    # ---- maps of other programs ----

    def adopt(self, sample):
        return self.windows_daemon(regions=f"{self.name}: {{ backing: adopt, sample: {sample}, event: {self.event}, layout: {{ ticks: u64 }} }}")

    def wait_for_ten(self, what):
        seen = set()

        def look():
            seen.add(self.read())
            return len(seen) > 10
        wait_until(look, what, 60)

    def test_a_change_is_seen_when_the_event_says_so_not_a_sample_later(self):
        daemon = self.adopt("30s")
        daemon.wait_log(f"event '{self.event}' is not there: looked at from time to time")
        game = self.partner("write", self.name, self.event, "50", wait="writing")
        daemon.wait_log(f"event '{self.event}' is waited for")
        self.wait_for_ten("one value after the other")  # by looks alone it would be one in half a minute
        game.kill()
        daemon.stop()

    def test_an_event_that_wakes_one_only_is_left_to_whom_it_is_meant_for(self):
        event = self.partner("auto", self.event, wait="made")
        daemon = self.adopt("20ms")
        daemon.wait_log(f"event '{self.event}' wakes one waiter only")
        game = self.partner("write", self.name, f"{self.event}2", "50", wait="writing")
        self.wait_for_ten("looks go on")
        event.end()
        game.kill()
        daemon.stop()


if __name__ == "__main__":
    main()
