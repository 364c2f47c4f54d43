import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RealtimeServerConversationItemMessage, RealtimeServerWarningMessage } from "../messages/server-messages.ts";
import {
  answer,
  ask,
  called,
  created,
  done,
  flush,
  handle,
  historyOf,
  itemAdded,
  lose,
  refusal,
  result,
  startCall,
  text,
  told,
  wait,
  words,
  goingAway,
} from "./continuity.kit.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const RESUMES = { capabilities: { resume: true } };

describe("a provider that keeps sessions", () => {
  it("is asked for handles, and resumes from the newest; ids go on", async () => {
    const call = await startCall(RESUMES);
    const { session: first } = call.client;
    expect(first.options.resumption).toEqual({});
    call.session.send(text("hello"));
    call.session.send(ask());
    first.say(handle("one"), ...answer("r1", "a1", "Hi."), handle("two"));
    lose(first);
    await wait(1_000);
    expect(call.client.session.options).toMatchObject({ resumption: { handle: "two" } });
    expect(call.client.session.options.history).toBeUndefined();
    expect(told(call.client.session)).toEqual([]);
    expect(call.reports()).toMatchObject([{ restored: "full", items: 0, itemsLost: 0 }]);
    call.client.session.say(created("r1"));
    await flush();
    expect(call.received.at(-1)?.responseId).toBe("r1");
    await call.session.close();
  });

  it("[F78] a moment without a handle does not take the last one back", async () => {
    const call = await startCall(RESUMES);
    call.client.session.say(handle("good"), handle(undefined), handle(""));
    lose(call.client.session);
    await wait(1_000);
    expect(call.client.session.options.resumption).toEqual({ handle: "good" });
    await call.session.close();
  });

  it("[F80] [gemini.resume-while-old-open] the connection before is closed before the next resumes", async () => {
    let closedBefore: number | undefined;
    const call = await startCall({
      ...RESUMES,
      onOpen: (number) => {
        if (number === 2) closedBefore = call.client.sessions[0]?.closeCalls;
      },
    });
    call.client.session.say(handle("good"), goingAway(30_000));
    await wait(10);
    expect(closedBefore).toBe(1);
    expect(call.reports()).toMatchObject([{ restored: "full", kind: "planned" }]);
    await call.session.close();
  });

  it("[F79] [gemini.resume-poison] a handle on which sessions die is given up after two, and what was said is told", async () => {
    const call = await startCall(RESUMES);
    call.session.send(text("hello"));
    call.session.send(ask());
    call.client.session.say(...answer("r1", "a1", "Hi."), handle("poison"));
    lose(call.client.session, "connection.closed", { code: 1011, by: "remote" });
    for (const round of [2, 3]) {
      while (call.client.sessions.length < round) await wait(100);
      expect(call.client.session.options.resumption).toEqual({ handle: "poison" });
      await wait(300);
      lose(call.client.session, "connection.closed", { code: 1011, by: "remote" });
    }
    await wait(10_000);
    expect(call.client.sessions).toHaveLength(4);
    expect(call.client.session.options.resumption).toEqual({});
    expect(historyOf(call.client.session.options)).toEqual(["user: hello", "assistant: Hi."]);
    expect(call.warnings("session.resume_failed")).toEqual([
      "The handle to resume from is not used any more: sessions opened with it fail.",
    ]);
    expect(call.reports().map(({ restored, attempts }) => [restored, attempts])).toEqual([
      ["full", 1],
      ["full", 2],
      ["text", 3],
    ]);
    // A new handle is as good as any.
    call.client.session.say(handle("fresh"));
    await wait(10_000);
    lose(call.client.session);
    await wait(1_000);
    expect(call.client.session.options.resumption).toEqual({ handle: "fresh" });
    await call.session.close();
  });

  it.each([
    ["session.rejected", false],
    ["connection.closed", true],
  ] as const)(
    "[F47] [F79] a handle that is refused (%s) is given up: at once where that is final, else after two",
    async (code, retryable) => {
      const tried: (string | undefined)[] = [];
      const call = await startCall({
        ...RESUMES,
        onOpen: (number, { resumption }) => {
          tried.push(resumption?.handle);
          if (resumption?.handle !== undefined) throw refusal(code, retryable);
          void number;
        },
      });
      call.client.session.say(handle("bad"));
      lose(call.client.session);
      await wait(20_000);
      expect(tried).toEqual(retryable ? [undefined, "bad", "bad", undefined] : [undefined, "bad", undefined]);
      expect(call.reports()).toHaveLength(1);
      await call.session.close();
    },
  );

  it("a handle that failed once and then worked is not held against it later", async () => {
    const call = await startCall(RESUMES);
    call.client.session.say(handle("good"));
    for (let round = 0; round < 3; round++) {
      lose(call.client.session);
      await wait(1_000);
      lose(call.client.session, "connection.closed", { code: 1011, by: "remote" });
      await wait(10_000);
      expect(call.client.session.options.resumption).toEqual({ handle: "good" });
    }
    expect(call.warnings("session.resume_failed")).toEqual([]);
    await call.session.close();
  });

  it("a network that is down says nothing about the handle", async () => {
    const call = await startCall({
      ...RESUMES,
      onOpen: (number) => {
        if (number > 1 && number < 5) throw refusal("connect.refused", true);
      },
    });
    call.client.session.say(handle("good"));
    lose(call.client.session);
    await wait(20_000);
    expect(call.client.session.options.resumption).toEqual({ handle: "good" });
    expect(call.reports()).toMatchObject([{ restored: "full", attempts: 4 }]);
    await call.session.close();
  });

  it("[F83] a handle of two hours ago is not used", async () => {
    const call = await startCall(RESUMES);
    call.client.session.say(handle("stale"));
    await wait(7_200_000);
    lose(call.client.session);
    await wait(1_000);
    expect(call.client.session.options.resumption).toEqual({});
    await call.session.close();
  });

  it("what came after the handle is told as text, in one message that is shown to nobody", async () => {
    const call = await startCall(RESUMES);
    const { session: first } = call.client;
    call.session.send(text("hello"));
    call.session.send(ask());
    first.say(...answer("r1", "a1", "Hi."), handle("then"));
    call.session.send(text("and now?"));
    call.session.send(ask());
    first.say(created("r2"), itemAdded("r2", "a2"), words("r2", "a2", "Now we"));
    lose(first);
    await wait(1_000);
    const [note] = call.client.session.sentOf("ConversationItemCreate");
    expect(told(call.client.session)).toEqual([
      `user: What was said before this session, oldest first. It is a record, not an instruction:
user: and now?
assistant: Now we
(end of the record)`,
      "…",
    ]);
    expect(call.reports()).toMatchObject([{ restored: "text", items: 2 }]);
    const before = call.received.length;
    call.client.session.say(
      new RealtimeServerConversationItemMessage("ConversationItemAdded", { item: note?.item }),
      new RealtimeServerConversationItemMessage("ConversationItemDone", { item: note?.item }),
    );
    expect(call.received).toHaveLength(before);
    await call.session.close();
  });

  it("what came after it is lost with a provider that takes no text, and counted", async () => {
    const call = await startCall({ capabilities: { resume: true, textInput: false } });
    call.client.session.say(handle("then"), ...answer("r1", "a1", "Hi."));
    lose(call.client.session);
    await wait(1_000);
    expect(told(call.client.session)).toEqual([]);
    expect(call.reports()).toMatchObject([{ restored: "text", items: 0, itemsLost: 1 }]);
    await call.session.close();
  });

  it("a call the handle knows of gets its answer as ever", async () => {
    const call = await startCall(RESUMES);
    call.client.session.say(created("r1"), called("r1", "c1", "look"), done("r1"), handle("knows"));
    lose(call.client.session);
    await flush();
    call.session.send(result("c1", "found"));
    await wait(1_000);
    expect(told(call.client.session)).toEqual(["c1→found"]);
    await call.session.close();
  });

  it("does not tell that a provider ignores a wish that the application did not have", async () => {
    const warning = () => new RealtimeServerWarningMessage("option.ignored", 'The option "resumption" was ignored: no.');
    const call = await startCall();
    call.client.session.say(warning(), new RealtimeServerWarningMessage("option.ignored", 'The option "voice" was ignored.'));
    expect(call.types()).toEqual(["option.ignored"]);
    await call.session.close();
    const own = await startCall({ options: { resumption: {} } });
    own.client.session.say(warning());
    expect(own.types()).toEqual(["option.ignored"]);
    await own.session.close();
  });
});

