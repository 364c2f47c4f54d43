import { RealtimeUsageError, type IRealtimeClient } from "@voxline/core";
import { FAULT_DESCRIPTIONS, parseFaults, RealtimeGateway, SCENARIO_DESCRIPTIONS, type FaultPlan } from "@voxline/gateway/server";
import { generate } from "selfsigned";
import { readArguments } from "./arguments.ts";
import { protocolsFor } from "./protocols.ts";
import { providerName, PROVIDERS, readyLocalModel, type ProviderName } from "./providers.ts";

/** Where each protocol is spoken, with what its clients put in the query. */
const ADDRESSES: readonly (readonly [protocol: string, path: string])[] = [
  ["openai", "/v1/realtime?model=…"],
  ["azure-openai", "/openai/v1/realtime?model=…"],
  ["azure-openai, preview", "/openai/realtime?api-version=2025-04-01-preview&deployment=…"],
  ["voice-live", "/voice-live/realtime?api-version=2026-07-15&model=…"],
  ["gemini", "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"],
  ["gemini, Vertex", "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"],
  ["dashscope", "/api-ws/v1/realtime?model=…"],
];

/** Serves a provider to realtime clients until the process is asked to stop. */
export async function serve(args: string[]): Promise<number> {
  const values = readArguments(args, {
    provider: { type: "string", default: "local" },
    model: { type: "string" },
    port: { type: "string", default: "8787" },
    tls: { type: "boolean", default: false },
    fault: { type: "string", multiple: true },
    "fault-seed": { type: "string" },
  });
  if (values.fault?.includes("list") === true) {
    process.stdout.write(faultList());
    return 0;
  }
  const provider = providerName(values.provider);
  const port = wholeNumber("--port", values.port, 65_535);
  const faults = planOf(values.fault, values["fault-seed"]);
  await using client = await clientOf(provider, values.model);
  const tls = values.tls ? await selfSigned() : undefined;
  const gateway = new RealtimeGateway({
    client,
    protocols: protocolsFor(provider, client),
    port,
    ...(values.model === undefined ? {} : { options: { model: values.model } }),
    ...(tls === undefined ? {} : { tls }),
    ...(faults === undefined ? {} : { faults }),
  });
  const { url } = await gateway.listen();
  process.stdout.write(greeting(provider, url, values));
  await stopRequested();
  await gateway.close();
  return 0;
}

async function clientOf(provider: ProviderName, model: string | undefined): Promise<IRealtimeClient> {
  return provider === "local" ? readyLocalModel() : PROVIDERS[provider].connect(undefined, model);
}

function greeting(
  provider: ProviderName,
  url: string,
  { tls, fault = [] }: { readonly tls: boolean; readonly fault?: readonly string[] | undefined },
): string {
  const lines = ADDRESSES.map(([protocol, path]) => `  ${protocol.padEnd(24)}${url}${path}\n`).join("");
  const faults = fault.length === 0 ? "" : `  faults: ${fault.join("  ")}\n`;
  return `voxline serve: ${provider} at ${url}/v1/realtime${tls ? " (self-signed certificate)" : ""}\n${lines}${faults}`;
}

function planOf(specs: readonly string[] | undefined, seed: string | undefined): FaultPlan | undefined {
  const ofSeed = seed === undefined ? {} : { seed: wholeNumber("--fault-seed", seed, Number.MAX_SAFE_INTEGER) };
  return specs === undefined ? undefined : { faults: parseFaults(specs), ...ofSeed };
}

function faultList(): string {
  const rows = FAULT_DESCRIPTIONS.map(({ usage, about }) => `  ${usage.padEnd(50)}${about}\n`);
  const scenarios = SCENARIO_DESCRIPTIONS.map(({ usage, about, notHere }) => {
    return `  ${usage.padEnd(50)}${about}${notHere === undefined ? "" : `\n  ${"".padEnd(50)}not staged here: ${notHere}`}\n`;
  });
  return [
    "faults, written name[=value][@when][#connections][:text]\n",
    "  @5: the fifth frame to the client; @10s, @500ms, @2m: since the connection was accepted; @response.done: at that event;\n",
    "  #2: on the second connection, #1-3: on the first three\n\n",
    ...rows,
    "\nscenarios\n\n",
    ...scenarios,
  ].join("");
}

function wholeNumber(option: string, text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return number;
  throw new RealtimeUsageError("config.invalid", `${option} is a whole number from 0 to ${most}, got "${text}".`);
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
