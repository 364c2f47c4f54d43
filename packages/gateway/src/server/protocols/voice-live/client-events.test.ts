import { describe, expect, test } from "vitest";
import type { RequestSession } from "@azure/ai-voicelive";
import * as core from "@voxline/core";
import { ProtocolDriver, requestFor, type WireEvent } from "../../testing/protocol-driver.ts";
import { sdkReads, sdkWrites, type SdkClientEvent } from "../../testing/voice-live-sdk.ts";
import { voiceLiveProtocol } from "./voice-live-protocol.ts";

// Events are written by the official SDK's own writer (@azure/ai-voicelive 1.1.0), and sessions read by its reader.

const URL = "/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime";
const OLD = "/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime";
const drive = (forwardsRawOptions = false, url = URL) => new ProtocolDriver(voiceLiveProtocol({ forwardsRawOptions }), url);
const defined = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
const says = (driver: ProtocolDriver, event: SdkClientEvent) => driver.says(sdkWrites(event));
const update = (driver: ProtocolDriver, session: RequestSession) =>
  driver.update((sdkWrites({ type: "session.update", session }) as { session: WireEvent }).session);

describe("what the SDK says", () => {
  const all = {
    modalities: ["text", "audio"],
    instructions: "Be brief.",
    voice: { type: "azure-standard", name: "en-US-AvaNeural", temperature: 0.5 },
    inputAudioSamplingRate: 16_000,
    inputAudioFormat: "pcm16",
    outputAudioFormat: "pcm16_16000hz",
    turnDetection: {
      type: "azure_semantic_vad",
      threshold: 0.4,
      silenceDurationInMs: 700,
      removeFillerWords: true,
      endOfUtteranceDetection: { model: "semantic_detection_v1", thresholdLevel: "low", timeoutInMs: 1200 },
      autoTruncate: true,
    },
    inputAudioNoiseReduction: { type: "azure_deep_noise_suppression" },
    inputAudioEchoCancellation: { type: "server_echo_cancellation" },
    inputAudioTranscription: { model: "azure-speech", language: "en-GB", phraseList: ["Voxline"] },
    outputAudioTimestampTypes: ["word"],
    animation: { outputs: ["viseme_id"] },
    interimResponse: { type: "static_interim_response", texts: ["One moment."], triggers: ["tool"] },
    tools: [{ type: "function", name: "look", description: "Looks", parameters: { type: "object" } }],
    toolChoice: "required",
    temperature: 0.6,
    maxResponseOutputTokens: 300,
    metadata: { desk: "7" },
  } satisfies RequestSession;
  const plain = {
    outputModalities: ["audio"],
    instructions: "Be brief.",
    inputAudioFormat: core.PCM16_16K,
    outputAudioFormat: core.PCM16_16K,
    tools: [{ type: "function", name: "look", description: "Looks", parameters: { type: "object" } }],
    toolMode: "required",
    temperature: 0.6,
    maxOutputTokens: 300,
  };
  const detection = {
    type: "azure_semantic_vad",
    threshold: 0.4,
    silence_duration_ms: 700,
    end_of_utterance_detection: { model: "semantic_detection_v1", threshold_level: "low", timeout_ms: 1200 },
    remove_filler_words: true,
    auto_truncate: true,
  };

  test("a session: what other providers know becomes options, the rest is kept and shown", () => {
    const { patch, session } = update(drive(), all);
    expect(patch).toEqual({
      ...plain,
      turnDetection: { type: "server", threshold: 0.4, silenceDurationMs: 700 },
      transcription: { language: "en-GB", keywords: ["Voxline"] },
    });
    const read = sdkReads(JSON.stringify({ type: "session.updated", event_id: "e", session }));
    expect(defined(read?.["session"])).toMatchObject(all);
  });

  test("a session: a provider that speaks this dialect gets it whole", () => {
    const { patch, session } = update(drive(true), all);
    const { rawOptions, ...rest } = patch as core.RealtimeSessionPatch;
    expect(rest).toEqual({ ...plain, turnDetection: { type: "raw", value: detection } });
    expect(rawOptions?.()).toEqual({
      voice: { type: "azure-standard", name: "en-US-AvaNeural", temperature: 0.5 },
      input_audio_noise_reduction: { type: "azure_deep_noise_suppression" },
      input_audio_echo_cancellation: { type: "server_echo_cancellation" },
      input_audio_transcription: { model: "azure-speech", language: "en-GB", phrase_list: ["Voxline"] },
      output_audio_timestamp_types: ["word"],
      animation: { outputs: ["viseme_id"] },
      interim_response: { type: "static_interim_response", texts: ["One moment."], triggers: ["tool"] },
      metadata: { desk: "7" },
    });
    expect(session).toMatchObject({ turn_detection: detection, voice: { name: "en-US-AvaNeural" } });
  });

  test("a voice by its name takes the place of one that was made up", () => {
    const driver = drive();
    expect(update(driver, { voice: all.voice, instructions: "" })).toMatchObject({ session: { voice: all.voice } });
    expect(update(driver, { voice: { type: "openai", name: "sage" } })).toMatchObject({
      patch: { voice: "sage" },
      session: { voice: "sage" },
    });
  });

  test("an Azure voice that is but a name goes by it to a provider that knows it, and to no other", () => {
    const session: RequestSession = { voice: { type: "azure-standard", name: "en-US-AvaNeural" }, instructions: "" };
    expect(update(drive(true), session).patch).toEqual({ instructions: "", voice: "en-US-AvaNeural" });
    expect(update(drive(), session)).toMatchObject({ patch: { instructions: "" }, session: { voice: session.voice } });
    const create = { type: "response.create", response: { voice: session.voice } } as SdkClientEvent;
    expect(says(drive(true), create)).toMatchObject([{ voice: "en-US-AvaNeural", rawOptions: undefined }]);
    expect(says(drive(), create)).toMatchObject([{ voice: undefined, rawOptions: undefined }]);
  });

  test("an update that changes only what is kept here opens no session", () => {
    const action = drive().action(sdkWrites({ type: "session.update", session: { metadata: { a: "b" } } }));
    expect(action).toMatchObject({ type: "reply" });
  });

  test.each([
    [{ inputAudioFormat: "g711_ulaw" }, core.PCMU_8K, 8_000],
    [{ inputAudioFormat: "g711_alaw", inputAudioSamplingRate: 8_000 }, core.PCMA_8K, 8_000],
    [{ inputAudioSamplingRate: 8_000 }, { mediaType: "audio/pcm", sampleRate: 8_000, channels: 1 }, 8_000],
  ])("the format of the user's audio is told by two fields: %j", (session, format, rate) => {
    const driver = drive();
    expect(update(driver, session)).toMatchObject({
      patch: { inputAudioFormat: format },
      session: { input_audio_sampling_rate: rate },
    });
    const [append] = driver.says({ type: "input_audio_buffer.append", audio: "AAAA" });
    expect((append as core.RealtimeClientInputAudioBufferAppendMessage).audio.format).toEqual(format);
  });

  test.each([
    ["audio alone", { modalities: ["audio"] }, "session.modalities"],
    [
      "G.711 at another rate",
      { input_audio_format: "g711_ulaw", input_audio_sampling_rate: 16_000 },
      "session.input_audio_sampling_rate",
    ],
    ["a rate nobody has", { input_audio_sampling_rate: 44_100 }, "session.input_audio_sampling_rate"],
    ["a custom voice without its endpoint", { voice: { type: "azure-custom", name: "Me" } }, "session.voice.endpoint_id"],
    ["camel case", { turnDetection: null }, "session.turnDetection"],
    ["an agent that is not here", { tools: [{ type: "foundry_agent", agent_name: "x" }] }, "session.tools[0].type"],
    ["the hyphens of early SDKs", { output_audio_format: "pcm16-16000hz" }, "session.output_audio_format"],
  ])("a session is refused for %s", (_name, session, param) => {
    expect(drive().error({ type: "session.update", session })).toMatchObject({ param });
  });

  test("turns are found by their meaning with OpenAI's realtime models alone", () => {
    const session = { turn_detection: { type: "semantic_vad" } };
    const drive = (query: string) =>
      new ProtocolDriver(voiceLiveProtocol(), `/voice-live/realtime?api-version=2026-07-15&${query}`);
    const error = { code: "invalid_value", param: "session.turn_detection.type" };
    expect(drive("model=phi4-mm-realtime").error({ type: "session.update", session })).toMatchObject(error);
    expect(drive("model=gpt-realtime-mini").update(session).patch).toEqual({ turnDetection: { type: "semantic" } });
    expect(drive("agent-name=a&agent-project-name=p").update(session).patch).toEqual({ turnDetection: { type: "semantic" } });
  });

  test("an MCP server needs a version that knows them", () => {
    const tools = [{ type: "mcp", server_label: "s", server_url: "https://x", require_approval: { never: ["read"] } }];
    const session = { tools };
    const { patch, session: updated } = drive().update(session);
    expect(patch).toMatchObject({ tools: [{ type: "mcp", serverLabel: "s", requireApproval: { never: ["read"] } }] });
    expect(updated).toMatchObject(session);
    expect(drive(false, OLD).error({ type: "session.update", session })).toMatchObject({ param: "session.tools[0].type" });
    expect(drive(false, OLD).shown(new core.RealtimeServerMcpMessage("McpCallFailed", { itemId: "i" }))).toEqual([]);
    const approval = { type: "mcp_approval_response", approval_request_id: "a", approve: true } as const;
    const create = { type: "conversation.item.create", item: approval };
    expect(drive().says(create)).toMatchObject([{ item: { contents: [{ type: "mcpApprovalResponse", approve: true }] } }]);
    expect(drive().says(approval)).toMatchObject([{ item: { contents: [{ type: "mcpApprovalResponse", approve: true }] } }]);
    expect(drive(false, OLD).error(create)).toMatchObject({ param: "item.type" });
  });

  test("a second response replaces the first, unless it is not to", () => {
    const driver = drive();
    expect(says(driver, { type: "response.create" })).toMatchObject([{ type: "ResponseCreate" }]);
    driver.begin("resp_1");
    const second = says(driver, { type: "response.create", response: { instructions: "Again." } } as SdkClientEvent);
    expect(second).toMatchObject([{ type: "ResponseCancel" }, { type: "ResponseCreate", instructions: "Again." }]);
    const patient = sdkWrites({ type: "response.create", response: { cancelPrevious: false } } as SdkClientEvent);
    expect(driver.error(patient)).toMatchObject({ code: "conversation_already_has_active_response" });
  });

  test("a response with every wish", () => {
    const driver = drive();
    update(driver, { instructions: "Be brief." });
    const message = (text: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });
    const event = {
      type: "response.create",
      additionalInstructions: "Be kind.",
      response: {
        commit: false,
        modalities: ["text"],
        voice: { type: "openai", name: "sage" },
        outputAudioFormat: "pcm16_8000hz",
        tools: [],
        toolChoice: "none",
        maxOutputTokens: 12,
        metadata: { a: "b" },
        appendInputItems: [message("one")],
        inputItems: [message("two")],
      },
    };
    const messages = says(driver, event as SdkClientEvent);
    expect(messages).toMatchObject([
      { type: "ConversationItemCreate", item: { role: "user", contents: [{ type: "text", text: "one" }] } },
      {
        type: "ResponseCreate",
        instructions: "Be brief.\n\nBe kind.",
        excludeFromConversation: true,
        outputModalities: ["text"],
        voice: "sage",
        outputAudioFormat: { sampleRate: 8_000 },
        tools: [],
        toolMode: "none",
        maxOutputTokens: 12,
        metadata: { a: "b" },
        input: [{ role: "user", contents: [{ type: "text", text: "two" }] }],
      },
    ]);
  });

  test("what would change an answer beyond recognition is refused where nobody can do it", () => {
    const event = { type: "response.create", response: { invoke_input: { a: 1 }, reasoning_effort: "low" } };
    expect(drive().error(event)).toMatchObject({ param: "response.invoke_input" });
    const [create] = drive(true).says(event) as core.RealtimeClientResponseCreateMessage[];
    expect(create?.rawOptions?.()).toEqual({ invoke_input: { a: 1 }, reasoning_effort: "low" });
  });

  test("turns of its own", () => {
    const driver = drive();
    const turn = (what: string, more = {}) => ({ type: `input_audio.turn.${what}`, turnId: "t1", ...more }) as SdkClientEvent;
    expect(driver.error(sdkWrites(turn("append", { audio: "AAAA" })))).toMatchObject({ param: "turn_id" });
    expect(says(driver, turn("start")).map(({ type }) => type)).toEqual(["InputActivityStart"]);
    expect(driver.error(sdkWrites(turn("start")))).toMatchObject({ param: "turn_id" });
    expect(driver.error(sdkWrites({ ...turn("append", { audio: "AAAA" }), turnId: "t2" } as SdkClientEvent))).toMatchObject({
      param: "turn_id",
    });
    expect(says(driver, turn("append", { audio: "AAAA" })).map(({ type }) => type)).toEqual(["InputAudioBufferAppend"]);
    expect(says(driver, turn("end")).map(({ type }) => type)).toEqual(["InputActivityEnd"]);
    expect(driver.error(sdkWrites(turn("end")))).toMatchObject({ param: "turn_id" });
    says(driver, turn("start"));
    expect(says(driver, turn("cancel")).map(({ type }) => type)).toEqual(["InputAudioBufferClear"]);
    expect(says(driver, { type: "input_audio.clear" }).map(({ type }) => type)).toEqual(["InputAudioBufferClear"]);
  });

  test("text as it is typed", () => {
    const driver = drive();
    expect(says(driver, { type: "input_text.delta", id: "i", delta: "Hel" } as SdkClientEvent)).toMatchObject([
      { type: "InputTextAppend", text: "Hel" },
    ]);
    expect(says(driver, { type: "input_text.done", id: "i" } as SdkClientEvent)).toEqual([]);
  });

  test("an avatar is asked of the provider, or refused", () => {
    const event = sdkWrites({ type: "session.avatar.connect", clientSdp: "v=0" } as SdkClientEvent);
    expect(drive().error(event)).toMatchObject({ code: "avatar_not_available" });
    expect(drive(true).says(event)).toMatchObject([{ type: "Raw", rawRepresentation: { client_sdp: "v=0" } }]);
  });

  test("a picture, which the service takes; the SDK's own writer loses its address", () => {
    const content = [{ type: "input_image", image_url: "data:image/png;base64,AA==" }];
    const create = { type: "conversation.item.create", item: { type: "message", role: "user", content } };
    expect(drive().says(create)).toMatchObject([{ item: { contents: [{ type: "image", url: "data:image/png;base64,AA==" }] } }]);
  });
});

