"""Who gets in: Host, Origin, subprotocol, token, limits; each refusal with the line of the log that explains it."""
import itertools
import pathlib
import re
import stat

from bridge_socket import Failed
from bridge_kit import WINE, Daemon, Socket, Viewer, check, equal, http, main, os, path_for, time, until


def upgrade_code(d, **how):
    """Status of an upgrade, or the close code after a HELLO: what a viewer comes to know."""
    hello = how.pop("hello", None)
    s = Socket(d.port)
    status, _ = s.upgrade(**how)
    if status != 101:
        s.close()
        return status
    import msgpack
    s.frame(msgpack.packb([32, 0, {"token": hello} if hello is not None else {}]))
    first = None
    try:
        first = s.message(3)
        code = msgpack.Unpacker().unpack if first is None else 101
    except Exception as closed:
        code = getattr(closed, "code", None)
    s.close()
    return code


def test_the_matrix_of_host_origin_subprotocol_and_token():  # quick
    d = Daemon(options={"allow_hosts": ["rig.lan:8080", "plain"], "allow_origins": ["https://dash.example"]})
    p = d.port
    hosts = {f"127.0.0.1:{p}": True, f"localhost:{p}": True, f"LOCALHOST:{p}": True, "rig.lan:8080": True, f"plain:{p}": True,
             "rig.lan": False, "127.0.0.1": False, f"127.0.0.1:{p + 1}": False, f"evil.example:{p}": False, "": False,
             f"127.0.0.1:{p}.evil.example": False}
    origins = {None: True, f"http://127.0.0.1:{p}": True, f"https://localhost:{p}": True, "https://dash.example": True,
               "HTTPS://dash.example": True, "http://dash.example": False, "null": False, f"http://evil.example:{p}": False,
               f"http://127.0.0.1:{p + 1}": False, f"ftp://127.0.0.1:{p}": False, f"http://127.0.0.1:{p}.evil": False, "": True}
    protocols = {"pagecast.v1": True, "other, pagecast.v1": True, None: False, "pagecast.v2": False, "pagecast.v1x": False}
    tokens = {"right": 101, None: 4501}
    count = 0
    for (host, h), (origin, o), (protocol, s), (token, t) in itertools.product(hosts.items(), origins.items(),
                                                                           protocols.items(), tokens.items()):
        if sum((not h, not o, not s, t != 101)) > 1 and count % 5:  # all single faults, a fifth of the rest
            count += 1
            continue
        want = t if h and o and s else 403
        got = upgrade_code(d, host=host, origin=origin, protocol=protocol, hello=d.token if token else None)
        equal(got, want, "Host", repr(host), "Origin", repr(origin), "subprotocol", protocol, "token", token)
        count += 1
    print(f"      {count} combinations")
    d.stop()


def test_each_refusal_names_its_reason_and_the_setting():
    d = Daemon()
    cases = [
        (dict(host="evil.example"), 403, r'refused 127.0.0.1: Host "evil.example" .*allow_hosts'),
        (dict(origin="https://evil.example"), 403, r'refused 127.0.0.1: .*"https://evil.example".*allow_origins'),
        (dict(protocol=None), 403, r'refused 127.0.0.1: subprotocol "" ?.*pagecast.v1'),
        (dict(path="/elsewhere"), 403, r"refused 127.0.0.1: upgrade on /elsewhere.*/ws"),
        (dict(upgrade="h2c"), 403, r"refused 127.0.0.1: "),
        (dict(), 4501, r"refused 127.0.0.1: no token.*token_file"),
        (dict(hello="wrong"), 4501, r"refused 127.0.0.1: wrong token.*token_file"),
    ]
    for how, want, line in cases:
        before = len(d.log())
        equal(upgrade_code(d, **how), want, how)
        until(lambda: re.search(line, d.log()[before:]), 2, "log line", line)
    check(d.token not in re.sub(r"dashboard: \S+", "", d.log()), "the token stands in the log once only")
    d.stop()


def test_the_token_may_come_in_the_header():
    d = Daemon()
    equal(upgrade_code(d, token=d.token), 101)
    equal(upgrade_code(d, token="x" * 43), 4501)
    equal(upgrade_code(d, token="x", hello=d.token), 101, "a right HELLO after a wrong header")
    d.stop()


