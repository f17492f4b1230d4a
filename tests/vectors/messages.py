"""Vectors of whole messages: bridge to viewer, viewer to bridge, and those that close the connection."""
import math

import msgpack

from notation import BOOT, CLIENT, F32, SERVER, Pairs, message, pack, row


def server_vectors():
    limits = {"msg_bytes": 16384, "msgs_per_s": 50, "subs": 1024, "frames": 4, "window_bytes": 262144, "hz": 120, "ack": 3,
              "ack_bytes": 32768}
    info = {"daemon": "0.1.0", "instance": "rig-1", "hb_ms": 1000, "access": "r", "limits": limits, "caps": []}
    t = 1760000000000000
    ann = [1, "fork_server", 1, 32, "8f3ab0a1c2d3e4f5", 0, 2, 500, 100, 1, "the tutorial struct"]
    legacy = [4294967295, "vendor/\u00e9quipe.1", 4294967295, 16777216, "", 3, 7, 2000, 0, 2, ""]
    live = [7, 2, 12, 3, 1, 4711, F32(59.5), "fork_server"]
    never = [8, 1, None, None, 0, 0, F32(0), ""]
    cases = [
        ("hello", "HELLO", 0, BOOT, t, 123456789, info),
        ("hello_rw_with_caps", "HELLO", 0, bytes(16), t, 0, {**info, "access": "rw", "caps": ["a", "bc"]}),
        ("ann_two_regions", "ANN", True, [ann, legacy]),
        ("ann_not_last", "ANN", False, [ann]),
        ("ann_empty", "ANN", True, []),
        ("ann_writable", "ANN", True, [[3, "setpoints", 1, 8, "8f3ab0a1c2d3e4f5", 256, 2, 500, 0, 0, ""]]),
        ("ann_writable_in_part", "ANN", True, [[3, "setpoints", 1, 8, "8f3ab0a1c2d3e4f5", 256, 2, 500, 0, 0, "", ["target", "wheel[1].slip"]]]),
        ("unann", "UNANN", [1, 200, 70000]),
        ("res_fine", "RES", 1, 0, [[7, 0], [8, 0]]),
        ("res_partly", "RES", 2**32, 0, [[7, 0], [0, 404], [9, 429], [10, 415], [11, 422], [12, 413]]),
        ("res_as_a_whole", "RES", 3, 400, []),
        ("upd_key", "UPD", 7, 1, 0, 1, 1, t, 3, 1, bytes(range(32))),
        ("upd_patch", "UPD", 7, 1, 1, 2, 5, t + 1, 0, 2, bytes.fromhex("0402aabb0301ff")),
        ("upd_patch_of_nothing", "UPD", 7, 1, 2, 3, 6, t + 2, 0, 64, b""),
        ("upd_never_written", "UPD", 8, 1, 0, 1, 0, None, None, 33, bytes(4)),
        ("upd_large_numbers", "UPD", 2**32 - 1, 2**32 - 1, 2**63, 2**64 - 2, 2**64 - 3, 2**53, 2**40, 255, bytes(300)),
        ("live", "LIVE", t, [live, never]),
        ("live_empty", "LIVE", t, []),
        ("live_dead", "LIVE", t, [[7, 4, 1500, 1600, 3, 4711, F32(0.5), "x" * 31]]),
        ("live_why", "LIVE", t, [[7, 3, 12, 3000, 1, 4711, F32(0), "game.exe", "tick has stood still for longer than 500 ms"], live]),
        ("live_why_of_many_bytes", "LIVE", t, [[7, 0, None, None, 0, 0, F32(0), "", "\u00e9" + "x" * 93]]),
        ("hb", "HB", 17, t, 99, {"viewers": 3, "regions": 12, "conflated": 5, "sent_bytes": 2**33, "held": 4}),
        ("pong", "PONG", 42, t),
        ("status", "STATUS", 1, "reload", "config reloaded, 2 items refused", 60000),
        ("status_until_replaced", "STATUS", 0, "disk", "nearly full: \u2264 1 %", 0),
        ("err", "ERR", 9, 404, "no such schema"),
        ("res_of_set", "RES", 8, 0, [[3, 0]]),
        ("err_of_set", "ERR", 8, 422, "temp: above the field's max, or not a number"),
        ("err_of_nothing", "ERR", None, 500, ""),
        ("bye", "BYE", 1001, "stopping", 2000),
    ]
    out = []
    for name, op, *args in cases:
        body, what = message(SERVER, op, *args)
        out.append(row(name, body, meaning=what))
    return out


