"""Layout text (docs/layout.md) as Python values and as a numpy dtype. Reads canonical text: every offset written out."""
import dataclasses
import re
import struct

_FORMATS = {"bool": "?", "i8": "b", "u8": "B", "i16": "h", "u16": "H", "i32": "i", "u32": "I", "i64": "q", "u64": "Q",
            "f32": "f", "f64": "d", "enum8": "B", "enum16": "H", "enum32": "I"}
_TEXT_UNITS = {"char": 1, "wchar16": 2, "u8": 1}
_LINE = re.compile(r"@(?P<offset>\w+)\s+(?P<name>[A-Za-z_]\w*)\s+(?P<type>[a-z]\w*)(?P<dims>(\[\d+\])*)(?P<rest>.*)$")
_KEY = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s{]+)')


class LayoutError(ValueError):
    """Not canonical layout text, or a type that this version does not know."""


@dataclasses.dataclass
class Field:
    """One field; `dims` are the dimensions that count, `units` the length of a text or blob."""
    name: str
    type: str
    offset: int
    dims: tuple
    units: int
    element_bytes: int
    stride: int
    keys: dict           # unit, title, doc, min, max, ... as text
    labels: dict         # value -> label, of enums
    fields: list         # of structs

    @property
    def count(self):
        n = 1
        for dim in self.dims:
            n *= dim
        return n


def _unquote(text):
    if not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text[1:-1])


def _labels(text):
    """0:idle,1:running,2:a\\,b - escapes of its own inside the quotes."""
    out = {}
    for item in re.findall(r"((?:[^,\\]|\\.)+)", text):
        value, _, label = item.partition(":")
        out[int(value, 0)] = re.sub(r"\\(.)", r"\1", label)
    return out


def _raw_labels(rest):
    found = re.search(r'\blabels="((?:[^"\\]|\\.)*)"', rest)
    return _labels(re.sub(r'\\(["\\nt])', lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), found[1])) if found else {}


def _field(number, line, children):
    found = _LINE.match(line)
    if not found:
        raise LayoutError(f"line {number}: expected '@OFFSET NAME TYPE', found {line!r}")
    dims = [int(d) for d in re.findall(r"\[(\d+)\]", found["dims"])]
    keys = {k: _unquote(v) for k, v in _KEY.findall(found["rest"])}
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
    return Field(found["name"], kind, int(found["offset"], 0), tuple(dims), units, element,
                 int(keys.get("stride", str(element)), 0), keys, _raw_labels(found["rest"]), children)


class Layout:
    """Immutable; any thread may use it."""

    def __init__(self, text):
        self.text, self.bytes, stack = text, 0, [[]]
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()
            if line.startswith("layout"):
                self.bytes = int(dict(_KEY.findall(line)).get("size", "0"), 0)
            elif line == "}":
                stack.pop()
            elif line:
                children = []
                stack[-1].append(_field(number, line.removesuffix("{").rstrip(), children))
                if line.endswith("{"):
                    stack.append(children)
        if len(stack) != 1:
            raise LayoutError("a struct is not closed")
        self.fields = stack[0]

    def unpack(self, data):
        """{field: value}: bools, ints, floats, str for char and wchar16, bytes for u8[N], labels for enums that have one."""
        return _unpack(self.fields, memoryview(data), 0)

    def dtype(self):
        """The same as a numpy dtype: char and u8[N] are S and V, wchar16 is a u2 array, elements at their strides."""
        return _dtype(self.fields, self.bytes)


def _scalar(field, data, at):
    raw = data[at:at + field.element_bytes]
    if field.type == "struct":
        return _unpack(field.fields, data, at)
    if field.units:
        if field.type == "u8":
            return bytes(raw)
        if field.type == "char":
            return bytes(raw).split(b"\0", 1)[0].decode(errors="replace")
        text = bytes(raw).decode("utf-16-le", errors="replace")
        return text.split("\0", 1)[0]
    code = _FORMATS[field.type]
    if field.type.startswith("enum") and any(v < 0 for v in field.labels):
        code = code.lower()
    value = struct.unpack("=" + code, raw)[0]
    return field.labels.get(value, value) if field.labels else value


def _elements(field, data, at, dims):
    if not dims:
        return _scalar(field, data, at)
    step = field.stride
    for dim in dims[1:]:
        step *= dim
    return [_elements(field, data, at + i * step, dims[1:]) for i in range(dims[0])]


def _unpack(fields, data, base):
    return {f.name: _elements(f, data, base + f.offset, f.dims) for f in fields}


def _element_dtype(field):
    import numpy
    if field.type == "struct":
        return _dtype(field.fields, field.element_bytes)
    if field.units:
        if field.type == "wchar16":
            return numpy.dtype((numpy.uint16, (field.units,)))
        return numpy.dtype(("S" if field.type == "char" else "V") + str(field.units))
    code = _FORMATS[field.type]
    if field.type.startswith("enum") and any(v < 0 for v in field.labels):
        code = code.lower()
    return numpy.dtype(code)


def _dtype(fields, size):
    import numpy
    formats = []
    for f in fields:
        element = _element_dtype(f)
        if f.stride != f.element_bytes:  # what lies between two elements belongs to nobody
            element = numpy.dtype({"names": ["value"], "formats": [element], "offsets": [0], "itemsize": f.stride})
        formats.append((element, f.dims) if f.dims else element)
    spans = [f.offset + f.stride * f.count for f in fields]
    # The last element of a strided array may end before its stride does.
    return numpy.dtype({"names": [f.name for f in fields], "formats": formats, "offsets": [f.offset for f in fields],
                        "itemsize": max([size, *spans])})
