import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { VoiceLiveRealtimeClient, type TokenCredential, type VoiceLiveRealtimeOptions } from "./index.ts";
import { connect, openSession, settle } from "./fake-service.kit.ts";

const ENDPOINT = "https://contoso.services.ai.azure.com";
const thrown = (options: VoiceLiveRealtimeOptions): unknown => {
  try {
    return new VoiceLiveRealtimeClient(options);
  } catch (error) {
    return error;
  }
};

beforeEach(() => {
  for (const prefix of ["AZURE_VOICELIVE", "AZURE_VOICE_LIVE"]) {
    for (const name of ["ENDPOINT", "API_KEY", "MODEL", "API_VERSION"]) vi.stubEnv(`${prefix}_${name}`, "");
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the address", () => {
  test.each([
    [
      "[row 80] an https endpoint becomes the service's socket",
      { endpoint: "https://contoso.services.ai.azure.com" },
      "wss://contoso.services.ai.azure.com/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime",
    ],
    [
      "[row 79] wss and an older resource's domain",
      { endpoint: "wss://contoso.cognitiveservices.azure.com/", apiVersion: "2025-10-01", model: "gpt-4.1" },
      "wss://contoso.cognitiveservices.azure.com/voice-live/realtime?api-version=2025-10-01&model=gpt-4.1",
    ],
    [
      "names are encoded, and what the endpoint asks for beside them is kept",
      { endpoint: `${ENDPOINT}/voice-live/realtime?features=client_ec_reference:true`, model: "my model&x" },
      "wss://contoso.services.ai.azure.com/voice-live/realtime?features=client_ec_reference:true&api-version=2026-07-15&model=my%20model%26x",
    ],
    [
      "the endpoint's own query decides where no option does",
      { endpoint: `${ENDPOINT}?api-version=2026-04-10&model=gpt-5` },
      "wss://contoso.services.ai.azure.com/voice-live/realtime?api-version=2026-04-10&model=gpt-5",
    ],
    [
      "the emulator on this machine needs no TLS",
      { endpoint: "http://127.0.0.1:8080" },
      "ws://127.0.0.1:8080/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime",
    ],
    [
      "an agent by its names, and no model",
      {
        endpoint: ENDPOINT,
        model: "gpt-realtime",
        agent: {
          agentName: "front desk",
          projectName: "contoso",
          agentVersion: "2",
          conversationId: "conv_1",
          authenticationIdentityClientId: "id-1",
          foundryResourceOverride: "other",
        },
      },
      "wss://contoso.services.ai.azure.com/voice-live/realtime?api-version=2026-07-15&agent-name=front%20desk&agent-project-name=contoso" +
        "&agent-version=2&conversation-id=conv_1&agent-authentication-identity-client-id=id-1&foundry-resource-override=other",
    ],
  ] satisfies [string, VoiceLiveRealtimeOptions, string][])("%s", async (_, options, href) => {
    const { service, client } = connect(options);
    await (await client.createSession()).close();
    expect(service.targets[0]?.url.href).toBe(href);
  });

  test("a session's model wins over the client's", async () => {
    const { service } = await openSession({ model: "phi4-mm-realtime" }, { model: "gpt-realtime" });
    expect(service.targets[0]?.url.searchParams.get("model")).toBe("phi4-mm-realtime");
  });

  test.each([
    ["[row 32] no endpoint", { apiKey: "k" }, "config.invalid", 'pass "endpoint" or set AZURE_VOICELIVE_ENDPOINT'],
    ["no address", { endpoint: "contoso", apiKey: "k" }, "config.invalid", '"endpoint" is no http(s) or ws(s) address'],
    ["no TLS", { endpoint: "http://contoso.com", apiKey: "k" }, "config.invalid", "unencrypted"],
    [
      "[row 32] no credential",
      { endpoint: ENDPOINT },
      "config.missing_credential",
      'pass "apiKey", "token" or "credential", or set AZURE_VOICELIVE_API_KEY',
    ],
    ["two credentials", { endpoint: ENDPOINT, apiKey: "k", token: "t" }, "config.invalid", "Pass one of"],
    [
      "half an agent",
      { endpoint: ENDPOINT, apiKey: "k", agent: { agentName: "a", projectName: "" } },
      "config.invalid",
      "pass projectName too",
    ],
  ] satisfies [string, VoiceLiveRealtimeOptions, string, string][])("is refused with %s", (_, options, code, text) => {
    expect(thrown(options)).toMatchObject({ code, message: expect.stringContaining(text) });
  });
});

describe("the environment", () => {
  test.each(["AZURE_VOICELIVE", "AZURE_VOICE_LIVE"])("[row 79] gives all that %s_* names", async (prefix) => {
    vi.stubEnv(`${prefix}_ENDPOINT`, "https://env.services.ai.azure.com");
    vi.stubEnv(`${prefix}_API_KEY`, "env-key");
    vi.stubEnv(`${prefix}_MODEL`, "gpt-4o");
    vi.stubEnv(`${prefix}_API_VERSION`, "2026-04-10");
    const { service } = connect();
    const client = new VoiceLiveRealtimeClient({ openTransport: service.open });
    await (await client.createSession()).close();
    expect(service.targets[0]).toMatchObject({
      url: new URL("wss://env.services.ai.azure.com/voice-live/realtime?api-version=2026-04-10&model=gpt-4o"),
      headers: { "api-key": "env-key" },
    });
  });

  test("[row 31, 79] gives way to arguments, and the service's own names go before the alias", async () => {
    vi.stubEnv("AZURE_VOICELIVE_ENDPOINT", "https://env.services.ai.azure.com");
    vi.stubEnv("AZURE_VOICELIVE_API_KEY", "env-key");
    vi.stubEnv("AZURE_VOICELIVE_MODEL", "gpt-4o");
    vi.stubEnv("AZURE_VOICE_LIVE_MODEL", "gpt-5");
    const { service } = await openSession({}, { apiKey: "argument" });
    expect(service.targets[0]?.url.href).toBe(
      "wss://contoso.services.ai.azure.com/voice-live/realtime?api-version=2026-07-15&model=gpt-4o",
    );
    expect(service.targets[0]?.headers).toEqual({ "api-key": "argument" });
  });
});

describe("authentication", () => {
  test("[row 33, 80] a key goes into its header, a function is called for each connection", async () => {
    let calls = 0;
    const { service, client } = connect({ apiKey: () => `key-${(calls += 1)}` });
    await (await client.createSession()).close();
    await (await client.createSession()).close();
    expect(service.targets.map(({ headers }) => headers)).toEqual([{ "api-key": "key-1" }, { "api-key": "key-2" }]);
    expect(service.targets[0]?.url.searchParams.has("api-key")).toBe(false);
  });

  test("[row 80] a token is a bearer", async () => {
    const { service } = await openSession(
      {},
      { token: () => Promise.resolve("ey.token"), headers: { "x-ms-client-request-id": "7" } },
    );
    expect(service.targets[0]?.headers).toEqual({ Authorization: "Bearer ey.token", "x-ms-client-request-id": "7" });
  });

  test.each([
    [undefined, "https://ai.azure.com/.default"],
    ["https://cognitiveservices.azure.com/.default", "https://cognitiveservices.azure.com/.default"],
  ])("[row 34] a credential is asked anew for each connection, for scope %s", async (scope, asked) => {
    let tokens = 0;
    const getToken = vi.fn<TokenCredential["getToken"]>(() => {
      tokens += 1;
      return Promise.resolve({ token: `ey.${tokens}`, expiresOnTimestamp: Date.now() + 60_000 });
    });
    const { service, client } = connect({ credential: { getToken }, scope });
    await (await client.createSession()).close();
    await (await client.createSession()).close();
    expect(service.targets.map(({ headers }) => headers["Authorization"])).toEqual(["Bearer ey.1", "Bearer ey.2"]);
    expect(getToken.mock.calls.map(([first]) => first)).toEqual([asked, asked]);
  });

  test("[row 60] the key is in no error and no metadata", async () => {
    const { service, client } = connect({ apiKey: "vl-secret-canary" });
    expect(JSON.stringify(client.metadata)).not.toContain("canary");
    const session = await client.createSession();
    const messages: unknown[] = [];
    session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
    service.send({ type: "error", error: { type: "server_error", code: "oops", message: "Is vl-secret-canary yours?" } });
    await settle();
    expect(JSON.stringify(messages)).toContain("[redacted]");
    expect(JSON.stringify(messages)).not.toContain("canary");
    await session.close();
  });
});

describe("the client", () => {
  test("says who it talks to and what its sessions can do", async () => {
    const { session } = await openSession();
    expect(session.metadata).toMatchObject({
      providerName: "azure.ai.voicelive",
      sessionId: "sess_ABC123DEF456",
      model: "gpt-realtime",
      endpoint: new URL("wss://contoso.services.ai.azure.com/voice-live/realtime"),
    });
    expect(session.capabilities).toMatchObject({ secondResponse: "replaces", inputActivity: true, hostedMcp: true, tools: true });
    const old = await openSession({}, { apiVersion: "2026-01-01-preview" });
    expect(old.session.capabilities.hostedMcp).toBe(false);
    const agent = await openSession({}, { agent: { agentName: "a", projectName: "p" } });
    expect(agent.session.capabilities).toMatchObject({ tools: false, hostedMcp: false });
  });

  test("keeps what the app attached out of its JSON", () => {
    const { client } = connect({ additionalProperties: { team: "voice" } });
    expect(client.additionalProperties).toEqual({ team: "voice" });
    expect(JSON.stringify(client)).not.toContain('voice"');
  });

  test("has no sessions that only transcribe", async () => {
    const { service, client } = connect();
    await expect(client.createSession({ sessionKind: "transcription" })).rejects.toMatchObject({
      code: "config.invalid",
      message: expect.stringContaining("createResponse: false"),
    });
    expect(service.targets).toEqual([]);
  });

  test("[row 37] is refused with the service's words", async () => {
    const { service, client } = connect();
    service.onUpdate = (frame) =>
      service.send({
        type: "error",
        error: { type: "invalid_request_error", code: "invalid_value", message: "No such voice.", event_id: frame["event_id"] },
      });
    await expect(client.createSession({ voice: "nobody" })).rejects.toMatchObject({
      code: "session.rejected",
      providerCode: "invalid_value",
      message: "azure.ai.voicelive refused the session (invalid_value): No such voice.",
    });
  });
});
