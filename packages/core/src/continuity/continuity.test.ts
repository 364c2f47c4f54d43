import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RealtimeClientBuilder, RealtimeSessionBuilder } from "../builder.ts";
import { RealtimeConnectionError } from "../errors.ts";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputActivityMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
} from "../messages/client-messages.ts";
import {
  RealtimeServerConversationItemMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerResponseCreatedMessage,
} from "../messages/server-messages.ts";
import { middlewareContract } from "../testing/middleware-contract.ts";
import { ScriptedClient } from "../testing/scripted-client.ts";
import { ScriptedSession } from "../testing/scripted-session.ts";
import { continuity } from "./continuity.ts";
import {
  answer,
  ask,
  commit,
  committed,
  created,
  done,
  flush,
  frame,
  framesOf,
  historyOf,
  itemAdded,
  lose,
  refusal,
  speechStarted,
  speechStopped,
  startCall,
  text,
  told,
  transcribed,
  voice,
  wait,
  words,
} from "./continuity.kit.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  // Whatever a test did: no timer outlives its session.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("continuity", () => {
  it("keeps the contract of sessions", async () => {
    await middlewareContract(() => continuity());
  });

  it("must see the opening", () => {
    const builder = new RealtimeSessionBuilder(new ScriptedSession()).use(continuity());
    expect(() => builder.build()).toThrow(expect.objectContaining({ code: "config.needs_client" }));
  });

  it("refuses numbers that cannot be meant", () => {
    expect(() => continuity({ maxAttempts: -1 })).toThrow("maxAttempts of continuity must be at least 0, got -1.");
    expect(() => continuity({ connectsPerMinute: 0 })).toThrow(expect.objectContaining({ code: "config.invalid" }));
    expect(() => continuity({ maxOutageMs: Number.NaN })).toThrow("maxOutageMs");
  });

  it("does not retry the first opening, and leaves its signal alone afterwards", async () => {
    const shut = new ScriptedClient({ onOpen: () => Promise.reject(refusal("connect.refused", true)) });
    await expect(new RealtimeClientBuilder(shut).use(continuity()).build().createSession()).rejects.toMatchObject({
      code: "connect.refused",
    });
    const client = new ScriptedClient();
    const abort = new AbortController();
    const builder = new RealtimeClientBuilder(client).use(continuity());
    const session = await builder.build().createSession({}, { signal: abort.signal });
    abort.abort();
    lose(client.session);
    await wait(1_000);
    expect(client.sessions).toHaveLength(2);
    await session.close();
  });
});

