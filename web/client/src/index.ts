// @pagecast/client: read pagecast regions over WebSocket, with liveness. See README.md.
export { Client, globMatch, isGlob } from "./client.ts";
export type { ClientEvents, ClientOptions, Notice, Subscription } from "./client.ts";
export { flagNames, Layout, LayoutError, readField, readPlace } from "./layout.ts";
export type { Field, FieldValue, Kind, Place, Scalar, TypeName } from "./layout.ts";
export { Link, systemClock } from "./link.ts";
export type { Clock, LinkEvents, LinkOptions, Socket, SocketClass } from "./link.ts";
export { SetError } from "./sets.ts";
export { worst, WriterState } from "./liveness.ts";
export type { DaemonState, LinkState, Severity, Verdict, Word, WriterView } from "./liveness.ts";
export { patch, Region, RegionFlag, UpdateFlag } from "./region.ts";
export type { Applied } from "./region.ts";
export { backoffMs, closeMeaning } from "./close.ts";
export type { CloseMeaning } from "./close.ts";
export { Decoder, encode, encodeAll, Ext, MsgpackError, narrow } from "./msgpack.ts";
export type { Encodable, NumericArray, Value } from "./msgpack.ts";
export { hex, out, ProtocolError, readMessages, SUBPROTOCOL, unhex } from "./wire.ts";
export type { AnnRow, Hello, Limits, LiveRow, Message, Stats, SubOptions, Update } from "./wire.ts";
