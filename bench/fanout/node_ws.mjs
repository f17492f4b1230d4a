// node_ws.mjs WS_PORT PUBLISH_PORT FOLDER - what a server with the npm package `ws` does: every payload to every client.
import { createRequire } from "node:module";
import net from "node:net";

const [wsPort, publishPort, folder] = process.argv.slice(2);
const { WebSocketServer } = createRequire(`${folder}/`)("ws");
const UNSENT_MAX = 1 << 20; // a client that is this far behind misses payloads

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(wsPort), perMessageDeflate: false });

function broadcast(payload) {
	for (const client of server.clients) if (client.bufferedAmount < UNSENT_MAX) client.send(payload, { binary: true });
}

// Each payload comes with its length in front, 32 bits little-endian.
net.createServer((socket) => {
	let held = Buffer.alloc(0);
	socket.on("data", (data) => {
		held = Buffer.concat([held, data]);
		while (held.length >= 4 && held.length >= 4 + held.readUInt32LE(0)) {
			const end = 4 + held.readUInt32LE(0);
			broadcast(Buffer.from(held.subarray(4, end)));
			held = held.subarray(end);
		}
	});
	socket.on("error", () => {});
}).listen(Number(publishPort), "127.0.0.1");
