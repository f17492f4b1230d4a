"""Where fields lie in a payload whose bytes say so, and their values: docs/layout.md, "Features of maps in the wild".

Everything in a map is input. What is located here lies within the data, whatever the bytes say.
"""
from __future__ import annotations

import dataclasses
import struct

_CODECS = {"utf-8": "utf-8", "latin1": "latin-1"}
_WIDE = {"wchar16": ("utf-16-le", 2), "wchar32": ("utf-32-le", 4)}
_COLUMN_TEXT = 255  # bytes of UTF-8


@dataclasses.dataclass(eq=False)
class Source:
    """A number of the map: of the struct `up` levels out, at `offset` there. `array`: which element of it is chosen elsewhere."""
    field: object
    up: int
    offset: int
    array: object = None


@dataclasses.dataclass(eq=False)
class Dynamic:
    """What of a field depends on the bytes; None where nothing does."""
    at: Source | None = None
    newest: Source | None = None
    stride: Source | None = None
    count: Source | None = None
    length: Source | None = None
    when: Source | None = None
    cases: tuple = ()       # (low, high) or (text, is_prefix)
    when_not: bool = False
    columns: dict | None = None
    codes: dict | None = None


# ---- what the paths mean ----

def _named(fields, name):
    return next(f for f in fields if f.name == name)


def _follow(around, path):
    """`around`: the fields of the structs around, outermost first."""
    first = path.replace("[", ".").split(".")[0]
    up = next(i for i, fields in enumerate(reversed(around)) if any(f.name == first for f in fields))
    fields, offset, array = around[-1 - up], 0, None
    for step in path.split("."):
        name, *indices = step.replace("]", "").split("[")
        field, element = _named(fields, name), 0
        for dim, index in zip(field.dims, indices):
            element = element * dim + int(index)
        if field.dims and not indices:
            array = field
        offset += field.offset + element * field.stride
        fields = field.fields
    return Source(field, up, offset, array)


def _case(field, text):
    if field.is_text:
        return text.removesuffix("*"), text.endswith("*")
    for value, label in field.labels.items():
        if label == text:
            return value, value
    low, _, high = text.partition("..")
    return int(low, 0), int(high or low, 0)


def _columns(around, text):
    """{"table": Field, "up": n, "name": (field, offset), ...}"""
    names = dict(pair.split(":") for pair in text.split(","))
    up = next(i for i, fields in enumerate(reversed(around)) if any(f.name == names["table"] for f in fields))
    table = _named(around[-1 - up], names.pop("table"))
    out = {"table": table, "up": up}
    for key, path in names.items():
        source = _follow([table.fields], path)
        out[key] = (source.field, source.offset)
    return out


def _dynamic(field, around):
    keys, d = field.keys, Dynamic()
    paths = {k: keys[k] for k in ("at", "newest", "count", "length") if k in keys}
    if "stride" in keys and not keys["stride"][0].isdigit():
        paths["stride"] = keys["stride"]
    for key, path in paths.items():
        setattr(d, key, _follow(around, path))
    if "when" in keys:
        path, _, cases = keys["when"].partition("=")
        d.when_not = path.endswith("!")
        d.when = _follow(around, path.removesuffix("!"))
        d.cases = tuple(_case(d.when.field, text) for text in cases.split(","))
    if "columns" in keys:
        d.columns = _columns(around, keys["columns"])
        d.codes = {int(code, 0): name for code, name in (pair.split(":") for pair in keys["codes"].split(","))}
    return d if paths or d.when or d.columns else None


def resolve(around):
    """Fill in Field.dynamic of all fields of around[-1] and inside. Raises KeyError or ValueError."""
    for field in around[-1]:
        try:
            field.dynamic = _dynamic(field, around)
        except StopIteration:
            raise KeyError(field.name) from None
        if field.fields:
            # Bytes that are read as fields start anew only in what they hold; paths still lead out of them.
            resolve([*around, field.fields])


# ---- places ----

