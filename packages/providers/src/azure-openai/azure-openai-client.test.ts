import type { VoiceLiveClient } from "@azure/ai-voicelive";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientResponseCreateMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { LinkedService, openAndRead, settle } from "../wire/linked-service.kit.ts";
import { AzureOpenAIRealtimeClient, type AzureOpenAIRealtimeOptions, type TokenCredential } from "./index.ts";

// Both sessions by the field tables of the service's reference, read 2026-08-21.
const GA_SESSION = {
  object: "realtime.session",
  id: "sess_1",
  type: "realtime",
  model: "gpt-realtime",
  output_modalities: ["audio"],
  audio: {
    input: { format: { type: "audio/pcm", rate: 24000 } },
    output: { format: { type: "audio/pcm", rate: 24000 }, voice: "alloy" },
  },
};
const PREVIEW_SESSION = {
  id: "sess_2",
  object: "realtime.session",
  model: "gpt-4o-realtime-preview",
  modalities: ["audio", "text"],
  voice: "alloy",
  input_audio_format: "pcm16",
  output_audio_format: "pcm16",
  turn_detection: { type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 200 },
  temperature: 0.8,
  max_response_output_tokens: "inf",
};

const VARIABLES = [
  "AZURE_OPENAI_ENDPOINT",
  "AZURE_OPENAI_BASE_URL",
  "AZURE_OPENAI_API_KEY",
  "AZURE_OPENAI_AD_TOKEN",
  "AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME",
  "AZURE_OPENAI_API_VERSION",
] as const;
const ENDPOINT = "https://res.openai.azure.com";
const KEY = "key-canary-1234";

