"""Vectors of what messages carry: patches, layouts, values, globs."""
import math
import struct

import msgpack

from notation import F32, SERVER, Pairs, meaning, message, pack, row


# ---- patches ----

def leb128(v):
    out = bytearray()
    while True:
        out.append(v & 0x7F | (0x80 if v > 0x7F else 0))
        v >>= 7
        if not v:
            return bytes(out)


def patch(*runs):
    at, out = 0, b""
    for offset, data in runs:
        out += leb128(offset - at) + leb128(len(data)) + data
        at = offset + len(data)
    return out


def apply_patch(before, data):
    out, place, at = bytearray(before), 0, 0

    def number():
        nonlocal at
        v = shift = 0
        while True:
            if at == len(data) or shift > 63:
                raise ValueError
            byte = data[at]
            at += 1
            v |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                if v >= 2**64:
                    raise ValueError
                return v

    while at < len(data):
        skip, length = number(), number()
        if not length or place + skip + length > len(out) or at + length > len(data):
            raise ValueError
        place += skip
        out[place:place + length] = data[at:at + length]
        place += length
        at += length
    return bytes(out)


def patch_vectors():
    zeros = bytes(16)
    text = bytes(range(1, 33))
    big = bytes(i * 31 & 255 for i in range(1000))
    runs = [
        ("nothing", zeros, ()),
        ("first_byte", zeros, ((0, b"\xff"),)),
        ("last_byte", zeros, ((15, b"\xff"),)),
        ("everything", zeros, ((0, bytes(range(16))),)),
        ("two_runs", text, ((4, b"\xaa\xbb"), (9, b"\xff"))),
        ("runs_side_by_side", text, ((0, b"ab"), (2, b"cd"))),
        ("skip_of_127", big, ((127, b"x"),)),
        ("skip_of_128", big, ((128, b"x"),)),
        ("run_of_128", big, ((3, b"\x5a" * 128), (999, b"e"))),
        ("skip_after_a_long_run", big, ((1, b"\x00" * 300), (700, b"\x01" * 300))),
    ]
    out = []
    for name, before, which in runs:
        data = patch(*which)
        after = bytearray(before)
        for offset, piece in which:
            after[offset:offset + len(piece)] = piece
        assert apply_patch(before, data) == bytes(after)
        out.append(row(name, data, before=before.hex(), after=bytes(after).hex()))
    odd = [("skip_written_long", bytes.fromhex("84800001cc"), zeros)]
    for name, data, before in odd:
        out.append(row(name, data, before=before.hex(), after=apply_patch(before, data).hex()))
    wrong = [
        ("run_of_no_bytes", "0000"),
        ("run_beyond_the_payload", "0f02aaaa"),
        ("run_starts_at_the_end", "1001aa"),
        ("skip_beyond_the_payload", "1101aa"),
        ("second_run_beyond", "0401aa0b01bb0001cc"),
        ("good_run_then_cut", "0401aa00"),
        ("cut_in_a_number", "80"),
        ("cut_after_skip", "04"),
        ("cut_in_the_bytes", "0003aabb"),
        ("skip_of_2_to_the_64", "8080808080808080800201aa"),
        ("skip_wraps_around", "ffffffffffffffffff0101aa"),
        ("length_wraps_around", "01ffffffffffffffffff01aa"),
        ("number_of_eleven_bytes", "808080808080808080800001aa"),
    ]
    for name, data in wrong:
        data = bytes.fromhex(data)
        try:
            apply_patch(zeros, data)
            raise SystemExit(f"{name} is not malformed")
        except ValueError:
            out.append(row(name, data, before=zeros.hex(), after=None))
    return out


