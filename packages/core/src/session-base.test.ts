import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AudioChunk, PCM16_24K } from "./audio/audio-chunk.ts";
import { RealtimeSessionBuilder } from "./builder.ts";
import type { RealtimeCapabilities } from "./capabilities.ts";
import { DelegatingRealtimeSession } from "./delegating-session.ts";
import { RealtimeUsageError } from "./errors.ts";
import { inOrder } from "./in-order.ts";
import { intercept } from "./intercept.ts";
import {
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientRawMessage,
  type RealtimeClientMessage,
} from "./messages/client-messages.ts";
import {
  RealtimeServerErrorMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerSessionMessage,
  RealtimeServerWarningMessage,
  type RealtimeServerMessage,
} from "./messages/server-messages.ts";
import { RealtimeSessionBase } from "./session-base.ts";
import type { RealtimeCloseInfo } from "./session.ts";

const CAPABILITIES = { pause: true } as RealtimeCapabilities;
const BYE: RealtimeCloseInfo = { code: 1000, reason: "bye", by: "remote", retryable: false, undelivered: 0, error: undefined };

class Source extends RealtimeSessionBase {
  readonly options = { instructions: "be brief" };
  readonly metadata = { sessionId: "s1", providerName: "test", model: "m" };
  capabilities = CAPABILITIES;
  readonly bufferedAmount = 0;
  readonly sent: RealtimeClientMessage[] = [];
  readonly log: string[] = [];
  answer: ((message: RealtimeClientMessage) => void) | undefined;

  drained(): Promise<void> {
    return Promise.resolve();
  }
  say(text: string): void {
    this.deliver(new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { text }));
  }
  override deliver(message: RealtimeServerMessage): void {
    super.deliver(message);
  }
  override end(info: RealtimeCloseInfo): void {
    super.end(info);
  }
  protected onSend(message: RealtimeClientMessage): void {
    this.sent.push(message);
    this.answer?.(message);
  }
  protected closeSource(reason: string): void {
    this.log.push(`close: ${reason}`);
    queueMicrotask(() => this.end({ ...BYE, reason, by: "local" }));
  }
  protected pauseSource(): void {
    this.log.push("pause");
  }
  protected resumeSource(): void {
    this.log.push("resume");
  }
}

const textOf = (message: RealtimeServerMessage): string => ("text" in message ? String(message.text) : message.type);

class Recorder {
  readonly got: string[] = [];
  readonly onMessage = (message: RealtimeServerMessage): void => {
    this.got.push(textOf(message));
  };
  readonly onClose = (info: RealtimeCloseInfo): void => {
    this.got.push(`closed: ${info.reason}`);
  };
}

