"""Vectors of layouts whose fields depend on the bytes: the schema, a payload, and what its values are."""
import struct

import msgpack

from notation import meaning, pack, row


def source(offset, kind="u32", up=0, first=0, bits=0, units=0, encoding=""):
    return [up, offset, kind, first, bits, units, encoding]


def field(name, kind, offset, size, **more):
    return {"n": name, "t": kind, "o": offset, "b": size, **more}


def schema_of(text, size, align, fields, floating=None):
    schema = {"size": size, "align": align, "text": text, "fields": fields}
    if floating:
        schema["fx"] = floating
    return schema


def ext(code, fmt, *numbers):
    return msgpack.ExtType(code, struct.pack(f"<{len(numbers)}{fmt}", *numbers))


TABLE = (
    "layout size=16 align=4\n@0 off u32\n@4 step u32\n@8 n i32\n@12 last u8\n"
    "t struct[9] size=12 align=4 stride=step type=row at=off count=n {\n  @0 id u32\n  @4 v f32\n  @8 name char[4] encoding=latin1\n}\n"
)
TABLE_SCHEMA = schema_of(TABLE, 16, 4, [field("off", "u32", 0, 4), field("step", "u32", 4, 4), field("n", "i32", 8, 4), field("last", "u8", 12, 1)], [
    {"n": "t", "t": "struct", "o": 0, "b": 12, "s": 12, "d": [9], "ty": "row",
     "dy": {"at": source(0), "st": source(4), "ct": source(8, "i32")},
     "f": [field("id", "u32", 0, 4), field("v", "f32", 4, 4), field("name", "char", 8, 4, l=4, e="latin1")]}])


NUMBERS = "layout size=16 align=4\n@0 off u32\n@4 step u32\n@8 n i32\nt u16[9] stride=step at=off count=n\n"
NUMBERS_SCHEMA = schema_of(NUMBERS, 16, 4, [field("off", "u32", 0, 4), field("step", "u32", 4, 4), field("n", "i32", 8, 4)], [
    {"n": "t", "t": "u16", "o": 0, "b": 2, "s": 2, "d": [9], "dy": {"at": source(0), "st": source(4), "ct": source(8, "i32")}}])


def table(off, step, n, size=80):
    body = bytearray(struct.pack("<IIiB", off, step, n, 7) + bytes(size - 13))
    for i in range(3):
        body[20 + 16 * i:20 + 16 * i + 12] = struct.pack("<If4s", i, i + 0.5, b"\xe4%d" % i)
    return bytes(body)


def rows(count, first=0):
    return [{"id": i, "v": i + 0.5, "name": "\u00e4%d" % i} for i in range(first, count)]


SHAPES = (
    "layout size=48 align=4\n@0 kind enum32 labels=\"1:ac,2:acc\"\n@4 flags u16 flags=\"0x1:abs,0x2:tc\"\n"
    "@6 gear i8 bits=0..3\n@6 lamp bool bits=4\n@8 on bool32\n@12 len u32\n"
    "@16 blob u8[8] size=8 align=4 length=len {\n  @0 type u32\n  @4 shard u32\n}\n"
    "@16 ints i32[2] overlay=blob when=\"kind=ac,5..7\"\n@24 wide wchar32[2]\n@32 temp i16 unit=\"degC\" scale=0.1\n"
    "@36 used u32\n@40 arr u16[4] count=used\n"
)
SHAPES_SCHEMA = schema_of(SHAPES, 48, 4, [
    field("kind", "enum32", 0, 4, en=[[1, "ac"], [2, "acc"]]),
    field("flags", "u16", 4, 2, fl=[[1, "abs"], [2, "tc"]]),
    field("gear", "i8", 6, 1, bi=[0, 4]),
    field("lamp", "bool", 6, 1, bi=[4, 1]),
    field("on", "bool32", 8, 4),
    field("len", "u32", 12, 4),
    field("blob", "u8", 16, 8, l=8, dy={"ln": source(12)}, sb=8, f=[field("type", "u32", 0, 4), field("shard", "u32", 4, 4)]),
    field("ints", "i32", 16, 4, s=4, d=[2], ov="blob", dy={"wh": source(0), "wn": False, "wc": [[1, 1], [5, 7]]}),
    field("wide", "wchar32", 24, 8, l=2),
    field("temp", "i16", 32, 2, u="degC", sc=0.1),
    field("used", "u32", 36, 4),
    field("arr", "u16", 40, 2, s=2, d=[4], dy={"ct": source(36)}),
])


def shapes(kind, length, used):
    return struct.pack("<IHbxIIII", kind, 0x13, 0x1F, 2, length, 77, 88) + "\u00e9\U0001F600".encode("utf-32-le") + \
        struct.pack("<hxxI4H", -123, used, 1, 2, 3, 4)


