import { MediaModality, TurnCompleteReason, VadSignalType, type LiveClientSetup } from "@google/genai";
import {
  RealtimeServerErrorMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerInterruptedMessage,
  RealtimeServerRawMessage,
  RealtimeServerSessionMessage,
  RealtimeServerToolCallMessage,
  RealtimeServerWarningMessage,
  type RealtimeServerMessage,
} from "@voxline/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { geminiProtocol } from "./gemini-protocol.ts";
import { DEVELOPER_PATH, Driver, VERTEX_PATH, type ServerFrame } from "./testing/driver.ts";
import { called, created, done, heard, input, said, spoken } from "./testing/messages.ts";

function live(setup: LiveClientSetup = {}, path = DEVELOPER_PATH): Driver {
  const driver = new Driver({ path });
  driver.setup(setup);
  return driver;
}

const turnComplete: ServerFrame = { serverContent: { turnComplete: true } };
const generationComplete: ServerFrame = { serverContent: { generationComplete: true } };
const interrupted: ServerFrame = { serverContent: { interrupted: true } };
const text = (words: string): ServerFrame => ({ serverContent: { modelTurn: { role: "model", parts: [{ text: words }] } } });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("says nothing before the setup, and completes it once", () => {
  const driver = new Driver();
  expect(driver.connection.open()).toEqual([]);
  const action = driver.act({ setup: { model: "m" } });
  const confirmed = new RealtimeServerSessionMessage("SessionUpdated", {
    originatingMessageId: action?.type === "open" ? action.messageId : "",
  }) as RealtimeServerMessage;
  expect(driver.show(confirmed)).toEqual([{ setupComplete: { sessionId: expect.stringMatching(/^sess_/) as string } }]);
  expect(driver.show(confirmed)).toEqual([]);
});

test("a spoken turn: audio with its rate, the transcript in pieces, the end with what it used", () => {
  const driver = live({ outputAudioTranscription: {} });
  const usage = {
    totalTokens: 30,
    inputTokens: 10,
    inputTextTokens: 4,
    inputAudioTokens: 6,
    cachedInputTokens: 2,
    cachedInputTextTokens: 2,
    outputTokens: 20,
    outputTextTokens: 5,
    outputAudioTokens: 12,
    reasoningTokens: 3,
  };
  const frames = driver.show(
    created(),
    said("OutputAudioTranscriptionDelta", "Hel"),
    spoken(20),
    said("OutputAudioTranscriptionDelta", "lo."),
    said("OutputAudioTranscriptionDone", "Hello."),
    done("r1", { usage }),
  );
  const expected: ServerFrame[] = [
    { serverContent: { outputTranscription: { text: "Hel" } } },
    {
      serverContent: {
        modelTurn: {
          role: "model",
          parts: [{ inlineData: { mimeType: "audio/pcm;rate=24000", data: Buffer.alloc(960).toString("base64") } }],
        },
      },
    },
    { serverContent: { outputTranscription: { text: "lo." } } },
    generationComplete,
    {
      ...turnComplete,
      usageMetadata: {
        promptTokenCount: 10,
        responseTokenCount: 17,
        totalTokenCount: 30,
        cachedContentTokenCount: 2,
        thoughtsTokenCount: 3,
        promptTokensDetails: [
          { modality: MediaModality.TEXT, tokenCount: 4 },
          { modality: MediaModality.AUDIO, tokenCount: 6 },
        ],
        cacheTokensDetails: [{ modality: MediaModality.TEXT, tokenCount: 2 }],
        responseTokensDetails: [
          { modality: MediaModality.TEXT, tokenCount: 5 },
          { modality: MediaModality.AUDIO, tokenCount: 12 },
        ],
      },
    },
  ];
  expect(frames).toEqual(expected);
});