describe("a dropped connection", () => {
  it("[row 49] [F23] is opened again after delays that grow from 1 s, each attempt told, options applied again", async () => {
    let down = true;
    const opened: number[] = [];
    const call = await startCall({
      options: { instructions: "Be brief.", voice: "a" },
      onOpen: (number) => {
        opened.push(performance.now());
        if (number > 1 && down) throw refusal("connect.refused", true);
      },
    });
    await call.session.update({ voice: "b", instructions: null });
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const lostAt = performance.now();
    lose(call.client.session);
    await wait(14_000);
    down = false;
    await wait(20_000);
    expect(opened.slice(1).map((at) => Math.round((at - lostAt) / 100) / 10)).toEqual([1, 3, 7, 15]);
    expect(call.warnings("session.reconnecting")).toEqual([
      "The session was lost (connection.lost); attempt 1 of 5 to go on begins in 1.0 s.",
      "The session was lost (connection.lost); attempt 2 of 5 to go on begins in 2.0 s.",
      "The session was lost (connection.lost); attempt 3 of 5 to go on begins in 4.0 s.",
      "The session was lost (connection.lost); attempt 4 of 5 to go on begins in 8.0 s.",
    ]);
    expect(call.client.session.options).toMatchObject({ voice: "b" });
    expect(call.client.session.options.instructions).toBeUndefined();
    expect(call.session.metadata.sessionId).toBe("s2");
    expect(call.reports()).toMatchObject([{ kind: "lost", cause: "connection.lost", attempts: 4, restored: "full", items: 0 }]);
    expect(Math.round(call.reports()[0]?.gapMs ?? 0)).toBe(14_992);
    await call.session.close();
  });

  it.each([0, 0.5, 0.999])(
    "[row 49] [F85] is given up after 5 attempts, with one error that lists them (random %f)",
    async (random) => {
      const call = await startCall({
        onOpen: (number) => {
          if (number > 1) throw refusal("connect.refused", true);
        },
      });
      vi.spyOn(Math, "random").mockReturnValue(random);
      const lostAt = performance.now();
      call.session.send(text("hello"));
      lose(call.client.session);
      call.session.send(text("are you there?"));
      const pending = call.session.update({ voice: "c" });
      pending.catch(() => undefined);
      await wait(60_000);
      const lasted = performance.now() - lostAt;
      expect(call.ended).toMatchObject({
        by: "network",
        retryable: false,
        undelivered: 2,
        error: { code: "session.resume_failed" },
      });
      expect(call.ended?.error?.message).toMatch(
        /^The session with scripted ended \(connection.lost: cut\) .* attempts: 1 after .*; 5 after/,
      );
      expect(call.ended?.error?.message.match(/connect\.refused/g)).toHaveLength(10);
      expect(call.ended?.error?.cause).toMatchObject({ code: "connect.refused" });
      expect(call.types().at(-1)).toBe("SessionEnded");
      expect(call.types().filter((type) => type === "SessionEnded")).toHaveLength(1);
      await expect(pending).rejects.toMatchObject({ code: expect.stringMatching(/update.timeout|lifecycle.closed/) });
      // However the dice fall, an outage of 3 s never uses up the attempts.
      expect(lasted).toBeGreaterThan(15_000);
    },
  );

  it("[F5] an attempt that is refused for good ends it at once", async () => {
    const call = await startCall({
      onOpen: (number) => {
        if (number > 1) throw refusal("auth.rejected", false);
      },
    });
    lose(call.client.session);
    await wait(1_000);
    expect(call.ended?.error).toMatchObject({
      code: "session.resume_failed",
      cause: { code: "auth.rejected" },
      retryable: false,
    });
    expect(call.warnings("session.reconnecting")).toHaveLength(1);
    await wait(60_000);
    expect(call.client.sessions).toHaveLength(1);
  });

  it.each([
    ["an end that retrying does not help", "connection.closed", { code: 1008, by: "remote", retryable: false }],
    ["an end of our own", "backpressure.overflow", { code: undefined, by: "local", retryable: false }],
  ] as const)("[F48] %s stays the end", async (_name, code, info) => {
    const call = await startCall();
    lose(call.client.session, code, info);
    await wait(60_000);
    expect(call.client.sessions).toHaveLength(1);
    expect(call.ended).toMatchObject({ ...info, error: { code } });
    expect(call.types()).toEqual(["SessionEnded"]);
  });

  it("[F43] closing is no loss", async () => {
    const call = await startCall();
    const info = await call.session.close("enough");
    expect(info).toMatchObject({ by: "local", reason: "enough", error: undefined });
    expect(call.client.sessions).toHaveLength(1);
    expect(call.client.session.closeReason).toBe("enough");
  });

  it("[F7] waits as long as the provider asks, and a minute at most", async () => {
    const opened: number[] = [];
    const asked = [3_000, 3_600_000];
    const call = await startCall({
      onOpen: (number) => {
        opened.push(performance.now());
        const wish = number === 1 ? undefined : asked.shift();
        if (wish !== undefined) throw refusal("quota.rate_limited", true, wish);
      },
    });
    vi.spyOn(Math, "random").mockReturnValue(0);
    lose(call.client.session);
    await wait(70_000);
    expect(opened.slice(1).map((at) => Math.round(at - (opened[0] ?? 0)))).toEqual([0, 3_000, 63_000]);
    await call.session.close();
  });

  it("[F51] a service that restarts is left alone for a second at least", async () => {
    const call = await startCall();
    vi.spyOn(Math, "random").mockReturnValue(0);
    lose(call.client.session, "connection.closed", { code: 1012, by: "remote" });
    await wait(999);
    expect(call.client.sessions).toHaveLength(1);
    await wait(1);
    expect(call.client.sessions).toHaveLength(2);
    await call.session.close();
  });

  it("[F45] [F75] a session that expired without a warning is followed at once", async () => {
    const call = await startCall();
    call.session.send(text("hello"));
    call.client.session.say(...answer("r1", "i1", "Hi there."));
    lose(call.client.session, "session.expired", { code: 1001, by: "remote" });
    await flush();
    expect(call.client.sessions).toHaveLength(2);
    expect(historyOf(call.client.session.options)).toEqual(["user: hello", "assistant: Hi there."]);
    expect(call.reports()).toMatchObject([
      { cause: "session.expired", restored: "text", items: 2, itemsLost: 0, lostAudioMs: 0 },
    ]);
    await call.session.close();
  });

  it("[F38] a link that flaps is followed as long as each connection lasts for a while", async () => {
    const call = await startCall();
    for (let flap = 0; flap < 10; flap++) {
      lose(call.client.session);
      await wait(6_100);
    }
    expect(call.client.sessions).toHaveLength(11);
    expect(call.reports().map(({ attempts }) => attempts)).toEqual(Array.from({ length: 10 }, () => 1));
    expect(call.client.sessions.slice(0, -1).every((session) => session.closeCalls <= 1)).toBe(true);
    await call.session.close();
  });

  it("[F14] five connections that end within moments are the end", async () => {
    const call = await startCall();
    lose(call.client.session);
    for (let ms = 0; ms < 120_000 && call.ended === undefined; ms += 100) {
      await wait(100);
      const { session } = call.client;
      if (call.client.sessions.length > 1 && call.reports().length === call.client.sessions.length - 1) {
        lose(session, "connection.closed", { code: 1011, by: "remote" });
      }
    }
    expect(call.client.sessions).toHaveLength(6);
    expect(call.reports()).toHaveLength(5);
    expect(call.ended?.error).toMatchObject({ code: "session.resume_failed", cause: { code: "connection.closed" } });
  });

  it("[F128] closing in the middle of it leaves nothing behind", async () => {
    for (const moment of ["while it waits", "while it opens"] as const) {
      let opening: (() => void) | undefined;
      const call = await startCall({
        onOpen: (number) => (number === 1 ? undefined : new Promise<void>((resolve) => (opening = resolve))),
      });
      lose(call.client.session);
      if (moment === "while it opens") await wait(1_000);
      else await flush();
      call.session.send(text("anybody?"));
      const info = await call.session.close("gave up");
      expect(info).toMatchObject({ by: "local", reason: "gave up", undelivered: 1, error: undefined });
      opening?.();
      await wait(60_000);
      // One that opens all the same is not kept.
      expect(call.client.sessions.slice(1).every((session) => session.closeCalls > 0)).toBe(true);
      expect(call.types().at(-1)).toBe("SessionEnded");
    }
  });

  it("a loop that is aborted, and an update that is, end alone", async () => {
    const call = await startCall();
    const abort = new AbortController();
    lose(call.client.session);
    const update = call.session.update({ voice: "x" }, { signal: abort.signal });
    abort.abort(new RealtimeConnectionError("lifecycle.aborted", "enough"));
    await expect(update).rejects.toMatchObject({ code: "lifecycle.aborted" });
    await wait(1_000);
    expect(call.client.sessions).toHaveLength(2);
    expect(call.ended).toBeUndefined();
    await call.session.close();
  });

  it("an update asked for before the loss, or in the gap, is confirmed by the next session", async () => {
    const call = await startCall({ onOpen: (number) => ({ confirmUpdates: number > 1 }) });
    const first = call.session.update({ instructions: "one" });
    lose(call.client.session);
    const second = call.session.update({ voice: "two" });
    await wait(1_000);
    await Promise.all([first, second]);
    expect(told(call.client.session)).toEqual(['update {"instructions":"one"}', 'update {"voice":"two"}']);
    expect(call.session.options).toMatchObject({ instructions: "one", voice: "two" });
    // And they are part of what the one after it is opened with.
    lose(call.client.session);
    await wait(6_000);
    expect(call.client.session.options).toMatchObject({ instructions: "one", voice: "two" });
    expect(told(call.client.session)).toEqual([]);
    await call.session.close();
  });
});