describe("the address", () => {
  const protocol = voiceLiveProtocol();
  const path = "/voice-live/realtime";
  const refusal = (query: string) => protocol.refuse?.(requestFor(`${path}?${query}`))?.status;

  test("needs a version, and a model or an agent", () => {
    expect(refusal("api-version=2026-04-10&model=m")).toBeUndefined();
    expect(refusal("api-version=2026-06-01-preview&agent-name=a&agent-project-name=p")).toBeUndefined();
    expect(refusal("api-version=2025-05-01-preview&agent_id=a&project_id=p")).toBeUndefined();
    expect(refusal("model=m")).toBe(400);
    expect(refusal("api-version=latest&model=m")).toBe(400);
    expect(refusal("api-version=2026-04-10")).toBe(400);
    expect(refusal("api-version=2026-04-10&agent-name=a")).toBe(400);
  });

  test("or a header brings the key", () => {
    const key = (query: string, headers = {}) => protocol.readKey?.(requestFor(`${path}?${query}`, headers));
    expect(key("", { "api-key": "k1" })).toBe("k1");
    expect(key("api-key=k2")).toBe("k2");
    expect(key("", { authorization: "Bearer k3" })).toBe("k3");
    expect(key("Authorization=Bearer%20k4")).toBe("k4");
    expect(key("")).toBeUndefined();
  });
});
