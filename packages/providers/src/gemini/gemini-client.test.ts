import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RealtimeClientRawMessage, type RealtimeError, type RealtimeServerMessage } from "@voxline/core";
import { providerContract } from "@voxline/core/testing";
import { client as frame, connect, openSession, settle, types } from "./fake-service.kit.ts";
import { GeminiRealtimeClient, type GeminiRealtimeOptions } from "./index.ts";

beforeEach(() => {
  for (const name of ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"]) vi.stubEnv(name, "");
  for (const name of ["GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL"]) vi.stubEnv(name, "");
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const DEVELOPER = "wss://generativelanguage.googleapis.com/ws/google.ai.generativelanguage";

/** Where a client connects to. */
async function target(init: GeminiRealtimeOptions): Promise<{ href: string; headers: Readonly<Record<string, string>> }> {
  const { service, client } = connect(init);
  const session = await client.createSession();
  const [first] = service.targets;
  await session.close();
  return { href: first?.url.href ?? "", headers: first?.headers ?? {} };
}

describe("who opens a session, and where", () => {
  test("a key stands in the query of v1beta", async () => {
    expect(await target({ apiKey: "k-1" })).toEqual({
      href: `${DEVELOPER}.v1beta.GenerativeService.BidiGenerateContent?key=k-1`,
      headers: {},
    });
  });

  test("an ephemeral token opens constrained sessions of v1alpha", async () => {
    expect((await target({ apiKey: "auth_tokens/abc" })).href).toBe(
      `${DEVELOPER}.v1alpha.GenerativeService.BidiGenerateContentConstrained?access_token=auth_tokens%2Fabc`,
    );
    expect((await target({ apiKey: () => "auth_tokens/abc", apiVersion: "v1beta" })).href).toBe(
      `${DEVELOPER}.v1beta.GenerativeService.BidiGenerateContentConstrained?access_token=auth_tokens%2Fabc`,
    );
  });

  test("apiVersion, headers, a base URL on this machine, and a whole URL", async () => {
    expect((await target({ apiVersion: "v1alpha" })).href).toContain(".v1alpha.GenerativeService.BidiGenerateContent?");
    expect(await target({ baseUrl: "http://127.0.0.1:8080/proxy/", headers: { "x-team": "a" } })).toEqual({
      href: "ws://127.0.0.1:8080/proxy/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=key-canary-1",
      headers: { "x-team": "a" },
    });
    expect((await target({ url: "wss://proxy.example/live?tenant=7" })).href).toBe(
      "wss://proxy.example/live?tenant=7&key=key-canary-1",
    );
    expect((await target({ url: "wss://proxy.example/live?key=own" })).href).toBe("wss://proxy.example/live?key=own");
    vi.stubEnv("GOOGLE_GEMINI_BASE_URL", "http://localhost:1");
    expect((await target({})).href).toMatch(/^ws:\/\/localhost:1\/ws\/google\.ai/);
  });

  test.each([
    ["us-central1", "us-central1-aiplatform.googleapis.com"],
    ["global", "aiplatform.googleapis.com"],
    ["eu", "aiplatform.eu.rep.googleapis.com"],
  ])("[row 33] Vertex AI in %s, with a token fetched for the connection", async (location, host) => {
    let count = 0;
    const accessToken = (): string => `oauth-${(count += 1)}`;
    const { service, client } = connect({ vertex: { project: "p-1", location, accessToken } });
    const sessions = [await client.createSession(), await client.createSession({ model: "gemini-x" })];
    expect(service.targets.map(({ url }) => url.href)).toEqual(
      Array.from({ length: 2 }, () => `wss://${host}/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent`),
    );
    expect(service.targets.map(({ headers }) => headers)).toEqual([
      { Authorization: "Bearer oauth-1" },
      { Authorization: "Bearer oauth-2" },
    ]);
    const publisher = `projects/p-1/locations/${location}/publishers/google/models`;
    expect(service.received.map(({ setup }) => setup?.model)).toEqual([
      `${publisher}/gemini-live-2.5-flash-native-audio`,
      `${publisher}/gemini-x`,
    ]);
    expect(sessions[0]?.metadata).toMatchObject({ providerName: "gcp.vertex_ai", model: "gemini-live-2.5-flash-native-audio" });
    expect(sessions[0]?.capabilities.hostedMcp).toBe(false);
  });

  test("Vertex AI with an API key needs no project", async () => {
    const { service, client } = connect({ vertex: {}, apiKey: "vertex-key" });
    await client.createSession({ model: "publishers/google/models/m" });
    expect(service.targets[0]?.url.host).toBe("aiplatform.googleapis.com");
    expect(service.targets[0]?.url.search).toBe("");
    expect(service.targets[0]?.headers).toEqual({ "x-goog-api-key": "vertex-key" });
    expect(service.received[0]?.setup?.model).toBe("publishers/google/models/m");
    vi.stubEnv("GOOGLE_CLOUD_PROJECT", "p-env");
    vi.stubEnv("GOOGLE_CLOUD_LOCATION", "us-east1");
    const other = connect({ vertex: { accessToken: "t-0123456" } });
    await other.client.createSession();
    expect(other.service.targets[0]?.url.host).toBe("us-east1-aiplatform.googleapis.com");
    expect(other.service.received[0]?.setup?.model).toMatch(/^projects\/p-env\/locations\/us-east1\//);
  });

  test("[row 31] an argument wins over GEMINI_API_KEY, and that over GOOGLE_API_KEY", async () => {
    vi.stubEnv("GOOGLE_API_KEY", "from-google");
    const key = async (apiKey: string | undefined): Promise<string | null> =>
      new URL((await target({ apiKey })).href).searchParams.get("key");
    expect(await key(undefined)).toBe("from-google");
    vi.stubEnv("GEMINI_API_KEY", "from-gemini");
    expect(await key(undefined)).toBe("from-gemini");
    expect(await key("")).toBe("from-gemini");
    expect(await key("argument")).toBe("argument");
  });

  test("[row 32] without a credential the constructor says what to set", () => {
    expect(() => new GeminiRealtimeClient()).toThrow(
      'There is no API key: pass "apiKey" or set GEMINI_API_KEY or GOOGLE_API_KEY.',
    );
    expect(() => new GeminiRealtimeClient({ vertex: { project: "p" } })).toThrow(
      'There is no credential: pass "vertex.accessToken" or "apiKey", or set GEMINI_API_KEY or GOOGLE_API_KEY.',
    );
    expect(() => new GeminiRealtimeClient({ vertex: { accessToken: "t" } })).toThrow(
      'There is no project: pass "vertex.project" or set GOOGLE_CLOUD_PROJECT.',
    );
  });

  test("an address that would send the key in the clear, and a place that is none, are refused", () => {
    const make = (init: GeminiRealtimeOptions) => () => new GeminiRealtimeClient({ apiKey: "k", ...init });
    expect(make({ baseUrl: "http://example.com" })).toThrow(/unencrypted; use https or wss/);
    expect(make({ baseUrl: "ftp://x" })).toThrow('"baseUrl" is no http(s) or ws(s) address.');
    expect(make({ vertex: { project: "p", location: "evil.example/x" } })).toThrow(/is no region of Google Cloud/);
  });

  test("what is attached to a client is found there and is no part of its JSON", () => {
    const { client } = connect({ additionalProperties: { tenant: "a" } });
    expect(client.additionalProperties).toEqual({ tenant: "a" });
    expect(JSON.stringify(client)).not.toContain("tenant");
  });
});

describe("[row 60] secrets", () => {
  const CANARY = "AIza-canary-0123456789";
  const isClean = (value: unknown): boolean =>
    !String(value).includes(CANARY) && !String(value).includes(encodeURIComponent(CANARY));

  test("the key in the URL is in no metadata, error, message or reason", async () => {
    const { service, session, take } = await openSession({}, { apiKey: CANARY });
    expect(service.targets[0]?.url.href).toContain(CANARY);
    expect(session.metadata.endpoint?.href).toBe(`${DEVELOPER}.v1beta.GenerativeService.BidiGenerateContent`);
    service.text("half");
    service.transport.close(1008, `key=${CANARY} may not do this`);
    const messages: RealtimeServerMessage[] = await take();
    const info = await session.closed;
    expect(types(messages)).toContain("Error");
    expect(
      messages.every((message) => isClean(JSON.stringify(message)) && isClean(JSON.stringify(message.rawRepresentation))),
    ).toBe(true);
    expect(isClean(info.reason)).toBe(true);
    expect(isClean(info.error?.stack)).toBe(true);
    expect(isClean((info.error?.cause as Error | undefined)?.stack)).toBe(true);
    expect(isClean(JSON.stringify(new GeminiRealtimeClient({ apiKey: CANARY }).metadata))).toBe(true);
  });

  test("nor in what an opening is refused with", async () => {
    const { service, client } = connect({ apiKey: CANARY });
    service.onSetup = () => service.transport.close(1007, `API key not valid: ${CANARY}. Please pass a valid API key.`);
    const error = (await client.createSession().catch((thrown: unknown) => thrown)) as RealtimeError;
    expect(error).toMatchObject({ code: "auth.rejected", retryable: false });
    expect(error.message).toContain("[redacted]");
    expect(isClean(error.stack) && isClean((error.cause as Error | undefined)?.stack)).toBe(true);
  });
});

describe("opening", () => {
  test("[row 35, 36, 95] says the setup first and is open with setupComplete", async () => {
    const { service, client } = connect();
    service.onSetup = () => undefined;
    const opening = client.createSession({ instructions: "Be brief.", voice: "Puck", transcription: {} });
    await settle();
    expect(service.received).toEqual([
      frame({
        setup: {
          model: "models/gemini-3.1-flash-live-preview",
          generationConfig: {
            responseModalities: ["AUDIO"],
            speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Puck" } } },
          },
          systemInstruction: { parts: [{ text: "Be brief." }] },
          inputAudioTranscription: {},
          outputAudioTranscription: {},
          contextWindowCompression: { slidingWindow: {} },
        },
      }),
    ]);
    service.send({ setupComplete: { sessionId: "session-9" } });
    const session = await opening;
    const messages: RealtimeServerMessage[] = [];
    session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
    await settle();
    expect(types(messages)).toEqual(["SessionCreated", "SessionUpdated"]);
    expect(messages[0]).toMatchObject({
      sessionId: "session-9",
      rawRepresentation: { setupComplete: { sessionId: "session-9" } },
    });
    expect(session.metadata).toMatchObject({
      sessionId: "session-9",
      providerName: "gcp.gemini",
      model: "gemini-3.1-flash-live-preview",
    });
    expect(session.options).toMatchObject({
      model: "gemini-3.1-flash-live-preview",
      voice: "Puck",
      instructions: "Be brief.",
      outputModalities: ["audio"],
      turnDetection: { type: "server" },
      inputAudioFormat: { mediaType: "audio/pcm", sampleRate: 16_000, channels: 1 },
      outputAudioFormat: { mediaType: "audio/pcm", sampleRate: 24_000, channels: 1 },
    });
  });

  test("a setupComplete in a binary frame, without an id, and a second one", async () => {
    const { service, client } = connect();
    service.onSetup = () => service.sendBinary({ setupComplete: {} });
    const session = await client.createSession();
    expect(session.metadata.sessionId).toMatch(/^sess_/);
    service.send({ setupComplete: { sessionId: "other" } });
    await settle();
    expect(session.metadata.sessionId).toMatch(/^sess_/);
  });

  test("[row 50] history goes behind setupComplete and before all input, and starts no answer", async () => {
    const { service, session } = await openSession({
      history: [
        { role: "user", contents: [{ type: "text", text: "Hello" }] },
        { role: "assistant", contents: [{ type: "audio", transcript: "Hi" }] },
        { contents: [{ type: "functionCall", callId: "c", name: "look", arguments: '{"a":1}' }] },
        { contents: [{ type: "functionResult", callId: "c", name: "look", result: { b: 2 } }] },
      ],
    });
    session.send(new RealtimeClientRawMessage({ realtimeInput: { text: "next" } }));
    await settle();
    expect(service.received[0]?.setup).toMatchObject({ historyConfig: { initialHistoryInClientContent: true } });
    expect(service.said).toEqual([
      frame({
        clientContent: {
          turns: [
            { role: "user", parts: [{ text: "Hello" }] },
            { role: "model", parts: [{ text: "Hi" }] },
            { role: "model", parts: [{ text: '(called look with {"a":1})' }] },
            { role: "user", parts: [{ text: '(result of look: {"b":2})' }] },
          ],
          turnComplete: true,
        },
      }),
      frame({ realtimeInput: { text: "next" } }),
    ]);
    expect(session.options.history).toBeUndefined();
  });

  test("[row 100] a handle resumes, without a history of its own; the newest one is exposed", async () => {
    const history = [{ role: "user" as const, contents: [{ type: "text" as const, text: "Hello" }] }];
    const { service, session, messages, take } = await openSession({ resumption: { handle: "h-0" }, history });
    expect(service.received[0]?.setup?.sessionResumption).toEqual({ handle: "h-0" });
    expect(service.received[0]?.setup?.historyConfig).toBeUndefined();
    expect(service.said).toEqual([]);
    expect(messages.at(-1)).toMatchObject({
      type: "Warning",
      message: "The history was not replayed: the session that is resumed has its own.",
    });
    service.send({ sessionResumptionUpdate: { newHandle: "h-1", resumable: true } });
    service.send({ sessionResumptionUpdate: { resumable: false } });
    service.send({ sessionResumptionUpdate: { newHandle: "", resumable: true } });
    const updates = await take();
    expect(updates.map((message) => message.type === "SessionResumptionUpdated" && message.resumptionHandle)).toEqual([
      "h-1",
      undefined,
      undefined,
    ]);
    // The last good handle is kept.
    expect(session.options.resumption).toEqual({ handle: "h-1" });
    expect(session.capabilities.resume).toBe(true);
    const { service: fresh } = await openSession({ resumption: {} });
    expect(fresh.received[0]?.setup?.sessionResumption).toEqual({});
  });

  test.each([
    [1007, "API key not valid. Please pass a valid API key.", { code: "auth.rejected", retryable: false }],
    [1008, "Method doesn't allow unregistered callers (callers without established identity).", { code: "auth.rejected" }],
    [1008, "Your API key was reported as leaked. Please use another API key.", { code: "auth.rejected" }],
    [1008, "The caller does not have permission", { code: "auth.forbidden" }],
    [
      1008,
      "models/x is not found for API version v1beta, or is not supported for bidiGenerateContent.",
      { code: "session.rejected" },
    ],
    [1007, "Invalid JSON payload received. Unknown name \"x\" at 'setup': Cannot find field.", { code: "session.rejected" }],
    [
      1011,
      "You exceeded your current quota, please check your plan and billing details.",
      { code: "quota.rate_limited", retryable: false },
    ],
    [1011, "Resource has been exhausted (e.g. check quota).", { code: "quota.rate_limited", retryable: true }],
    [1011, "Internal error encountered.", { code: "connection.closed", retryable: true, closeCode: 1011 }],
    [1000, "", { code: "connection.closed", retryable: true, closeCode: 1000 }],
  ])("[row 37, 38] a close with %i and %j in the place of setupComplete", async (code, reason, expected) => {
    const { service, client } = connect();
    service.onSetup = () => service.transport.close(code, reason);
    const error = (await client.createSession().catch((thrown: unknown) => thrown)) as RealtimeError;
    expect(error).toMatchObject({ phase: "open", provider: "gcp.gemini", ...expected });
    expect(error.message).toContain(`${code}`);
    expect(error.name).toBe(error.code === "session.rejected" ? "RealtimeProviderError" : "RealtimeConnectionError");
  });

  test("[row 36] says what it waited for", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { service, client } = connect();
    service.onSetup = () => undefined;
    const opening = expect(client.createSession()).rejects.toMatchObject({
      code: "connect.timeout",
      message: "No session with gcp.gemini after 15 s; it was still waiting for setupComplete from gcp.gemini.",
    });
    await vi.advanceTimersByTimeAsync(15_000);
    await opening;
    expect(service.closed).toBeDefined();
  });

  test.each([
    [{ sessionKind: "transcription" as const }, /no sessions that only transcribe/],
    [{ outputAudioFormat: { mediaType: "audio/pcmu" as const, sampleRate: 8000, channels: 1 } }, /speaks PCM16 at 24,000 Hz/],
    [{ inputAudioFormat: { mediaType: "audio/pcmu" as const, sampleRate: 8000, channels: 1 } }, /takes PCM16 of one channel/],
  ])("what the service cannot do at all is refused before anything is sent: %j", async (options, words) => {
    const { service, client } = connect();
    await expect(client.createSession(options)).rejects.toMatchObject({
      code: "config.invalid",
      message: expect.stringMatching(words),
    });
    expect(service.targets).toEqual([]);
  });
});

test("keeps the contract of providers", async () => {
  await providerContract(() => {
    const { service, client } = connect();
    service.onFrame = ({ realtimeInput }) => {
      if (realtimeInput?.text !== "hello") return;
      service.text("Good ");
      service.text("day.");
      service.send({ serverContent: { generationComplete: true } });
      service.done({ promptTokenCount: 1, responseTokenCount: 2, totalTokenCount: 3 });
    };
    return client;
  });
});
