import { afterEach, describe, expect, test, vi } from "vitest";
import type { RealtimeError } from "@voxline/core";
import { connect } from "./fake-service.kit.ts";
import { geminiOptions, type GeminiRealtimeClient } from "./index.ts";

afterEach(() => void vi.useRealTimers());

describe("createEphemeralToken", () => {
  const post = async (answer: () => Response, options?: Parameters<GeminiRealtimeClient["createEphemeralToken"]>) => {
    const requests: { url: string; init: RequestInit }[] = [];
    const request = (url: unknown, init?: RequestInit): Promise<Response> => {
      requests.push({ url: String(url), init: init ?? {} });
      return Promise.resolve(answer());
    };
    const { client } = connect({ fetch: request as typeof fetch, baseUrl: "http://127.0.0.1:9" });
    const token = await client.createEphemeralToken(...(options ?? []));
    return { token, requests };
  };
  const ok = (): Response => new Response(JSON.stringify({ name: "auth_tokens/abc" }));

  test("asks v1alpha with the key in a header", async () => {
    vi.useFakeTimers({ now: new Date("2026-08-21T12:00:00Z"), toFake: ["Date"] });
    const { token, requests } = await post(ok);
    expect(token).toEqual({ value: "auth_tokens/abc", expiresAt: new Date("2026-08-21T12:30:00Z") });
    expect(requests[0]?.url).toBe("http://127.0.0.1:9/v1alpha/auth_tokens");
    expect(requests[0]?.init.headers).toEqual({ "x-goog-api-key": "key-canary-1", "content-type": "application/json" });
    expect(JSON.parse(requests[0]?.init.body as string)).toEqual({ uses: 1, expireTime: "2026-08-21T12:30:00.000Z" });
  });

  test("binds the token to a setup", async () => {
    vi.useFakeTimers({ now: new Date("2026-08-21T12:00:00Z"), toFake: ["Date"] });
    const { requests } = await post(ok, [
      { instructions: "Be brief.", outputModalities: ["text"], rawOptions: geminiOptions({ contextCompression: false }) },
      { uses: 3, expiresAfterSeconds: 60, opensWithinSeconds: 10 },
    ]);
    expect(JSON.parse(requests[0]?.init.body as string)).toEqual({
      uses: 3,
      expireTime: "2026-08-21T12:01:00.000Z",
      newSessionExpireTime: "2026-08-21T12:00:10.000Z",
      bidiGenerateContentSetup: {
        model: "models/gemini-3.1-flash-live-preview",
        generationConfig: { responseModalities: ["TEXT"] },
        systemInstruction: { parts: [{ text: "Be brief." }] },
      },
    });
  });

  test.each([
    [400, '{"error":{"message":"API key not valid. key-canary-1"}}', "auth.rejected"],
    [403, "", "auth.forbidden"],
    [429, "", "quota.rate_limited"],
    [500, "", "connect.upgrade_status"],
  ])("a refusal with %i", async (status, body, code) => {
    const error = (await post(() => new Response(body, { status })).catch((thrown: unknown) => thrown)) as RealtimeError;
    expect(error).toMatchObject({ code, status });
    expect(error.message).not.toContain("key-canary-1");
  });

  test("an answer without a token, a request that fails, and clients that cannot make any", async () => {
    await expect(post(() => new Response("{}"))).rejects.toMatchObject({ code: "protocol.shape" });
    const failing = (): Response => {
      throw new Error("no route");
    };
    await expect(post(failing)).rejects.toMatchObject({ code: "connect.failed", retryable: true });
    await expect(connect({ vertex: {} }).client.createEphemeralToken()).rejects.toMatchObject({ code: "config.invalid" });
    await expect(connect({ apiKey: "auth_tokens/x" }).client.createEphemeralToken()).rejects.toThrow(/cannot make others/);
  });
});
