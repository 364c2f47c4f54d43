import { describe, expect, it } from "vitest";
import { AudioChunk, PCM16_24K } from "./audio/audio-chunk.ts";
import { DelegatingRealtimeSession } from "./delegating-session.ts";
import { RealtimeConnectionError, RealtimeUsageError } from "./errors.ts";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientRawMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  type RealtimeClientMessage,
} from "./messages/client-messages.ts";
import {
  RealtimeServerConversationItemMessage,
  RealtimeServerInputAudioBufferMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeServerSessionMessage,
  RealtimeServerToolCallMessage,
  type RealtimeServerMessage,
} from "./messages/server-messages.ts";
import { serviceKey } from "./service-key.ts";
import type { RealtimeCloseInfo, RealtimeSink, Unsubscribe } from "./session.ts";
import { SwitchableSession } from "./switchable-session.ts";
import { ScriptedSession, type ScriptedSessionInit } from "./testing/scripted-session.ts";

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};
const raw = (n: number): RealtimeClientRawMessage => new RealtimeClientRawMessage(n);
const audio = (ms = 20): RealtimeClientInputAudioBufferAppendMessage =>
  new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array(48 * ms), PCM16_24K));
const text = (delta: string, responseId = "r1", itemId = "i1"): RealtimeServerMessage =>
  new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { text: delta, responseId, itemId });

function start(init: ScriptedSessionInit = {}) {
  const first = new ScriptedSession({ metadata: { sessionId: "s1" }, ...init });
  const session = new SwitchableSession(first);
  const received: RealtimeServerMessage[] = [];
  const ends: RealtimeCloseInfo[] = [];
  session.subscribe({ onMessage: (message) => void received.push(message), onClose: (info) => void ends.push(info) });
  const next = (nextInit: ScriptedSessionInit = {}) => new ScriptedSession({ metadata: { sessionId: "s2" }, ...nextInit });
  const types = (): string[] =>
    received.map((message) => ("code" in message && message.type === "Warning" ? message.code : message.type));
  return { first, session, received, ends, next, types };
}

