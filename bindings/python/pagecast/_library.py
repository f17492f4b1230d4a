"""libpagecast through ctypes: the functions of <pagecast/reader.h> that a reader needs, as they are declared there."""
import ctypes
import ctypes.util
import os
import sys

P = ctypes.POINTER
U32, U64 = ctypes.c_uint32, ctypes.c_uint64


class Err(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char * 256)]


class Options(ctypes.Structure):
    _fields_ = [("struct_size", U32), ("flags", U32), ("trusted_uids", P(U32)), ("trusted_uid_count", U32),
                ("reserved", U32)]


class Info(ctypes.Structure):
    _fields_ = [("tick", U64), ("commit_unix_ns", U64), ("age_ns", U64), ("epoch", U32), ("payload_flags", U32),
                ("attempts", U32), ("from_slot", U32)]


class View(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("bytes", U64), ("info", Info), ("slot", ctypes.c_void_p), ("slot_seq", U64)]


READER = ctypes.c_void_p
FUNCTIONS = {
    "pc_version": (ctypes.c_char_p,),
    "pc_status_name": (ctypes.c_char_p, ctypes.c_int),
    "pc_status_text": (ctypes.c_char_p, ctypes.c_int),
    "pc_reader_open": (ctypes.c_int, ctypes.c_char_p, P(Options), P(READER), P(Err)),
    "pc_reader_open_wait": (ctypes.c_int, ctypes.c_char_p, P(Options), ctypes.c_int, P(READER), P(Err)),
    "pc_reader_close": (None, P(READER)),
    "pc_reader_reopen": (ctypes.c_int, READER, P(Err)),
    "pc_reader_payload_bytes": (U64, READER),
    "pc_reader_schema_id": (U64, READER),
    "pc_reader_layout": (ctypes.c_void_p, READER),
    "pc_layout_text": (ctypes.c_void_p, ctypes.c_void_p, P(ctypes.c_size_t)),
    "pc_reader_payload": (ctypes.c_void_p, READER),
    "pc_reader_snapshot": (ctypes.c_int, READER, ctypes.c_void_p, ctypes.c_size_t, P(Info)),
    "pc_reader_view": (ctypes.c_int, READER, P(View)),
    "pc_reader_still_valid": (ctypes.c_int, P(View)),
    "pc_reader_history": (ctypes.c_int, READER, U64, ctypes.c_void_p, ctypes.c_size_t, P(Info)),
    "pc_reader_wait": (ctypes.c_int, READER, ctypes.c_int, P(U32)),
    "pc_reader_liveness": (ctypes.c_int, READER),
    "pc_reader_liveness_settled": (ctypes.c_int, READER),
    "pc_liveness_name": (ctypes.c_char_p, ctypes.c_int),
}


def _candidates():
    if os.environ.get("PAGECAST_LIBRARY"):
        yield os.environ["PAGECAST_LIBRARY"]
        return
    found = ctypes.util.find_library("pagecast")
    if found:
        yield found
    yield "libpagecast.dll" if sys.platform == "win32" else "libpagecast.so.0"


def _load():
    reasons = []
    for path in _candidates():
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            reasons.append(str(error))
            continue
        for name, (result, *arguments) in FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        return library
    raise ImportError("libpagecast was not found; set PAGECAST_LIBRARY to its path: " + "; ".join(reasons))


_loaded = None


def library():
    """The library, loaded at its first use: layouts and viewers work without it. [any thread]"""
    global _loaded
    if _loaded is None:
        _loaded = _load()
    return _loaded
