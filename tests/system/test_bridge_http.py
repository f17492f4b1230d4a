"""Plain HTTP: the dashboard, health, JSON; headers, methods, tokens."""
import json

from bridge_kit import Daemon, Socket, Writer, check, equal, http, main, pathlib

REGIONS = """  rig.motor:
    name: INSTANCE.motor
    writer: external
    layout:
      on: bool
      mode: { type: enum8, labels: { 0: idle, 1: running } }
      speed: f32
      name: char[8]
      grid: 'f32[2][2]'
      blob: 'u8[3]'
  raw: { name: INSTANCE.raw, writer: external, size: 5 }
"""
ROOT = pathlib.Path(__file__).resolve().parents[2]


def secure(headers, data=False):
    csp = headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"):
        check(part in csp, part, "in", csp)
    check("unsafe" not in csp and "*" not in csp, csp)
    equal(headers["x-content-type-options"], "nosniff")
    equal(headers["referrer-policy"], "no-referrer")
    check("access-control-allow-origin" not in headers, "no CORS")
    if data:
        equal(headers["cache-control"], "no-store")


def test_the_dashboard_is_served_from_memory():
    d = Daemon()
    dist = ROOT / "web" / "dist"
    for path in [p for p in dist.rglob("*") if p.is_file()]:
        name = str(path.relative_to(dist))
        status, headers, body = http(d, "/" + name)
        equal(status, 200, name)
        equal(body, path.read_bytes(), name)
        secure(headers)
        check(headers["etag"].startswith('"'), "an ETag")
        equal(http(d, "/" + name, headers=[("If-None-Match", headers["etag"])])[0], 304, name)
        equal(http(d, "/" + name, headers=[("If-None-Match", '"other"')])[0], 200, name)
    status, headers, body = http(d, "/")
    equal((status, body), (200, (dist / "index.html").read_bytes()))
    check(headers["content-type"].startswith("text/html"), headers)
    d.stop()


def test_the_dashboard_can_be_switched_off():
    d = Daemon(options={"dashboard": False})
    equal(http(d, "/")[0], 404)
    equal(http(d, "/index.html")[0], 404)
    equal(http(d, "/healthz")[0], 200)
    d.stop()


def test_health_needs_no_token_and_tells_no_data():
    d = Daemon(REGIONS)
    status, headers, body = http(d, "/healthz")
    equal((status, body), (200, b'{"status":"ok"}'))
    secure(headers, data=True)
    d.stop()


def test_methods_paths_hosts_and_tokens():  # quick
    d = Daemon(REGIONS)
    for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
        status, headers, _ = http(d, "/healthz", method=method, body=b"abc" if method in ("POST", "PUT", "PATCH") else b"")
        check(status in (405, 403, 400, 404), method, status)
        check(method not in ("POST", "HEAD", "PUT") or status == 405, method, status)
    for path in ("/nothing", "/../etc/passwd", "/%2e%2e/etc/passwd", "/api", "/api/v1", "/api/v1/regionsx", "/ws"):
        status, headers, _ = http(d, path)
        check(status in (404, 403), path, status)
    equal(http(d, "/nothing")[0], 404)
    equal(http(d, "/", host="evil.example")[0], 403)
    equal(http(d, "/", headers=[("Origin", "https://evil.example")])[0], 403)
    equal(http(d, "/api/v1/regions")[0], 401)
    equal(http(d, "/api/v1/regions", token="x")[0], 401)
    equal(http(d, "/api/v1/regions", headers=[("Authorization", f"Basic {d.token}")])[0], 401)
    equal(http(d, "/api/v1/regions/nothing", token=d.token)[0], 404)
    status, headers, _ = http(d, "/api/v1/regions/rig.motor")
    equal((status, headers.get("www-authenticate")), (401, "Bearer"))
    secure(headers, data=True)
    d.stop()


def test_regions_as_json():  # quick
    d = Daemon(REGIONS)
    w = Writer(d.object("motor"), d.object("raw"))
    status, headers, body = http(d, "/api/v1/regions", token=d.token)
    equal(status, 200)
    equal(headers["content-type"], "application/json")
    secure(headers, data=True)
    answer = json.loads(body)
    equal((answer["instance"], len(answer["boot"])), (d.instance, 32))
    by_name = {r["name"]: r for r in answer["regions"]}
    motor = by_name["rig.motor"]
    equal(set(motor), {"name", "id", "generation", "size", "schema", "state", "heartbeat_age_ms", "write_age_ms", "write_hz",
                       "tick", "epoch", "writer", "pid", "kind", "flags"})
    equal((motor["state"], motor["kind"], motor["writer"], motor["pid"], motor["epoch"], motor["write_age_ms"]),
          ("live", "external", "region_writer", w.pid or motor["pid"], 1, None))
    equal(by_name["raw"]["schema"], "")
    d.stop()


def test_one_region_with_its_values():
    d = Daemon(REGIONS)
    w = Writer(d.object("motor"), d.object("raw"))
    import struct
    w.write(0, 0, struct.pack("<?Bxxf8s4f3B", True, 1, 1.5, b'a"b', 1, 2, float("nan"), float("inf"), 1, 2, 255))
    w.write(1, 0, b"\x00\x01\xfe")
    answer = json.loads(http(d, "/api/v1/regions/rig.motor", token=d.token)[2])
    equal(answer["values"], {"on": True, "mode": "running", "speed": 1.5, "name": 'a"b', "grid": [1, 2, None, None],
                             "blob": "0102ff"})
    equal((answer["tick"], answer["name"]), (1, "rig.motor"))
    check(answer["write_age_ms"] < 2000, answer["write_age_ms"])
    equal(json.loads(http(d, "/api/v1/regions/raw", token=d.token)[2])["values"], {"": "0001fe0000"})
    d.stop()


def test_a_dead_writer_shows_without_any_viewer():
    d = Daemon(REGIONS)
    w = Writer(d.object("motor"))
    w.process.kill()
    w.process.wait()
    answer = json.loads(http(d, "/api/v1/regions/rig.motor", token=d.token)[2])
    equal(answer["state"], "dead")
    d.stop()


def test_one_connection_serves_many_requests():
    d = Daemon(REGIONS)
    s = Socket(d.port)
    for _ in range(20):
        s.request("GET", "/api/v1/regions", [("Host", f"127.0.0.1:{d.port}"), ("Authorization", f"Bearer {d.token}")])
        status, headers = s.head()
        equal(status, 200)
        want = int(headers["content-length"])
        while len(s.buffer) < want:
            s.buffer += s.socket.recv(65536)
        json.loads(s.buffer[:want])
        s.buffer = s.buffer[want:]
    d.stop()


def test_a_large_answer_comes_whole():
    d = Daemon("  big: { name: INSTANCE.big, writer: external, size: 3000000 }\n  huge: { name: INSTANCE.huge, writer: external, size: 17000000 }\n")
    status, _, body = http(d, "/api/v1/regions/big", token=d.token)
    equal(status, 200)
    equal(len(json.loads(body)["values"][""]), 6000000)
    equal(http(d, "/api/v1/regions/huge", token=d.token)[0], 413)
    d.stop()


if __name__ == "__main__":
    main(globals())
