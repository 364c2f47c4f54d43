import { RealtimeUsageError } from "@voxline/core";
import { RealtimeGateway } from "@voxline/gateway/server";
import { generate } from "selfsigned";
import { readArguments } from "./arguments.ts";
import { createProvider, providerName } from "./providers.ts";

/** Serves a provider to realtime clients until the process is asked to stop. */
export async function serve(args: string[]): Promise<number> {
  const values = readArguments(args, {
    provider: { type: "string", default: "local" },
    port: { type: "string", default: "8787" },
    tls: { type: "boolean", default: false },
  });
  const provider = providerName(values.provider);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RealtimeUsageError("config.invalid", `--port is a number from 0 to 65535, got "${values.port}".`);
  }
  await using client = await createProvider(provider);
  const tls = values.tls ? await selfSigned() : undefined;
  const gateway = new RealtimeGateway({ client, port, ...(tls === undefined ? {} : { tls }) });
  const { url } = await gateway.listen();
  process.stdout.write(`voxline serve: ${provider} at ${url}/v1/realtime${values.tls ? " (self-signed certificate)" : ""}\n`);
  await stopRequested();
  await gateway.close();
  return 0;
}

/** A certificate for this machine alone, for clients that insist on TLS; it is made anew at each start and kept nowhere. */
async function selfSigned(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    algorithm: "sha256",
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { key, cert };
}

function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
