"""Layout text (docs/layout.md) as Python values and as a numpy dtype. Reads canonical text: every fixed offset written out."""
from __future__ import annotations

import dataclasses
import re
import struct

from . import _located

_FORMATS = {"bool": "?", "i8": "b", "u8": "B", "i16": "h", "u16": "H", "i32": "i", "u32": "I", "i64": "q", "u64": "Q",
            "f32": "f", "f64": "d", "enum8": "B", "enum16": "H", "enum32": "I", "bool32": "I"}
_TEXT_UNITS = {"char": 1, "wchar16": 2, "wchar32": 4, "u8": 1}
_LINE = re.compile(r"(@(?P<offset>\w+)\s+)?(?P<name>[A-Za-z_]\w*)\s+(?P<type>[a-z]\w*)(?P<dims>(\[\d+\])*)(?P<rest>.*)$")
_KEY = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s{]+)')
_KEYS = set("size align stride unit title doc min max labels scale bits flags encoding format type overlay at newest count length "
            "when columns codes role signature dead_value".split())


class LayoutError(ValueError):
    """Not canonical layout text, or a type or key that this version does not know."""


@dataclasses.dataclass(eq=False)
class Field:
    """One field; `dims` are the dimensions that count, `units` the length of a text or blob."""
    name: str
    type: str
    offset: int | None   # None: it lies where the map says (`at=`)
    dims: tuple
    units: int
    element_bytes: int
    stride: int
    keys: dict           # unit, title, doc, min, max, scale, ... as text
    labels: dict         # value -> label, of enums
    flags: dict          # mask -> label
    bits: tuple | None   # first, count
    fields: list         # of a struct, or what a blob is read as
    dynamic: "_located.Dynamic | None" = None

    @property
    def count(self):
        n = 1
        for dim in self.dims:
            n *= dim
        return n

    @property
    def code(self):
        """Of the struct module, for numbers: enums with a negative label are signed."""
        code = _FORMATS[self.type]
        return code.lower() if self.type.startswith("enum") and any(v < 0 for v in self.labels) else code

    @property
    def is_text(self):
        return bool(self.units) and (self.type != "u8" or "encoding" in self.keys)


def _unquote(text):
    if not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text[1:-1])


def _labels(rest, key):
    """0:idle,1:running,2:a\\,b - with escapes of its own inside those of the quotes."""
    found = re.search(rf'\b{key}="((?:[^"\\]|\\.)*)"', rest)
    out = {}
    if not found:
        return out
    text = re.sub(r'\\(["\\nt])', lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), found[1])
    for item in re.findall(r"((?:[^,\\]|\\.)+)", text):
        value, _, label = item.partition(":")
        out[int(value, 0)] = re.sub(r"\\(.)", r"\1", label)
    return out


def _bits(keys):
    if "bits" not in keys:
        return None
    first, _, last = keys["bits"].partition("..")
    return int(first), int(last or first) - int(first) + 1


def _field(number, line, children):
    found = _LINE.match(line)
    if not found:
        raise LayoutError(f"line {number}: expected '@OFFSET NAME TYPE', found {line!r}")
    dims = [int(d) for d in re.findall(r"\[(\d+)\]", found["dims"])]
    keys = {k: _unquote(v) for k, v in _KEY.findall(found["rest"])}
    if not _KEYS.issuperset(keys):
        raise LayoutError(f"line {number}: key '{min(set(keys) - _KEYS)}' is not known to this version")
    if (found["offset"] is None) != ("at" in keys):
        raise LayoutError(f"line {number}: expected an offset or at=, and not both")
    kind, units = found["type"], 0
    if kind in _TEXT_UNITS and (dims or kind != "u8"):
        units = dims.pop() if dims else 1
    if kind == "struct":
        element = int(keys["size"], 0)
    elif units:
        element = units * _TEXT_UNITS[kind]
    elif kind in _FORMATS:
        element = struct.calcsize(_FORMATS[kind])
    else:
        raise LayoutError(f"line {number}: type '{kind}' is not known to this version")
    stride = keys.get("stride", str(element))
    return Field(found["name"], kind, None if found["offset"] is None else int(found["offset"], 0), tuple(dims), units, element,
                 int(stride, 0) if stride[0].isdigit() else element, keys, _labels(found["rest"], "labels"),
                 _labels(found["rest"], "flags"), _bits(keys), children)


class Layout:
    """Immutable; any thread may use it. Raises LayoutError for text that it cannot read."""

    def __init__(self, text):
        self.text, self.bytes, stack = text, 0, [[]]
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()
            if line.startswith("layout "):
                self.bytes = int(dict(_KEY.findall(line)).get("size", "0"), 0)
            elif line == "}":
                stack.pop()
                if not stack:
                    raise LayoutError(f"line {number}: nothing is open that '}}' could close")
            elif line:
                children = []
                stack[-1].append(_field(number, line.removesuffix("{").rstrip(), children))
                if line.endswith("{"):
                    stack.append(children)
        if len(stack) != 1:
            raise LayoutError("a struct is not closed")
        self.fields = stack[0]
        try:
            _located.resolve([self.fields])
        except (KeyError, ValueError, IndexError) as error:
            raise LayoutError(f"a path leads nowhere: {error}") from error

    def unpack(self, data):
        """{field: value}: bools, ints, floats, str for texts, bytes for u8[N], labels for enums that have one, lists of labels for flags.

        Numbers are as stored, without `scale`. What the map says is not there has no key, arrays have the elements in use; whatever
        the bytes say, only `data` is read.
        """
        return _located.values(_located.Scope(memoryview(data), self.fields))

    def dtype(self):
        """What has a fixed place, as a numpy dtype: char is S, u8[N] V (S with an encoding), wide texts are arrays of numbers.

        Elements are at their strides, overlays share their bytes, bit fields are the whole integer; counts, lengths and variants are
        not looked at.
        """
        return _dtype(self.fields, self.bytes)


def _element_dtype(field):
    import numpy
    if field.type == "struct":
        return _dtype(field.fields, field.element_bytes)
    if field.units:
        wide = {"wchar16": numpy.uint16, "wchar32": numpy.uint32}.get(field.type)
        return numpy.dtype((wide, (field.units,))) if wide else numpy.dtype(("S" if field.is_text else "V") + str(field.units))
    return numpy.dtype(field.code)


def _dtype(fields, size):
    import numpy
    formats, fixed = [], [f for f in fields if f.offset is not None]
    for f in fixed:
        element = _element_dtype(f)
        if f.stride != f.element_bytes:  # what lies between two elements belongs to nobody
            element = numpy.dtype({"names": ["value"], "formats": [element], "offsets": [0], "itemsize": f.stride})
        formats.append((element, f.dims) if f.dims else element)
    spans = [f.offset + f.stride * f.count for f in fixed]
    # The last element of a strided array may end before its stride does.
    return numpy.dtype({"names": [f.name for f in fixed], "formats": formats, "offsets": [f.offset for f in fixed],
                        "itemsize": max([size, *spans])})