def test_without_auth_nobody_needs_a_token():
    d = Daemon(options={"auth": "none"})
    equal(d.token, None)
    equal(upgrade_code(d), 101)
    equal(upgrade_code(d, host="evil.example"), 403, "the gate does not depend on it")
    equal(http(d, "/api/v1/regions")[0], 200)
    check(re.search(r"warn .*auth: none", d.log()), "a warning")
    d.stop()


def test_ten_wrong_tokens_lock_the_address_out():
    d = Daemon()
    for _ in range(5):
        equal(upgrade_code(d, hello="wrong"), 4501)
        equal(http(d, "/api/v1/regions", token="wrong")[0], 401)
    equal(upgrade_code(d, hello=d.token), 4509, "now even the right one")
    equal(http(d, "/api/v1/regions", token=d.token)[0], 429)
    equal(http(d, "/healthz")[0], 200, "what needs no token goes on")
    check(re.search(r"too many wrong tokens", d.log()), "the log says why")
    d.stop()


def test_a_missing_token_is_not_counted_as_a_wrong_one():
    d = Daemon()
    for _ in range(12):
        equal(upgrade_code(d), 4501)
    equal(upgrade_code(d, hello=d.token), 101)
    d.stop()


def test_refusals_do_not_flood_the_log():
    d = Daemon()
    for _ in range(120):
        equal(upgrade_code(d, host="evil"), 403)
    lines = len(re.findall("refused 127.0.0.1", d.log()))
    check(lines < 60, "lines:", lines)
    time.sleep(1.2)
    equal(upgrade_code(d, host="evil"), 403)
    until(lambda: re.search(r"and \d+ more refusals not logged", d.log()), 2, "a sum")
    d.stop()


def test_more_than_max_viewers_get_1013_and_a_place_when_one_leaves():
    d = Daemon(options={"max_viewers": 2})
    first, second = Viewer(d), Viewer(d)
    first.wait_list()
    second.wait_list()
    equal(Viewer(d).close_code(), 1013)
    until(lambda: "max_viewers" in d.log(), 2, "the log names the setting")
    first.close()

    def again():
        v = Viewer(d)
        try:
            v.wait_list()
            return True
        except Exception:
            v.close()
            return False
    until(again, 3, "a place")
    d.stop()


def test_connections_that_say_nothing_have_an_end():
    d = Daemon(options={"max_viewers": 1})
    idle = [Socket(d.port) for _ in range(80)]  # more than may be open
    for s in idle:
        s.socket.setblocking(False)

    def closed():
        count = 0
        for s in idle:
            try:
                count += s.socket.recv(10) == b""
            except BlockingIOError:
                pass
            except ConnectionResetError:
                count += 1
        return count
    until(lambda: closed() >= 15, 1, "15 of them are closed at once")
    for s in idle:
        s.close()

    def serves():
        try:
            return http(d, "/healthz")[0] == 200
        except (OSError, Failed):  # refused, or closed without an answer
            return False
    until(serves, 3, "then it serves again")
    slow = Socket(d.port)
    slow.socket.sendall(b"GET /healthz HTTP/1.1\r\nHo")
    started = time.monotonic()
    slow.socket.settimeout(20)
    equal(slow.socket.recv(100), b"", "half a request")
    check(time.monotonic() - started < 12, "after", time.monotonic() - started)
    d.stop()


def listeners(d):
    """(address, port) of every listening TCP socket of a process, as the kernel tells; under Wine those of its port."""
    inodes = set()
    for fd in pathlib.Path(f"/proc/{d.process.pid}/fd").iterdir():
        try:
            inodes.add(os.readlink(fd))
        except OSError:
            pass
    found = []
    for name in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            address, port = fields[1].split(":")
            ours = int(port, 16) == d.port if WINE else f"socket:[{fields[9]}]" in inodes  # Wine's are its server's
            if fields[3] == "0A" and ours:
                found.append((address, int(port, 16)))
    return found


def test_only_the_address_asked_for_is_listened_on():  # quick
    d = Daemon()
    equal(listeners(d), [("0100007F", d.port)])
    d.stop()
    d = Daemon(options={"listen": "127.0.0.2:0"})
    equal(listeners(d), [("0200007F", d.port)])
    d.stop()


