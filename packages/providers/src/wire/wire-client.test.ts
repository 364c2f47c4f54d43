import { describe, expect, test } from "vitest";
import { RealtimeConnectionError, type RealtimeCapabilities, type RealtimeClientMetadata } from "@voxline/core";
import type { TransportTarget } from "@voxline/core/transport";
import type { AttemptOrigins } from "./origins.ts";
import { WireClient, type WireAttempt, type WireClientOptions } from "./wire-client.ts";
import type { WireCodec } from "./wire-codec.ts";

/** A client whose connection never opens. */
class RefusedClient extends WireClient {
  readonly metadata: RealtimeClientMetadata = { providerName: "test", defaultModel: undefined, endpoint: undefined };
  readonly #credentialFails: boolean;
  static readonly targets: TransportTarget[] = [];

  constructor(error: Error, options: WireClientOptions & { readonly credentialFails?: boolean } = {}) {
    super({
      ...options,
      openTransport: (target) => {
        RefusedClient.targets.push(target);
        return Promise.reject(error);
      },
    });
    this.#credentialFails = options.credentialFails ?? false;
  }

  protected override attempt(): WireAttempt {
    const origins: AttemptOrigins = { credential: '"apiKey" or TEST_KEY', address: '"url"' };
    const target: TransportTarget = {
      url: new URL("wss://h.example/?key=query-key-1"),
      headers: { Authorization: "Bearer header-key-1", "x-own": "own" },
      protocols: [],
    };
    const failure = new RealtimeConnectionError("auth.rejected", "No token.");
    return {
      codec: {} as WireCodec,
      capabilities: {} as RealtimeCapabilities,
      origins,
      target: () => (this.#credentialFails ? Promise.reject(failure) : Promise.resolve(target)),
    };
  }
}

const refusal = (client: WireClient, options = {}): Promise<RealtimeConnectionError> =>
  client.createSession(options).then(
    () => expect.unreachable("a session was opened"),
    (error: unknown) => error as RealtimeConnectionError,
  );

describe("a refused opening", () => {
  test.each([
    ["auth.rejected", 401, ' The credential comes from "apiKey" or TEST_KEY.'],
    ["auth.forbidden", 403, ' The credential comes from "apiKey" or TEST_KEY.'],
    ["quota.rate_limited", 429, ' The quota is that of the credential from "apiKey" or TEST_KEY.'],
    ["connect.upgrade_status", 404, ' The address is made from "url".'],
    ["connect.upgrade_status", 503, ""],
    ["connect.dns", undefined, ""],
  ] as const)("%s with %s says where to look, and whose it is", async (code, status, hint) => {
    const cause = new TypeError("the cause");
    const init = { status, retryAfterMs: 7, retryable: true, cause };
    const error = await refusal(new RefusedClient(new RealtimeConnectionError(code, "It was refused.", init)));
    expect(error.message).toBe(`It was refused.${hint}`);
    expect(error).toMatchObject({ code, status, retryAfterMs: 7, retryable: true, provider: "test", phase: "open" });
    expect(error.cause).toBe(cause);
  });

  test("before anything was sent points to nothing", async () => {
    const error = await refusal(new RefusedClient(new Error("never"), { credentialFails: true }));
    expect(error).toMatchObject({ code: "auth.rejected", message: "No token.", provider: "test" });
  });

  test("[row 60] repeats nothing that headers, query and tools hold", async () => {
    const said = "header-key-1 query-key-1 proxy-key-1 mcp-key-1 mcp-header-1";
    const client = new RefusedClient(new RealtimeConnectionError("connect.failed", said), {
      headers: { "X-Proxy-Token": "proxy-key-1" },
    });
    const tool = {
      type: "mcp",
      serverLabel: "s",
      serverUrl: "https://m.example",
      authorization: "mcp-key-1",
      headers: { "X-Api-Key": "mcp-header-1" },
    };
    const error = await refusal(client, { tools: [tool] });
    expect(error.message).toBe("[redacted] [redacted] [redacted] [redacted] [redacted]");
    expect(error.stack).not.toMatch(/-key-1|mcp-header-1/);
    expect(JSON.stringify(client)).not.toContain("proxy-key-1");
  });

  test("the caller's reason is thrown as it is", async () => {
    const reason = new RealtimeConnectionError("auth.rejected", "mine");
    const abort = new AbortController();
    const opening = new RefusedClient(new Error("never")).createSession({}, { signal: abort.signal });
    abort.abort(reason);
    expect(await opening.catch((error: unknown) => error)).toBe(reason);
  });
});

test("headers are laid over the client's own", async () => {
  RefusedClient.targets.splice(0);
  await refusal(new RefusedClient(new Error("no"), { headers: { "x-own": "yours", "x-more": "1" } }));
  expect(RefusedClient.targets[0]?.headers).toEqual({ Authorization: "Bearer header-key-1", "x-own": "yours", "x-more": "1" });
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
  "openTimeoutMs cannot be %d, which no timer takes",
  (openTimeoutMs) => {
    expect(() => new RefusedClient(new Error("no"), { openTimeoutMs })).toThrow(
      expect.objectContaining({
        code: "config.invalid",
        message: expect.stringContaining('"openTimeoutMs" must be above 0') as string,
      }),
    );
  },
);