test("Vertex AI calls the answer's tokens candidates", () => {
  const usage = { inputTokens: 1, outputTokens: 2, outputTextTokens: 2 };
  const frames = live({}, VERTEX_PATH).show(created(), done("r1", { usage }));
  expect(frames.at(-1)?.usageMetadata).toEqual({
    promptTokenCount: 1,
    candidatesTokenCount: 2,
    totalTokenCount: 3,
    candidatesTokensDetails: [{ modality: "TEXT", tokenCount: 2 }],
  });
});

test("a written turn; thoughts and transcripts only for who asked for them", () => {
  const messages = [
    created(),
    said("OutputReasoningDelta", "Hm."),
    said("OutputTextDelta", "Hi"),
    said("OutputTextDone", "Hi"),
    heard("Delta", "hello"),
    said("OutputAudioTranscriptionDelta", "Hi"),
    done(),
  ];
  expect(live().show(...messages)).toEqual([text("Hi"), generationComplete, turnComplete]);
  const curious = live({
    generationConfig: { thinkingConfig: { includeThoughts: true } },
    inputAudioTranscription: {},
    outputAudioTranscription: {},
  });
  const expected: ServerFrame[] = [
    { serverContent: { modelTurn: { role: "model", parts: [{ text: "Hm.", thought: true }] } } },
    text("Hi"),
    { serverContent: { inputTranscription: { text: "hello" } } },
    { serverContent: { outputTranscription: { text: "Hi" } } },
    generationComplete,
    turnComplete,
  ];
  expect(curious.show(...messages)).toEqual(expected);
});

test("the whole of a text is shown where a provider gave no pieces of it, also after the answer", () => {
  const driver = live({ inputAudioTranscription: {}, outputAudioTranscription: {} });
  expect(
    driver.show(
      created(),
      said("OutputTextDone", "Hi"),
      said("OutputAudioTranscriptionDone", "Ho"),
      heard("Delta", "hel", "u1"),
      done(),
      heard("Completed", "hello", "u1"),
      heard("Completed", "bye", "u2"),
    ),
  ).toEqual([
    text("Hi"),
    { serverContent: { outputTranscription: { text: "Ho" } } },
    { serverContent: { inputTranscription: { text: "hel" } } },
    generationComplete,
    turnComplete,
    { serverContent: { inputTranscription: { text: "bye" } } },
  ]);
});

test("calls of one response come in one frame, and the turn goes on until an answer ends without calls [row 98]", () => {
  const driver = live();
  const frames = driver.show(
    created(),
    called("c1", "get_weather", { city: "Oslo" }),
    called("c2", "get_weather", { city: "Paris" }),
    done("r1", { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } }),
  );
  const expected: ServerFrame[] = [
    {
      toolCall: {
        functionCalls: [
          { id: "c1", name: "get_weather", args: { city: "Oslo" } },
          { id: "c2", name: "get_weather", args: { city: "Paris" } },
        ],
      },
      usageMetadata: { promptTokenCount: 1, responseTokenCount: 1, totalTokenCount: 2 },
    },
  ];
  expect(frames).toEqual(expected);
  expect(driver.show(created("r2"), said("OutputTextDelta", "Cold.", "r2"), done("r2"))).toEqual([
    text("Cold."),
    generationComplete,
    turnComplete,
  ]);
});

test.each([
  ["no JSON", `{"city":`, { text: `{"city":` }],
  ["no object", `[1]`, { value: [1] }],
  ["nothing", "", {}],
])("arguments that are %s are handed over all the same", (_what, args, expected) => {
  const driver = live();
  const call = called("c1", "f", {});
  const broken = {
    ...(call.type === "ResponseOutputItemDone" ? call.item : {}),
    contents: [{ type: "functionCall", callId: "c1", name: "f", arguments: args }],
  };
  const [frame] = driver.show(created(), Object.assign(Object.create(call) as typeof call, { item: broken }), done());
  expect(frame?.toolCall?.functionCalls?.[0]?.args).toEqual(expected);
});