describe("SwitchableSession", () => {
  it("is one session over one after the other: what is read and what is sent is of the present one", async () => {
    const { first, session, received, next } = start({ options: { voice: "a" }, capabilities: { truncate: false } });
    session.send(raw(1));
    first.say(text("one"));
    session.hold();
    session.send(raw(2));
    first.say(text("still heard"));
    const second = next({ options: { voice: "b" } });
    Object.defineProperty(second, serviceKey<string>("here"), { value: "second" });
    session.switchTo(second);
    expect(session.isHolding).toBe(true);
    expect(second.sent).toEqual([]);
    session.release();
    session.send(raw(3));
    first.say(text("too late"));
    second.say(text("two"));
    await settle();
    expect(first.sent).toEqual([raw(1)]);
    expect(second.sent).toEqual([raw(2), raw(3)]);
    expect(received.map((message) => "text" in message && message.text)).toEqual(["one", "still heard", "two"]);
    expect(first.closeCalls).toBe(1);
    expect(session.options).toEqual({ voice: "b" });
    expect(session.metadata.sessionId).toBe("s2");
    expect(session.capabilities.truncate).toBe(true);
    expect(session.getService(serviceKey<string>("here"))).toBe("second");
  });

  it("ends with the session below, once, unless that one was left", async () => {
    const { first, session, ends, types, next } = start();
    session.hold();
    const second = next();
    session.switchTo(second);
    session.release();
    await settle();
    expect(ends).toEqual([]);
    second.finish({ code: 4000, reason: "enough" });
    await settle();
    expect(ends).toMatchObject([{ code: 4000, reason: "enough", undelivered: 0 }]);
    expect(types()).toEqual(["SessionEnded"]);
    expect(first.closeReason).toBe("replaced by another session");
    expect(() => session.send(raw(1))).toThrow(expect.objectContaining({ code: "lifecycle.closed" }));
  });

  it("counts as undelivered what still waits at the end", async () => {
    const { first, session, ends } = start();
    session.hold();
    session.send(raw(1));
    session.send(audio());
    const drained = session.drained();
    first.finish({ undelivered: 3 });
    await settle();
    await drained;
    expect(ends).toMatchObject([{ undelivered: 5 }]);
  });

  it("closes whatever there is: nothing, one, or one that comes too late", async () => {
    const { first, session, ends, next } = start();
    await session.leave("for another");
    expect(first.closeReason).toBe("for another");
    expect(session.isLive).toBe(false);
    session.send(raw(1));
    const info = await session.close("never mind");
    expect(info).toMatchObject({ by: "local", reason: "never mind", undelivered: 1, error: undefined });
    const late = next();
    session.switchTo(late);
    await settle();
    expect(late.closeCalls).toBe(1);
    expect(ends).toHaveLength(1);
  });

  it("carries a pause over to the next session", async () => {
    const { first, session, received, next } = start();
    session.pause();
    expect(first.isPaused).toBe(true);
    const second = next();
    second.say(text("held"));
    session.switchTo(second);
    session.release();
    await settle();
    expect(second.isPaused).toBe(true);
    expect(received).toEqual([]);
    session.resume();
    await settle();
    expect(second.isPaused).toBe(false);
    expect(received).toMatchObject([{ text: "held" }]);
  });

  it("gives what waits no faster than the wire takes it, and loses nothing where the session ends under it", async () => {
    const { session, next } = start();
    session.hold();
    const sent = Array.from({ length: 6 }, () => audio());
    for (const message of sent) session.send(message);
    let drain: (() => void) | undefined;
    class Slow extends ScriptedSession {
      override drained(): Promise<void> {
        return new Promise((resolve) => (drain = resolve));
      }
    }
    const slow = new Slow({ onSend: (_message, source) => void (source.bufferedAmount += 100_000) });
    session.switchTo(slow);
    session.release();
    expect(slow.sent).toEqual(sent.slice(0, 3));
    const more = audio();
    session.send(more);
    expect(slow.sent).toHaveLength(3);
    slow.bufferedAmount = 200_000;
    drain?.();
    await settle();
    expect(slow.sent).toEqual(sent.slice(0, 4));
    // It ends; nobody has been told yet, and what is sent now waits with the rest.
    const third = next();
    session.hold();
    session.switchTo(third);
    session.release();
    expect(third.sent).toEqual([...sent.slice(4), more]);
  });

  it("of audio that is sent again drops nothing for what is sent meanwhile", async () => {
    const first = new ScriptedSession();
    const session = new SwitchableSession(first, { maxHeldAudioMs: 60 });
    const sent = Array.from({ length: 6 }, () => audio());
    for (const message of sent.slice(0, 3)) session.send(message);
    session.hold();
    for (const message of sent.slice(3, 5)) session.send(message);
    let drain: (() => void) | undefined;
    class Full extends ScriptedSession {
      override bufferedAmount = 1_000_000;
      override drained(): Promise<void> {
        return new Promise((resolve) => (drain = resolve));
      }
    }
    const full = new Full();
    session.switchTo(full, { resend: sent.slice(0, 3) });
    session.release();
    session.send(sent[5] as RealtimeClientMessage);
    full.bufferedAmount = 0;
    drain?.();
    await settle();
    expect(full.sent).toEqual(sent);
    await session.close();
  });

  it("[F30] hears nothing more of a session that was left, also where that one goes on talking", async () => {
    class Deaf extends ScriptedSession {
      override subscribe(sink: RealtimeSink): Unsubscribe {
        super.subscribe(sink);
        return () => undefined;
      }
    }
    const deaf = new Deaf();
    const session = new SwitchableSession(deaf);
    const received: RealtimeServerMessage[] = [];
    session.subscribe({ onMessage: (message) => void received.push(message), onClose: () => undefined });
    const second = new ScriptedSession();
    session.switchTo(second);
    session.release();
    deaf.say(text("late"));
    second.say(text("now"));
    await settle();
    expect(received).toMatchObject([{ text: "now" }]);
    expect(session.isLive).toBe(true);
  });

  it("keeps what is sent to a session that is over and has not said so yet", async () => {
    const { first, session, next } = start();
    class Going extends SwitchableSession {
      protected override onEnded(): void {
        this.hold();
      }
    }
    const inner = new ScriptedSession();
    const going = new Going(inner);
    inner.finish();
    going.send(raw(1));
    await settle();
    going.send(raw(2));
    const second = next();
    going.switchTo(second);
    going.release();
    expect(second.sent).toEqual([raw(1), raw(2)]);
    await going.close();
    await session.close();
    expect(first.closeCalls).toBe(1);
  });

  it("tells of what is refused when it is sent at last", async () => {
    const { session, received, next } = start();
    session.hold();
    session.send(new RealtimeClientInputImageBufferAppendMessage("", "image/png", { messageId: "m1" }));
    session.send(raw(2));
    const second = next({
      onSend: (message) => {
        if (message.type === "InputImageBufferAppend") throw new RealtimeUsageError("unsupported.message", "no pictures");
      },
    });
    session.switchTo(second);
    session.release();
    await settle();
    expect(received).toMatchObject([
      {
        type: "Error",
        originatingMessageId: "m1",
        error: {
          code: "unsupported.message",
          message: "A InputImageBufferAppend that waited for a session was refused: no pictures",
        },
      },
    ]);
    expect(second.sent).toContainEqual(raw(2));
  });

  it("does not tell again what those above know: the greeting, the items it was opened with", async () => {
    const { session, types, next } = start();
    const second = next();
    const item = { id: "known", role: "user" as const, contents: [] };
    second.say(
      new RealtimeServerSessionMessage("SessionCreated", {}),
      new RealtimeServerSessionMessage("SessionUpdated", { originatingMessageId: "its own" }),
      new RealtimeServerConversationItemMessage("ConversationItemAdded", { item, itemId: "known" }),
      new RealtimeServerConversationItemMessage("ConversationItemDone", { item, itemId: "known" }),
      new RealtimeServerConversationItemMessage("ConversationItemAdded", { item: { ...item, id: "new" } }),
      new RealtimeServerSessionMessage("SessionUpdated", {}),
    );
    session.switchTo(second, { knownItems: new Set(["known"]) });
    session.release();
    await settle();
    expect(types()).toEqual(["ConversationItemAdded", "SessionUpdated"]);
  });

  it("an update that waits is confirmed by the next session, also where that one has no greeting", async () => {
    const { session, next } = start();
    session.hold();
    const updated = session.update({ voice: "b" });
    session.switchTo(next());
    session.release();
    await updated;
    expect(session.options).toEqual({ voice: "b" });
    await session.close();
  });

  it("a layer around it is named in errors, and one that throws ends it whichever session it reads", async () => {
    class Throwing extends DelegatingRealtimeSession {
      override onMessage(): void {
        throw new TypeError("layer broke");
      }
    }
    const inner = new ScriptedSession();
    const switchable = new SwitchableSession(inner);
    const outer = new Throwing(switchable, "thrower");
    const second = new ScriptedSession();
    switchable.switchTo(second);
    switchable.release();
    second.say(text("boom"));
    const info = await outer.closed;
    expect(info.error).toMatchObject({ code: "middleware.threw", layer: "thrower" });
    expect(second.closeCalls).toBe(1);
  });
});

