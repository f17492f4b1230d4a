#!/usr/bin/env python3
"""Our own plugins are held to what authors of plugins are told: each is fit to run."""
from pagecast_kit import BIN, PLUGINS, SUFFIX, KitTest, main
from pagecast_harness import free_port

REGIONS = "instance: x\nregions:\n  car: { writer: plugin, layout: { speed: f32 } }\n"


class Own(KitTest):
    def setUp(self):
        super().setUp()
        self.bin = BIN

    def fit(self, name, *args, rounds=60):
        said = self.pagecast("plugin", "test", PLUGINS / f"{name}{SUFFIX}", "--rounds", rounds, *args)
        self.assertRegex(said, rf"\n{rounds} rounds, .*: fit to run\n$")

    def config(self, block):
        path = self.work / "c.yaml"
        path.write_text(f"{REGIONS}plugins:\n  it: {block}\n")
        return path

    def test_sysmon_is_fit(self):  # native: Wine asks the real system, slowly
        self.fit("sysmon")

    def test_websocket_is_fit(self):  # native
        self.fit("websocket", "--set", "listen=127.0.0.1:0", "--set", f"token_file={self.work / 'tokens'}")

    def test_websocket_without_tokens_is_fit(self):
        self.fit("websocket", "--set", "listen=127.0.0.1:0", "--set", "auth=none")

    def test_exec_is_fit(self):  # native
        self.fit("exec", "--config", self.config("{ plugin: exec, region: car, command: [sh, -c, 'echo speed=1; sleep 60'] }"))

    def test_udp_is_fit(self):
        self.fit("udp", "--config", self.config(f"{{ plugin: udp, port: {free_port()}, feeds: car, from: 127.0.0.1 }}"), rounds=40)

    def test_record_is_fit(self):  # native
        (self.work / "files").mkdir()
        self.fit("record", "--config", self.config(f"{{ plugin: record, folder: '{self.work}/files' }}"))


if __name__ == "__main__":
    main()
