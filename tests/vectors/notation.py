"""How a vector is written: values as msgpack bytes and, side by side, as JSON that loses nothing (README.md)."""
import math

import msgpack

BOOT = bytes.fromhex("000102030405060708090a0b0c0d0eff")


class F32(float):
    """A number that travels as float 32."""


class Pairs(list):
    """A map by its pairs: order, and keys that a dict cannot hold."""


def pack(x):
    packer = msgpack.Packer(use_single_float=isinstance(x, F32), autoreset=True)
    if isinstance(x, (list, tuple)) and not isinstance(x, (Pairs, msgpack.ExtType)):
        return packer.pack_array_header(len(x)) + b"".join(pack(e) for e in x)
    if isinstance(x, (dict, Pairs)):
        pairs = list(x.items()) if isinstance(x, dict) else x
        return packer.pack_map_header(len(pairs)) + b"".join(pack(k) + pack(v) for k, v in pairs)
    return packer.pack(float(x) if isinstance(x, F32) else x)


def real(x):
    return "nan" if math.isnan(x) else "inf" if x == math.inf else "-inf" if x == -math.inf else float(x)


def meaning(x):
    """The same value as JSON, nothing lost (README.md)."""
    if isinstance(x, F32):
        return {"$f32": real(x)}
    if isinstance(x, float):
        return {"$f64": real(x)}
    if isinstance(x, bool) or x is None or isinstance(x, str):
        return x
    if isinstance(x, int):
        return x if abs(x) < 2**53 else {"$int": str(x)}
    if isinstance(x, bytes):
        return {"$bin": x.hex()}
    if isinstance(x, msgpack.ExtType):
        return {"$ext": x.code, "hex": x.data.hex()}
    if isinstance(x, Pairs):
        return {k: meaning(v) for k, v in x if isinstance(k, str)}
    if isinstance(x, dict):
        return {k: meaning(v) for k, v in x.items()}
    return [meaning(e) for e in x]


# ---- messages: the names are those of docs/protocol.md, in the order of the wire ----

SERVER = {
    "HELLO": (1, "minor boot t_us mono_us info"),
    "ANN": (2, "last rows"),
    "UNANN": (3, "rids"),
    "SCHEMA": (4, "sid schema"),
    "RES": (5, "ref code rows"),
    "UPD": (6, "rid gen base seq wseq t_us age_ms flags data"),
    "VAL": (7, "rid gen base seq wseq t_us age_ms flags values"),
    "LIVE": (8, "t_us rows"),
    "HB": (9, "n t_us mono_us stats"),
    "PONG": (10, "n t_us"),
    "STATUS": (11, "level id text ttl_ms"),
    "ERR": (12, "ref code text"),
    "BYE": (13, "code text reconnect_ms"),
}
CLIENT = {
    "HELLO": (32, "minor info"),
    "SUB": (33, "ref rows"),
    "UNSUB": (34, "ref targets"),
    "GETSCHEMA": (35, "ref sid"),
    "ACK": (36, "frames hidden"),
    "PING": (37, "n"),
    "RATE": (38, "max_hz"),
    "SET": (39, "ref rid values"),
}


def message(table, op, *args):
    number, names = table[op]
    names = names.split()
    assert len(names) == len(args), (op, args)
    return pack([number, *args]), {"op": op, **{n: meaning(a) for n, a in zip(names, args)}}


def row(name, body, **more):
    return {"name": name, "hex": body.hex(), **more}