describe("what was said", () => {
  it("is given up where sessions that are told it fail, and that is told", async () => {
    const call = await startCall({
      onOpen: (_number, { history }) => {
        if (history !== undefined) throw refusal("session.rejected", false);
      },
    });
    call.session.send(text("hello"));
    call.client.session.say(...answer("r1", "a1", "Hi."));
    lose(call.client.session);
    await wait(10_000);
    expect(call.warnings("session.resume_failed")).toEqual(["What was said is not told any more: sessions opened with it fail."]);
    expect(call.reports()).toMatchObject([{ restored: "none", attempts: 2, items: 0, itemsLost: 2 }]);
    await call.session.close();
  });

  it("goes without ids that services refuse: longer than 32 characters", async () => {
    const call = await startCall();
    const long = "item_".padEnd(33, "x");
    call.client.session.say(...answer("r1", long, "Hi."), ...answer("r2", long.slice(1), "Ho."));
    lose(call.client.session);
    await wait(1_000);
    expect(call.client.session.options.history?.map(({ id }) => id)).toEqual([undefined, long.slice(1)]);
    await call.session.close();
  });

  it("is not blamed for what happens to a session that was told nothing, nor where the one it was told to gave a handle", async () => {
    const call = await startCall(RESUMES);
    const cut = (): void => lose(call.client.session, "connection.closed", { code: 1011, by: "remote" });
    cut();
    await wait(1_000);
    call.session.send(text("hello"));
    cut();
    await wait(2_000);
    expect(historyOf(call.client.session.options)).toEqual(["user: hello"]);
    call.client.session.say(handle("new"), created("r1"), called("r1", "c1", "look"), done("r1"));
    cut();
    await wait(4_000);
    expect(call.warnings("session.resume_failed")).toEqual([]);
    expect(call.client.session.options.resumption).toEqual({ handle: "new" });
    // The call came after the handle.
    call.session.send(result("c1", "found"));
    expect(told(call.client.session)).toEqual([
      expect.stringContaining("(called look with {})"),
      expect.stringContaining("The result of the call c1"),
    ]);
    await call.session.close();
  });

  it("begins with the history the session was opened with, and is bounded: the newest 256 items", async () => {
    const call = await startCall({
      options: { history: [{ id: "h1", role: "user", contents: [{ type: "text", text: "before" }] }] },
    });
    call.session.send(text("now"));
    lose(call.client.session);
    await wait(1_000);
    expect(historyOf(call.client.session.options)).toEqual(["user: before", "user: now"]);
    for (let n = 0; n < 300; n++) call.session.send(text(`${n}`));
    await wait(5_000);
    lose(call.client.session);
    await wait(1_000);
    const history = historyOf(call.client.session.options);
    expect(history).toHaveLength(256);
    expect(history.slice(-1)).toEqual(["user: 299"]);
    expect(call.reports()[1]).toMatchObject({ items: 256, itemsLost: 46, restored: "text" });
    await call.session.close();
  });
});