def apply_vectors():
    """PC-UPD-03, PC-UPD-04, PC-UPD-08: what a viewer that holds `gen`, `seq` and `bytes` does with an update."""
    held = bytes(range(8))
    new = b"\xee" * 8
    piece = patch((2, b"\xaa\xbb"))
    patched = held[:2] + b"\xaa\xbb" + held[4:]
    out = []

    def case(name, result, gen, base, seq, flags, data, have=(3, 10, held), size=8):
        body, what = message(SERVER, "UPD", 7, gen, base, seq, seq, 1, 0, flags, data)
        after = {"applied": (new if flags & 1 else patched), "dropped": have[2], "malformed": None}[result]
        out.append(row(name, body, meaning=what, held={"gen": have[0], "seq": have[1], "size": size, "hex": have[2].hex() if have[2] is not None else None},
                       result=result, after=None if after is None else after.hex()))

    case("key_over_nothing", "applied", 3, 0, 1, 1, new, have=(3, 0, None))
    case("key_over_older", "applied", 3, 0, 11, 1, new)
    case("key_of_a_replay", "applied", 3, 0, 11, 1 | 8, new)
    case("patch_of_a_replay", "applied", 3, 10, 11, 8, piece)
    case("key_over_the_same_seq", "applied", 3, 0, 10, 1, new)
    case("key_of_another_gen", "dropped", 4, 0, 11, 1, new)
    case("key_of_an_older_gen", "dropped", 2, 0, 11, 1, new)
    case("key_too_short", "malformed", 3, 0, 11, 1, new[:7])
    case("key_too_long", "malformed", 3, 0, 11, 1, new + b"x")
    case("patch_from_what_is_held", "applied", 3, 10, 11, 0, piece)
    case("patch_from_earlier", "applied", 3, 7, 12, 2, piece)
    case("patch_to_what_is_held", "applied", 3, 7, 10, 0, piece)
    case("patch_from_later", "dropped", 3, 11, 12, 0, piece)
    case("patch_to_earlier", "dropped", 3, 7, 9, 0, piece)
    case("patch_of_another_gen", "dropped", 4, 10, 11, 0, piece)
    case("patch_over_nothing", "dropped", 3, 1, 2, 0, piece, have=(3, 0, None))
    case("patch_beyond_the_payload", "malformed", 3, 10, 11, 0, patch((7, b"ab")))
    case("patch_without_bytes", "malformed", 3, 10, 11, 0, b"\x00\x00")
    return out


# ---- layouts, schemas, values ----

