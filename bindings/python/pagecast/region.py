"""A region of this machine: snapshots, the live bytes, liveness, waiting. One thread at a time per `Region`."""
import ctypes
import dataclasses
import enum
import threading

from ._library import Err, Info, Options, READER, View, library
from .layout import Layout

_TRUST_ANY = 1
_ETIMEDOUT = -13


class PagecastError(OSError):
    """What libpagecast refused. `status` is its name there: "PC_EABSENT", "PC_EUNTRUSTED", ..."""

    def __init__(self, code, text=""):
        self.status = library().pc_status_name(code).decode()
        super().__init__(text or library().pc_status_text(code).decode())


class Events(enum.IntFlag):
    """What ended a wait."""
    DATA = 1
    STATE = 2
    DEAD = 4


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """One consistent moment of a region."""
    data: bytes
    tick: int           # number of the commit
    commit_unix_ns: int  # wall clock of the writer; 0 = never written
    age_s: float        # since that commit, by this machine's monotonic clock
    epoch: int          # writers so far
    flags: int          # 1 source stale, 2 recovered, 4 torn, 8 mirror stale


def _check(code, err=None):
    if code:
        raise PagecastError(code, err.text.decode(errors="replace") if err else "")


def _snapshot(data, info):
    return Snapshot(bytes(data), info.tick, info.commit_unix_ns, info.age_ns / 1e9, info.epoch, info.payload_flags)


def open(name, wait_s=0, trusted_uids=(), trust_any=False):
    """Attach to the region called `name`.

    wait_s        how long to wait for a region that is not there yet; None = for ever
    trusted_uids  users besides oneself and root whose regions are good enough
    trust_any     anybody's; they can make reading the bare payload a crash (see docs/memory-format.md)

    Raises PagecastError (PC_EABSENT, PC_ETIMEDOUT, PC_EUNTRUSTED, PC_EPERM, PC_EVERSION, PC_ECORRUPT, PC_EINVAL).
    """
    return Region(name, wait_s, trusted_uids, trust_any)


class Region:
    """An attached region; see open(). A context manager."""

    def __init__(self, name, wait_s=0, trusted_uids=(), trust_any=False):
        lib, err, self._reader = library(), Err(), READER()
        uids = (ctypes.c_uint32 * len(trusted_uids))(*trusted_uids)
        options = Options(ctypes.sizeof(Options), _TRUST_ANY if trust_any else 0, uids, len(trusted_uids), 0)
        if wait_s == 0:
            code = lib.pc_reader_open(name.encode(), options, self._reader, err)
        else:
            ms = -1 if wait_s is None else max(1, round(wait_s * 1000))
            code = lib.pc_reader_open_wait(name.encode(), options, ms, self._reader, err)
        _check(code, err)
        self.name = name
        self._attached()

    def _attached(self):
        lib = library()
        self.payload_bytes = lib.pc_reader_payload_bytes(self._reader)
        self.schema_id = lib.pc_reader_schema_id(self._reader)
        self._buffer = ctypes.create_string_buffer(self.payload_bytes)
        self._layout = None

    def _open_reader(self):
        if not self._reader:
            raise ValueError(f"region '{self.name}' is closed")
        return self._reader

    def close(self):
        """Detach. Views and arrays of the live payload must not be used after it."""
        if self._reader:
            library().pc_reader_close(ctypes.byref(self._reader))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def reopen(self):
        """Follow the name to what it stands for now, after "retired", "closed" or PC_ESTALE."""
        err = Err()
        _check(library().pc_reader_reopen(self._open_reader(), err), err)
        self._attached()

    @property
    def layout(self):
        """The Layout stored beside the region, or None."""
        if self._layout is None:
            handle, size = library().pc_reader_layout(self._open_reader()), ctypes.c_size_t()
            if handle:
                text = library().pc_layout_text(handle, size)
                self._layout = Layout(ctypes.string_at(text, size.value).decode())
        return self._layout

    @property
    def liveness(self):
        """"live", "stale", "dead", "closed", "retired", "starting", "legacy" or "unreachable", now."""
        return library().pc_liveness_name(library().pc_reader_liveness(self._open_reader())).decode()

    def liveness_settled(self):
        """For programs that look once: watches until the heartbeat has moved, for stale_after at most."""
        return library().pc_liveness_name(library().pc_reader_liveness_settled(self._open_reader())).decode()

    def snapshot(self):
        """One consistent copy. Raises PagecastError: PC_EAGAIN every try met a write, PC_ESTALE retired (reopen() helps)."""
        info = Info()
        _check(library().pc_reader_snapshot(self._open_reader(), self._buffer, self.payload_bytes, info))
        return _snapshot(self._buffer, info)

    def history(self, tick):
        """The snapshot as it was at an earlier tick; PC_EABSENT if it was overwritten meanwhile."""
        info = Info()
        _check(library().pc_reader_history(self._open_reader(), tick, self._buffer, self.payload_bytes, info))
        return _snapshot(self._buffer, info)

    def values(self):
        """One consistent snapshot as {field: value}, structs as dicts, arrays as lists."""
        if self.layout is None:
            raise ValueError(f"region '{self.name}' has no layout")
        return self.layout.unpack(self.snapshot().data)

    def array(self):
        """One consistent snapshot as a numpy structured scalar of the layout's dtype; raw bytes as uint8 without a layout."""
        import numpy
        data = self.snapshot().data
        if self.layout is None:
            return numpy.frombuffer(data, numpy.uint8)
        return numpy.frombuffer(data, self.layout.dtype())[0]

    def live(self):
        """The live payload, zero-copy and read-only: each aligned field of up to 8 bytes is old or new, the whole may be
        mixed. Good until close() or reopen(). numpy.frombuffer(region.live(), region.layout.dtype()) follows the writer."""
        address = library().pc_reader_payload(self._open_reader())
        if not address:
            raise ValueError(f"the payload of region '{self.name}' is not readable")
        return memoryview((ctypes.c_ubyte * self.payload_bytes).from_address(address)).toreadonly()

    def use(self, function):
        """Call function(memoryview) on a consistent view in a slot, without copying, until nothing changed meanwhile.

        The view ends with the call: function returns what it made of it, and may be called again.
        Raises PagecastError: PC_EUNSUPPORTED the region has no slots, PC_EAGAIN, PC_ESTALE."""
        view = View()
        for _ in range(1000):
            _check(library().pc_reader_view(self._open_reader(), view))
            bytes_ = (ctypes.c_ubyte * view.bytes).from_address(view.data)
            result = function(memoryview(bytes_).toreadonly())
            if library().pc_reader_still_valid(view):
                return result
        raise PagecastError(-3)

    def wait(self, timeout_s=None):
        """Sleep until the region changes. @return Events; Events(0) after timeout_s. None waits for ever.

        The thread sleeps in the kernel; in the main thread Ctrl-C is seen within 0.2 s."""
        events, left = ctypes.c_uint32(), timeout_s
        step = 0.2 if threading.current_thread() is threading.main_thread() else 3600.0
        while True:
            part = step if left is None else min(step, left)
            code = library().pc_reader_wait(self._open_reader(), round(part * 1000), events)
            if code != _ETIMEDOUT:
                _check(code)
                return Events(events.value)
            if left is not None:
                left -= part
                if left <= 0:
                    return Events(0)
