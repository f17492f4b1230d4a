// Texts of one byte a letter.
type Read = (view: DataView, at: number, units?: number) => string;

function bytesOf(view: DataView, at: number, units: number): Uint8Array {
  let length = 0;
  while (length < units && view.getUint8(at + length)) length++;
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

/** By hand: what browsers call latin1 is windows-1252. */
export function readLatin1(bytes: number): Read {
  return (view, at, units = bytes) => String.fromCharCode(...bytesOf(view, at, units));
}

/** "cp1252" and the like; an unknown one reads as UTF-8. */
export function readCodepage(encoding: string, bytes: number): Read {
  const page = /^cp(125[0-8])$/.exec(encoding);
  const decoder = new TextDecoder(page ? `windows-${page[1]!}` : "utf-8", { ignoreBOM: true });
  return (view, at, units = bytes) => decoder.decode(bytesOf(view, at, units));
}
