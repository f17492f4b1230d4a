// node example.mjs 'http://127.0.0.1:7681/#t=TOKEN' fork_server
import { Client } from "@pagecast/client";
import { WebSocket } from "ws"; // Node 22 and every browser have their own

const [address, name] = process.argv.slice(2);
const { host, hash } = new URL(address);
const client = new Client({ url: `ws://${host}/ws`, token: hash.slice(3), WebSocket });

function show(region) {
  const { word, live } = client.verdict(region);
  console.log(name, word, live ? region.all() : "");
}
client.on("update", show);
client.on("live", (region, before) => before.state !== region.state && show(region));
client.subscribe(name, { hz: 5 });
client.connect();
