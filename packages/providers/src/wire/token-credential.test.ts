import { afterEach, describe, expect, test, vi } from "vitest";
import { RealtimeUsageError } from "@voxline/core";
import { resolveApiKey } from "./credentials.ts";
import { TokenSource, type TokenCredential } from "./token-credential.ts";

const SCOPE = "https://service.example/.default";
const LATER = Date.now() + 3_600_000;

/** A credential that gives these answers, one after the other, and notes how it was asked. */
function credential(...answers: (() => unknown)[]) {
  const calls: { scopes: string | string[]; signal: AbortSignal | undefined }[] = [];
  const value: TokenCredential = {
    getToken(scopes, options) {
      calls.push({ scopes, signal: options?.abortSignal });
      return Promise.resolve(answers[Math.min(calls.length, answers.length) - 1]?.()) as ReturnType<TokenCredential["getToken"]>;
    },
  };
  return { value, calls, source: new TokenSource(value, SCOPE) };
}

const token =
  (text: string, expiresOnTimestamp = LATER) =>
  () => ({ token: text, expiresOnTimestamp });
const live = (): AbortSignal => new AbortController().signal;

afterEach(() => {
  vi.useRealTimers();
});

describe("a token for a connection", () => {
  test("[row 34, 75] is asked for with the scope, and anew each time", async () => {
    const { source, calls } = credential(token("one"), token("two"));
    expect([await source.token(live()), await source.token(live())]).toEqual(["one", "two"]);
    expect(calls.map(({ scopes }) => scopes)).toEqual([SCOPE, SCOPE]);
  });

  test("is shared by openings that coincide", async () => {
    const { source, calls } = credential(token("one"), token("two"));
    expect(await Promise.all([source.token(live()), source.token(live()), source.token(live())])).toEqual(["one", "one", "one"]);
    expect(await source.token(live())).toBe("two");
    expect(calls.length).toBe(2);
  });

  test.each([
    [
      "throws",
      () => Promise.reject(new Error("not signed in")),
      'The "credential" failed: not signed in (scope https://service.example/.default).',
    ],
    [
      "gives null",
      () => null,
      'The "credential" gave no token; is this identity signed in? (scope https://service.example/.default).',
    ],
    [
      "gives an empty token",
      token(""),
      'The "credential" gave no token; is this identity signed in? (scope https://service.example/.default).',
    ],
    [
      "gives one that has ended, twice",
      token("old", Date.now() - 1),
      'The "credential" gave a token that has ended already; check the clock of this machine (scope https://service.example/.default).',
    ],
  ])("is a typed error where the credential %s", async (_, answer, message) => {
    const { source } = credential(answer);
    await expect(source.token(live())).rejects.toMatchObject({ code: "auth.rejected", phase: "open", message });
    // Nothing of the failure is kept.
    await expect(source.token(live())).rejects.toMatchObject({ code: "auth.rejected" });
  });

  test("that has ended is asked for once more", async () => {
    const { source, calls } = credential(token("old", Date.now() - 1), token("new"));
    expect(await source.token(live())).toBe("new");
    expect(calls.length).toBe(2);
  });

  test("with a line break in it is refused before anything is sent, and not repeated", async () => {
    const { source } = credential(token("secret\r\nX-Evil: 1"));
    const error = await source.token(live()).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: "config.invalid", phase: "open" });
    expect((error as Error).message).not.toContain("secret");
  });

  test("keeps the words of an error of ours", async () => {
    const own = new RealtimeUsageError("config.invalid", "No tenant.");
    const { source } = credential(() => Promise.reject(own));
    await expect(source.token(live())).rejects.toBe(own);
  });

  test("that never comes ends with the opening's signal, and the credential is told when nobody waits", async () => {
    const { source, calls } = credential(() => new Promise(() => undefined));
    const [first, second] = [new AbortController(), new AbortController()];
    const both = [source.token(first.signal), source.token(second.signal)];
    first.abort(new Error("first"));
    await expect(both[0]).rejects.toThrow("first");
    expect(calls[0]?.signal?.aborted).toBe(false);
    second.abort(new Error("second"));
    await expect(both[1]).rejects.toThrow("second");
    expect(calls[0]?.signal?.aborted).toBe(true);
    // The next opening does not wait for the request that was given up.
    void source.token(live());
    expect(calls.length).toBe(2);
  });
});

describe("a key for a connection", () => {
  test.each(["sk-1\r\nX-Evil: 1", " sk-1", "sk-1\n", "sk-ü"])("that cannot stand in a header is refused: %j", async (key) => {
    const error = await resolveApiKey(key).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: "config.invalid", phase: "open" });
    expect((error as Error).message).toContain('"apiKey"');
    await expect(resolveApiKey(() => key, "token")).rejects.toMatchObject({ code: "config.invalid" });
  });

  test("names its option", async () => {
    await expect(resolveApiKey(() => "", "token")).rejects.toThrow('The "token" function gave nothing; it must give text.');
    await expect(resolveApiKey(() => Promise.reject(new Error("x")), "token")).rejects.toThrow(
      'The "token" function failed; see the cause.',
    );
  });
});