describe("what the user says", () => {
  it("[F29] [F81] an outage of 3 s in mid-speech loses no frame and doubles none", async () => {
    let down = false;
    const call = await startCall({
      onOpen: () => {
        if (down) throw refusal("connect.refused", true);
      },
    });
    const [first] = call.client.sessions as [ScriptedSession];
    vi.spyOn(Math, "random").mockReturnValue(0.9);
    for (let n = 0; n < 50; n++) {
      call.session.send(frame(n, n >= 20));
      if (n === 21) first.say(speechStarted(400));
      await wait(20);
    }
    down = true;
    lose(first);
    for (let n = 50; n < 250; n++) {
      call.session.send(frame(n, true));
      await wait(20);
      if (n === 200) down = false;
    }
    await wait(10_000);
    expect(framesOf(first)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    // The turn had not been taken: all of it is sent again, then what was said meanwhile.
    expect(told(call.client.session)).toEqual(["0–249"]);
    expect(call.reports()).toMatchObject([{ resentAudioMs: 1_000, heldAudioMs: 4_000, lostAudioMs: 0, restored: "full" }]);
    await call.session.close();
  });

  it("what was written down or answered is not heard twice; what was not, is", async () => {
    const call = await startCall();
    const first = call.client.session;
    for (let n = 0; n < 100; n++) call.session.send(frame(n));
    // Written down: told as text.
    first.say(speechStarted(200), speechStopped(600), committed("u1"), transcribed("u1", "hello there"));
    first.say(...answer("r1", "a1", "Hello."));
    // Answered, and never written down: only mentioned.
    first.say(speechStarted(800), speechStopped(1_000), committed("u2"), ...answer("r2", "a2", "Yes."));
    // Taken, and neither: sent again from where it began, and what came behind it.
    first.say(speechStarted(1_400), speechStopped(1_800), committed("u3"));
    lose(first);
    await wait(1_000);
    expect(historyOf(call.client.session.options)).toEqual([
      "user: hello there",
      "assistant: Hello.",
      "user: (spoken, and not written down)",
      "assistant: Yes.",
    ]);
    // From the end of the last turn that is settled; turn detection takes the open one again, and asks for its answer.
    expect(told(call.client.session)).toEqual(["50–99"]);
    expect(call.reports()).toMatchObject([{ resentAudioMs: 1_000, items: 4, itemsLost: 1, restored: "text" }]);
    await call.session.close();
  });

  it("times of speech go on from where they were", async () => {
    const call = await startCall();
    for (let n = 0; n < 100; n++) call.session.send(frame(n));
    call.client.session.say(speechStarted(200), speechStopped(600), committed("u1"), transcribed("u1", "hello"));
    lose(call.client.session);
    await wait(1_000);
    call.client.session.say(speechStarted(100), speechStopped(300));
    const times = call.received.flatMap((message) =>
      message.type === "InputSpeechStarted"
        ? [message.audioStartMs]
        : message.type === "InputSpeechStopped"
          ? [message.audioEndMs]
          : [],
    );
    expect(times).toEqual([200, 600, 700, 900]);
    await call.session.close();
  });

  it("a turn the client ends itself is sent again with its commit, and its answer asked for once", async () => {
    const call = await startCall({ options: { turnDetection: { type: "none" } } });
    const first = call.client.session;
    for (let n = 0; n < 10; n++) call.session.send(frame(n));
    call.session.send(commit());
    first.say(committed("u1"), transcribed("u1", "hello"));
    call.session.send(ask());
    first.say(...answer("r1", "a1", "Hello."));
    for (let n = 10; n < 20; n++) call.session.send(frame(n));
    call.session.send(commit());
    call.session.send(ask());
    lose(first);
    await flush();
    for (let n = 20; n < 30; n++) call.session.send(frame(n));
    await wait(1_000);
    expect(told(call.client.session)).toEqual(["10–19", "commit", "20–29", "…"]);
    await call.session.close();
  });

  it("beyond what is kept, the oldest audio is dropped and counted, and nothing else", async () => {
    const call = await startCall({
      continuity: { maxHeldAudioMs: 1_000, maxReplayAudioMs: 500 },
      options: { turnDetection: { type: "none" } },
    });
    for (let n = 0; n < 50; n++) call.session.send(frame(n));
    lose(call.client.session);
    await flush();
    for (let n = 50; n < 150; n++) call.session.send(frame(n));
    call.session.send(text("hello"));
    call.session.send(commit());
    expect(call.session.bufferedAmount).toBeGreaterThan(1_000);
    await wait(1_000);
    expect(told(call.client.session)).toEqual(["user: hello", "25–49", "100–149", "commit"]);
    expect(call.reports()).toMatchObject([{ resentAudioMs: 500, heldAudioMs: 1_000, lostAudioMs: 1_500 }]);
    await call.session.close();
  });

  it("what else is sent in the gap goes first, in order; a sender that waits is let go when there is room", async () => {
    const call = await startCall();
    lose(call.client.session);
    await flush();
    call.session.send(frame(0));
    call.session.send(text("one"));
    call.session.send(ask());
    call.session.send(text("x".repeat(200_000)));
    call.session.send(frame(1));
    let drained = false;
    void call.session.drained().then(() => (drained = true));
    await flush();
    expect(drained).toBe(false);
    expect(call.session.bufferedAmount).toBeGreaterThan(400_000);
    await wait(1_000);
    expect(drained).toBe(true);
    expect(told(call.client.session).map((word) => word.slice(0, 9))).toEqual(["user: one", "user: xxx", "0–1", "…"]);
    await call.session.close();
  });

  it("control messages are bounded too: the one too many is refused", async () => {
    const call = await startCall();
    lose(call.client.session);
    await flush();
    for (let n = 0; n < 1_024; n++) call.session.send(text(`${n}`));
    expect(() => call.session.send(text("one more"))).toThrow(expect.objectContaining({ code: "backpressure.overflow" }));
    await wait(1_000);
    expect(call.client.session.sent).toHaveLength(1_024);
    await call.session.close();
  });
});

describe("what was under way", () => {
  it("[openai.mid-response-drop] a response that is cut is ended once, and asked for again once", async () => {
    const call = await startCall();
    const first = call.client.session;
    call.session.send(text("tell me a story"));
    call.session.send(ask());
    first.say(
      created("r1"),
      itemAdded("r1", "a1"),
      words("r1", "a1", "Once upon "),
      voice("r1", "a1", 500),
      words("r1", "a1", "a time"),
    );
    lose(first);
    await flush();
    const ends = call.received.filter((message) => message.type === "ResponseDone" || message.type === "ResponseOutputItemDone");
    expect(ends).toMatchObject([
      {
        itemId: "a1",
        responseId: "r1",
        item: { status: "incomplete", contents: [{ type: "audio", transcript: "Once upon a time" }] },
      },
      { responseId: "r1", status: "cancelled", statusReason: "connection_lost", items: [{ id: "a1" }] },
    ]);
    await wait(1_000);
    expect(historyOf(call.client.session.options)).toEqual(["user: tell me a story", "assistant: Once upon a time"]);
    expect(told(call.client.session)).toEqual(["…"]);
    call.client.session.say(...answer("r1", "a1", "A king lived."));
    expect(call.types().filter((type) => type === "ResponseDone")).toHaveLength(2);
    await call.session.close();
  });

  it("what was asked for and had not begun is asked for again, as it was; what the user takes back is not", async () => {
    const call = await startCall();
    const special = ask();
    call.session.send(special);
    lose(call.client.session);
    await wait(1_000);
    expect(call.client.session.sent).toEqual([special]);
    call.client.session.say(created("r1"));
    await wait(6_000);
    lose(call.client.session);
    await flush();
    call.session.send(new RealtimeClientResponseCancelMessage());
    await wait(1_000);
    expect(told(call.client.session)).toEqual(["ResponseCancel"]);
    await call.session.close();
  });

  it("a turn that the provider was about to answer by itself is answered by the next", async () => {
    const call = await startCall();
    for (let n = 0; n < 50; n++) call.session.send(frame(n));
    call.client.session.say(speechStarted(100), speechStopped(600), committed("u1"), transcribed("u1", "hello?"));
    lose(call.client.session);
    await wait(1_000);
    expect(historyOf(call.client.session.options)).toEqual(["user: hello?"]);
    expect(told(call.client.session)).toEqual(["30–49", "…"]);
    await call.session.close();
  });

  it("an ask that was never answered is not carried along for ever", async () => {
    const call = await startCall();
    call.session.send(ask());
    await wait(10_000);
    lose(call.client.session);
    await wait(1_000);
    expect(told(call.client.session)).toEqual([]);
    await call.session.close();
  });

  it("nothing is asked where nobody waits", async () => {
    const call = await startCall();
    call.session.send(text("hello"));
    call.session.send(ask());
    call.client.session.say(...answer("r1", "a1", "Hi."));
    lose(call.client.session);
    await wait(1_000);
    expect(told(call.client.session)).toEqual([]);
    await call.session.close();
  });

  it("words nobody heard are not told to the next session", async () => {
    const call = await startCall();
    const first = call.client.session;
    call.session.send(text("count"));
    call.session.send(ask());
    first.say(created("r1"), itemAdded("r1", "a1"), words("r1", "a1", "one two three four five six"), voice("r1", "a1", 2_000));
    call.session.send(new RealtimeClientConversationItemTruncateMessage("a1", 0, 1_000));
    first.say(done("r1", "cancelled"));
    lose(first);
    await wait(1_000);
    expect(historyOf(call.client.session.options)).toEqual(["user: count", "assistant: one two three"]);
    await call.session.close();
  });
});

describe("a provider that tells less", () => {
  const piece = (itemId: string, delta: string) =>
    new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionDelta", { itemId, text: delta });

  it("of what it takes: what it answered is not heard twice, what it was hearing is", async () => {
    const call = await startCall();
    const { session: first } = call.client;
    for (let n = 0; n < 50; n++) call.session.send(frame(n));
    first.say(piece("u1", "hello "), piece("u1", "there"), transcribed("u1", "hello there"), ...answer("r1", "a1", "Hi."));
    for (let n = 50; n < 80; n++) call.session.send(frame(n));
    // What is written down of something that nobody has answered is sent again as it was said.
    first.say(piece("u2", "what is"));
    lose(first);
    await wait(1_000);
    expect(historyOf(call.client.session.options)).toEqual(["user: hello there", "assistant: Hi."]);
    expect(told(call.client.session)).toEqual(["50–79"]);
    expect(call.reports()).toMatchObject([{ resentAudioMs: 600, items: 2, itemsLost: 0 }]);
    // And then told as what the next one writes down.
    call.client.session.say(transcribed("u3", "what is the time"), created("r2"));
    await wait(6_000);
    lose(call.client.session);
    await wait(1_000);
    expect(historyOf(call.client.session.options)).toEqual(["user: hello there", "assistant: Hi.", "user: what is the time"]);
    expect(told(call.client.session)).toEqual(["…"]);
    await call.session.close();
  });

  it("of where speech ends: an interruption that is never over keeps nothing for ever", async () => {
    const call = await startCall();
    const { session: first } = call.client;
    for (let n = 0; n < 50; n++) call.session.send(frame(n));
    first.say(...answer("r1", "a1", "Let me explain."), speechStarted(900));
    for (let n = 50; n < 100; n++) call.session.send(frame(n));
    first.say(...answer("r2", "a2", "Yes?"));
    for (let n = 100; n < 110; n++) call.session.send(frame(n));
    lose(first);
    await wait(1_000);
    expect(told(call.client.session)).toEqual(["100–109"]);
    await call.session.close();
  });

  it("where the client says when speech begins and ends: both are sent again with what is between", async () => {
    const call = await startCall({ options: { turnDetection: { type: "none" } } });
    const { session: first } = call.client;
    const turn = (from: number): void => {
      call.session.send(new RealtimeClientInputActivityMessage("InputActivityStart"));
      for (let n = from; n < from + 10; n++) call.session.send(frame(n));
      call.session.send(new RealtimeClientInputActivityMessage("InputActivityEnd"));
    };
    turn(0);
    first.say(transcribed("u1", "hello"), ...answer("r1", "a1", "Hi."));
    turn(10);
    first.say(transcribed("u2", "and?"), created("r2"));
    turn(20);
    lose(first);
    await wait(1_000);
    // The second is written down and was being answered; the third is not.
    expect(historyOf(call.client.session.options)).toEqual(["user: hello", "assistant: Hi.", "user: and?"]);
    expect(told(call.client.session)).toEqual(["InputActivityStart", "20–29", "InputActivityEnd", "…"]);
    await call.session.close();
  });

  it("because it only writes down: it is not asked for answers", async () => {
    const call = await startCall({ options: { sessionKind: "transcription" } });
    for (let n = 0; n < 20; n++) call.session.send(frame(n));
    call.client.session.say(speechStarted(0), speechStopped(200), committed("u1"), transcribed("u1", "hello"));
    lose(call.client.session);
    await wait(1_000);
    expect(told(call.client.session)).toEqual(["10–19"]);
    await call.session.close();
  });

  it("and ends what is open as failed when its connection breaks: that is asked for again too", async () => {
    const call = await startCall();
    call.session.send(text("hello"));
    call.session.send(ask());
    call.client.session.say(created("r1"), itemAdded("r1", "a1"), words("r1", "a1", "Well"), done("r1", "failed"));
    lose(call.client.session);
    await wait(1_000);
    expect(told(call.client.session)).toEqual(["…"]);
    expect(call.types().filter((type) => type === "ResponseDone")).toHaveLength(1);
    // One that failed for a reason of its own is over.
    call.client.session.say(created("r2"), done("r2", "failed"), speechStarted(0));
    await wait(6_000);
    lose(call.client.session);
    await wait(1_000);
    expect(told(call.client.session)).toEqual([]);
    await call.session.close();
  });
});

describe("what is written in the conversation", () => {
  it("keeps its order and its ids, and what was taken out stays out", async () => {
    const call = await startCall();
    const { session: first } = call.client;
    const item = (words_: string, previousItemId?: string, id?: string) =>
      new RealtimeClientConversationItemCreateMessage(
        { id, role: "user", contents: [{ type: "text", text: words_ }] },
        { previousItemId },
      );
    call.session.send(item("two", undefined, "mine"));
    call.session.send(item("three"));
    call.session.send(item("one", "root"));
    call.session.send(item("between", "mine"));
    call.session.send(item("gone", undefined, "gone"));
    call.session.send(new RealtimeClientConversationItemDeleteMessage("gone"));
    first.say(
      new RealtimeServerConversationItemMessage("ConversationItemAdded", {
        item: { id: "its", role: "user", contents: [{ type: "text", text: "three" }] },
      }),
    );
    lose(first);
    await wait(1_000);
    const { history = [] } = call.client.session.options;
    expect(history.map(({ id, contents }) => [id, contents[0]?.type === "text" && contents[0].text])).toEqual([
      [expect.stringMatching(/^item_/), "one"],
      ["mine", "two"],
      [expect.stringMatching(/^item_/), "between"],
      ["its", "three"],
    ]);
    // They may be named as before, and that they were added is old news.
    call.client.session.say(new RealtimeServerConversationItemMessage("ConversationItemAdded", { item: history[3] }));
    call.session.send(new RealtimeClientConversationItemDeleteMessage("its"));
    expect(told(call.client.session)).toEqual(["ConversationItemDelete"]);
    expect(call.types().filter((type) => type === "ConversationItemAdded")).toHaveLength(1);
    await call.session.close();
  });

  it("leaves out responses beside the conversation, and asks for those that had not begun", async () => {
    const call = await startCall();
    const aside = new RealtimeClientResponseCreateMessage({ excludeFromConversation: true, instructions: "sum up" });
    const { session: first } = call.client;
    call.session.send(aside);
    first.say(
      new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "x1", excludedFromConversation: true }),
      itemAdded("x1", "xi"),
      words("x1", "xi", "A summary"),
    );
    call.session.send(aside);
    lose(first);
    await wait(1_000);
    expect(call.client.session.options.history).toBeUndefined();
    expect(call.client.session.sent).toEqual([aside]);
    expect(call.received.find((message) => message.type === "ResponseDone")).toMatchObject({
      responseId: "x1",
      excludedFromConversation: true,
    });
    await call.session.close();
  });

  it("a truncation of what was told as text is noted, and goes no further", async () => {
    const call = await startCall();
    call.session.send(text("count"));
    call.client.session.say(...answer("r1", "a1", "one two three four"));
    lose(call.client.session);
    await wait(6_000);
    call.session.send(new RealtimeClientConversationItemTruncateMessage("a1", 0, 50));
    await flush();
    expect(told(call.client.session)).toEqual([]);
    expect(call.warnings("session.replaced")).toHaveLength(1);
    lose(call.client.session);
    await wait(1_000);
    expect(historyOf(call.client.session.options)).toEqual(["user: count", "assistant: one two"]);
    await call.session.close();
  });
});