def fnv1a(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


def schema_vectors():
    out = []

    def case(name, text, size, align, fields):
        sid = f"{fnv1a(text):016x}"
        schema = {"size": size, "align": align, "text": text, "fields": fields}
        body, what = message(SERVER, "SCHEMA", sid, schema)
        out.append(row(name, body, layout=text, sid=sid, meaning=what))

    case("fork_server", "layout size=32 align=8\n@0 a bool\n@4 b f32\n@8 c f64\n@16 buffer char[10]\n", 32, 8, [
        {"n": "a", "t": "bool", "o": 0, "b": 1},
        {"n": "b", "t": "f32", "o": 4, "b": 4},
        {"n": "c", "t": "f64", "o": 8, "b": 8},
        {"n": "buffer", "t": "char", "o": 16, "b": 10, "l": 10},
    ])
    text = (
        "layout size=48 align=8\n"
        '@0 temp f32 unit="degC" title="Coolant" doc="at the outlet" min=0 max=120\n'
        '@4 mode enum8 labels="0:idle,1:running"\n'
        "@5 name char[10]\n"
        "@16 wheel struct[4] size=8 align=8 {\n"
        "  @0 slip f64\n"
        "}\n"
    )
    case("keys_labels_and_a_struct", text, 48, 8, [
        {"n": "temp", "t": "f32", "o": 0, "b": 4, "u": "degC", "ti": "Coolant", "doc": "at the outlet", "min": 0.0, "max": 120.0},
        {"n": "mode", "t": "enum8", "o": 4, "b": 1, "en": [[0, "idle"], [1, "running"]]},
        {"n": "name", "t": "char", "o": 5, "b": 10, "l": 10},
        {"n": "wheel", "t": "struct", "o": 16, "b": 8, "s": 8, "d": [4], "f": [{"n": "slip", "t": "f64", "o": 0, "b": 8}]},
    ])
    text = (
        "layout size=96 align=4\n"
        "@0 grid f32[2][3]\n"
        "@24 key u16[4] stride=8\n"
        "@56 names char[2][5]\n"
        "@66 wide wchar16[3]\n"
        "@72 blob u8[7]\n"
        "@79 blobs u8[2][3]\n"
        "@85 lone u8\n"
        '@86 level enum16 labels="-1:low,0:mid,1:high"\n'
    )
    case("dimensions_texts_and_blobs", text, 96, 4, [
        {"n": "grid", "t": "f32", "o": 0, "b": 4, "s": 4, "d": [2, 3]},
        {"n": "key", "t": "u16", "o": 24, "b": 2, "s": 8, "d": [4]},
        {"n": "names", "t": "char", "o": 56, "b": 5, "s": 5, "d": [2], "l": 5},
        {"n": "wide", "t": "wchar16", "o": 66, "b": 6, "l": 3},
        {"n": "blob", "t": "u8", "o": 72, "b": 7, "l": 7},
        {"n": "blobs", "t": "u8", "o": 79, "b": 3, "s": 3, "d": [2], "l": 3},
        {"n": "lone", "t": "u8", "o": 85, "b": 1},
        {"n": "level", "t": "enum16", "o": 86, "b": 2, "en": [[-1, "low"], [0, "mid"], [1, "high"]]},
    ])
    return out


def value_vectors():
    out = []

    def case(name, layout, payload, values, as_json, changed=None):
        out.append(row(name, pack(values), layout=layout, payload=payload.hex(), changed=changed,
                       meaning=meaning(values), json=as_json))

    def ext(code, fmt, *numbers):
        return msgpack.ExtType(code, struct.pack(f"<{len(numbers)}{fmt}", *numbers))

    case("fork_server", "a bool\nb f32\nc f64\nbuffer char[10]\n",
         struct.pack("<?3xfd10s6x", True, 1.5, -0.1, b"hello\0old!"),
         {"a": True, "b": F32(1.5), "c": -0.1, "buffer": "hello"}, {"a": True, "b": 1.5, "c": -0.1, "buffer": "hello"})
    case("bool_is_anything_but_zero", "a bool\nb bool\n", b"\x02\x00", {"a": True, "b": False}, {"a": True, "b": False})
    ints = {"a": ("i8", "b", -128), "b": ("u8", "B", 255), "c": ("i16", "h", -32768), "d": ("u16", "H", 65535), "e": ("i32", "i", -2**31),
            "f": ("u32", "I", 2**32 - 1), "g": ("i64", "q", -2**63), "h": ("u64", "Q", 2**64 - 1)}
    case("integers_at_their_ends", "layout packing=1\n" + "".join(f"{n} {t}\n" for n, (t, _, _) in ints.items()),
         b"".join(struct.pack("<" + f, v) for _, f, v in ints.values()),
         {n: v for n, (_, _, v) in ints.items()}, {n: v for n, (_, _, v) in ints.items()})
    case("reals_that_are_no_numbers", "a f32\nb f32\nc f64\nd f64\n", struct.pack("<ffdd", math.nan, math.inf, -math.inf, -0.0),
         {"a": F32(math.nan), "b": F32(math.inf), "c": -math.inf, "d": -0.0}, {"a": None, "b": None, "c": None, "d": -0.0})
    case("f32_keeps_its_digits", "a f32\nb f32\n", struct.pack("<ff", 0.1, 16777216.0),
         {"a": F32(struct.unpack("<f", struct.pack("<f", 0.1))[0]), "b": F32(16777216.0)}, {"a": 0.1, "b": 16777216})
    case("texts", "full char[4]\nempty char[4]\none char\nwide wchar16[4]\nbad char[3]\n",
         b"abcd" + b"\0xyz" + b"q\0" + "h\u00e9\U0001F600".encode("utf-16-le") + b"a\xffb\0",
         {"full": "abcd", "empty": "", "one": "q", "wide": "h\u00e9\U0001F600", "bad": "a\ufffdb"},
         {"full": "abcd", "empty": "", "one": "q", "wide": "h\u00e9\U0001F600", "bad": "a\ufffdb"})
    case("text_that_json_must_escape", "t char[8]\n", b'"\\\n\x01\x7f\0\0\0', {"t": '"\\\n\x01\x7f'}, {"t": '"\\\n\x01\x7f'})
    case("blobs", "blob u8[4]\nmany u8[2][2]\nlone u8\n", bytes([0, 255, 16, 1, 2, 3, 4, 5, 9]),
         {"blob": b"\x00\xff\x10\x01", "many": [b"\x02\x03", b"\x04\x05"], "lone": 9},
         {"blob": "00ff1001", "many": ["0203", "0405"], "lone": 9})
    case("enums", 'a enum8 labels="0:idle,1:running"\nb enum8 labels="0:idle,1:running"\nc enum16 labels="-1:low"\nd enum32 labels="7:x"\n',
         struct.pack("<BBhI", 1, 9, -1, 2**32 - 1), {"a": "running", "b": 9, "c": "low", "d": 2**32 - 1},
         {"a": "running", "b": 9, "c": "low", "d": 2**32 - 1})
    case("arrays_of_numbers", "a i8[3]\nb i16[2]\nc u16[2]\nd i32[2]\ne u32[1]\nf i64[2]\ng u64[2]\nh f32[2]\ni f64[2][2]\n",
         struct.pack("<3bx2h2H2iI2q2Q2f4d", -1, 0, 1, -2, 2, 3, 4, -5, 5, 6, -7, 7, 8, 2**64 - 1, 0.5, 1.5, 1, 2, 3, 4),
         {"a": ext(16, "b", -1, 0, 1), "b": ext(18, "h", -2, 2), "c": ext(19, "H", 3, 4), "d": ext(20, "i", -5, 5),
          "e": ext(21, "I", 6), "f": ext(22, "q", -7, 7), "g": ext(23, "Q", 8, 2**64 - 1), "h": ext(24, "f", 0.5, 1.5),
          "i": ext(25, "d", 1, 2, 3, 4)},
         {"a": [-1, 0, 1], "b": [-2, 2], "c": [3, 4], "d": [-5, 5], "e": [6], "f": [-7, 7], "g": [8, 2**64 - 1],
          "h": [0.5, 1.5], "i": [1, 2, 3, 4]})
    case("stride_leaves_gaps_out", "k u16[3] stride=4\n", struct.pack("<HHHHH", 1, 99, 2, 99, 3), {"k": ext(19, "H", 1, 2, 3)}, {"k": [1, 2, 3]})
    case("other_arrays_nest", 'on bool[2][2]\nname char[2][3]\nmode enum8[2] labels="1:one"\n', bytes([1, 0, 0, 1]) + b"ab\0cde" + bytes([1, 2]),
         {"on": [[True, False], [False, True]], "name": ["ab", "cde"], "mode": ["one", 2]},
         {"on": [[True, False], [False, True]], "name": ["ab", "cde"], "mode": ["one", 2]})
    wheel = "wheel struct[2] {\n  slip f64\n  hub struct {\n    bolts u8\n    at i16[2]\n  }\n}\nend u8\n"
    body = b"".join(struct.pack("<dBxhh2x", s, n, -n, n) for s, n in ((0.25, 4), (0.5, 5))) + b"\x07" + bytes(7)
    case("structs", wheel, body,
         {"wheel": [{"slip": 0.25, "hub": {"bolts": 4, "at": ext(18, "h", -4, 4)}}, {"slip": 0.5, "hub": {"bolts": 5, "at": ext(18, "h", -5, 5)}}], "end": 7},
         {"wheel": [{"slip": 0.25, "hub": {"bolts": 4, "at": [-4, 4]}}, {"slip": 0.5, "hub": {"bolts": 5, "at": [-5, 5]}}], "end": 7})
    case("only_what_changed", "a u8\nb u8\nc u8\n", b"\x01\x02\x03", {"b": 2}, {"a": 1, "b": 2, "c": 3}, changed=[False, True, False])
    case("nothing_changed", "a u8\nb u8\n", b"\x01\x02", {}, {"a": 1, "b": 2}, changed=[False, False])
    case("raw_bytes", None, bytes(range(5)), {"": bytes(range(5))}, {"": "0001020304"})
    case("long_text", "t char[400]\n", b"x" * 399 + b"\0", {"t": "x" * 399}, {"t": "x" * 399})
    case("long_blob", "t u8[300]\n", bytes(i & 255 for i in range(300)), {"t": bytes(i & 255 for i in range(300))},
         {"t": bytes(i & 255 for i in range(300)).hex()})
    return out


def glob_vectors():
    cases = [
        ("a", "a", 1), ("a", "b", 0), ("a", "ab", 0), ("ab", "a", 0), ("", "", 1), ("", "a", 0),
        ("*", "", 1), ("*", "abc", 1), ("*", "a.b", 0), ("*", "a/b", 0), ("**", "a.b/c", 1), ("**", "", 1),
        ("a.*", "a.b", 1), ("a.*", "a.", 1), ("a.*", "a", 0), ("a.*", "a.b.c", 0), ("a.**", "a.b.c", 1), ("a.**", "a", 0),
        ("*.b", "a.b", 1), ("*.b", "x.a.b", 0), ("**.b", "x.a.b", 1), ("**b", "b", 1), ("*b*", "abc", 1), ("*b*", "ac", 0),
        ("a*c", "abbbc", 1), ("a*c", "ab.bc", 0), ("a**c", "ab.bc", 1), ("a*b*c", "axbxbxc", 1), ("a*b*c", "axbxbx", 0),
        ("rig-?.x", "rig-1.x", 0), ("rig[1]", "rig[1]", 1), ("rig[1]", "rig1", 0), ("A", "a", 0),
        ("***", "a.b", 1), ("*a**b*", "xa.y.bz", 1), ("*a**b*", "x.a.y.bz", 0), ("**.*", "a.b.c", 1), ("**.*", "abc", 0),
        ("*/*.wheel", "car/front.wheel", 1), ("*/*.wheel", "car.front.wheel", 0), ("\u00e9*", "\u00e9quipe", 1),
        ("*" + "a*" * 30 + "b", "a" * 55, 0), ("**" + "a**" * 30 + "b", "a" * 63, 0),
        ("x" * 128, "x" * 128, 1), ("x" * 129, "x" * 129, 0),
    ]
    return [{"name": f"{i:02d}", "pattern": p, "text": t, "match": bool(m)} for i, (p, t, m) in enumerate(cases)]


# ---- SET ----

SET_LAYOUT = """\
layout size=40 align=8
@0 on bool
@2 a i16 min=-100 max=100
@4 f f32 min=0 max=10
@8 d f64
@16 mode enum8 labels="0:idle,1:run"
@17 name char[4]
@21 blob u8[3]
@24 list i16[3]
@32 w struct[2] size=4 align=2 {
  @0 x i16
}
"""


def set_vectors():
    """What the values of a SET do to a payload, or the code that refuses all of them (PC-SET-03 ..)."""
    before = bytes(range(40))

    def one(name, values, code=0, allowed="*", **writes):
        after = bytearray(before)
        for at, data in writes.items():
            offset = int(at[1:])
            after[offset:offset + len(data)] = data
        return row(name, pack(values), layout=SET_LAYOUT, allowed=allowed, before=before.hex(), code=code,
                   after=None if code else bytes(after).hex())

    return [
        one("truth", {"on": True}, _0=b"\x01"),
        one("a_number_is_no_truth", {"on": 1}, 422),
        one("integer", {"a": -100}, _2=struct.pack("<h", -100)),
        one("below_min", {"a": -101}, 422),
        one("beyond_its_type", {"list[0]": 32768}, 422),
        one("a_float_is_no_integer", {"a": 1.0}, 422),
        one("real_from_integer", {"f": 7}, _4=struct.pack("<f", 7)),
        one("real", {"f": 2.5, "d": -0.25}, _4=struct.pack("<f", 2.5), _8=struct.pack("<d", -0.25)),
        one("nan_has_no_bounds", {"f": math.nan}, 422),
        one("infinity_without_bounds", {"d": math.inf}, _8=struct.pack("<d", math.inf)),
        one("label", {"mode": "run"}, _16=b"\x01"),
        one("number_of_a_label", {"mode": 0}, _16=b"\x00"),
        one("number_without_label", {"mode": 2}, 422),
        one("text_fills_up_with_nul", {"name": "hi"}, _17=b"hi\0\0"),
        one("text_too_long", {"name": "hello"}, 413),
        one("text_with_nul", {"name": "a\0b"}, 422),
        one("bytes_fill_up_with_nul", {"blob": b"\xff"}, _21=b"\xff\0\0"),
        one("bytes_too_many", {"blob": b"1234"}, 413),
        one("array_as_a_whole", {"list": [1, -2, 3]}, _24=struct.pack("<3h", 1, -2, 3)),
        one("array_too_short", {"list": [1, 2]}, 422),
        one("array_too_long", {"list": [1, 2, 3, 4]}, 413),
        one("element", {"list[1]": 9}, _26=struct.pack("<h", 9)),
        one("field_of_a_struct", {"w[1].x": 5}, _36=struct.pack("<h", 5)),
        one("struct_as_a_whole", {"w[0]": {"x": 1}}, 422),
        one("no_such_field", {"z": 1}, 404),
        one("index_out_of_range", {"w[2].x": 1}, 404),
        one("not_in_the_list", {"a": 1}, 403, "on,w"),
        one("below_one_of_the_list", {"w[0].x": 1}, 0, "on,w", _32=b"\x01\0"),
        one("all_or_nothing", {"a": 1, "on": 1}, 422),
        one("the_later_wins", Pairs([("a", 1), ("a", 2)]), _2=b"\x02\0"),
        one("nothing", {}, 422),
        one("a_key_that_is_no_text", Pairs([(1, 1)]), 422),
    ]