def test_the_v6_loopback_is_listened_on_alone():
    d = Daemon(options={"listen": "[::1]:0"})
    equal(listeners(d), [("00000000000000000000000001000000", d.port)])
    s = Socket(d.port, address="::1")
    equal(s.upgrade(host=f"[::1]:{d.port}")[0], 101)
    s = Socket(d.port, address="::1")
    equal(s.upgrade(host=f"[::2]:{d.port}")[0], 403)
    d.stop()


def fails_with(pattern, **options):
    d = Daemon(options=options, start=False)
    d.start(wait=False)
    until(lambda: re.search(pattern, d.log()), 5, pattern)
    d.process.terminate()
    d.process.wait(5)
    return d


def test_what_cannot_be_safe_is_refused_with_a_reason():
    fails_with(r"insecure_lan", listen="0.0.0.0:0")
    fails_with(r"auth: none is for loopback only", listen="0.0.0.0:0", auth="none", insecure_lan=True)
    fails_with(r"numeric address", listen="localhost:0")
    fails_with(r"expected ADDRESS:PORT", listen="127.0.0.1")
    fails_with(r"expected ADDRESS:PORT", listen="127.0.0.1:99999")
    fails_with(r"expected ADDRESS:PORT", listen="::1:7681x")


def test_beyond_loopback_works_with_insecure_lan_and_warns():
    d = Daemon(options={"listen": "0.0.0.0:0", "insecure_lan": True, "allow_hosts": ["localhost"]})
    check(re.search(r"warn .*insecure_lan", d.log()), "a warning")
    equal(listeners(d), [("00000000", d.port)])
    equal(upgrade_code(d, host=f"localhost:{d.port}", hello=d.token), 101)
    equal(upgrade_code(d, host=f"127.0.0.1:{d.port}", hello=d.token), 403)
    d.stop()


def test_a_port_in_use_is_said():
    d = Daemon()
    fails_with(rf"127\.0\.0\.1 port {d.port} is in use", listen=f"127.0.0.1:{d.port}")
    d.stop()


PRIVATE = 0o607 if WINE else 0o777  # Wine shows administrators as the group


def test_the_token_file_is_private_and_stays():
    d = Daemon()
    path = d.dir / "token"
    equal(stat.S_IMODE(path.stat().st_mode) & PRIVATE, 0o600 & PRIVATE)
    equal(path.read_text(), d.token + "\n")
    equal(len(d.token), 43)
    d.stop()
    old = d.token
    d.start()
    equal(d.token, old, "the token after a restart")
    d.stop()
    path.chmod(0o644)
    d.start()
    check(d.token != old, "a token that others could read is replaced")
    equal(stat.S_IMODE(path.stat().st_mode) & PRIVATE, 0o600 & PRIVATE)
    check("could be read by others" in d.log(), "and the log says so")
    d.stop()


def test_a_token_file_that_cannot_be_trusted_is_refused():
    d = Daemon(start=False)
    path = d.dir / "token"
    other = path.with_name("other")
    other.write_text("x" * 43)
    if not WINE:  # which has no links of Windows' kind
        path.symlink_to(other)
        fails_with("is a symbolic link", token_file=path_for(path))
        path.unlink()
    path.write_text("short\n")
    path.chmod(0o600)
    fails_with("token:1:1: expected a token of 32 to 128 characters", token_file=path_for(path))
    path.unlink()
    path.mkdir()
    fails_with("is not a plain file", token_file=path_for(path))
    fails_with("token_file: /nowhere/token", token_file="/nowhere/token")


def test_a_reload_changes_the_gate_and_keeps_the_viewers():
    d = Daemon()
    v = Viewer(d)
    v.wait_list()
    equal(upgrade_code(d, host="rig.lan:1"), 403)
    d.options["allow_hosts"] = ["rig.lan:1"]
    d.options["max_viewers"] = 1
    d.reload("")
    until(lambda: upgrade_code(d, host="rig.lan:1", hello=d.token) == 1013, 3, "the new host, and the new limit")
    v.ask(33, [["**", {}]])
    d.options["allow_hosts"] = []
    d.reload("")
    until(lambda: upgrade_code(d, host="rig.lan:1") == 403, 3, "the old list again")
    v.ask(33, [["**", {}]])
    d.stop()


if __name__ == "__main__":
    main(globals())