test("calls that the pipeline answers are not shown, and do not end the turn", () => {
  const driver = live();
  expect(driver.show(created(), called("c1", "f", {}, { handled: true }), done())).toEqual([]);
  expect(
    driver.show(
      created("r2"),
      called("c2", "f", {}, { responseId: "r2", handled: true }),
      called("c3", "g", {}, { responseId: "r2" }),
      done("r2"),
    ),
  ).toEqual([{ toolCall: { functionCalls: [{ id: "c3", name: "g", args: {} }] } }]);
  expect(driver.show(created("r3"), done("r3"))).toEqual([generationComplete, turnComplete]);
});

test("a call that is withdrawn is cancelled where it was shown, and never shown where it was not [row 98]", () => {
  const driver = live();
  const withdrawn = (callId: string) =>
    new RealtimeServerToolCallMessage("ToolCallCancelled", { callId }) as RealtimeServerMessage;
  driver.show(created(), called("c1", "f", {}), called("c2", "g", {}));
  expect(driver.show(withdrawn("c2"))).toEqual([]);
  expect(driver.show(done())).toEqual([{ toolCall: { functionCalls: [{ id: "c1", name: "f", args: {} }] } }]);
  expect(driver.show(withdrawn("c1"))).toEqual([{ toolCallCancellation: { ids: ["c1"] } }]);
  expect(driver.show(withdrawn("c1"))).toEqual([]);
  // Its answer may be on its way already.
  expect(driver.say({ toolResponse: { functionResponses: [{ id: "c1", name: "f", response: {} }] } })).toEqual([]);
});

test("a response that is cut tells so and ends its turn; its calls are not shown [row 97]", () => {
  const driver = live();
  const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };
  const frames = driver.show(
    created(),
    spoken(20),
    called("c1", "f", {}),
    input("InputSpeechStarted"),
    done("r1", { status: "cancelled", usage }),
    spoken(20),
  );
  expect(frames.slice(1)).toEqual([
    interrupted,
    { ...turnComplete, usageMetadata: { promptTokenCount: 1, responseTokenCount: 2, totalTokenCount: 3 } },
  ]);
});

test("what the framework cuts is told at once and once, and what the response still says is not shown", () => {
  const driver = live();
  const cut = new RealtimeServerInterruptedMessage() as RealtimeServerMessage;
  driver.show(created(), spoken(20));
  expect(driver.show(cut, spoken(20), said("OutputTextDelta", "late"), cut, done("r1", { status: "cancelled" }))).toEqual([
    interrupted,
    turnComplete,
  ]);
});

test("the user who speaks while an answer is still played is told to stop it, once, and only while it is played", () => {
  const driver = live();
  driver.show(created(), spoken(2_000), done());
  vi.advanceTimersByTime(1_900);
  expect(driver.show(input("InputSpeechStarted"))).toEqual([interrupted]);
  expect(driver.show(input("InputSpeechStarted"))).toEqual([]);
  driver.show(created("r2"), spoken(2_000, "r2"), spoken(1_000, "r2"), done("r2"));
  vi.advanceTimersByTime(3_001);
  expect(driver.show(input("InputSpeechStarted"))).toEqual([]);
});

test("a client that wants no interruption is not told of any, nor one whose answer is on its way", () => {
  const patient = live({ realtimeInputConfig: { activityHandling: "NO_INTERRUPTION" as never } });
  patient.show(created(), spoken(2_000), done());
  expect(patient.show(input("InputSpeechStarted"))).toEqual([]);
  const asking = live();
  asking.show(created(), spoken(2_000), done());
  asking.say({ realtimeInput: { text: "And?" } });
  expect(asking.show(input("InputSpeechStarted"))).toEqual([]);
});

test("speech is signalled to who asked for signals", () => {
  const driver = live({ explicitVadSignal: true }, VERTEX_PATH);
  expect(driver.show(input("InputSpeechStarted"), input("InputSpeechStopped"))).toEqual([
    { voiceActivityDetectionSignal: { vadSignalType: VadSignalType.VAD_SIGNAL_TYPE_SOS } },
    { voiceActivityDetectionSignal: { vadSignalType: VadSignalType.VAD_SIGNAL_TYPE_EOS } },
  ]);
});

