import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { IRealtimeClient, RealtimeClientMessage, RealtimeSessionOptions } from "@voxline/core";
import { anyProvider } from "../../docs/examples/src/providers/any-provider.ts";
import { azureOpenAI, azureOpenAIPreview } from "../../docs/examples/src/providers/azure-openai.ts";
import { dashScope, dashScopeSession } from "../../docs/examples/src/providers/dashscope.ts";
import { gemini, geminiSession, vertex } from "../../docs/examples/src/providers/gemini.ts";
import { openai, openaiSession } from "../../docs/examples/src/providers/openai.ts";
import { voiceLive, voiceLiveAgent, voiceLiveSession } from "../../docs/examples/src/providers/voice-live.ts";
import { exportedNames } from "./exported-names.ts";
import { ROOT } from "./import-graph.ts";

const PROVIDERS = ["openai", "azure-openai", "voice-live", "gemini", "dashscope"] as const;
const SOURCES = join(ROOT, "packages/providers/src");

const pageOf = (provider: string): string => readFileSync(join(ROOT, `docs/providers/${provider}.md`), "utf8");
const sourcesOf = (provider: string): string =>
  readdirSync(join(SOURCES, provider))
    .filter((name) => name.endsWith(".ts") && !/\.(test|kit)\.ts$/.test(name))
    .map((name) => readFileSync(join(SOURCES, provider, name), "utf8"))
    .join("\n");

/** The first column of the table under a heading. */
function rowsOf(page: string, heading: string): string[] {
  const section = page.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name = ""]) => name);
}

const OPTIONS = {
  sessionKind: 0,
  model: 0,
  instructions: 0,
  voice: 0,
  voiceSpeed: 0,
  inputAudioFormat: 0,
  outputAudioFormat: 0,
  outputModalities: 0,
  turnDetection: 0,
  transcription: 0,
  noiseReduction: 0,
  tools: 0,
  toolMode: 0,
  parallelToolCalls: 0,
  prompt: 0,
  maxOutputTokens: 0,
  temperature: 0,
  resumption: 0,
  history: 0,
  rawOptions: 0,
} satisfies Record<keyof RealtimeSessionOptions, 0>;

const MESSAGES = {
  Raw: 0,
  SessionUpdate: 0,
  InputAudioBufferAppend: 0,
  InputAudioBufferCommit: 0,
  InputAudioBufferClear: 0,
  InputImageBufferAppend: 0,
  InputTextAppend: 0,
  InputActivityStart: 0,
  InputActivityEnd: 0,
  ConversationItemCreate: 0,
  ConversationItemTruncate: 0,
  ConversationItemDelete: 0,
  ConversationItemRetrieve: 0,
  ResponseCreate: 0,
  ResponseCancel: 0,
  OutputAudioBufferClear: 0,
} satisfies Record<RealtimeClientMessage["type"], 0>;