class Scope:
    """A struct at a place, with those around it."""

    def __init__(self, data, fields, bases=(0,), end=None):
        self.data, self.fields, self.bases = data, fields, bases
        self.end = len(data) if end is None else end

    def _number_at(self, field, at):
        if at + field.element_bytes > len(self.data):
            return None
        return _number(field, self.data[at:at + field.element_bytes])

    def _text_at(self, field, at, units):
        unit = field.element_bytes // field.units
        if at + field.element_bytes > len(self.data):
            return None
        return _text(field, self.data[at:at + min(units, field.units) * unit])

    def _place_of(self, source):
        return self.bases[len(self.bases) - 1 - source.up] + source.offset

    def _size(self, source):
        """A count, a length or a stride: negative and missing ones are 0."""
        n = self._number_at(source.field, self._place_of(source))
        return n if n is not None and n > 0 else 0

    def _is_selected(self, d):
        at = self._place_of(d.when)
        if d.when.field.is_text:
            text = self._text_at(d.when.field, at, 200)
            if text is None:
                return d.when_not
            found = any(text.startswith(t) if is_prefix else text == t for t, is_prefix in d.cases)
        else:
            n = self._number_at(d.when.field, at)
            if n is None:
                return False
            found = any(low <= n <= high for low, high in d.cases)
        return found != d.when_not

    def _newest(self, d):
        """Bytes to the element in which `newest` is largest; None if there is no element."""
        array = d.newest.array
        count = array.dims[0]
        if array.dynamic and array.dynamic.count:
            c = array.dynamic.count
            source = Source(c.field, c.up + d.newest.up, c.offset)
            if source.up < len(self.bases):
                count = min(count, self._size(source))
        best = None
        for i in range(count):
            n = self._number_at(d.newest.field, self._place_of(d.newest) + i * array.stride)
            if n is None:
                break
            if best is None or n > best[0]:
                best = n, i
        return best[1] * array.stride if best else (0 if count else None)

    def _start(self, field):
        d = field.dynamic
        if field.offset is not None:
            offset = self.bases[-1] + field.offset
            return (offset, self.end) if offset < self.end else None
        rotated = self._newest(d) if d.newest else 0
        if rotated is None:
            return None
        at = self._number_at(d.at.field, self._place_of(d.at) + rotated)
        return (at, len(self.data)) if at is not None and 0 <= at < len(self.data) else None

    def locate(self, field):
        """Place, or None: it is not there."""
        d = field.dynamic
        if d and d.when and not self._is_selected(d):
            return None
        found = self._start(field)
        if not found:
            return None
        return (self._locate_array if field.dims else self._locate_single)(field, found[0], found[1] - found[0])

    def _locate_array(self, field, offset, room):
        d, rows, stride, element = field.dynamic, field.dims[0], field.stride, field.element_bytes
        if d and d.stride:
            said = min(self._size(d.stride), 1 << 40)
            rows, stride = rows if said else 0, said or 1
            if field.type == "struct":
                element = min(element, said)  # rows of an older writer; values are there whole or not at all
        if d and d.count:
            rows = min(rows, self._size(d.count))
        fitting = 0 if room < element else (room - element) // stride + 1
        rows = min(rows, fitting // (field.count // field.dims[0]))
        return Place(field, offset, stride, element, rows, field.units)

    def _locate_single(self, field, offset, room):
        units, element = field.units, field.element_bytes
        unit = element // units if units else 0
        if field.dynamic and field.dynamic.length:
            units = min(units, self._size(field.dynamic.length))
        if element > room:
            if unit:
                units = min(units, room // unit)
            element = units * unit if unit else room
            if field.type != "struct" and not units:
                return None
        return Place(field, offset, field.stride, element, 1, units)

    def enter(self, place, index=0):
        start, size = place.offset + index * place.stride, place.element_bytes
        if place.field.type != "struct":
            size = min(size, place.units)  # bytes: what is in use
        return Scope(self.data, place.field.fields, (*self.bases, start), start + size)

    def columns(self, place):
        """(name, type, offset, count) of each column of a row that describes itself."""
        columns, units = place.field.dynamic.columns, place.units
        outer = self.bases[:len(self.bases) - columns["up"]]
        scope = Scope(self.data, self.fields, outer, len(self.data) if columns["up"] else self.end)
        table = scope.locate(columns["table"])
        for i in range(table.rows if table else 0):
            def cell(key):
                field, offset = columns[key]
                if offset + field.element_bytes > table.element_bytes:
                    return None
                at = table.offset + i * table.stride + offset
                return scope._text_at(field, at, field.units) if field.is_text else scope._number_at(field, at)
            name, kind, offset = cell("name"), place.field.dynamic.codes.get(cell("type")), cell("offset")
            count = cell("count") if "count" in columns else 1
            if not name or kind is None or offset is None or offset < 0 or count is None or not 1 <= count <= units:
                continue
            size = struct.calcsize(_CODES[kind]) * count
            if offset + size <= units:
                yield name.encode()[:_COLUMN_TEXT].decode(errors="ignore"), kind, place.offset + offset, count


@dataclasses.dataclass
class Place:
    """Where a field is: rows of the first dimension in use, the other dimensions are whole; units of a text or blob in use."""
    field: object
    offset: int
    stride: int
    element_bytes: int
    rows: int
    units: int


# ---- values ----

_CODES = {"bool": "?", "i8": "b", "u8": "B", "i16": "h", "u16": "H", "i32": "i", "u32": "I", "i64": "q", "u64": "Q", "f32": "f",
          "f64": "d", "bool32": "I", "char": "c"}


def _number(field, raw):
    """As it is meant: without a label, the bits of a bit field only."""
    code = field.code
    if field.bits is None:
        value = struct.unpack("=" + code, raw)[0]
        return bool(value) if field.type.startswith("bool") else value
    first, count = field.bits
    value = int.from_bytes(raw, "little") >> first & (1 << count) - 1
    if field.type.startswith("bool"):
        return value != 0
    if code.islower() and value >> (count - 1):
        value -= 1 << count
    return value


def _text(field, raw):
    if field.type in _WIDE:
        codec, unit = _WIDE[field.type]
        units = [raw[i:i + unit] for i in range(0, len(raw), unit)]
        end = next((i for i, u in enumerate(units) if not any(u)), len(units))
        if field.type == "wchar32":  # a code that is no letter costs itself, not the rest
            codes = [int.from_bytes(u, "little") for u in units[:end]]
            return "".join(chr(c) if c < 0xD800 or 0xE000 <= c <= 0x10FFFF else "\ufffd" for c in codes)
        return _utf16([int.from_bytes(u, "little") for u in units[:end]])
    codec = field.keys.get("encoding", "utf-8")
    return bytes(raw).split(b"\0", 1)[0].decode(_CODECS.get(codec, codec), errors="replace")


def _utf16(units):
    out, i = [], 0
    while i < len(units):
        code, low = units[i], units[i + 1] if i + 1 < len(units) else 0
        i += 1
        if 0xD800 <= code < 0xE000:
            if code < 0xDC00 <= low < 0xE000:
                code, i = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), i + 1
            else:
                code = 0xFFFD
        out.append(chr(code))
    return "".join(out)


def _scalar(field, data, at, units):
    if field.units:
        raw = data[at:at + units * (field.element_bytes // field.units)]
        return _text(field, raw) if field.is_text else bytes(raw)
    value = _number(field, data[at:at + field.element_bytes])
    if field.flags:
        rest = value = value & (1 << 8 * field.element_bytes) - 1
        names = []
        for mask, label in field.flags.items():
            if value & mask == mask:
                names.append(label)
                rest &= ~mask
        return names + [rest] if rest else names
    return field.labels.get(value, value) if field.labels else value


def _row(scope, place):
    out = {}
    for name, kind, at, count in scope.columns(place):
        size = struct.calcsize(_CODES[kind])
        raw = scope.data[at:at + size * count]
        if kind == "char":
            out[name] = bytes(raw).split(b"\0", 1)[0].decode(errors="replace")
            continue
        numbers = list(struct.unpack(f"={count}{_CODES[kind]}", raw))
        if kind == "bool32":
            numbers = [bool(n) for n in numbers]
        out[name] = numbers[0] if count == 1 else numbers
    return out


def _element(scope, place, index):
    field = place.field
    if field.fields:
        inner = values(scope.enter(place, index))
        if field.type == "struct":
            return inner
        at = place.offset + index * place.stride
        return {"": bytes(scope.data[at:at + place.units]), **inner}
    if field.dynamic and field.dynamic.columns:
        return _row(scope, place)
    return _scalar(field, scope.data, place.offset + index * place.stride, place.units)


def _elements(scope, place, dims, first):
    if not dims:
        return _element(scope, place, first)
    step = 1
    for dim in dims[1:]:
        step *= dim
    return [_elements(scope, place, dims[1:], first + i * step) for i in range(dims[0])]


def values(scope):
    """{field: value} of a scope, as the bridge has it in JSON (docs/protocol.md), but that arrays of numbers nest and bytes are bytes."""
    out = {}
    for field in scope.fields:
        place = scope.locate(field)
        if place:
            out[field.name] = _elements(scope, place, (place.rows, *field.dims[1:]) if field.dims else (), 0)
    return out