test("a response that failed says why and ends its turn; one that was kept from being said gives the reason", () => {
  const error = { type: "server_error", code: "server_error", message: "The model broke." };
  expect(live().show(created(), done("r1", { status: "failed", error }))).toEqual([
    { error: { code: 500, message: "server_error: The model broke.", status: "INTERNAL" } },
    { serverContent: { turnComplete: true, turnCompleteReason: TurnCompleteReason.RESPONSE_REJECTED } },
  ]);
  expect(live().show(created(), done("r1", { status: "incomplete", statusReason: "content_filter" }))).toEqual([
    generationComplete,
    { serverContent: { turnComplete: true, turnCompleteReason: TurnCompleteReason.GENERATED_CONTENT_SAFETY } },
  ]);
  expect(live().show(created(), done("r1", { status: "incomplete", statusReason: "max_output_tokens" }))).toEqual([
    generationComplete,
    turnComplete,
  ]);
});

test("responses outside the conversation, ends without a beginning and second ends are not shown", () => {
  const driver = live();
  expect(
    driver.show(
      created("aside", { excludedFromConversation: true }),
      spoken(20, "aside"),
      said("OutputTextDelta", "x", "aside"),
      done("aside", { excludedFromConversation: true }),
      done("never"),
    ),
  ).toEqual([]);
  expect(driver.show(created(), done(), done())).toEqual([generationComplete, turnComplete]);
});

test("the end of the session is announced", () => {
  const goingAway = (timeLeftMs?: number) =>
    new RealtimeServerSessionMessage("SessionGoingAway", { timeLeftMs }) as RealtimeServerMessage;
  expect(live().show(goingAway(60_000), goingAway(1_500), goingAway())).toEqual([
    { goAway: { timeLeft: "60s" } },
    { goAway: { timeLeft: "1.5s" } },
    { goAway: { timeLeft: "0s" } },
  ]);
});

test("frames are binary unless they are to be text", () => {
  const driver = new Driver({ protocol: geminiProtocol() });
  driver.setup();
  const audio = [created(), spoken(20)].map((message) => driver.connection.render(message)).at(-1);
  expect(audio).toBeInstanceOf(Uint8Array);
  expect(Buffer.from(audio as Uint8Array).toString()).toContain(`"mimeType":"audio/pcm;rate=24000"`);
  const [first] = driver.connection.render(said("OutputTextDelta", "Grüße")) as readonly Uint8Array[];
  expect(JSON.parse(Buffer.from(first ?? []).toString("utf8"))).toEqual(text("Grüße"));
});

const failure = (code: string, originatingMessageId: string | undefined, type?: string): RealtimeServerMessage =>
  new RealtimeServerErrorMessage({ error: { type, code, message: "No." }, originatingMessageId });

test.each([
  ["config.invalid", undefined, 1007],
  ["unsupported.message", undefined, 1008],
  ["anything", "server_error", 1011],
  ["insufficient_quota", "invalid_request_error", 1011],
])("what the client asked for and cannot have (%s, %s) ends the connection with %i", (code, type, close) => {
  const driver = live();
  const [item] = driver.say({ clientContent: { turns: [{ parts: [{ text: "x" }] }] } });
  expect(driver.ends(failure(code, item?.messageId, type))).toEqual({ code: close, reason: "No." });
});