ROWS = (
    "layout size=48 align=4\n@0 vars u32\n@4 bufs u32\n@8 ver char[8]\n"
    "@16 buf struct[4] size=8 align=4 count=bufs {\n  @0 tick i32\n  @4 offset u32\n}\n"
    "var struct[8] size=20 align=4 at=vars count=bufs {\n  @0 type i32\n  @4 offset i32\n  @8 name char[12]\n}\n"
    "row u8[16] at=buf.offset newest=buf.tick when=\"ver=1.7*\" "
    "columns=\"table:var,name:name,type:type,offset:offset\" codes=\"2:i32,4:f32\"\n"
)
ROWS_SCHEMA = schema_of(ROWS, 48, 4, [
    field("vars", "u32", 0, 4), field("bufs", "u32", 4, 4), field("ver", "char", 8, 8, l=8),
    {"n": "buf", "t": "struct", "o": 16, "b": 8, "s": 8, "d": [4], "dy": {"ct": source(4)},
     "f": [field("tick", "i32", 0, 4), field("offset", "u32", 4, 4)]},
], [
    {"n": "var", "t": "struct", "o": 0, "b": 20, "s": 20, "d": [8], "dy": {"at": source(0), "ct": source(4)},
     "f": [field("type", "i32", 0, 4), field("offset", "i32", 4, 4), field("name", "char", 8, 12, l=12)]},
    {"n": "row", "t": "u8", "o": 0, "b": 16, "l": 16,
     "dy": {"at": source(20), "nw": source(16, "i32"), "na": [8, 4], "nc": source(4),
            "wh": source(8, "char", units=8, encoding="utf-8"), "wn": False, "wc": [["1.7", True]],
            "co": {"up": 0, "table": "var", "name": source(8, "char", units=12, encoding="utf-8"),
                   "type": source(0, "i32"), "offset": source(4, "i32"), "codes": [[2, "i32"], [4, "f32"]]}}},
])


def self_describing(version=b"1.7.2"):
    out = struct.pack("<II8s8i", 48, 2, version, 5, 90, 9, 100, 99, 0, 0, 0)
    out += struct.pack("<ii12s", 2, 0, b"gear") + struct.pack("<ii12s", 4, 4, b"speed")
    out = out.ljust(100, b"\0") + struct.pack("<if", 3, 41.5)
    return out.ljust(116, b"\0")


def language_vectors():
    out = []

    def case(name, text, schema, payload, values, as_json):
        out.append(row(name, pack(values), layout=text, schema=pack(schema).hex(), payload=payload.hex(),
                       meaning=meaning(values), json=as_json))

    def f32s(items):
        from notation import F32
        return [{**r, "v": F32(r["v"])} for r in items]

    head = {"off": 20, "step": 16, "n": 3, "last": 7}
    case("table_with_a_larger_stride", TABLE, TABLE_SCHEMA, table(20, 16, 3), {**head, "t": f32s(rows(3))}, {**head, "t": rows(3)})
    for name, off, step, n, size, got in (("count_beyond_the_map", 20, 16, 2**31 - 1, 64, 3), ("negative_count", 20, 16, -1, 80, 0),
                                          ("stride_zero", 20, 0, 3, 80, 0), ("stride_beyond_the_map", 20, 2**32 - 1, 3, 80, 1)):
        head = {"off": off, "step": step, "n": n, "last": 7}
        case(name, TABLE, TABLE_SCHEMA, table(off, step, n, size), {**head, "t": f32s(rows(got))}, {**head, "t": rows(got)})
    head = {"off": 2**31, "step": 16, "n": 3, "last": 7}
    case("a_table_outside_is_not_there", TABLE, TABLE_SCHEMA, table(2**31, 16, 3), head, head)
    # Rows may be shorter than known, values not: they overlap then, and the last one ends where the map does.
    head = {"off": 17, "step": 1, "n": 9}
    case("values_of_a_table_are_whole", NUMBERS, NUMBERS_SCHEMA, struct.pack("<III4x", 17, 1, 9) + bytes(range(1, 6)),
         {**head, "t": ext(19, "H", 0x302, 0x403, 0x504)}, {**head, "t": [0x302, 0x403, 0x504]})
    base = {"flags": ["abs", "tc", 16], "gear": -1, "lamp": True, "on": True}
    tail = {"wide": "\u00e9\U0001F600", "temp": -123}
    blob = struct.pack("<II", 77, 88)
    case("shapes", SHAPES, SHAPES_SCHEMA, shapes(1, 8, 2),
         {"kind": "ac", **base, "len": 8, "blob": {"": blob, "type": 77, "shard": 88}, "ints": ext(20, "i", 77, 88), **tail, "used": 2,
          "arr": ext(19, "H", 1, 2)},
         {"kind": "ac", **base, "len": 8, "blob": {"": blob.hex(), "type": 77, "shard": 88}, "ints": [77, 88], **tail, "used": 2, "arr": [1, 2]})
    case("shapes_cut_short", SHAPES, SHAPES_SCHEMA, shapes(2, 6, 0),
         {"kind": "acc", **base, "len": 6, "blob": {"": blob[:6], "type": 77}, **tail, "used": 0, "arr": ext(19, "H")},
         {"kind": "acc", **base, "len": 6, "blob": {"": blob[:6].hex(), "type": 77}, **tail, "used": 0, "arr": []})
    from notation import F32
    head = {"vars": 48, "bufs": 2, "ver": "1.7.2", "buf": [{"tick": 5, "offset": 90}, {"tick": 9, "offset": 100}],
            "var": [{"type": 2, "offset": 0, "name": "gear"}, {"type": 4, "offset": 4, "name": "speed"}]}
    case("a_row_describes_itself", ROWS, ROWS_SCHEMA, self_describing(), {**head, "row": {"gear": 3, "speed": F32(41.5)}},
         {**head, "row": {"gear": 3, "speed": 41.5}})
    head = {**head, "ver": "1.6"}
    case("another_variant", ROWS, ROWS_SCHEMA, self_describing(b"1.6"), head, head)
    return out
