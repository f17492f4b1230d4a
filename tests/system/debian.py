#!/usr/bin/env python3
"""The Debian packages: what is in them, that dpkg installs them, and an upgrade under load that nobody notices."""
import os
import re
import shutil
import signal
import subprocess
import sys

from pagecast_cli import CliTest
from pagecast_harness import BUILD, ROOT, SANITIZED, Daemon, free_port, main
from pagecast_upgrade import PLUGINS, REGIONS, Watchers

UNIT = ROOT / "packaging/systemd/pagecast.service"
VERSIONS = ("0.1.0", "0.1.0+upgrade")


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Installed(Daemon):
    """The daemon of a package, instead of the build folder's."""

    def __init__(self, place, program, text, path=None):
        super().__init__(place, text, path=path or place.folder / "pagecast.yaml", wrapper=("sh", "-c", f'exec {program} "$2"', "sh"))


class Debian(CliTest):
    def packages(self):
        """{(name, version): path}, built once and kept up to date in the build folder."""
        if SANITIZED:
            self.skipTest("packages are made of ordinary builds")
        self.need("dpkg-deb")
        self.need("dpkg-shlibdeps")
        self.need("file")  # CPack asks it what is a program
        build = BUILD / "debian"
        run("cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DPC_WERROR=ON", "-DCMAKE_INSTALL_PREFIX=/usr",
            "-DPC_DEBIAN=ON", "-DPC_BUILD_TESTS=OFF", "-DPC_BUILD_BENCH=OFF")
        run("cmake", "--build", build, "-j2")
        found = {}
        for version in VERSIONS:
            out = self.place.folder / f"debs-{version}"
            run("cpack", "-B", out, "-D", f"CPACK_PACKAGE_VERSION={version}", cwd=build)
            for path in out.glob("*.deb"):
                found[path.name.split("_")[0], version] = path
        return found

    def content(self, deb):
        """{path: (mode, owner)}"""
        return {line.split()[5].lstrip("."): tuple(line.split()[:2]) for line in run("dpkg-deb", "-c", deb).splitlines()}

    def field(self, deb, name):
        return run("dpkg-deb", "-f", deb, name).strip()

    def test_what_is_in_them(self):
        debs = self.packages()
        names = sorted({n for n, _ in debs})
        self.assertEqual(names, ["libpagecast-dev", "libpagecast0", "pagecast"])
        main_one, lib, dev = (self.content(debs[n, VERSIONS[0]]) for n in ("pagecast", "libpagecast0", "libpagecast-dev"))
        for path in ("/usr/bin/pagecastd", "/usr/bin/pagecast", "/usr/lib/pagecast/plugins/websocket.so", "/usr/lib/pagecast/plugins/sysmon.so",
                     "/usr/lib/systemd/system/pagecast.service", "/usr/lib/sysusers.d/pagecast.conf", "/etc/pagecast/pagecast.yaml",
                     "/usr/share/pagecast/grafana/pagecast.json", "/usr/share/pagecast/config/pagecast.schema.json",
                     "/usr/share/bash-completion/completions/pagecast", "/usr/share/doc/pagecast/copyright",
                     "/usr/share/man/man8/pagecastd.8", "/usr/share/man/man1/pagecast.1", "/usr/share/zsh/site-functions/_pagecast"):
            self.assertIn(path, main_one)
        self.assertEqual([p for p in main_one if p.endswith((".h", ".a", ".pc")) or "libpagecast" in p], [])
        self.assertTrue(any(re.fullmatch(r"/usr/lib/.*/libpagecast\.so\.0", p) for p in lib), lib)
        self.assertEqual([p for p in lib if p.endswith((".h", ".a", ".so", ".cmake"))], [])
        self.assertIn("/usr/include/pagecast/reader.h", dev)
        self.assertTrue(any(p.endswith("/libpagecast.so") for p in dev) and any(p.endswith("/pagecast.pc") for p in dev))
        for content in (main_one, lib, dev):
            for path, (mode, owner) in content.items():
                self.assertEqual(owner, "root/root", path)
                self.assertNotIn("w", mode[5] + mode[8] if mode[0] != "l" else "", f"{path} {mode}")
        self.assertRegex(self.field(debs["pagecast", VERSIONS[0]], "Depends"), r"libc6 .*libuv1 .*libwebsockets\d+")
        self.assertEqual(self.field(debs["libpagecast0", VERSIONS[0]], "Depends").split()[0], "libc6")
        self.assertIn("libpagecast0 (= ", self.field(debs["libpagecast-dev", VERSIONS[0]], "Depends"))
        info = run("dpkg-deb", "-I", debs["pagecast", VERSIONS[0]], "conffiles")
        self.assertEqual(info.split(), [p for p in sorted(main_one) if p.startswith("/etc/") and not p.endswith("/")])
        for script in ("postinst", "prerm", "postrm"):
            run("sh", "-n", "/dev/stdin", input=run("dpkg-deb", "-I", debs["pagecast", VERSIONS[0]], script))

    def test_no_path_of_the_machine_that_built_them(self):
        debs = self.packages()
        root = self.place.folder / "root"
        for name in ("pagecast", "libpagecast0", "libpagecast-dev"):
            run("dpkg", "-x", debs[name, VERSIONS[0]], root)
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.suffix != ".a":
                self.assertFalse(os.fsencode(ROOT) + b"/" in path.read_bytes(), path)

    def test_the_shipped_configuration_is_right(self):
        root = self.place.folder / "root"
        run("dpkg", "-x", self.packages()["pagecast", VERSIONS[0]], root)
        done = self.place.run(root / "usr/bin/pagecastd", "--check", root / "etc/pagecast/pagecast.yaml")
        self.assertEqual((done.returncode, done.stdout), (0, "config OK: 0 regions, 2 plugins\n"), done.stderr)

    def test_the_unit_is_sound(self):
        self.need("systemd-analyze")
        root = self.place.folder / "root"
        run("dpkg", "-x", self.packages()["pagecast", VERSIONS[0]], root)
        text = UNIT.read_text()
        for program in re.findall(r"^Exec\w+=(\S+)", text, re.M):  # not what a small system may lack
            self.assertTrue((root / program.lstrip("/")).exists(), program)
        # it looks for the programs on this machine
        local = self.place.folder / "pagecast.service"
        local.write_text(text.replace("=/usr/bin/", f"={root}/usr/bin/"))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", local], capture_output=True, text=True)
        self.assertEqual([line for line in done.stderr.splitlines() if "pagecast.service" in line], [])
        said = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", local], capture_output=True, text=True)
        score = re.search(r"exposure level for \S+: ([\d.]+)", said.stdout)
        if not score:
            self.skipTest(f"systemd-analyze cannot judge files here: {said.stderr}")
        self.assertLessEqual(float(score[1]), 2.0)
        self.assertIn(f"exposure level {score[1]}", (ROOT / "docs/operating.md").read_text().replace("\n", " "))

    def test_dpkg_installs_upgrades_and_purges_them(self):
        """In an overlay over this machine, which stays as it is."""
        self.need_root()
        self.need("unshare")
        debs = self.packages()
        mount, merged = self.place.folder / "overlay", self.place.folder / "overlay/merged"
        mount.mkdir()
        old, new = ([debs[n, v] for n in ("libpagecast0", "pagecast", "libpagecast-dev")] for v in VERSIONS)
        # -dev needs the library of its own version, which the second set of this test does not name
        script = f"""
            set -e
            mount -t tmpfs none {mount}
            mkdir {mount}/upper {mount}/work {merged}
            mount -t overlay none -o lowerdir=/,upperdir={mount}/upper,workdir={mount}/work {merged} || exit 77
            mount --rbind /dev {merged}/dev && mount --rbind /proc {merged}/proc
            mount --bind {self.place.folder} {merged}/mnt
            cp {' '.join(str(d) for d in old + new[:2])} {merged}/tmp/
            chroot {merged} sh -ec '
                cd /tmp
                dpkg -i {' '.join(d.name for d in old)} >/tmp/log 2>&1 || {{ cat /tmp/log; exit 1; }}
                getent passwd pagecast
                pagecastd --check /etc/pagecast/pagecast.yaml
                pagecast version
                echo "# mine" >>/etc/pagecast/pagecast.yaml
                dpkg --force-depends --force-confold -i {' '.join(d.name for d in new[:2])} >/tmp/log 2>&1 || {{ cat /tmp/log; exit 1; }}
                grep -c mine /etc/pagecast/pagecast.yaml
                dpkg-query -W -f "\\${{Package}} \\${{Version}} \\${{Status}}\\n" pagecast
                dpkg -P libpagecast-dev pagecast libpagecast0 >/tmp/log 2>&1 || {{ cat /tmp/log; exit 1; }}
                ls /etc/pagecast /usr/bin/pagecastd 2>&1 || true
            '
        """
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True)
        if done.returncode == 77 or "mount:" in done.stderr:
            self.skipTest(f"no overlay here: {done.stderr}")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("pagecast:x:", done.stdout)
        self.assertIn("config OK: 0 regions, 2 plugins\npagecast 0.1.0\n1\n", done.stdout)
        self.assertIn(f"pagecast {VERSIONS[1]} install ok installed\n", done.stdout)
        self.assertEqual(done.stdout.count("No such file"), 2, done.stdout)

    def unpacked(self, *names):
        root, debs = self.place.folder / "root", self.packages()
        for name in names:
            run("dpkg", "-x", debs[name, VERSIONS[0]], root)
        return root

    def test_a_plugin_built_against_the_package_loads_in_the_daemon_of_the_tree(self):
        root = self.unpacked("pagecast", "libpagecast0", "libpagecast-dev")
        project, build = self.place.folder / "wave", self.place.folder / "wave/build"
        run(root / "usr/bin/pagecast", "plugin", "new", "wave", cwd=self.place.folder)
        run("cmake", "-S", project, "-B", build, f"-DCMAKE_PREFIX_PATH={root}/usr", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DBUILD_TESTING=OFF")
        run("cmake", "--build", build)
        commands = (build / "compile_commands.json").read_text()
        self.assertIn(f"{root}/usr/include", commands)
        self.assertNotIn(f"{ROOT}/", commands)
        daemon = self.place.daemon(self.place.config(plugins="wave: {}"), "--plugin-path", build)
        daemon.wait_log("1 of 1 plugins running")
        self.cli("wait", "wave", "--for", "data", "--timeout", "10s")
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_plugins_of_the_tree_load_in_the_daemon_of_the_package(self):
        root = self.unpacked("pagecast")
        shutil.rmtree(root / "usr/lib/pagecast/plugins")
        daemon = Installed(self.place, root / "usr/bin/pagecastd", self.place.config(plugins=f"""
            counter: {{}}
            sysmon: {{}}
            feed: {{ plugin: exec, region: fed, layout: "n u32", command: [sh, -c, "while echo n=1; do sleep 0.1; done"] }}
            dash: {{ plugin: websocket, listen: "127.0.0.1:0", token_file: "{self.place.folder}/token" }}"""))
        daemon.wait_log("4 of 4 plugins running")
        for region in ("counter", "sysmon.cpu", "fed"):
            self.cli("wait", region, "--for", "data", "--timeout", "10s")
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_an_upgrade_under_load(self):
        """dpkg unpacks the new over the old, then postinst restarts: with a reader, a writer and a viewer at work."""
        debs = self.packages()
        root = self.place.folder / "root"
        program = root / "usr/bin/pagecastd"
        run("dpkg", "-x", debs["pagecast", VERSIONS[0]], root)
        shutil.copy(BUILD / "test-plugins/counter.so", root / "usr/lib/pagecast/plugins")
        config = re.sub(r"^plugin_path:.*\n", "", self.place.config(
            regions=REGIONS, plugins=PLUGINS % (free_port(), self.place.folder / "token")), flags=re.M)

        first = Installed(self.place, program, config)
        watchers = Watchers(self, first)
        inode = program.stat().st_ino
        run("dpkg", "-x", debs["pagecast", VERSIONS[1]], root)
        self.assertNotEqual(program.stat().st_ino, inode, "replaced, not written into")
        self.assertEqual(self.json("status")[0]["state"], "live", "the old one goes on meanwhile")
        first.stop(self.restart_signal())
        second = Installed(self.place, program, None, first.config_path)
        watchers.check(second)
        watchers.end()
        second.stop()

    def restart_signal(self):
        """What `systemctl restart` sends, by the unit."""
        return getattr(signal, re.search(r"^RestartKillSignal=(\w+)$", UNIT.read_text(), re.M)[1])


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
