#!/usr/bin/env python3
"""Between a Wine prefix and Linux: a section that its game made handed over by a copy, and one owner for two prefixes, without."""
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

from pagecast_wine import WINDOWS, CliTest, WineTest, command, main, wait_until, windows_path, wine_env

SIZE = 4096
CLIENT_LAYOUT = "{ a: bool, b: f32, c: f64, buffer: 'char[10]' }"


def second_prefix():
    """Another prefix as good as new, made once: what Wine does not write has links, its registry is copied."""
    first, second = Path(wine_env()["WINEPREFIX"]), WINDOWS / "wineprefix-second"
    if not second.exists():
        mine = WINDOWS / f"wineprefix-second.{os.getpid()}"
        subprocess.run(["cp", "-al", first, mine], check=True)
        for registry in first.glob("*.reg"):
            (mine / registry.name).unlink()
            shutil.copy2(registry, mine / registry.name)
        try:
            mine.rename(second)
        except OSError:  # another test was faster
            shutil.rmtree(mine)
    return {"WINEPREFIX": str(second)}


class Handover(WineTest, CliTest):
    def setUp(self):
        self.section = f"{self.place.instance}-game"
        self.file = self.place.shm / "game"
        # Of a name of its own: other tests look for map_view.exe by its name.
        copy = self.place.folder / f"{self.place.instance}.exe"
        shutil.copy(WINDOWS / "bin/map_view.exe", copy)
        self.program, self.map_view = copy.name, windows_path(copy)

    def serve(self, more=""):
        self.place.daemon(self.place.config(
            regions=f"game: {{ backing: adopt, sample: 5ms, layout: {{ n: u64, at: u8, rest: 'u8[4087]' }}{more} }}"))

    def game(self):
        program = self.windows(self.map_view, self.section, "hold", str(SIZE), stdin=subprocess.PIPE)
        program.wait_log("^holds")
        return program

    def hand(self, *args, wait="handing over 4096 bytes"):
        program = self.windows("hand_over", self.section, windows_path(self.file), *args)
        program.wait_log(wait)
        return program

    def poke(self, offset, value):
        self.windows_run(self.map_view, self.section, "poke", str(offset), str(value))

    def peek(self, offset):
        return int(self.windows_run(self.map_view, self.section, "peek", str(offset)).split()[-1])

    def read(self, path="at"):
        done = self.place.cli("read", "game", path)
        return int(done.stdout) if done.returncode == 0 else None

    def state(self):
        return self.json("read", "game")["state"]

    # ---- a section that was there first ----

    def test_what_a_game_writes_is_read_natively_and_its_end_is_seen(self):
        game = self.game()
        self.poke(8, 7)
        self.serve()
        hand = self.hand()
        wait_until(lambda: self.read() == 7, "what was there")
        wait_until(lambda: self.state() == "live", "who hands it over lives")
        self.poke(8, 9)
        wait_until(lambda: self.read() == 9, "what came later")
        game.kill()
        self.assertEqual(hand.wait(), 0)
        wait_until(lambda: self.state() == "dead", "dead, natively")
        self.assertRegex(self.json("read", "game")["why"], r"its process 'hand_over\.exe' \(pid \d+\) has ended")
        self.assertFalse(self.file.exists())
        self.assertEqual(self.read(), 9)  # the last whole copy stays

    def test_it_waits_for_the_game_and_ends_with_its_process(self):
        hand = self.hand("--process", self.program, wait="waiting for")
        game = self.game()
        hand.wait_log("handing over")
        other = self.windows("copy_section", self.section, self.place.folder / "copy")  # others may have it open, too
        other.wait()
        game.kill()
        killed = time.monotonic()
        self.assertEqual(hand.wait(), 0)
        self.assertLess(time.monotonic() - killed, 5)

    def test_both_sides_write_their_parts(self):
        game = self.game()
        hand = self.hand("--both", "--every", "5")
        for n in range(1, 6):
            with open(self.file, "r+b") as f:
                f.seek(100)
                f.write(bytes([n]))
            self.poke(101, 10 + n)
            wait_until(lambda: self.peek(100) == n, "Linux to the game")
            wait_until(lambda: self.file.read_bytes()[100:102] == bytes([n, 10 + n]), "the game to Linux, and nothing lost")
        game.kill()
        self.assertEqual(hand.wait(), 0)

    def test_back_is_from_the_file_to_the_section_alone(self):
        self.file.write_bytes(bytes(8) + b"\x05" + bytes(SIZE - 9))
        game = self.game()
        hand = self.hand("--back")
        wait_until(lambda: self.peek(8) == 5, "what the file holds")
        self.poke(8, 6)
        time.sleep(0.2)
        self.assertEqual(self.file.read_bytes()[8], 5)
        game.kill()
        self.assertEqual(hand.wait(), 0)
        self.assertTrue(self.file.exists())  # it was somebody's

    def test_an_event_says_when_to_copy(self):
        event = f"{self.section}-event"
        game = self.windows("partner", "write", self.section, event, "50")
        game.wait_log("writing")
        hand = self.hand("--event", event, "--every", "30000")
        seen = set()

        def look():
            seen.add(struct.unpack_from("<Q", self.file.read_bytes())[0])
            return len(seen) > 10
        wait_until(look, "one value after the other, not one in half a minute", 20)
        game.kill()
        hand.kill()

    def test_wrong_arguments_say_which_are_right(self):
        for args in ((), ("a",), ("a", "b", "--evry", "5"), ("a", "b", "--every"), ("a", "b", "--every", "0")):
            self.windows_run("hand_over", *args, status=2)
            self.assertIn("usage: hand_over SECTION FILE", self.stderr)

    # ---- one owner, two prefixes ----

    def test_programs_in_two_prefixes_share_what_a_native_owner_writes(self):
        self.place.daemon(self.place.config(regions=f"game: {{ writer: external, layout: {CLIENT_LAYOUT} }}"))
        section, clients = f"Local\\{self.section}", []
        for env in ({}, second_prefix()):
            helper = self.windows("share_section", self.file, section, "32", stdin=subprocess.PIPE, env=env)
            helper.wait_log("^sharing", 60)
            client = self.windows("fork_client_plain", "--name", section, "--follow", "--seconds", "60", env=env)
            client.wait_log("^a=false b=0 c=0 buffer=", 60)
            clients.append(client)
        self.cli("write", "game", "a=true", "b=2.5", "c=-0.125", "buffer=native")
        for client in clients:
            client.wait_log(r"^a=true b=2\.5 c=-0\.125 buffer=native$")

    def test_the_section_of_one_prefix_reaches_programs_in_another(self):
        game = self.game()
        hand = self.hand()
        helper = self.windows("share_section", self.file, self.section, str(SIZE), stdin=subprocess.PIPE, env=second_prefix())
        helper.wait_log("^sharing", 60)
        self.poke(8, 77)

        def there():
            done = self.place.run(*command(self.map_view, self.section, "peek", "8"), env={**wine_env(), **second_prefix()})
            return done.stdout.split()[-1:] == ["77"]
        wait_until(there, "in the other prefix", 30)
        game.kill()
        self.assertEqual(hand.wait(), 0)


if __name__ == "__main__":
    main()
