import { afterEach, describe, expect, test, vi } from "vitest";
import type { RealtimeError } from "@voxline/core";
import { requestJson, type JsonRequest } from "./request-json.ts";

afterEach(() => void vi.restoreAllMocks());

const KEY = "sk-canary-1";

function asking(fake: (init: RequestInit) => Promise<Response>, more: Partial<JsonRequest> = {}) {
  const inits: RequestInit[] = [];
  const answer = requestJson({
    what: "a client secret",
    providerName: "test",
    url: new URL("https://h.example/secrets"),
    authorize: () => Promise.resolve({ Authorization: `Bearer ${KEY}` }),
    body: { a: 1 },
    origins: { credential: '"apiKey" or TEST_KEY', address: '"baseUrl"' },
    signal: undefined,
    fetch: ((_url: unknown, init?: RequestInit) => {
      inits.push(init ?? {});
      return fake(init ?? {});
    }) as typeof fetch,
    ...more,
  });
  return { inits, answer };
}

const failure = ({ answer }: ReturnType<typeof asking>): Promise<RealtimeError> =>
  answer.then(
    () => expect.unreachable("it was answered"),
    (error: unknown) => error as RealtimeError,
  );

/** A request that ends with its signal alone. */
const hanging = (init: RequestInit): Promise<never> =>
  new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error)));

describe("a request", () => {
  test("is answered with an object, and follows no redirection with the key", async () => {
    const { inits, answer } = asking(() => Promise.resolve(Response.json({ value: "x" })));
    expect(await answer).toEqual({ value: "x" });
    expect(inits).toMatchObject([
      {
        method: "POST",
        body: '{"a":1}',
        redirect: "manual",
        headers: { Authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      },
    ]);
  });

  test.each([
    [401, "auth.rejected", false, "; check the key and its rights. It said: bad [redacted] The credential comes from"],
    [403, "auth.forbidden", false, "; check the key and its rights. It said: bad [redacted] The credential comes from"],
    [400, "connect.upgrade_status", false, "with status 400. It said: bad [redacted]"],
    [404, "connect.upgrade_status", false, 'It said: bad [redacted] The address is made from "baseUrl".'],
    [302, "connect.upgrade_status", false, "with status 302"],
    [429, "quota.rate_limited", true, "The quota is that of the credential from"],
    [503, "connect.upgrade_status", true, "with status 503"],
  ])("refused with %i says so, and where to look", async (status, code, retryable, words) => {
    const error = await failure(asking(() => Promise.resolve(new Response(`bad ${KEY}`, { status }))));
    expect(error).toMatchObject({ code, retryable, status, provider: "test", phase: "open" });
    expect(error.message).toContain(words);
    expect(`${error.message}${error.stack}`).not.toContain(KEY);
  });

  test("a key that stands at the end of what is quoted is not shown in part", async () => {
    const error = await failure(asking(() => Promise.resolve(new Response(`${"x".repeat(290)}${KEY}`, { status: 500 }))));
    expect(error.message).not.toContain("sk-canary");
  });

  test("a bad key told with 400 is one", async () => {
    const error = await failure(asking(() => Promise.resolve(new Response("API key not valid.", { status: 400 }))));
    expect(error.code).toBe("auth.rejected");
  });

  test.each(["", "[]", "<html>", '"x"'])("an answer that is no object is told: %j", async (body) => {
    expect(await failure(asking(() => Promise.resolve(new Response(body))))).toMatchObject({
      code: "protocol.shape",
      message: "h.example accepted the request for a client secret and gave none; is this the right address?",
    });
  });

  test("that fails names host and cause, without the key", async () => {
    const error = await failure(asking(() => Promise.reject(new TypeError(`no route for ${KEY}`))));
    expect(error).toMatchObject({
      code: "connect.failed",
      retryable: true,
      provider: "test",
      message: "There is no client secret: the request to h.example failed: no route for [redacted]",
    });
    expect((error.cause as Error).message).toBe("no route for [redacted]");
  });

  test.each([
    ["the key is fetched", {}, { authorize: (): Promise<never> => new Promise(() => undefined) }],
    ["the answer is waited for", {}, {}],
    ["the answer is read", { isReading: true }, {}],
  ])(
    "ends with its deadline, or with the caller's signal, while %s",
    async (_, { isReading = false }: { isReading?: boolean }, more) => {
      const respond = (init: RequestInit): Promise<Response> =>
        isReading ? Promise.resolve({ ok: true, status: 200, text: () => hanging(init) } as unknown as Response) : hanging(init);
      const deadline = new AbortController();
      vi.spyOn(AbortSignal, "timeout").mockReturnValue(deadline.signal);
      const late = asking(respond, more);
      deadline.abort(new DOMException("too late", "TimeoutError"));
      expect(await failure(late)).toMatchObject({ code: "connect.timeout", retryable: true });

      vi.spyOn(AbortSignal, "timeout").mockReturnValue(new AbortController().signal);
      const abort = new AbortController();
      const given = asking(respond, { ...more, signal: abort.signal });
      const reason = new RangeError("enough");
      abort.abort(reason);
      expect(await failure(given)).toBe(reason);
    },
  );
});
