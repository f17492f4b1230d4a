"""pagecast_layout.py - decodes a payload by the canonical layout text beside it (docs/layout.md)."""
import re
import struct

SCALARS = {"bool": "?", "i8": "b", "u8": "B", "i16": "h", "u16": "H", "i32": "i", "u32": "I", "i64": "q", "u64": "Q",
           "f32": "f", "f64": "d"}
ENUM_BYTES = {"enum8": 1, "enum16": 2, "enum32": 4}
STATEMENT = re.compile(r'@(\d+) (\w+) (\w+)((?:\[\d+\])*)((?: \w+=(?:"(?:[^"\\]|\\.)*"|[^ {]+))*)( \{)?$')
KEY = re.compile(r' (\w+)=("(?:[^"\\]|\\.)*"|[^ {]+)')


def _keys(text):
    return {k: v[1:-1] if v.startswith('"') else v for k, v in KEY.findall(text)}


def parse(text):
    """[(name, type, offset, dims, keys, fields)] of the canonical text; fields: of a struct, else None."""
    lines = iter(text.splitlines())

    def block():
        found = []
        for line in lines:
            line = line.strip()
            if line == "}":
                break
            if line.startswith("layout"):
                continue
            m = STATEMENT.match(line)
            assert m, f"not canonical layout text: {line!r}"
            dims = [int(d) for d in re.findall(r"\d+", m[4])]
            found.append((m[2], m[3], int(m[1]), dims, _keys(m[5]), block() if m[6] else None))
        return found

    return block()


def _labels(keys):
    pairs = (p.split(":", 1) for p in re.split(r"(?<!\\),", keys.get("labels", "")) if p)
    return {int(n): label for n, label in pairs}


def _one(kind, keys, fields, data, at, length):
    if kind == "struct":
        return values(fields, data, at)
    if kind == "char":
        return data[at:at + length].split(b"\0")[0].decode(errors="replace")
    if kind == "wchar16":
        return data[at:at + 2 * length].decode("utf-16-le", errors="replace").split("\0")[0]
    if kind == "u8" and length > 1:
        return data[at:at + length]
    if kind in ENUM_BYTES:
        labels = _labels(keys)
        number = int.from_bytes(data[at:at + ENUM_BYTES[kind]], "little", signed=min(labels, default=0) < 0)
        return labels.get(number, number)
    return struct.unpack_from("<" + SCALARS[kind], data, at)[0]


def _bytes(kind, keys, length):
    if kind == "struct":
        return int(keys["size"])
    if kind in ("char", "wchar16"):
        return length * (2 if kind == "wchar16" else 1)
    return ENUM_BYTES.get(kind) or struct.calcsize("<" + SCALARS[kind]) * length


def _array(kind, dims, keys, fields, data, at, length, stride):
    if not dims:
        return _one(kind, keys, fields, data, at, length)
    step = stride
    for d in dims[1:]:
        step *= d
    return [_array(kind, dims[1:], keys, fields, data, at + i * step, length, stride) for i in range(dims[0])]


def values(fields, data, base=0):
    """{name: value} of a struct."""
    found = {}
    for name, kind, offset, dims, keys, inner in fields:
        length = 1
        if kind in ("char", "wchar16", "u8") and dims:
            *dims, length = dims
        stride = int(keys.get("stride", _bytes(kind, keys, length)))
        found[name] = _array(kind, dims, keys, inner, data, base + offset, length, stride)
    return found