test("so does a setup, audio and pictures; what only goes along with them may fail", () => {
  const refused = new Driver();
  const action = refused.act({ setup: { model: "m" } });
  expect(refused.ends(failure("session.rejected", action?.type === "open" ? action.messageId : ""))).toEqual({
    code: 1007,
    reason: "No.",
  });
  const driver = live({ realtimeInputConfig: { automaticActivityDetection: { disabled: true } } });
  const [start, append, picture] = driver.say({
    realtimeInput: {
      activityStart: {},
      audio: { data: "AAAA", mimeType: "audio/pcm" },
      video: { data: "AAAA", mimeType: "image/png" },
    },
  });
  expect(driver.show(failure("input_audio_buffer_commit_empty", start?.messageId))).toEqual([]);
  expect(driver.ends(failure("audio.shape", append?.messageId)).code).toBe(1007);
  expect(driver.ends(failure("unsupported.message", picture?.messageId)).code).toBe(1008);
});

test("an error that nobody asked for is shown as the service's other interfaces would, a warning is not", () => {
  const driver = live({ inputAudioTranscription: {} });
  expect(driver.show(failure("rate_limit_exceeded", undefined), failure("tool.loop_limit", "resp_1"))).toEqual([
    { error: { code: 429, message: "rate_limit_exceeded: No.", status: "RESOURCE_EXHAUSTED" } },
    { error: { code: 500, message: "tool.loop_limit: No.", status: "INTERNAL" } },
  ]);
  const unheard = new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionFailed", {
    error: { code: "noise", message: "Too loud." },
  }) as RealtimeServerMessage;
  expect(driver.show(unheard)).toEqual([{ error: { code: 500, message: "noise: Too loud.", status: "INTERNAL" } }]);
  expect(driver.show(new RealtimeServerWarningMessage("option.ignored", "x"))).toEqual([]);
});

test("what only the service says is passed on from it, once, and nothing of another provider's", () => {
  const frame = {
    serverContent: {
      modelTurn: { parts: [{ text: "Hi" }, { executableCode: { code: "1+1", language: "PYTHON" } }] },
      groundingMetadata: { webSearchQueries: ["oslo"] },
    },
  };
  const raw = (wireType: string, rawRepresentation: unknown = frame) =>
    new RealtimeServerRawMessage({ wireType, rawRepresentation });
  const driver = live();
  expect(
    driver.show(
      raw("serverContent.groundingMetadata"),
      raw("serverContent.modelTurn.executableCode"),
      raw("serverContent.groundingMetadata"),
    ),
  ).toEqual([
    { serverContent: { groundingMetadata: { webSearchQueries: ["oslo"] } } },
    { serverContent: { modelTurn: { role: "model", parts: [{ executableCode: { code: "1+1", language: "PYTHON" } }] } } },
  ]);
  const others = [
    raw("response.queued", { type: "response.queued" }),
    raw("serverContent.turnComplete", { serverContent: { turnComplete: true } }),
    raw("serverContent.groundingMetadata", { serverContent: null }),
    raw("serverContent.modelTurn.inlineData", {
      serverContent: { modelTurn: { parts: [null, { inlineData: { mimeType: "audio/pcm;rate=24000" } }] } },
    }),
  ];
  expect(driver.show(...others)).toEqual([]);
});

test.each([
  ["slow", {}, 1008, "The client reads too slowly."],
  ["internal", {}, 1011, "Internal error encountered."],
  ["session", { code: 4001 }, 4001, "why"],
  ["session", { code: 1006 }, 1000, "why"],
  ["open", {}, 1011, "why"],
] as const)("a connection that ends (%s) is closed as the service would", (cause, { code }: { code?: number }, close, reason) => {
  const end = { cause, code, reason: "why", error: undefined, messageId: undefined };
  expect(live().connection.close(end)).toEqual({ frames: [], code: close, reason });
});

test("a gateway that stops says goodbye to who was set up", () => {
  const end = { cause: "shutdown", code: undefined, reason: "bye", error: undefined, messageId: undefined } as const;
  expect(live().connection.close(end)).toEqual({ frames: [`{"goAway":{"timeLeft":"0s"}}`], code: 1001, reason: "bye" });
  expect(new Driver().connection.close(end)).toEqual({ frames: [], code: 1001, reason: "bye" });
});