def client_vectors():
    def one(name, op, *args, hex=None):
        body, what = message(CLIENT, op, *args)
        return row(name, hex or body, meaning=[what])

    def many(name, *messages):
        parts = [message(CLIENT, op, *args) for op, *args in messages]
        return row(name, b"".join(p[0] for p in parts), meaning=[p[1] for p in parts])

    token = "q7m0" * 10 + "abc"
    out = [
        one("hello", "HELLO", 0, {"token": token, "agent": "vectors/1"}),
        one("hello_bare", "HELLO", 0, {}),
        one("hello_resume", "HELLO", 3, {"token": token, "resume": BOOT}),
        one("sub_by_rid", "SUB", 1, [[7, {}]]),
        one("sub_by_name", "SUB", 2, [["fork_server", {"hz": 60, "enc": 0}]]),
        one("sub_globs", "SUB", 3, [["**", {"live_only": True}], ["rig.*/wheel", {"hz": 0.5, "enc": 1}]]),
        one("sub_resume", "SUB", 4, [[7, {"gen": 1, "seq": 2**40}], [8, {"hz": F32(30)}]]),
        one("sub_nothing", "SUB", 5, []),
        one("unsub", "UNSUB", 6, [7, "fork_server", "rig.*"]),
        one("getschema", "GETSCHEMA", 7, "8f3ab0a1c2d3e4f5"),
        one("ack", "ACK", 4, False),
        one("ack_hidden", "ACK", 2**33, True),
        one("ping", "PING", 2**64 - 1),
        one("rate", "RATE", 10),
        one("rate_pause", "RATE", 0),
        one("rate_fraction", "RATE", 0.25),
        one("rate_lift", "RATE", None),
        one("set", "SET", 8, 7, {"temp": 20.5, "on": True}),
        one("set_paths", "SET", 9, 3, {"wheel[1].slip": 0.5, "list": [1, -2, 3], "name": "\u00e9", "blob": b"\x00\xff", "n": 2**63}),
        many("several", ("ACK", 1, False), ("PING", 1), ("RATE", 60), ("SUB", 9, [[1, {"hz": 1}]])),
    ]
    # ignored by rule: trailing elements, ops from 64, unknown keys of any kind
    body = pack([37, 5, "more", [1, 2], None])
    out.append(row("ping_with_trailing_elements", body, meaning=[{"op": "PING", "n": 5}]))
    body = pack([64]) + pack([37, 6]) + pack([200, {"a": [1, [2]]}, "x"])
    out.append(row("ping_between_unknown_ops", body, meaning=[{"op": "PING", "n": 6}]))
    body = pack([33, 1, [[7, Pairs([("hz", 5), ("zoom", [1, 2]), (3, None), (None, 1)]), "more"]], "more"])
    out.append(row("sub_with_unknown_keys", body, meaning=[{"op": "SUB", "ref": 1, "rows": [[7, {"hz": 5}]]}]))
    # the same numbers written longer than needed
    body = bytes.fromhex("dc0002d025d30000000000000005")
    out.append(row("ping_in_wide_integers", body, meaning=[{"op": "PING", "n": 5}]))
    # the limits themselves
    body = pack([32, 0, {"x": [[[[]]]]}])
    out.append(row("depth_6", body, meaning=[{"op": "HELLO", "minor": 0, "info": {}}]))
    body = pack([64, [0] * 2045])
    out.append(row("items_2048", body, meaning=[]))
    return out


