"""The servers that are compared, each started for one measurement and ended after it."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, LOAD_CPU = str(CPUS[0]), str(CPUS[-1])


def cpus_for(threads):
    """A list for taskset: the load client keeps the last one."""
    return ",".join(map(str, CPUS[:max(1, min(threads, len(CPUS) - 1))]))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """port: WebSocket. publish: KIND:WHERE for the load client, None if the server makes its payloads itself."""
    dialect, publish, threads = "plain", None, 1

    def __init__(self, args, cell):
        self.args, self.build, self.peers, self.pem, self.cell = args, args.build, args.peers, args.pem, cell
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pc-fan-"))
        self.port, self.inlet = free_port(), free_port()
        self.process = None

    def run(self, *command):
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(["taskset", "-c", cpus_for(self.threads), *map(str, command)], stdout=self.log, stderr=self.log,
                                        cwd=self.folder)

    def wait(self):
        for port in self.ports():
            end = time.monotonic() + 15
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if self.process.poll() is not None or time.monotonic() > end:
                        raise RuntimeError(f"{type(self).__name__} does not listen: "
                                           f"{(self.folder / 'log').read_bytes()[-500:].decode(errors='replace')}")
                    time.sleep(0.02)

    def ports(self):
        return [self.port, self.inlet]

    def __enter__(self):
        try:
            self.start()
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Limit(Server):
    """One send() of a prebuilt frame per viewer and update."""

    def start(self):
        self.run(self.build / "bin/fan_limit", self.port, self.cell.bytes, self.cell.due, self.cell.hz,
                 *([self.pem] if self.cell.tls else []))

    def ports(self):
        return [self.port]


class Pagecast(Server):
    dialect = "pagecast"

    def start(self):
        name, self.threads = f"fan{self.port}", getattr(self.args, "threads", 1)
        self.publish = f"pagecast:{name}"
        regions = "".join(f"  {name}.r{i}: {{ writer: external, size: {self.cell.bytes} }}\n" for i in range(self.cell.regions))
        tls = f", tls_cert: '{self.pem}', tls_key: '{self.pem}'" if self.cell.tls else ""
        (self.folder / "config.yaml").write_text(
            f"instance: {name}\nregions:\n{regions}plugins:\n  dash: {{ plugin: websocket, listen: '127.0.0.1:{self.port}', "
            f"auth: none, max_viewers: 20000, max_half_open: 10000, max_hz: 1000, threads: {self.threads}{tls} }}\n")
        self.run(self.build / "bin/pagecastd", "--plugin-path", self.build / "plugins", self.folder / "config.yaml")

    def ports(self):
        return [self.port]


class Mosquitto(Server):
    dialect = "mqtt"

    def start(self):
        self.publish = f"mqtt:{self.inlet}"
        (self.folder / "conf").write_text(
            f"listener {self.inlet} 127.0.0.1\nlistener {self.port} 127.0.0.1\nprotocol websockets\nallow_anonymous true\n"
            "persistence false\nset_tcp_nodelay true\nmax_connections -1\nlog_type error\nuser root\n")
        self.run(shutil.which("mosquitto", path="/usr/sbin:/usr/bin") or "mosquitto", "-c", self.folder / "conf")


class Nats(Server):
    dialect = "nats"

    def start(self):
        self.publish = f"nats:{self.inlet}"
        (self.folder / "conf").write_text(
            f"host: 127.0.0.1\nport: {self.inlet}\nmax_connections: 20000\nping_interval: '10m'\n"
            f"websocket {{ host: 127.0.0.1, port: {self.port}, no_tls: true, compression: false }}\n")
        self.run(shutil.which("nats-server", path="/usr/sbin:/usr/bin") or "nats-server", "-c", self.folder / "conf")


class NodeWs(Server):
    def start(self):
        self.publish = f"lines:{self.inlet}"
        self.run("node", HERE / "node_ws.mjs", self.port, self.inlet, self.peers)


SERVERS = {"limit": Limit, "pagecast": Pagecast, "mosquitto": Mosquitto, "nats": Nats, "node ws": NodeWs}


def make_pem(path):
    """A key and its certificate in one file, for a minute."""
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                           "/CN=localhost", "-keyout", path, "-out", f"{path}.cert"], capture_output=True, text=True)
    if made.returncode:
        raise RuntimeError(f"openssl: {made.stderr.strip()[-300:]}")
    with open(path, "a") as both:
        both.write(pathlib.Path(f"{path}.cert").read_text())
    os.chmod(path, 0o600)


def installed(name, peers):
    return {"mosquitto": lambda: shutil.which("mosquitto", path="/usr/sbin:/usr/bin"),
            "nats": lambda: shutil.which("nats-server", path="/usr/sbin:/usr/bin"),
            "node ws": lambda: shutil.which("node") and (peers / "node_modules/ws").is_dir()}.get(name, lambda: True)()


def install(peers):
    """From Debian and npm; what is there already is left as it is."""
    subprocess.run([HERE.parents[1] / "scripts/install-deps.sh", "bench"], check=True)
    peers.mkdir(parents=True, exist_ok=True)
    if not installed("node ws", peers):
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(peers), "ws@8"], check=True)
