import type { GatewayRequest } from "@voxline/gateway/server";
import { expect, test } from "vitest";
import { protocolsFor } from "./protocols.ts";
import type { ProviderName } from "./providers.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a client says that Voxline has no option for, at each service's address. */
const SAYS: readonly (readonly [where: string, url: string, frame: Json])[] = [
  ["openai", "/v1/realtime?model=m", { type: "session.update", session: { type: "realtime", tracing: "auto" } }],
  ["azure-openai", "/openai/v1/realtime?model=m", { type: "session.update", session: { type: "realtime", tracing: "auto" } }],
  [
    "azure-openai preview",
    "/openai/realtime?api-version=2025-04-01-preview&deployment=d",
    { type: "session.update", session: { tracing: "auto" } },
  ],
  [
    "voice-live",
    "/voice-live/realtime?api-version=2026-07-15&model=m",
    { type: "session.update", session: { input_audio_echo_cancellation: { type: "server_echo_cancellation" } } },
  ],
  [
    "gemini",
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
    { setup: { model: "models/m", generationConfig: { topK: 3 } } },
  ],
  ["dashscope", "/api-ws/v1/realtime?model=qwen3.5-omni-plus-realtime", { type: "session.update", session: { top_k: 3 } }],
];

function forwarded(provider: ProviderName, endpoint: string): string[] {
  const metadata = { providerName: provider, defaultModel: "m", endpoint: new URL(endpoint) };
  const protocols = protocolsFor(provider, { metadata });
  return SAYS.filter(([, address, frame]) => {
    const { pathname: path, searchParams: query } = new URL(address, "http://gateway");
    const request: GatewayRequest = {
      path,
      query,
      headers: {},
      subProtocols: [],
      key: undefined,
      remoteAddress: undefined,
      initialSession: undefined,
    };
    const connection = protocols.find((protocol) => protocol.matches(path, query))?.connect(request);
    const action = connection?.parse(Buffer.from(JSON.stringify(frame)), false);
    if (action?.type === "open") return action.options.rawOptions !== undefined;
    return action?.type === "message" && action.message.type === "SessionUpdate" && action.message.patch.rawOptions !== undefined;
  }).map(([where]) => where);
}

test.each<[ProviderName, string, string[]]>([
  ["local", "ws://127.0.0.1:8787/v1/realtime", []],
  ["openai", "wss://api.openai.com/v1/realtime", ["openai"]],
  ["azure-openai", "wss://r.openai.azure.com/openai/v1/realtime", ["azure-openai"]],
  ["azure-openai", "wss://r.openai.azure.com/openai/realtime", ["azure-openai preview"]],
  ["voice-live", "wss://r.services.ai.azure.com/voice-live/realtime", ["voice-live"]],
  ["gemini", "wss://generativelanguage.googleapis.com/ws/x", ["gemini"]],
  ["dashscope", "wss://dashscope.aliyuncs.com/api-ws/v1/realtime", ["dashscope"]],
])("before %s at %s, the settings of %j go on to the provider", (provider, endpoint, expected) => {
  expect(forwarded(provider, endpoint)).toEqual(expected);
});

test("each service has its protocol, once", () => {
  const metadata = { providerName: "local", defaultModel: "m" };
  expect(protocolsFor("local", { metadata }).map(({ name }) => name)).toEqual([
    "openai",
    "azure-openai",
    "voice-live",
    "gemini",
    "dashscope",
  ]);
});
