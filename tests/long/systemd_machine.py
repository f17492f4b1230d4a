"""systemd_machine.py - a small Debian with a live systemd as its first process, in namespaces of its own, for systemd.py.

Its root is made once by debootstrap, with what our packages need, and kept; each run sees it through an overlay whose changes are
thrown away. It has no network but its own loopback, its own /dev/shm and its own part of the cgroup tree: nothing of it is seen
outside, and what runs outside is not seen in it. Needs root, debootstrap, a kernel with overlayfs and cgroup2.
"""
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

PACKAGES = "systemd,systemd-sysv,dbus,ca-certificates"
NODES = ("null", "zero", "full", "random", "urandom", "tty")
LINKS = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
BOOT_SECONDS = 60
# What the host's apt needs to reach its mirror, the machine's needs too.
APT = ("etc/apt/apt.conf.d", "etc/ssl/certs/ca-certificates.crt", "usr/local/share/ca-certificates", "etc/resolv.conf")

# In the new namespaces: what a system manager expects to find mounted, then the root becomes the only one.
BOOT = r"""
set -eu
root=$1; shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 none "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in {nodes}; do touch "$root/dev/$node"; mount --bind "/dev/$node" "$root/dev/$node"; done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
{links}
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
cd "$root"
mkdir -p .outside
pivot_root . .outside
umount -l /.outside
exec env -i container=pagecast-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=journal --show-status=no
""".format(nodes=" ".join(NODES), links="\n".join(f'ln -s {to} "$root/dev/{name}"' for name, to in LINKS.items()))


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, **options)


def prepare(root, debs, suite, mirror):
    """Make the root if it is not there: Debian, and what the packages depend on but not themselves."""
    if (root / ".complete").exists():
        return
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, root, mirror)
    for name in APT:
        here, there = Path("/") / name, root / name
        if here.is_dir():
            shutil.copytree(here, there, dirs_exist_ok=True)
        elif here.exists():
            there.unlink(missing_ok=True)
            shutil.copyfile(here, there)
    for deb in debs:
        shutil.copy(deb, root / "var/tmp")
    inside = [f"/var/tmp/{deb.name}" for deb in debs]
    apt = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    run("chroot", root, "apt-get", "update", **apt)
    run("chroot", root, "apt-get", "install", "-y", "--no-install-recommends", *inside, **apt)
    names = [deb.name.split("_")[0] for deb in debs]
    run("chroot", root, "dpkg", "--purge", *names)
    run("chroot", root, "userdel", "pagecast")
    for deb in debs:
        (root / "var/tmp" / deb.name).unlink()
    (root / ".complete").touch()


class Machine:
    """with Machine(root) as machine: machine.run("systemctl", "status")."""

    def __init__(self, root):
        self.lower = root

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pagecast-systemd-"))
        self.root = self.folder / "root"
        self.cgroup = None
        self.process = None
        try:
            self._boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _boot(self):
        for name in ("root", "upper", "work", "cgroups"):
            (self.folder / name).mkdir()
        options = f"lowerdir={self.lower},upperdir={self.folder}/upper,workdir={self.folder}/work"
        run("mount", "-t", "overlay", "overlay", "-o", options, self.root)
        (self.root / "etc/machine-id").write_text(f"{uuid.uuid4().hex}\n")  # without one it would be a first boot, which asks questions
        run("mount", "-t", "cgroup2", "none", self.folder / "cgroups")
        self.cgroup = self.folder / "cgroups" / self.folder.name
        self.cgroup.mkdir()
        with open(self.folder / "boot.log", "wb") as log:
            self.process = subprocess.Popen(
                ["unshare", "--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup", "--fork", "--kill-child", "--propagation", "private",
                 "sh", "-c", BOOT, "boot", str(self.root)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=lambda: (self.cgroup / "cgroup.procs").write_text("0"))
        self._wait_for_boot()

    def _wait_for_boot(self):
        end = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            if children and (self.cgroup / "init.scope").exists():
                self.pid = int(children[0])
                state = self.run("systemctl", "is-system-running", "--wait", status=None)
                if state.strip() in ("running", "degraded"):
                    return
            time.sleep(0.2)
        raise RuntimeError(f"systemd does not run in its namespaces:\n{(self.folder / 'boot.log').read_text()}")

    def command(self, *command, user=None):
        """The same for a program outside: what it starts runs inside."""
        become = ["runuser", "-u", user, "--"] if user else []
        return ["nsenter", "--target", str(self.pid), "--all", "--", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", *become, *map(str, command)]

    def join(self):
        """What a child does before it becomes command(): systemd must find it below its own part of the tree."""
        (self.cgroup / "init.scope/cgroup.procs").write_text("0")

    def run(self, *command, user=None, status=0):
        """What a command says, both streams; status None: whatever its end."""
        done = subprocess.run(self.command(*command, user=user), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
                              preexec_fn=self.join)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def path(self, inside):
        """A file of the machine, its /dev/shm and /run too, as seen from outside."""
        return Path(f"/proc/{self.pid}/root{inside}")

    def __exit__(self, *_):
        if self.process:
            if hasattr(self, "pid"):
                os.kill(self.pid, signal.SIGKILL)  # the first process of its namespace: all others end with it
            else:
                self.process.kill()
            self.process.wait()
        if self.cgroup:
            self._remove_cgroups()
        for name in ("cgroups", "root"):
            subprocess.run(["umount", self.folder / name], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder)

    def _remove_cgroups(self):
        for _ in range(100):
            for folder in sorted(self.cgroup.rglob("*/"), reverse=True) + [self.cgroup]:
                try:
                    folder.rmdir()
                except OSError:
                    pass  # somebody in it ends just now
            if not self.cgroup.exists():
                return
            time.sleep(0.05)
