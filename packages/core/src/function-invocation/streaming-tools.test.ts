import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { after, call, created, done, flush, once, setUp, speech, told, tool } from "./calls.kit.ts";
import type { ToolProgress } from "./function-invocation.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a streaming tool", () => {
  it("shows what it yields while it runs, and gives the model the whole once", async () => {
    const shown: ToolProgress[] = [];
    const search = tool("search", async function* () {
      yield "Oslo, ";
      await after(100, undefined)();
      yield "Bergen";
    });
    const { inner } = setUp([search], { onProgress: (progress) => void shown.push(progress) });
    inner.say(created("r"), call("r", "c", "search"), done("r"));
    await flush();
    const common = { callId: "c", name: "search", responseId: "r", sessionId: "scripted_session" };
    expect(shown).toEqual([{ ...common, part: "Oslo, ", text: "Oslo, " }]);
    expect(told(inner)).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(shown[1]).toEqual({ ...common, part: "Bergen", text: "Oslo, Bergen" });
    expect(told(inner)).toEqual(["c=Oslo, Bergen", "…"]);
  });

  const cases: [string, () => AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>, string][] = [
    [
      "what it returns, where it returns something",
      async function* () {
        yield "half";
        return { found: 2 };
      },
      '{"found":2}',
    ],
    [
      "the last value that is not text",
      async function* () {
        yield "half";
        yield { found: 1 };
        yield { found: 2 };
      },
      '{"found":2}',
    ],
    [
      "bytes as text, also where a character is cut",
      async function* () {
        yield bytes("Troms\u00f8").subarray(0, 6);
        yield bytes("Troms\u00f8").subarray(6);
      },
      "Troms\u00f8",
    ],
    ["nothing as nothing", async function* () {}, "The tool is done and gave no result."],
    [
      "a stream behind a promise",
      () =>
        Promise.resolve(
          (async function* () {
            yield "later";
          })(),
        ),
      "later",
    ],
    [
      "a failure as a failure, whatever came before",
      async function* () {
        yield "half";
        throw new TypeError("secret");
      },
      'Error: the tool "t" failed.',
    ],
  ];
  it.each(cases)("gives %s", async (_name, invoke, result) => {
    const { inner } = await once(tool("t", invoke));
    await flush();
    expect(told(inner)).toEqual([`c=${result}`, "…"]);
  });

  it("is left, so that it can clean up, when it says too much", async () => {
    let left = false;
    const flood = tool("t", async function* () {
      try {
        for (;;) yield "x".repeat(1_000);
      } finally {
        left = true;
      }
    });
    const { inner } = await once(flood);
    await flush();
    expect([told(inner), left]).toEqual([['c=Error: the result of "t" is larger than 65536 bytes.', "…"], true]);
  });

  it("is left when it is interrupted, also while it waits", async () => {
    let left = 0;
    const stream = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<unknown>>(() => undefined),
        return: () => {
          left += 1;
          return Promise.reject(new TypeError("on its way out"));
        },
      }),
    };
    const { inner } = await once(tool("t", () => stream, { onInterrupt: "cancel" }));
    inner.say(speech());
    await flush();
    expect([told(inner), left]).toEqual([["c=Error: The call was cancelled because the user interrupted."], 1]);
  });

  it("lets timers and sockets have their turn, however fast it yields", async () => {
    vi.useRealTimers();
    let parts = 0;
    const endless = tool(
      "t",
      async function* () {
        for (;;) yield { part: (parts += 1) };
      },
      { timeoutMs: 50 },
    );
    const { inner } = setUp([endless]);
    inner.say(created("r"), call("r", "c", "t"), done("r"));
    await vi.waitFor(() => expect(told(inner)).toEqual(['c=Error: The tool "t" did not answer within 0.05 s.', "…"]));
    expect(parts).toBeGreaterThan(128);
  });

  it("goes on when onProgress throws, and says so once", async () => {
    const { inner, received } = setUp(
      [
        tool("t", async function* () {
          yield "a";
          yield "b";
        }),
      ],
      {
        onProgress: () => {
          throw new TypeError("no screen");
        },
      },
    );
    inner.say(created("r"), call("r", "c", "t"), done("r"));
    await flush();
    expect(told(inner)).toEqual(["c=ab", "…"]);
    expect(received.filter((message) => message.type === "Warning")).toMatchObject([{ code: "tool.progress" }]);
  });
});