const layers = (source: Source, depth: number): RealtimeSessionBase => {
  let session: RealtimeSessionBase = source;
  for (let i = 0; i < depth; i++) session = new DelegatingRealtimeSession(session, `layer ${i}`);
  return session;
};
const microtasks = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe.each([0, 1, 3])("a session with %i layers", (depth) => {
  let source: Source;
  let session: RealtimeSessionBase;
  beforeEach(() => {
    source = new Source();
    session = layers(source, depth);
  });

  it("passes messages in order, synchronously, once there is a reader", async () => {
    const reader = new Recorder();
    session.subscribe(reader);
    await microtasks();
    source.say("a");
    source.say("b");
    expect(reader.got).toEqual(["a", "b"]);
  });

  it("holds what nobody reads, and gives it first", async () => {
    source.say("a");
    source.say("b");
    const reader = new Recorder();
    session.subscribe(reader);
    expect(reader.got).toEqual([]);
    source.say("c");
    await microtasks();
    expect(reader.got).toEqual(["a", "b", "c"]);
  });

  it("refuses a second reader and leaves the first alone", async () => {
    const reader = new Recorder();
    session.subscribe(reader);
    expect(() => session.subscribe(new Recorder())).toThrow(/already has a reader/);
    expect(() => session.getStreamingResponse()[Symbol.asyncIterator]()).toThrow(RealtimeUsageError);
    source.say("a");
    await microtasks();
    expect(reader.got).toEqual(["a"]);
  });

  it("loses nothing between two readers", async () => {
    for (const text of ["a", "b", "c", "d"]) source.say(text);
    const seen: string[] = [];
    for await (const message of session.getStreamingResponse()) {
      seen.push(textOf(message));
      if (seen.length === 2) break;
    }
    source.say("e");
    for await (const message of session.getStreamingResponse()) {
      seen.push(textOf(message));
      if (seen.length === 5) break;
    }
    expect(seen).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("never calls its reader from inside send", async () => {
    const order: string[] = [];
    source.answer = () => source.say("answer");
    session.subscribe({ onMessage: (message) => order.push(textOf(message)) as unknown as void, onClose: () => undefined });
    await microtasks();
    session.send(new RealtimeClientRawMessage({}));
    order.push("sent");
    await microtasks();
    expect(order).toEqual(["sent", "answer"]);
  });

  it("ends with SessionEnded, then closed, then the reader", async () => {
    const order: string[] = [];
    void session.closed.then(() => order.push("closed resolved"));
    const done = (async () => {
      for await (const message of session.getStreamingResponse()) order.push(message.type);
      order.push("loop ended");
    })();
    await microtasks();
    source.say("x");
    await microtasks();
    source.end(BYE);
    await done;
    expect(order).toEqual(["OutputTextDelta", "SessionEnded", "closed resolved", "loop ended"]);
  });

  it("throws the session's error out of the loop", async () => {
    const error = new RealtimeUsageError("connection.lost", "gone");
    source.end({ ...BYE, error });
    const seen: string[] = [];
    await expect(
      (async () => {
        for await (const message of session.getStreamingResponse()) seen.push(message.type);
      })(),
    ).rejects.toBe(error);
    expect(seen).toEqual(["SessionEnded"]);
    expect((await session.closed).error).toBe(error);
  });

  it("closes once, whoever asks how often", async () => {
    const [a, b] = await Promise.all([session.close("enough"), session.close("again")]);
    expect(a).toBe(b);
    expect(a.reason).toBe("enough");
    expect(source.log).toEqual(["close: enough"]);
    expect(() => session.send(new RealtimeClientRawMessage({}))).toThrow(/is closed/);
    await session[Symbol.asyncDispose]();
  });

  it("resolves closed also when nobody reads, and tells a later reader the rest", async () => {
    source.say("a");
    source.end(BYE);
    expect((await session.closed).reason).toBe("bye");
    const reader = new Recorder();
    session.subscribe(reader);
    await microtasks();
    expect(reader.got).toEqual(["a", "SessionEnded", "closed: bye"]);
  });

  it("ends, with a name, when the reader throws", async () => {
    session.subscribe({
      onMessage: () => {
        throw new TypeError("oops");
      },
      onClose: () => undefined,
    });
    await microtasks();
    source.say("a");
    source.say("b");
    const info = await session.closed;
    expect(info.error?.code).toBe("reader.threw");
    expect(info.error?.message).toContain("oops");
    expect(info.by).toBe("local");
  });

  it("ends when the reader returns a promise", async () => {
    session.subscribe({ onMessage: (async () => Promise.reject(new TypeError("late"))) as () => void, onClose: () => undefined });
    await microtasks();
    source.say("a");
    expect((await session.closed).error?.code).toBe("middleware.async");
  });

  it("counts pauses and lets them reach the source", async () => {
    const reader = new Recorder();
    session.subscribe(reader);
    await microtasks();
    session.pause();
    session.pause();
    source.say("a");
    session.resume();
    await microtasks();
    expect(reader.got).toEqual([]);
    session.resume();
    await microtasks();
    expect(reader.got).toEqual(["a"]);
    expect(source.log).toEqual(["pause", "resume"]);
  });

  it("pauses the source when too much is held, and goes on when it is read", async () => {
    for (let i = 0; i < 512; i++) source.say("x");
    await microtasks();
    expect(source.log).toEqual(["pause"]);
    const reader = new Recorder();
    session.subscribe(reader);
    await microtasks();
    expect(reader.got.length).toBe(512);
    expect(source.log).toEqual(["pause", "resume"]);
  });

  it("ends with backpressure.overflow where a source cannot be paused", async () => {
    source.capabilities = { ...CAPABILITIES, pause: false };
    for (let i = 0; i < 1100; i++) source.say("x");
    expect((await session.closed).error?.code).toBe("backpressure.overflow");
  });

  it("ends although its reader has paused it", async () => {
    session.subscribe(new Recorder());
    session.pause();
    source.say("a");
    source.end(BYE);
    expect((await session.closed).reason).toBe("bye");
  });

  it("leaves a silent loop at once when its signal fires, and keeps the session", async () => {
    const abort = new AbortController();
    const done = (async () => {
      for await (const _ of session.getStreamingResponse(undefined, { signal: abort.signal }));
      return "left";
    })();
    await microtasks();
    abort.abort();
    expect(await done).toBe("left");
    session.send(new RealtimeClientRawMessage({}));
    expect(source.sent.length).toBe(1);
  });

  it("sends updates beside the loop, and stops with it", async () => {
    let stopped = false;
    async function* updates(): AsyncGenerator<RealtimeClientMessage> {
      try {
        yield new RealtimeClientInputAudioBufferCommitMessage();
        yield new RealtimeClientResponseCreateMessage();
      } finally {
        stopped = true;
      }
    }
    const loop = (async () => {
      for await (const _ of session.getStreamingResponse(updates()));
    })();
    await microtasks();
    expect(source.sent.map((message) => message.type)).toEqual(["InputAudioBufferCommit", "ResponseCreate"]);
    source.end(BYE);
    await loop;
    expect(stopped).toBe(true);
  });

  it("settles an update by its confirmation", async () => {
    const done = session.update({ voice: "marin", instructions: null });
    const update = source.sent[0] as Extract<RealtimeClientMessage, { type: "SessionUpdate" }>;
    expect(update.patch).toEqual({ voice: "marin", instructions: null });
    source.deliver(new RealtimeServerSessionMessage("SessionUpdated", { originatingMessageId: update.messageId }));
    await done;
  });

  it("rejects an update by the provider's error and lives", async () => {
    const done = session.update({ voice: "marin" });
    const originatingMessageId = source.sent[0]?.messageId;
    source.deliver(
      new RealtimeServerErrorMessage({ error: { code: "cannot_update_voice", message: "no" }, originatingMessageId }),
    );
    await expect(done).rejects.toMatchObject({ code: "provider.error", providerCode: "cannot_update_voice" });
    session.send(new RealtimeClientRawMessage({}));
  });

  it("rejects an update when the session ends first", async () => {
    const done = session.update({ voice: "marin" });
    source.end(BYE);
    await expect(done).rejects.toMatchObject({ code: "lifecycle.closed" });
  });
});

describe("an update without an answer", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("rejects after its deadline and leaves no timer", async () => {
    const session = layers(new Source(), 1);
    const done = session.update({ voice: "marin" });
    const rejected = expect(done).rejects.toMatchObject({ code: "update.timeout" });
    await vi.advanceTimersByTimeAsync(10_000);
    await rejected;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a slow loop", () => {
  it("pauses its session and loses nothing", async () => {
    const source = new Source();
    const session = layers(source, 2);
    const loop = session.getStreamingResponse()[Symbol.asyncIterator]();
    await microtasks();
    for (let i = 0; i < 300; i++) source.say(String(i));
    expect(source.log).toEqual(["pause"]);
    const seen: string[] = [];
    for (let i = 0; i < 300; i++) seen.push(textOf((await loop.next()).value as RealtimeServerMessage));
    expect(seen).toEqual(Array.from({ length: 300 }, (_, i) => String(i)));
    expect(source.log).toEqual(["pause", "resume"]);
    await loop.return?.();
  });
});

describe("intercept", () => {
  it("drops, changes and adds messages in both directions", async () => {
    const source = new Source();
    const session = new RealtimeSessionBuilder(source)
      .use(
        intercept("editor", ({ deliver }) => ({
          send: (message, next) => {
            if (message.type === "InputAudioBufferCommit") return;
            deliver(new RealtimeServerWarningMessage("seen", message.type));
            next(message);
          },
          receive: (message, next) => {
            if (message.type === "OutputTextDelta") {
              next(new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { text: message.text.toUpperCase() }));
            } else next(message);
          },
        })),
      )
      .build();
    const reader = new Recorder();
    session.subscribe(reader);
    await microtasks();
    session.send(new RealtimeClientInputAudioBufferCommitMessage());
    session.send(new RealtimeClientRawMessage({}));
    expect(reader.got).toEqual([]);
    source.say("a");
    await microtasks();
    expect(reader.got).toEqual(["Warning", "A"]);
    expect(source.sent.map((message) => message.type)).toEqual(["Raw"]);
  });

  it.each(["send", "receive"] as const)("ends the session with the layer's name when %s throws", async (where) => {
    const source = new Source();
    const hook = (): void => {
      throw new TypeError("broken");
    };
    const session = new RealtimeSessionBuilder(source).use(intercept("faulty", () => ({ [where]: hook }))).build();
    const reader = new Recorder();
    session.subscribe(reader);
    await microtasks();
    if (where === "receive") source.say("a");
    else expect(() => session.send(new RealtimeClientRawMessage({}))).toThrow(/"faulty" threw: broken/);
    const info = await session.closed;
    await microtasks();
    expect(info.error).toMatchObject({ code: "middleware.threw", layer: "faulty" });
    expect(reader.got.at(-2)).toBe("SessionEnded");
  });

  it("lets what a lower layer refuses reach the caller, and lives", async () => {
    const source = new Source();
    source.answer = () => {
      throw new RealtimeUsageError("unsupported.message", "no such thing");
    };
    const session = new RealtimeSessionBuilder(source).use(intercept("plain", () => ({ send: (m, next) => next(m) }))).build();
    expect(() => session.send(new RealtimeClientRawMessage({}))).toThrow(/no such thing/);
    source.answer = undefined;
    session.send(new RealtimeClientRawMessage({}));
    expect(source.sent.length).toBe(2);
  });

  it("keeps order around asynchronous work, and ends behind it", async () => {
    const source = new Source();
    let release: (value: RealtimeServerMessage) => void = () => undefined;
    const session = new RealtimeSessionBuilder(source)
      .use(
        intercept("slow", () => ({
          receive: inOrder<RealtimeServerMessage>((message) =>
            textOf(message) === "slow" ? new Promise<RealtimeServerMessage>((resolve) => (release = resolve)) : message,
          ),
        })),
      )
      .build();
    const reader = new Recorder();
    session.subscribe(reader);
    await microtasks();
    source.say("a");
    source.say("slow");
    source.say("b");
    source.end(BYE);
    await microtasks();
    expect(reader.got).toEqual(["a"]);
    release(new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { text: "released" }));
    await session.closed;
    await microtasks();
    expect(reader.got).toEqual(["a", "released", "b", "SessionEnded", "closed: bye"]);
  });

  it("ends the session when asynchronous work rejects", async () => {
    const source = new Source();
    const session = new RealtimeSessionBuilder(source)
      .use(intercept("judge", () => ({ receive: inOrder<RealtimeServerMessage>(() => Promise.reject(new TypeError("no"))) })))
      .build();
    source.say("a");
    expect((await session.closed).error).toMatchObject({ code: "middleware.threw", layer: "judge" });
  });

  it("ends the session when a hook is asynchronous without inOrder", async () => {
    const source = new Source();
    const session = new RealtimeSessionBuilder(source)
      .use(intercept("async", () => ({ receive: (async () => undefined) as () => void })))
      .build();
    source.say("a");
    expect((await session.closed).error).toMatchObject({ code: "middleware.async", layer: "async" });
  });
});

describe("audio chunks", () => {
  it("pass through layers without being decoded", async () => {
    const source = new Source();
    const session = layers(source, 3);
    const audio = AudioChunk.fromBase64("AAEC", PCM16_24K);
    const got: RealtimeServerMessage[] = [];
    session.subscribe({ onMessage: (message) => void got.push(message), onClose: () => undefined });
    await microtasks();
    source.deliver(new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { audio }));
    expect((got[0] as { audio: AudioChunk }).audio).toBe(audio);
  });
});