def bad_vectors():
    """What closes the connection, and how. `after`: what was exchanged before."""
    hello = pack([32, 0, {}])
    ping = pack([37, 1])

    def bad(name, body, close=4400, after="hello", by="wire", **more):
        return row(name, body, close=close, after=after, by=by, **more)

    ext = pack([37, msgpack.ExtType(1, b"abcd")])
    out = [
        bad("empty", b""),
        bad("bomb_array32", bytes.fromhex("dd00ffffff"), after="nothing"),
        bad("bomb_map32", bytes.fromhex("df00ffffff")),
        bad("bomb_nested", bytes.fromhex("dd00ffffff" * 5)),
        bad("bomb_bin32", bytes.fromhex("c6ffffffff00")),
        bad("bomb_str32", bytes.fromhex("9225dbffffffff61")),
        bad("array_longer_than_the_message", bytes.fromhex("932501")),
        bad("map_longer_than_the_message", bytes.fromhex("932000820101")),
        bad("cut_in_an_integer", bytes.fromhex("9225cf0000")),
        bad("cut_in_a_text", bytes.fromhex("9225a56162")),
        bad("cut_in_a_head", bytes.fromhex("dc00")),
        bad("second_array_cut", ping + bytes.fromhex("9225")),
        bad("reserved_byte_c1", bytes.fromhex("9225c1")),
        bad("reserved_byte_alone", bytes.fromhex("c1")),
        bad("ext", ext),
        bad("ext_in_an_ignored_message", pack([64, msgpack.ExtType(17, bytes(40))])),
        bad("ext_timestamp", bytes.fromhex("9240d6ff00000000")),
        bad("depth_7", pack([64, [[[[[[]]]]]]])),
        bad("depth_100", b"\x91" * 100 + b"\x00"),
        bad("items_2049", pack([64, [0] * 2046])),
        bad("items_2049_over_two_arrays", pack([64, [0] * 1000]) + pack([64, [0] * 1045])),
        bad("utf8_overlong", bytes.fromhex("93200081a5746f6b656ea2c0af")),
        bad("utf8_surrogate", bytes.fromhex("93200081a5746f6b656ea3eda080")),
        bad("utf8_above_10ffff", bytes.fromhex("93200081a5746f6b656ea4f4908080")),
        bad("utf8_cut", bytes.fromhex("93200081a5746f6b656ea1c3")),
        bad("utf8_bad_key", bytes.fromhex("93200081a1ff01")),
        bad("not_an_array", pack({"op": 37})),
        bad("a_number", pack(37)),
        bad("nil", pack(None)),
        bad("empty_array", pack([])),
        bad("op_is_text", pack(["PING", 1])),
        bad("op_is_negative", pack([-1, 1])),
        bad("op_is_real", pack([37.0, 1])),
        bad("op_of_the_bridge", pack([9, 1, 2, 3, {}])),
        bad("op_0", pack([0])),
        bad("op_40", pack([40, 1])),
        bad("op_63", pack([63])),
        bad("ping_too_short", pack([37])),
        bad("ping_text", pack([37, "1"])),
        bad("ping_negative", pack([37, -1])),
        bad("ack_too_short", pack([36, 0])),
        bad("ack_without_bool", pack([36, 0, 1])),
        bad("ack_negative", pack([36, -1, False])),
        bad("rate_negative", pack([38, -1])),
        bad("rate_nan", pack([38, math.nan])),
        bad("rate_text", pack([38, "fast"])),
        bad("sub_without_ref", pack([33, [[7, {}]]])),
        bad("sub_ref_text", pack([33, "1", []])),
        bad("sub_rows_map", pack([33, 1, {}])),
        bad("sub_row_short", pack([33, 1, [[7]]])),
        bad("sub_row_number", pack([33, 1, [7]])),
        bad("sub_target_nil", pack([33, 1, [[None, {}]]])),
        bad("sub_target_negative", pack([33, 1, [[-7, {}]]])),
        bad("sub_target_bin", pack([33, 1, [[b"name", {}]]])),
        bad("sub_options_array", pack([33, 1, [[7, []]]])),
        bad("sub_hz_text", pack([33, 1, [[7, {"hz": "60"}]]])),
        bad("sub_enc_negative", pack([33, 1, [[7, {"enc": -1}]]])),
        bad("sub_live_only_number", pack([33, 1, [[7, {"live_only": 1}]]])),
        bad("sub_seq_negative", pack([33, 1, [[7, {"gen": 1, "seq": -1}]]])),
        bad("sub_second_row_bad", pack([33, 1, [[7, {}], [8, {"gen": "x"}]]])),
        bad("sub_key_is_a_map", pack([33, 1, [[7, Pairs([(Pairs([]), 1)])]]])),
        bad("unsub_rows_text", pack([34, 1, "all"])),
        bad("unsub_target_array", pack([34, 1, [[7]]])),
        bad("getschema_number", pack([35, 1, 7])),
        bad("set_without_values", pack([39, 1, 7])),
        bad("set_values_array", pack([39, 1, 7, []])),
        bad("hello_token_number", pack([32, 0, {"token": 1}]), after="nothing"),
        bad("hello_resume_short", pack([32, 0, {"resume": b"123"}]), after="nothing"),
        bad("hello_resume_text", pack([32, 0, {"resume": "0123456789abcdef"}]), after="nothing"),
        bad("hello_info_array", pack([32, 0, []]), after="nothing"),
        bad("hello_minor_text", pack([32, "0", {}]), after="nothing"),
        bad("hello_too_short", pack([32, 0]), after="nothing"),
        bad("good_then_bad", ping + pack([37])),
        # what only a session can know
        bad("ping_before_hello", ping, after="nothing", by="session"),
        bad("sub_before_hello", pack([33, 1, [[1, {}]]]), after="nothing", by="session"),
        bad("unknown_op_before_hello", pack([64]), after="nothing", by="session"),
        bad("second_hello", hello, by="session"),
        bad("second_hello_in_one_message", hello + hello, after="nothing", by="session"),
        bad("ack_of_what_was_not_sent", pack([36, 1000000, False]), by="session"),
        bad("hello_of_5_kib", pack([32, 0, {"agent": "x" * 5120}]), close=1009, after="nothing", by="session"),
        bad("message_of_17_kib", pack([64, "x" * 17408]), close=1009, by="session"),
    ]
    return out