describe.each(PROVIDERS)("the page of %s", (provider) => {
  const page = pageOf(provider);

  it("says of every session option what becomes of it", () => {
    expect(rowsOf(page, "Session options")).toEqual(Object.keys(OPTIONS));
  });

  it("names every option of the client, and every variable it reads", () => {
    const options = readFileSync(join(SOURCES, provider, `${provider}-options.ts`), "utf8");
    const [, fields = ""] = /export interface \w+RealtimeOptions extends WireClientOptions \{([^]*?)\n\}/.exec(options) ?? [];
    const names = [...fields.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(4);
    const variables = [...sourcesOf(provider).matchAll(/"((?:[A-Z]+_)+[A-Z]+)"/g)].map(([, name = ""]) => name);
    const read = variables.filter((name) => /^(OPENAI|AZURE|GEMINI|GOOGLE|DASHSCOPE)_(?!(DEFAULT|SCOPE))/.test(name));
    const named = [...names, "openTransport", "openTimeoutMs", "headers", "additionalProperties", ...read];
    expect(named.filter((name) => !new RegExp(`\`${name}[\`.]`).test(page))).toEqual([]);
  });

  it("names everything that is exported", () => {
    const common =
      /^(ApiKey|AccessToken|ClientSecret|ClientSecretInit|EphemeralTokenInit)$|(RealtimeOptions|SessionOptions|_LIMITS|_ERRORS)$/;
    const names = exportedNames(join(SOURCES, provider, "index.ts")).map((name) => name.split(" ")[1] ?? "");
    const own = names.filter(
      (name) => !common.test(name) && !/^(OPENAI|AZURE_OPENAI|VOICE_LIVE|GEMINI|DASHSCOPE)_CAPABILITIES$/.test(name),
    );
    expect(own.length).toBeGreaterThan(1);
    expect(own.filter((name) => !page.includes(name))).toEqual([]);
  });
});

// Azure OpenAI's is as OpenAI's, and tells what differs.
it.each(["openai", "voice-live", "gemini", "dashscope"])(
  "the page of %s says of every message what becomes of it",
  (provider) => {
    expect(rowsOf(pageOf(provider), "What an app says")).toEqual(Object.keys(MESSAGES));
  },
);

describe("the clients of the pages", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("[row 131] are made by what the pages show, under the names telemetry has for them", async () => {
    const environment = {
      OPENAI_API_KEY: "key-openai",
      AZURE_OPENAI_API_KEY: "key-azure",
      AZURE_OPENAI_ENDPOINT: "https://my-resource.openai.azure.com",
      AZURE_VOICELIVE_API_KEY: "key-voice",
      AZURE_VOICELIVE_ENDPOINT: "https://my-resource.services.ai.azure.com",
      GEMINI_API_KEY: "key-gemini",
      DASHSCOPE_API_KEY: "key-dash",
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const credential = { getToken: () => Promise.resolve(null) };
    const clients: IRealtimeClient[] = [
      ...Object.values(anyProvider).map((make) => make()),
      openai(),
      azureOpenAI("key-azure"),
      azureOpenAIPreview(credential),
      voiceLive("key-voice"),
      voiceLiveAgent(credential),
      gemini(),
      vertex(() => Promise.resolve("token")),
      dashScope(),
    ];
    expect(
      clients.map(({ metadata: { providerName, defaultModel, endpoint } }) => [providerName, defaultModel, endpoint?.host]),
    ).toEqual([
      ["openai", "gpt-realtime", "api.openai.com"],
      ["azure.ai.openai", undefined, "my-resource.openai.azure.com"],
      ["azure.ai.voicelive", "gpt-realtime", "my-resource.services.ai.azure.com"],
      ["gcp.gemini", "gemini-3.1-flash-live-preview", "generativelanguage.googleapis.com"],
      ["alibaba.dashscope", "qwen3.5-omni-flash-realtime", "dashscope.aliyuncs.com"],
      ["voxline.local", "voxline-local", undefined],
      ["openai", "gpt-realtime", "api.openai.com"],
      ["azure.ai.openai", "my-realtime", "my-resource.openai.azure.com"],
      ["azure.ai.openai", "my-realtime", "my-resource.openai.azure.com"],
      ["azure.ai.voicelive", "gpt-4.1", "my-resource.services.ai.azure.com"],
      ["azure.ai.voicelive", undefined, "my-resource.services.ai.azure.com"],
      ["gcp.gemini", "gemini-3.1-flash-live-preview", "generativelanguage.googleapis.com"],
      ["gcp.vertex_ai", "gemini-live-2.5-flash-native-audio", "us-central1-aiplatform.googleapis.com"],
      ["alibaba.dashscope", "qwen3.5-omni-flash-realtime", "dashscope-intl.aliyuncs.com"],
    ]);
    for (const client of clients) await client[Symbol.asyncDispose]();
  });

  it("take the options the pages show, as the services spell them", () => {
    expect(openaiSession.rawOptions?.()).toEqual({ truncation: { type: "retention_ratio", retention_ratio: 0.8 } });
    expect(voiceLiveSession.turnDetection).toEqual({
      type: "raw",
      value: {
        type: "azure_semantic_vad",
        remove_filler_words: true,
        auto_truncate: true,
        end_of_utterance_detection: { model: "semantic_detection_v1", timeout_ms: 800 },
      },
    });
    expect(voiceLiveSession.rawOptions?.()).toEqual({
      voice: { type: "azure-standard", name: "en-US-Ava:DragonHDLatestNeural", temperature: 0.8 },
      input_audio_noise_reduction: { type: "azure_deep_noise_suppression" },
      input_audio_echo_cancellation: { type: "server_echo_cancellation" },
      output_audio_timestamp_types: ["word"],
      interim_response: { type: "static_interim_response", texts: ["One moment."], triggers: ["tool"] },
    });
    expect(geminiSession.rawOptions?.()).toEqual({
      generationConfig: { thinkingConfig: { thinkingLevel: "LOW", includeThoughts: true } },
      tools: [{ googleSearch: {} }],
      contextWindowCompression: { triggerTokens: "100000", slidingWindow: { targetTokens: "50000" } },
    });
    expect(dashScopeSession.rawOptions?.()).toEqual({
      top_p: 0.9,
      enable_search: true,
      search_options: { enable_source: true },
    });
  });
});
