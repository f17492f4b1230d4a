"""TLS: what is spoken, which files are refused and why, and a new certificate while viewers stay."""
import socket
import ssl

from bridge_kit import (WINE, Daemon, Failed, Viewer, Writer, check, equal, http, main, os, pathlib, re, subprocess, time, until)
from bridge_socket import Socket

ONE = "  one: { name: INSTANCE.one, writer: external, size: 200000 }\n"
CA = """[ca]
default_ca=it
[it]
database=index
new_certs_dir=.
serial=serial
default_md=sha256
policy=any
unique_subject=no
x509_extensions=ext
[any]
commonName=supplied
[ext]
subjectAltName=IP:127.0.0.1
"""


def pair(folder, name, start="20200101000000Z", end="20800101000000Z"):
    """A certificate and its key, valid from and to; returns both paths."""
    key, request, cert = (folder / f"{name}.{suffix}" for suffix in ("key", "req", "crt"))
    (folder / "ca.cnf").write_text(CA)
    (folder / "index").write_text("")
    (folder / "serial").write_text(os.urandom(8).hex())

    def run(*args):
        done = subprocess.run(["openssl", *args], cwd=folder, capture_output=True, text=True)
        check(done.returncode == 0, done.stderr)
    run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request, "-subj",
        f"/CN={name}")
    run("ca", "-batch", "-notext", "-config", "ca.cnf", "-selfsign", "-keyfile", key, "-in", request, "-out", cert, "-startdate", start,
        "-enddate", end)
    return cert, key


