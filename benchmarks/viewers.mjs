// The peer of bench_viewers.py: `node viewers.mjs WS_DIRECTORY PAYLOAD_FILE HERTZ`. Sends the payload, encoded once by the
// library's own means, to every client, so many times a second; prints its port.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [directory, file, hertz] = process.argv.slice(2);
const { WebSocketServer } = createRequire(`${directory}/`)("ws");
const payload = readFileSync(file, "utf8");
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
server.on("listening", () => console.log(server.address().port));
setInterval(() => server.clients.forEach((client) => client.send(payload)), 1000 / Number(hertz));