describe("ids over several sessions", () => {
  const item = (id: string) => ({ id, role: "assistant" as const, contents: [] });
  const everything = (): RealtimeServerMessage[] => [
    new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "r1" }),
    new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { responseId: "r1", itemId: "i1", item: item("i1") }),
    text("a"),
    text("b"),
    new RealtimeServerToolCallMessage("ToolCallArgumentsDone", { responseId: "r1", itemId: "i2", callId: "c1", name: "t" }),
    new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
      responseId: "r1",
      itemId: "i2",
      item: { id: "i2", contents: [{ type: "functionCall", callId: "c1", name: "t", arguments: "{}" }] },
    }),
    new RealtimeServerConversationItemMessage("ConversationItemAdded", { itemId: "i2", previousItemId: "i1", item: item("i2") }),
    new RealtimeServerInputAudioBufferMessage("InputAudioBufferCommitted", { itemId: "u1", previousItemId: "i2" }),
    new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: "r1", items: [item("i1")] }),
  ];
  const idsOf = (messages: readonly RealtimeServerMessage[]): string[] =>
    [...new Set(JSON.stringify(messages).match(/"[riuc]\d(~\d)?"/g))].map((id) => id.slice(1, -1)).toSorted();

  it("stay as they are, in the very messages, where they do not meet", async () => {
    const { first, received } = start();
    const said = everything();
    first.say(...said);
    await settle();
    expect(received.every((message, at) => message === said[at])).toBe(true);
  });

  it("are told apart where they meet, and those below keep their own", async () => {
    const { first, session, received, next } = start();
    first.say(...everything());
    await settle();
    const raws = new RealtimeServerOutputTextAudioMessage("OutputTextDelta", {
      text: "c",
      responseId: "r1",
      itemId: "i1",
      rawRepresentation: { type: "wire" },
    });
    const second = next();
    session.switchTo(second);
    session.release();
    received.length = 0;
    const said = [...everything(), raws];
    second.say(...said);
    await settle();
    expect(idsOf(received)).toEqual(["c1~2", "i1~2", "i2~2", "r1~2", "u1~2"]);
    expect(idsOf(said)).toEqual(["c1", "i1", "i2", "r1", "u1"]);
    expect(received.at(-1)).toBeInstanceOf(RealtimeServerOutputTextAudioMessage);
    expect(received.at(-1)?.rawRepresentation).toEqual({ type: "wire" });
    expect(JSON.parse(JSON.stringify(received.at(-1)))).toEqual({
      type: "OutputTextDelta",
      responseId: "r1~2",
      itemId: "i1~2",
      text: "c",
    });
  });

  it("are those of the session before where the next goes on with it", async () => {
    const { first, session, received, next } = start();
    first.say(...everything());
    const second = next();
    session.switchTo(second, { goesOn: true });
    session.release();
    second.say(...everything());
    await settle();
    expect(idsOf(received)).toEqual(["c1", "i1", "i2", "r1", "u1"]);
  });

  it("are translated back in what is sent", async () => {
    const { first, session, next } = start();
    first.say(...everything());
    await settle();
    const second = next();
    session.switchTo(second);
    session.release();
    second.say(...everything());
    await settle();
    const result = { type: "functionResult" as const, callId: "c1~2", result: 1 };
    const messages: RealtimeClientMessage[] = [
      new RealtimeClientConversationItemTruncateMessage("i1~2", 0, 10, { messageId: "m" }),
      new RealtimeClientConversationItemDeleteMessage("i1~2"),
      new RealtimeClientConversationItemRetrieveMessage("i2~2"),
      new RealtimeClientResponseCancelMessage({ responseId: "r1~2" }),
      new RealtimeClientConversationItemCreateMessage({ contents: [result] }, { previousItemId: "i2~2", messageId: "m" }),
      new RealtimeClientResponseCreateMessage({
        instructions: "x",
        input: [{ contents: [{ type: "itemReference", itemId: "i1~2" }] }],
      }),
    ];
    for (const message of messages) session.send(message);
    expect(second.sent).toEqual([
      new RealtimeClientConversationItemTruncateMessage("i1", 0, 10, { messageId: "m" }),
      new RealtimeClientConversationItemDeleteMessage("i1"),
      new RealtimeClientConversationItemRetrieveMessage("i2"),
      new RealtimeClientResponseCancelMessage({ responseId: "r1" }),
      new RealtimeClientConversationItemCreateMessage(
        { contents: [{ ...result, callId: "c1" }] },
        { previousItemId: "i2", messageId: "m" },
      ),
      new RealtimeClientResponseCreateMessage({
        instructions: "x",
        input: [{ contents: [{ type: "itemReference", itemId: "i1" }] }],
      }),
    ]);
  });

  it("[F84] of a session that was replaced are answered here, and never reach a provider", async () => {
    const { first, session, received, next } = start();
    first.say(...everything());
    const second = next();
    session.switchTo(second, { knownItems: new Set(["u1"]) });
    session.release();
    await settle();
    received.length = 0;
    const init = { messageId: "m" };
    session.send(new RealtimeClientConversationItemTruncateMessage("i1", 0, 10));
    session.send(new RealtimeClientResponseCancelMessage({ responseId: "r1" }));
    session.send(new RealtimeClientConversationItemDeleteMessage("i1", init));
    session.send(new RealtimeClientConversationItemRetrieveMessage("i2", init));
    session.send(
      new RealtimeClientConversationItemCreateMessage({ contents: [{ type: "functionResult", callId: "c1", result: 1 }] }, init),
    );
    session.send(
      new RealtimeClientResponseCreateMessage({ ...init, input: [{ contents: [{ type: "itemReference", itemId: "i1" }] }] }),
    );
    expect(second.sent).toEqual([]);
    const moved = new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [] }, { previousItemId: "i1" });
    session.send(moved);
    // What it was opened with, and what nobody has seen, may be named.
    session.send(new RealtimeClientConversationItemDeleteMessage("u1"));
    session.send(new RealtimeClientConversationItemDeleteMessage("mine"));
    await settle();
    expect(second.sent).toEqual([
      new RealtimeClientConversationItemCreateMessage(moved.item),
      new RealtimeClientConversationItemDeleteMessage("u1"),
      new RealtimeClientConversationItemDeleteMessage("mine"),
    ]);
    expect(
      received.map((message) => (message.type === "Error" ? [message.error.code, message.originatingMessageId] : message.type)),
    ).toEqual([
      "Warning",
      "Warning",
      ["session.replaced", "m"],
      ["session.replaced", "m"],
      ["session.replaced", "m"],
      ["session.replaced", "m"],
      "Warning",
    ]);
    expect(received[2]).toMatchObject({
      error: { message: "The ConversationItemDelete names something of a session that was replaced; it was not sent." },
    });
  });

  it("are remembered up to a bound: the newest 4,096, and of calls as many", async () => {
    const { first, session, received, next } = start();
    const call = (callId: string) => new RealtimeServerToolCallMessage("ToolCallArgumentsDone", { callId });
    for (let n = 0; n < 5_000; n++) {
      if (n % 5 === 0) first.say(call(`c${n}`));
      first.say(new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: `r${n}` }));
    }
    await settle();
    const second = next();
    session.switchTo(second);
    session.release();
    received.length = 0;
    second.say(
      new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "r4999" }),
      new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "r0" }),
      call("c0"),
    );
    await settle();
    expect(received.map(({ responseId }) => responseId)).toEqual(["r4999~2", "r0", undefined]);
    // Whoever runs calls remembers the last thousand: one that looks like them must not be taken for them.
    expect(received.at(-1)).toMatchObject({ callId: "c0~2" });
  });

  it("an end with an error is an end with that error", async () => {
    const { first, session } = start();
    const error = new RealtimeConnectionError("connection.lost", "cut");
    first.finish({ by: "network", error });
    expect(await session.closed).toMatchObject({ error });
  });
});