def client(least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    c.minimum_version, c.maximum_version = least, most
    if most < ssl.TLSVersion.TLSv1_2:
        c.set_ciphers("ALL:@SECLEVEL=0")
    return c


def daemon(regions=ONE, name="first", **options):
    d = Daemon(regions, start=False)
    cert, key = pair(d.dir, name)
    (d.dir / "server.crt").write_bytes(cert.read_bytes())
    (d.dir / "server.key").write_bytes(key.read_bytes())
    d.options.update(tls_cert=str(d.dir / "server.crt"), tls_key=str(d.dir / "server.key"), **options)
    d.write_config(regions)
    d.start()
    return d


def name_of(d):
    """Common name of the certificate that a new connection sees."""
    s = Socket(d.port, tls=client())
    der = s.socket.getpeercert(binary_form=True)
    s.close()
    return subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-subject"], input=der, capture_output=True).stdout.decode().split("= ")[-1].strip()


def test_pages_data_and_viewers_come_through_tls():  # quick
    d = daemon()
    check(f"dashboard: https://127.0.0.1:{d.port}/#t=" in d.log(), "the address")
    w = Writer(d.object("one"))
    w.write(0, 0, b"abc" * 60000)
    status, headers, _ = http(d, "/", tls=client())
    equal(status, 200)
    check(f"wss://127.0.0.1:{d.port}" in headers["content-security-policy"], headers)
    equal(http(d, "/api/v1/regions", token=d.token, tls=client())[0], 200)
    equal(http(d, "/api/v1/regions", tls=client())[0], 401)
    v = Viewer(d, tls=client())
    v.wait_list()
    v.sub("one")
    r = v.by_name("one")
    v.wait(lambda: r.bytes and r.bytes[:9] == b"abcabcabc", 5, "all of a large region")
    for i in range(20):
        w.write(0, 1000 * i, bytes([i]) * 500)
    v.wait(lambda: r.bytes[19000:19500] == bytes([19]) * 500, 5, "its changes")
    equal(r.bytes[1000:1500], bytes([1]) * 500)
    d.stop()


def test_old_versions_and_plain_text_are_not_spoken():
    d = daemon()
    for most in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        try:
            Socket(d.port, tls=client(ssl.TLSVersion.TLSv1, most))
        except (ssl.SSLError, ConnectionResetError):
            continue
        raise Failed(f"{most} was spoken")
    equal(Socket(d.port, tls=client(most=ssl.TLSVersion.TLSv1_2)).socket.version(), "TLSv1.2")
    equal(Socket(d.port, tls=client()).socket.version(), "TLSv1.2" if WINE else "TLSv1.3")  # lws has no 1.3 with mbedTLS
    s = Socket(d.port)
    s.request("GET", "/", [("Host", f"127.0.0.1:{d.port}")])
    try:
        answer = s.socket.recv(1000)
    except OSError:
        answer = b""
    check(b"200" not in answer and b"<html" not in answer, answer)
    c = client()
    c.set_alpn_protocols(["h2", "http/1.1"])
    equal(Socket(d.port, tls=c).socket.selected_alpn_protocol(), "http/1.1", "no HTTP/2")
    d.stop()


def test_only_pages_that_came_through_tls_may_connect():
    d = daemon()
    for origin, want in ((f"https://127.0.0.1:{d.port}", 101), (f"http://127.0.0.1:{d.port}", 403), ("https://evil.example", 403), (None, 101)):
        equal(Socket(d.port, tls=client()).upgrade(origin=origin)[0], want, origin)
    equal(Socket(d.port, tls=client()).upgrade(host="evil.example")[0], 403)
    d.stop()


def refuses(d, pattern):
    d.start(wait=False)
    until(lambda: re.search(pattern, d.log()), 5, pattern, d.log())
    d.process.terminate()
    d.process.wait(10)


def test_files_that_do_not_serve_are_refused_with_a_reason():
    d = Daemon(ONE, start=False)
    cert, key = pair(d.dir, "good")
    other_cert, other_key = pair(d.dir, "other")
    old, old_key = pair(d.dir, "old", "20200101000000Z", "20210203040000Z")
    new, new_key = pair(d.dir, "new", "20790101000000Z", "20800101000000Z")
    empty = d.dir / "empty"
    empty.write_text("")
    text = d.dir / "text"
    text.write_text("hello\n")
    cases = [
        (cert, d.dir / "missing", r"tls_key: \S+/missing: No such file"),
        (d.dir / "missing", key, r"tls_cert: \S+/missing: No such file"),
        (cert, other_key, r"tls_key: \S+/other.key is not the key of tls_cert \S+/good.crt"),
        (old, old_key, r"tls_cert: \S+/old.crt: expired on 2021-02-03 04:00 UTC"),
        (new, new_key, r"tls_cert: \S+/new.crt: not valid before 2079-01-01 00:00 UTC"),
        (text, key, r"tls_cert: \S+/text: not a certificate in PEM"),
        (cert, text, r"tls_key: \S+/text: not a private key in PEM"),
        (empty, key, r"tls_cert: \S+/empty: the file is empty"),
        (cert, None, r"tls_cert needs tls_key"),
        (None, key, r"tls_key needs tls_cert"),
    ]
    if os.geteuid():
        key2 = d.dir / "unreadable"
        key2.write_bytes(key.read_bytes())
        key2.chmod(0)
        cases.append((cert, key2, r"tls_key: \S+/unreadable: Permission denied"))
    for c, k, pattern in cases:
        d.options = {**{o: v for o, v in d.options.items() if not o.startswith("tls")}, **({"tls_cert": str(c)} if c else {}),
                     **({"tls_key": str(k)} if k else {})}
        d.write_config(ONE)
        refuses(d, pattern)


def test_a_new_certificate_comes_without_losing_viewers():
    d = daemon()
    w = Writer(d.object("one"))
    v = Viewer(d, tls=client())
    v.wait_list()
    v.sub("one")
    equal(name_of(d), "first")
    cert, key = pair(d.dir, "second")
    (d.dir / "server.crt").write_bytes(cert.read_bytes())
    before = len(d.log())
    d.ask_reload()  # half of a pair: refused, everything as before
    until(lambda: "is not the key of" in d.log()[before:], 5, "the refusal")
    equal(name_of(d), "first")
    (d.dir / "server.key").write_bytes(key.read_bytes())
    d.ask_reload()
    until(lambda: name_of(d) == "second", 5, "the new certificate")
    w.write(0, 7, b"still here")
    v.wait(lambda: v.by_name("one").bytes and v.by_name("one").bytes[7:17] == b"still here", 5, "the old connection goes on")
    d.stop()


def test_beyond_loopback_it_needs_no_insecure_lan():
    d = daemon(listen="0.0.0.0:0", allow_hosts=["127.0.0.1"])
    check("insecure_lan" not in d.log(), d.log())
    s = Socket(d.port, tls=client())
    equal(s.upgrade()[0], 101)
    d.stop()


def test_a_handshake_that_never_ends_ends():
    d = daemon(handshake_timeout="1s")
    s = socket.create_connection(("127.0.0.1", d.port))
    started = time.monotonic()
    s.settimeout(10)
    for byte in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03":
        try:
            s.send(bytes([byte]))
        except OSError:
            break
        time.sleep(0.3)
    try:
        equal(s.recv(100), b"", "the end")
    except ConnectionResetError:
        pass
    check(time.monotonic() - started < 6, "after", time.monotonic() - started)
    equal(http(d, "/healthz", tls=client())[0], 200)
    d.stop()


if __name__ == "__main__":
    main(globals())
