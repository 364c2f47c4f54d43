import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { RealtimeClientBuilder } from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { defineTool } from "@voxline/core/tools";
import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { Hono } from "hono";
import { z } from "zod";

const { BACKEND_KEY, PORT = "8787" } = process.env;
if (BACKEND_KEY === undefined) {
  process.stderr.write("Set BACKEND_KEY: clients must show it.\n");
  process.exit(2);
}

// The pipeline: tools run here, in your process, whatever the client or the provider.
const lookUp = ({ city }: { city: string }) => ({ city, temperature: 4, sky: "cloudy" });
const weather = defineTool({ name: "get_weather", parameters: z.object({ city: z.string() }), invoke: lookUp });
const model = new LocalRealtimeClient();
const client = new RealtimeClientBuilder(model).use(functionInvocation({ tools: [weather] })).build();
const gateway = new RealtimeGateway({ client, apiKeys: [BACKEND_KEY] });

// Your own routes; the gateway answers its two by itself, so Hono must leave them alone.
const app = new Hono();
app.get("/", (context) => context.text("The sessions are at /v1/realtime."));
app.all("/health", () => RESPONSE_ALREADY_SENT);
app.all("/v1/realtime/client_secrets", () => RESPONSE_ALREADY_SENT);

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT) }, ({ port }) => {
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
}) as Server;
gateway.attach(server);

// No new connections; those that are open are told, with 1001, and given two seconds.
const stop = async (): Promise<void> => {
  server.close();
  await gateway.close();
  await model[Symbol.asyncDispose]();
  server.closeAllConnections();
};
process.once("SIGTERM", () => void stop());
process.once("SIGINT", () => void stop());
