// A service in a process of its own, so that it can be stopped as a whole (SIGSTOP) or killed: a peer that is there and silent.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const session = { id: "sess_1", object: "realtime.session", type: "realtime", model: "gpt-realtime" };
const server = createServer();
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => {
  socket.on("error", () => undefined);
  socket.send(JSON.stringify({ type: "session.created", event_id: "event_1", session }));
  socket.on("message", (/** @type {Buffer} */ data) => {
    const { type } = JSON.parse(data.toString());
    if (type === "session.update") socket.send(JSON.stringify({ type: "session.updated", event_id: "event_2", session }));
    // Says back how much audio has come, so that a stall shows what it lost.
    if (type === "input_audio_buffer.commit") {
      const text = `heard ${appends}`;
      socket.send(JSON.stringify({ type: "response.output_text.delta", response_id: "resp_1", item_id: "item_1", delta: text }));
    }
    if (type === "input_audio_buffer.append") appends += 1;
  });
});
let appends = 0;
server.listen({ port: 0, host: "127.0.0.1", backlog: Number(process.argv[2]) }, () =>
  process.stdout.write(`${server.address().port}\n`),
);
