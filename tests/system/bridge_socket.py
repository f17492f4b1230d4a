"""RFC 6455 and HTTP by hand, so that both can also be done wrong."""
import base64
import os
import select
import socket
import struct
import time

SLOW = float(os.environ.get("PAGECAST_SLOW", "1"))  # sanitizers: everything takes longer


class Failed(Exception):
    pass


def check(condition, *what):
    if not condition:
        raise Failed(" ".join(map(str, what)) or "not true")


def equal(got, want, *what):
    check(got == want, *what, f"got {got!r}, not {want!r}")


class Closed(Exception):
    def __init__(self, code, reason=""):
        super().__init__(f"closed with {code} {reason}")
        self.code, self.reason = code, reason


class Socket:
    """One connection; call upgrade() or request() first."""

    def __init__(self, port, address="127.0.0.1", rcvbuf=None, tls=None):
        self.socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        if rcvbuf:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(10 * SLOW)
        self.socket.connect((address, port))
        if tls:  # an ssl.SSLContext
            self.socket = tls.wrap_socket(self.socket)
        self.port = port
        self.buffer = b""
        self.partial = None
        self.pongs = []
        self.code = None

    def request(self, method="GET", path="/", headers=(), body=b""):
        lines = [f"{method} {path} HTTP/1.1"] + [f"{k}: {v}" for k, v in headers if v is not None]
        self.socket.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def head(self):
        """Status and headers of an answer."""
        while b"\r\n\r\n" not in self.buffer:
            more = self.socket.recv(65536)
            check(more, "the connection ended in a header:", self.buffer)
            self.buffer += more
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        return int(first.split()[1]), {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in lines)}

    def upgrade(self, host=None, origin=None, protocol="pagecast.v1", path="/ws", token=None, upgrade="websocket"):
        self.request("GET", path, [
            ("Host", f"127.0.0.1:{self.port}" if host is None else host), ("Upgrade", upgrade), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", base64.b64encode(os.urandom(16)).decode()), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Protocol", protocol), ("Origin", origin),
            ("Authorization", f"Bearer {token}" if token is not None else None)])
        return self.head()

    def frame(self, payload, opcode=2, fin=True, rsv=0, masked=True, length=None):
        n = len(payload) if length is None else length
        head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
        bit = 0x80 if masked else 0
        if length is not None or n > 65535:
            head += bytes([bit | 127]) + struct.pack(">Q", n)
        elif n > 125:
            head += bytes([bit | 126]) + struct.pack(">H", n)
        else:
            head += bytes([bit | n])
        if masked:
            mask = os.urandom(4)
            head += mask
            payload = (int.from_bytes(payload, "big") ^ int.from_bytes((mask * (len(payload) // 4 + 1))[:len(payload)], "big")
                       ).to_bytes(len(payload), "big") if payload else b""
        self.socket.sendall(head + payload)

    def fill(self, timeout):
        waits = getattr(self.socket, "pending", lambda: 0)()  # inside the TLS library
        if not waits and not select.select([self.socket], [], [], max(0, timeout))[0]:
            return False
        try:
            more = self.socket.recv(1 << 18)
        except ConnectionResetError:
            raise Closed(None, "reset")
        if not more:
            raise Closed(self.code, "end of the stream")
        self.buffer += more
        return True

    def parse(self):
        """One frame: (fin, opcode, payload), or None."""
        b = self.buffer
        if len(b) < 2:
            return None
        check(not b[0] & 0x70, "a reserved bit from the server")
        check(not b[1] & 0x80, "a masked frame from the server")
        n, at = b[1] & 0x7F, 2
        if n == 126:
            if len(b) < 4:
                return None
            n, at = struct.unpack(">H", b[2:4])[0], 4
            check(n > 125, "a length longer than needed")
        elif n == 127:
            if len(b) < 10:
                return None
            n, at = struct.unpack(">Q", b[2:10])[0], 10
            check(n > 65535, "a length longer than needed")
        if len(b) < at + n:
            return None
        self.buffer = b[at + n:]
        return bool(b[0] & 0x80), b[0] & 15, b[at:at + n]

    def message(self, timeout):
        """The next whole message, None if none comes; raises Closed."""
        end = time.monotonic() + timeout
        while True:
            frame = self.parse()
            if not frame:
                if not self.fill(end - time.monotonic()):
                    return None
                continue
            fin, opcode, payload = frame
            if opcode == 8:
                self.code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
                try:
                    self.frame(payload[:2], opcode=8)
                except OSError:
                    pass
                raise Closed(self.code, payload[2:].decode())
            if opcode == 9:
                self.frame(payload, opcode=10)
            elif opcode == 10:
                self.pongs.append(payload)
            elif opcode == 2:
                check(self.partial is None, "a new message inside another")
                self.partial = payload
            elif opcode == 0:
                check(self.partial is not None, "a continuation of nothing")
                self.partial += payload
            else:
                raise Failed(f"opcode {opcode} from the server")
            if opcode in (0, 2) and fin:
                whole, self.partial = self.partial, None
                return whole

    def close_code(self, seconds=5):
        """Wait for the close; None = the stream ended without one."""
        try:
            end = time.monotonic() + seconds * SLOW
            while time.monotonic() < end:
                self.message(0.2)
        except Closed as closed:
            return closed.code
        raise Failed(f"not closed within {seconds} s")

    def close(self):
        self.socket.close()


def http(daemon, path, token=None, method="GET", host=None, body=b"", headers=(), tls=None):
    """Status, headers and body of one request."""
    s = Socket(daemon.port, tls=tls)
    try:
        length = [("Content-Length", len(body))] if body else []
        s.request(method, path, [("Host", f"127.0.0.1:{daemon.port}" if host is None else host), ("Connection", "close"),
                                 ("Authorization", f"Bearer {token}" if token is not None else None), *length, *headers], body)
        status, headers = s.head()
        want = int(headers.get("content-length", 0))
        while len(s.buffer) < want:
            more = s.socket.recv(65536)
            check(more, "the body is cut")
            s.buffer += more
        return status, headers, s.buffer[:want]
    finally:
        s.close()