beforeEach(() => {
  for (const variable of VARIABLES) vi.stubEnv(variable, undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function connect(options: AzureOpenAIRealtimeOptions) {
  const service = new LinkedService(
    options.apiVersion === undefined || options.apiVersion === "v1" ? GA_SESSION : PREVIEW_SESSION,
  );
  const client = new AzureOpenAIRealtimeClient({ openTransport: service.open, ...options });
  return { service, client };
}

async function addressOf(options: AzureOpenAIRealtimeOptions, session: RealtimeSessionOptions = {}): Promise<string | undefined> {
  const { service, client } = connect({ apiKey: KEY, ...options });
  await (await client.createSession(session)).close();
  return service.targets[0]?.url.href;
}

async function headersOf(options: AzureOpenAIRealtimeOptions): Promise<unknown> {
  const { service, client } = connect({ endpoint: ENDPOINT, deployment: "rt", ...options });
  await client.createSession();
  return service.targets[0]?.headers;
}

describe("the address", () => {
  test.each([
    ["the GA path", { endpoint: ENDPOINT, deployment: "rt" }, "wss://res.openai.azure.com/openai/v1/realtime?model=rt"],
    [
      "a slash at the end",
      { endpoint: `${ENDPOINT}/`, deployment: "rt" },
      "wss://res.openai.azure.com/openai/v1/realtime?model=rt",
    ],
    [
      "[row 72] special characters",
      { endpoint: ENDPOINT, deployment: "a/b c&d" },
      "wss://res.openai.azure.com/openai/v1/realtime?model=a%2Fb%20c%26d",
    ],
    [
      "a base with the GA path",
      { baseUrl: `${ENDPOINT}/openai/v1`, deployment: "rt" },
      "wss://res.openai.azure.com/openai/v1/realtime?model=rt",
    ],
    [
      "a base with a query",
      { baseUrl: `${ENDPOINT}/openai/v1?x=1`, deployment: "rt" },
      "wss://res.openai.azure.com/openai/v1/realtime?x=1&model=rt",
    ],
    [
      "a proxy",
      { baseUrl: "wss://proxy.example/azure", deployment: "rt" },
      "wss://proxy.example/azure/openai/v1/realtime?model=rt",
    ],
    [
      "a base with a model",
      { baseUrl: `${ENDPOINT}/openai/v1/realtime?model=mine` },
      "wss://res.openai.azure.com/openai/v1/realtime?model=mine",
    ],
    ["this machine", { endpoint: "http://127.0.0.1:8080", deployment: "rt" }, "ws://127.0.0.1:8080/openai/v1/realtime?model=rt"],
    [
      "[row 74] a version: the preview path",
      { endpoint: ENDPOINT, deployment: "rt", apiVersion: "2025-04-01-preview" },
      "wss://res.openai.azure.com/openai/realtime?api-version=2025-04-01-preview&deployment=rt",
    ],
    [
      "a version and a base with the preview path",
      { baseUrl: `${ENDPOINT}/openai`, deployment: "rt", apiVersion: "2024-10-01-preview" },
      "wss://res.openai.azure.com/openai/realtime?api-version=2024-10-01-preview&deployment=rt",
    ],
    [
      "[row 74] v1: the GA path",
      { endpoint: ENDPOINT, deployment: "rt", apiVersion: "v1" },
      "wss://res.openai.azure.com/openai/v1/realtime?model=rt",
    ],
    [
      "[row 78] a whole address",
      { url: "wss://res.openai.azure.com/openai/v1/realtime?call_id=rtc_1" },
      "wss://res.openai.azure.com/openai/v1/realtime?call_id=rtc_1",
    ],
  ])("%s", async (_, options, href) => {
    expect(await addressOf(options)).toBe(href);
  });

  test("a session may name a deployment of its own", async () => {
    expect(await addressOf({ endpoint: ENDPOINT, deployment: "rt" }, { model: "mini" })).toBe(
      "wss://res.openai.azure.com/openai/v1/realtime?model=mini",
    );
    expect(await addressOf({ endpoint: ENDPOINT }, { model: "mini" })).toBe(
      "wss://res.openai.azure.com/openai/v1/realtime?model=mini",
    );
  });

  test("a session that only listens says so", async () => {
    const options = { sessionKind: "transcription", transcription: { model: "my-transcribe" } } as const;
    expect(await addressOf({ endpoint: ENDPOINT }, options)).toBe(
      "wss://res.openai.azure.com/openai/v1/realtime?intent=transcription",
    );
    expect(await addressOf({ endpoint: ENDPOINT, deployment: "rt", apiVersion: "2025-04-01-preview" }, options)).toBe(
      "wss://res.openai.azure.com/openai/realtime?api-version=2025-04-01-preview&intent=transcription&deployment=rt",
    );
  });

  test("[row 74] the environment's version is taken where none is passed, and gives way to one that is, and to a base that ends in v1", async () => {
    vi.stubEnv("AZURE_OPENAI_API_VERSION", "2025-04-01-preview");
    const service = new LinkedService(PREVIEW_SESSION);
    const client = new AzureOpenAIRealtimeClient({
      openTransport: service.open,
      endpoint: ENDPOINT,
      deployment: "rt",
      apiKey: KEY,
    });
    await client.createSession();
    expect(service.targets[0]?.url.search).toBe("?api-version=2025-04-01-preview&deployment=rt");
    expect(await addressOf({ endpoint: ENDPOINT, deployment: "rt", apiVersion: "2024-10-01-preview" })).toContain(
      "?api-version=2024-10-01-preview&",
    );
    expect(await addressOf({ endpoint: ENDPOINT, deployment: "rt", apiVersion: "v1" })).toContain("/openai/v1/realtime?model=rt");
    expect(await addressOf({ baseUrl: `${ENDPOINT}/openai/v1`, deployment: "rt" })).toContain("/openai/v1/realtime?model=rt");
  });

  test("[row 31, 76] endpoint, base and deployment come from the environment where they are not passed", async () => {
    vi.stubEnv("AZURE_OPENAI_ENDPOINT", "https://env.openai.azure.com");
    vi.stubEnv("AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME", "env-rt");
    expect(await addressOf({})).toBe("wss://env.openai.azure.com/openai/v1/realtime?model=env-rt");
    expect(await addressOf({ endpoint: ENDPOINT, deployment: "rt" })).toBe(
      "wss://res.openai.azure.com/openai/v1/realtime?model=rt",
    );
    vi.stubEnv("AZURE_OPENAI_BASE_URL", "https://base.example/openai/v1");
    expect(await addressOf({})).toBe("wss://base.example/openai/v1/realtime?model=env-rt");
  });
});

describe("what is missing or wrong", () => {
  test("[row 32, 73] endpoint, credential and deployment have an error each, which names what to set", async () => {
    expect(() => connect({ apiKey: KEY, deployment: "rt" })).toThrow(
      expect.objectContaining({
        code: "config.invalid",
        message:
          'There is no endpoint: pass "endpoint" or "baseUrl", or set AZURE_OPENAI_ENDPOINT to https://<resource>.openai.azure.com.',
      }),
    );
    expect(() => connect({ endpoint: ENDPOINT, deployment: "rt" })).toThrow(
      expect.objectContaining({
        code: "config.missing_credential",
        message:
          'There is no credential: pass "apiKey", "token" or "credential", or set AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN.',
      }),
    );
    // As a variable that is not set is passed often enough.
    expect(() => connect({ endpoint: "", baseUrl: "", apiKey: KEY })).toThrow("There is no endpoint");
    await expect(connect({ endpoint: ENDPOINT, apiKey: KEY, deployment: "" }).client.createSession()).rejects.toMatchObject({
      code: "config.invalid",
      message:
        'There is no deployment: pass "deployment", set AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME, or give the session a "model".',
    });
  });

  test.each([
    [
      "[row 76] an address without encryption",
      { endpoint: "http://res.openai.azure.com", apiKey: KEY },
      '"endpoint" would send a key to res.openai.azure.com unencrypted',
    ],
    ["an address of another kind", { baseUrl: "ftp://res.example", apiKey: KEY }, '"baseUrl" is no http(s) or ws(s) address.'],
    ["both addresses", { endpoint: ENDPOINT, baseUrl: ENDPOINT, apiKey: KEY }, 'Pass "endpoint" or "baseUrl", not both'],
    ["two credentials", { endpoint: ENDPOINT, apiKey: KEY, token: "t" }, 'Pass one of "apiKey", "token" and "credential"'],
    [
      "a version on the path without one",
      { baseUrl: `${ENDPOINT}/openai/v1`, apiVersion: "2025-04-01-preview", apiKey: KEY },
      "The address ends in /v1, which takes no version",
    ],
  ])("%s is refused", (_, options, words) => {
    expect(() => connect(options)).toThrow(
      expect.objectContaining({ code: "config.invalid", message: expect.stringContaining(words) as string }),
    );
  });

  test("an address from the environment is named by its variable", () => {
    vi.stubEnv("AZURE_OPENAI_ENDPOINT", "http://res.openai.azure.com");
    expect(() => connect({ apiKey: KEY })).toThrow('"AZURE_OPENAI_ENDPOINT" would send a key');
  });
});

describe("who is calling", () => {
  const credential: TokenCredential = {
    getToken: (scope) => Promise.resolve({ token: `entra:${String(scope)}`, expiresOnTimestamp: Date.now() + 60_000 }),
  };

  test.each([
    ["a key", { apiKey: KEY }, { "api-key": KEY }],
    ["[row 33] a function for keys", { apiKey: () => Promise.resolve("key-2") }, { "api-key": "key-2" }],
    ["a token", { token: "tok-1" }, { Authorization: "Bearer tok-1" }],
    ["[row 33] a function for tokens", { token: () => "tok-2" }, { Authorization: "Bearer tok-2" }],
    ["[row 34] a credential", { credential }, { Authorization: "Bearer entra:https://cognitiveservices.azure.com/.default" }],
    [
      "a credential with a scope",
      { credential, scope: "https://ai.azure.com/.default" },
      { Authorization: "Bearer entra:https://ai.azure.com/.default" },
    ],
    ["headers over all", { apiKey: KEY, headers: { "api-key": "mine", "x-team": "a" } }, { "api-key": "mine", "x-team": "a" }],
  ])("[row 75] %s", async (_, options, headers) => {
    expect(await headersOf(options)).toEqual(headers);
  });

  test("[row 31, 75] the environment is asked last, for the key first", async () => {
    vi.stubEnv("AZURE_OPENAI_AD_TOKEN", "tok-env");
    expect(await headersOf({})).toEqual({ Authorization: "Bearer tok-env" });
    vi.stubEnv("AZURE_OPENAI_API_KEY", "key-env");
    expect(await headersOf({})).toEqual({ "api-key": "key-env" });
    expect(await headersOf({ token: "tok-1" })).toEqual({ Authorization: "Bearer tok-1" });
  });

  test("[row 34] a credential is asked for each connection, and its failure is a typed error", async () => {
    let count = 0;
    const counting: TokenCredential = {
      getToken: () => Promise.resolve({ token: `tok-${(count += 1)}`, expiresOnTimestamp: Date.now() + 60_000 }),
    };
    const { service, client } = connect({ endpoint: ENDPOINT, deployment: "rt", credential: counting });
    await client.createSession();
    await client.createSession();
    expect(service.targets.map(({ headers }) => headers["Authorization"])).toEqual(["Bearer tok-1", "Bearer tok-2"]);
    const failing: TokenCredential = { getToken: () => Promise.reject(new Error("no identity")) };
    await expect(
      connect({ endpoint: ENDPOINT, deployment: "rt", credential: failing }).client.createSession(),
    ).rejects.toMatchObject({
      code: "auth.rejected",
    });
  });

  test("a credential that hangs meets the opening's deadline", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const hanging: TokenCredential = { getToken: () => new Promise(() => undefined) };
    const { client, service } = connect({ endpoint: ENDPOINT, deployment: "rt", credential: hanging });
    const opening = expect(client.createSession()).rejects.toMatchObject({
      code: "connect.timeout",
      message: "No session with azure.ai.openai after 15 s; it was still waiting for the key.",
    });
    await vi.advanceTimersByTimeAsync(15_000);
    await opening;
    vi.useRealTimers();
    expect(service.targets).toEqual([]);
  });

  test("the official client's credentials fit", () => {
    const official = undefined as unknown as Exclude<ConstructorParameters<typeof VoiceLiveClient>[1], { readonly key: string }>;
    expect(official satisfies TokenCredential | undefined).toBeUndefined();
  });
});

describe("a session", () => {
  test("[row 62] on the GA path speaks the nested dialect", async () => {
    const { service, client } = connect({ endpoint: ENDPOINT, deployment: "rt", apiKey: KEY });
    const { session } = await openAndRead(client, { voice: "marin", temperature: 0.7 });
    expect(service.received[0]).toMatchObject({
      type: "session.update",
      session: { type: "realtime", audio: { output: { voice: "marin" } } },
    });
    expect(session.metadata).toMatchObject({
      providerName: "azure.ai.openai",
      model: "gpt-realtime",
      sessionId: "sess_1",
      endpoint: new URL("wss://res.openai.azure.com/openai/v1/realtime"),
    });
    expect(session.capabilities).toMatchObject({ hostedMcp: true, imageInput: "item", maxSessionMs: 3_600_000 });
    session.send(
      new RealtimeClientConversationItemCreateMessage({ role: "assistant", contents: [{ type: "text", text: "Hi" }] }),
    );
    await settle();
    expect(service.received[1]?.["item"]).toMatchObject({ content: [{ type: "output_text", text: "Hi" }] });
  });

  test("[row 65] with a version speaks the flat one", async () => {
    const { service, client } = connect({ endpoint: ENDPOINT, deployment: "rt", apiKey: KEY, apiVersion: "2025-04-01-preview" });
    const { session, messages } = await openAndRead(client, {
      voice: "echo",
      temperature: 0.7,
      history: [{ role: "assistant", contents: [{ type: "text", text: "Hello." }] }],
    });
    expect(service.received).toMatchObject([
      { type: "session.update", session: { voice: "echo", temperature: 0.7 } },
      { type: "conversation.item.create", item: { content: [{ type: "text", text: "Hello." }] } },
    ]);
    expect(service.targets[0]?.headers).not.toHaveProperty("OpenAI-Beta");
    expect(session.options).toMatchObject({ voice: "echo", temperature: 0.7, outputModalities: ["audio", "text"] });
    expect(session.capabilities).toMatchObject({ hostedMcp: false, imageInput: "none", storedPrompts: false });
    session.send(new RealtimeClientResponseCreateMessage({ maxOutputTokens: 30 }));
    await settle();
    expect(service.received[2]).toMatchObject({ type: "response.create", response: { max_response_output_tokens: 30 } });
    expect(messages.map(({ type }) => type)).toEqual(["SessionCreated", "SessionUpdated"]);
  });

  test("[row 29] what an app attaches stays on the client and out of its JSON", () => {
    const { client } = connect({ endpoint: ENDPOINT, deployment: "rt", apiKey: KEY, additionalProperties: { tenant: "acme" } });
    expect(client.additionalProperties).toEqual({ tenant: "acme" });
    expect(JSON.stringify(client)).toBe(
      '{"metadata":{"providerName":"azure.ai.openai","defaultModel":"rt","endpoint":"wss://res.openai.azure.com/openai/v1/realtime"}}',
    );
  });

  test("[row 60] a key does not come back in an error", async () => {
    const { client } = connect({
      endpoint: ENDPOINT,
      deployment: "rt",
      apiKey: KEY,
      openTransport: () => Promise.reject(new Error(`refused ${KEY}`)),
    });
    const error = await client.createSession().catch((thrown: unknown) => thrown as Error);
    expect((error as Error).message).toBe("refused [redacted]");
  });
});

describe("a client secret", () => {
  test("is asked for on the GA path, with the key and the session", async () => {
    const requests: [string, RequestInit | undefined][] = [];
    const fake: typeof fetch = (input, init) => {
      requests.push([input instanceof URL ? input.href : "?", init]);
      return Promise.resolve(Response.json({ value: "ek_1", expires_at: 1_800_000_000 }));
    };
    const { client } = connect({ endpoint: ENDPOINT, deployment: "rt", token: "tok-1", fetch: fake });
    expect(await client.createClientSecret({ voice: "marin" })).toEqual({
      value: "ek_1",
      expiresAt: new Date("2027-01-15T08:00:00.000Z"),
    });
    expect(requests[0]?.[0]).toBe("https://res.openai.azure.com/openai/v1/realtime/client_secrets");
    expect(requests[0]?.[1]?.headers).toEqual({ Authorization: "Bearer tok-1", "content-type": "application/json" });
    expect(JSON.parse(requests[0]?.[1]?.body as string)).toEqual({
      session: { type: "realtime", model: "rt", audio: { output: { voice: "marin" } } },
    });
  });

  test("there is none on the preview path", async () => {
    const { client } = connect({ endpoint: ENDPOINT, deployment: "rt", apiKey: KEY, apiVersion: "2025-04-01-preview" });
    await expect(client.createClientSecret()).rejects.toMatchObject({ code: "config.invalid" });
  });

  test("a caller's signal ends the asking, also while a credential is asked", async () => {
    const hanging: TokenCredential = { getToken: () => new Promise(() => undefined) };
    const { client } = connect({ endpoint: ENDPOINT, deployment: "rt", credential: hanging });
    const abort = new AbortController();
    const asked = client.createClientSecret({}, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
  });
});
