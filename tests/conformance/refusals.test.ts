import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { IRealtimeClient, RealtimeConnectionError } from "@voxline/core";
import { AzureOpenAIRealtimeClient } from "@voxline/providers/azure-openai";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import { VoiceLiveRealtimeClient } from "@voxline/providers/voice-live";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { everythingIn } from "../faults/canaries.ts";
import { PROVIDERS, type Provider } from "./provider-rows/providers.ts";
import { Service, settle } from "./provider-rows/service.ts";

const KEY = "sk-canary-key-7f3a91c2e5";

interface Caller {
  readonly name: string;
  readonly providerName: string;
  /** What a refusal of the credential names: an option, and the variable it may come from. */
  readonly credentialWords: readonly string[];
  readonly addressWords: readonly string[];
  readonly make: (host: string) => IRealtimeClient;
}

const KEYS: readonly Caller[] = PROVIDERS.map(({ name, providerName, variable, addressWords, make }) => ({
  name: `${name} with a key`,
  providerName,
  credentialWords: ['"apiKey"', variable],
  addressWords,
  make: (host) => make({ apiKey: KEY, host }),
}));

const credential = { getToken: () => Promise.resolve({ token: KEY, expiresOnTimestamp: Date.now() + 60_000 }) };

const CALLERS: readonly Caller[] = [
  ...KEYS,
  {
    name: "Azure OpenAI with a token",
    providerName: "azure.ai.openai",
    credentialWords: ['"token"', "AZURE_OPENAI_AD_TOKEN"],
    addressWords: ['"deployment"'],
    make: (host) => new AzureOpenAIRealtimeClient({ endpoint: `http://${host}`, deployment: "rt", token: KEY }),
  },
  {
    name: "Azure OpenAI with a credential",
    providerName: "azure.ai.openai",
    credentialWords: ['"credential"'],
    addressWords: ["AZURE_OPENAI_ENDPOINT"],
    make: (host) => new AzureOpenAIRealtimeClient({ endpoint: `http://${host}`, deployment: "rt", credential }),
  },
  {
    name: "Voice Live with a credential and an agent",
    providerName: "azure.ai.voicelive",
    credentialWords: ['"credential"', "AZURE_VOICELIVE_API_KEY"],
    addressWords: ['"agent"'],
    make: (host) =>
      new VoiceLiveRealtimeClient({ endpoint: `http://${host}`, agent: { agentName: "a", projectName: "p" }, credential }),
  },
  {
    name: "Vertex AI with an access token",
    providerName: "gcp.vertex_ai",
    credentialWords: ['"vertex.accessToken"'],
    addressWords: ['"vertex.location"', "GOOGLE_CLOUD_LOCATION", "GOOGLE_VERTEX_BASE_URL"],
    make: (host) => new GeminiRealtimeClient({ baseUrl: `http://${host}`, vertex: { project: "p", accessToken: KEY } }),
  },
];

const servers: Server[] = [];

beforeEach(() => {
  for (const { variable, otherVariables } of PROVIDERS) {
    for (const name of [variable, ...otherVariables]) vi.stubEnv(name, undefined);
  }
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** A service that refuses every upgrade with this status, and repeats whatever it was shown. */
async function refusing(status: number): Promise<{ readonly host: string; readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createServer();
  server.on("upgrade", (request, socket: Socket) => {
    requests.push(request.url ?? "");
    const shown = `${request.url} ${JSON.stringify(request.headers)}`;
    const body = JSON.stringify({ error: { message: `Refused: ${KEY} of ${shown.slice(0, 120)}` } });
    socket.end(
      `HTTP/1.1 ${status} No\r\nretry-after: 7\r\nwww-authenticate: Bearer ${KEY}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

async function refusal(status: number, make: Caller["make"]) {
  const { host, requests } = await refusing(status);
  const client = make(host);
  const error = await client.createSession().then(
    () => expect.unreachable("a session was opened"),
    (thrown: unknown) => thrown as RealtimeConnectionError,
  );
  expect(requests, "no second attempt").toHaveLength(1);
  return { client, error };
}

describe.each(CALLERS)("a refused upgrade of $name", ({ providerName, credentialWords, addressWords, make }) => {
  test.each([
    [401, { code: "auth.rejected", retryable: false }, "did not accept the key (401)", credentialWords],
    [403, { code: "auth.forbidden", retryable: false }, "forbids this key to open a session (403)", credentialWords],
    [404, { code: "connect.upgrade_status", retryable: false }, "refused the session with status 404", addressWords],
    [429, { code: "quota.rate_limited", retryable: true, retryAfterMs: 7_000 }, "too many requests (429)", credentialWords],
    [503, { code: "connect.upgrade_status", retryable: true }, "refused the session with status 503", []],
  ])("[row 37, 38, 60] with %i says so, points to the option, and shows no secret", async (status, expected, words, hints) => {
    const { client, error } = await refusal(status, make);
    expect(error).toMatchObject({ ...expected, status, phase: "open", provider: providerName });
    expect(error.message).toContain(words);
    for (const hint of hints) expect(error.message).toContain(hint);
    expect(everythingIn(error)).not.toContain(KEY);
    expect(everythingIn(error)).not.toContain(KEY.slice(0, 14));
    expect(JSON.stringify(client)).not.toContain(KEY);
    expect(`${client.metadata.endpoint?.href}`).not.toContain(KEY);
  });
});

describe("a key that is refused on the open socket", () => {
  test.each([
    [
      "OpenAI",
      (service: Service) => service.send({ type: "error", error: { code: "invalid_api_key", message: `Incorrect: ${KEY}` } }),
      'openai did not accept the key; check the API key. The credential comes from "apiKey" or OPENAI_API_KEY.',
    ],
    [
      "Gemini",
      (service: Service) => service.end.close(1007, `API key not valid: ${KEY}`),
      'gcp.gemini closed the connection with code 1007: API key not valid: [redacted]; check the API key or token. The credential comes from "apiKey", GEMINI_API_KEY or GOOGLE_API_KEY.',
    ],
  ])("[row 38, 60] of %s points to the option too", async (name, refuse, message) => {
    const provider = PROVIDERS.find((each) => each.name === name) as Provider;
    const service = new Service(provider);
    service.greets = false;
    service.confirms = false;
    const opening = provider.make({ apiKey: KEY, openTransport: service.open }).createSession();
    const refused = opening.catch((thrown: unknown) => thrown as RealtimeConnectionError);
    await settle();
    refuse(service);
    const error = await refused;
    expect(error).toMatchObject({
      code: "auth.rejected",
      retryable: false,
      phase: "open",
      provider: provider.providerName,
      message,
    });
    expect(everythingIn(error)).not.toContain(KEY);
    await settle();
    expect(service.closed).toHaveLength(1);
  });
});

test("[row 38] a refusal reads as one text", async () => {
  const azure = CALLERS.find(({ name }) => name === "Azure OpenAI with a key") as Caller;
  const { error } = await refusal(404, azure.make);
  expect(error.message.replace(/127\.0\.0\.1:\d+/g, "host").replace(/Refused.*?(?= The address)/s, "…")).toBe(
    'host refused the session with status 404; check the model and the path. It said: … The address is made from "deployment" (AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME), "endpoint" (AZURE_OPENAI_ENDPOINT) and "apiVersion" (AZURE_OPENAI_API_VERSION).',
  );
});
