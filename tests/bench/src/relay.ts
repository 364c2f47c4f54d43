// What stands between a client and the peer, in a process of its own: a bare relay of two sockets, or a gateway before a provider's
// client with three middlewares. Prints its port, then its CPU time in µs for each line it is sent. Arguments: bare | voxline, url.
import type { AddressInfo } from "node:net";
import { WebSocketServer, WebSocket } from "ws";

const [kind = "", url = ""] = process.argv.slice(2);
const HIGH_WATER = 1024 * 1024;

/** Frames as they come, both ways, with the back-pressure any relay needs. */
function pipe(from: WebSocket, to: WebSocket): void {
  from.on("message", (data: Buffer, isBinary) => {
    if (to.readyState === WebSocket.OPEN) to.send(data, { binary: isBinary }, () => (from.isPaused ? from.resume() : undefined));
    if (to.bufferedAmount > HIGH_WATER) from.pause();
  });
  from.on("close", () => to.close());
  from.on("error", () => to.terminate());
}

async function bare(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  server.on("connection", (client) => {
    const service = new WebSocket(url, { perMessageDeflate: false });
    const early: Buffer[] = [];
    const keep = (data: Buffer): void => void early.push(data);
    client.on("message", keep);
    service.on("open", () => {
      client.off("message", keep);
      pipe(client, service);
      for (const data of early) service.send(data, { binary: false });
    });
    pipe(service, client);
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

async function voxline(): Promise<number> {
  const [{ RealtimeClientBuilder }, { defineTool }, { functionInvocation }, { openTelemetry }, { logging }] = await Promise.all([
    import("@voxline/core"),
    import("@voxline/core/tools"),
    import("@voxline/core/function-invocation"),
    import("@voxline/core/opentelemetry"),
    import("@voxline/core/logging"),
  ]);
  const [{ RealtimeGateway }, { OpenAIRealtimeClient }, { pino }, { z }] = await Promise.all([
    import("@voxline/gateway/server"),
    import("@voxline/providers/openai"),
    import("pino"),
    import("zod"),
  ]);
  const echo = defineTool({ name: "echo", parameters: z.object({ text: z.string() }), invoke: ({ text }) => text });
  const client = new RealtimeClientBuilder(new OpenAIRealtimeClient({ apiKey: "none", url }))
    .use(functionInvocation({ tools: [echo] }))
    .use(openTelemetry())
    .use(logging({ logger: pino({ level: "info" }, pino.destination({ dest: "/dev/null", sync: false })) }))
    .build();
  return (await new RealtimeGateway({ client }).listen()).port;
}

const port = await (kind === "bare" ? bare() : voxline());
process.stdout.write(`${port}\n`);
process.stdin.on("data", () => {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${user + system}\n`);
});
// Ends with its parent.
process.stdin.on("end", () => process.exit(0));
