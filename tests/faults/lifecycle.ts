import {
  intercept,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  type IRealtimeSession,
  type RealtimeMiddleware,
} from "@voxline/core";
import { expect } from "vitest";
import { audio, turn, until, within, type Bench } from "./bench.ts";
import { fault, type Fault } from "./fault-case.ts";

const note = (text: string) =>
  new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text }] });

const thrower = (where: "receive" | "send" | "close", isDue: (type: string) => boolean): RealtimeMiddleware =>
  intercept("thrower", () => ({
    send: (message, next) => {
      if (where === "send" && isDue(message.type)) throw new TypeError("layer broke");
      next(message);
    },
    receive: (message, next) => {
      if (where === "receive" && isDue(message.type)) throw new TypeError("layer broke");
      next(message);
    },
    close: () => {
      if (where === "close") throw new TypeError("layer broke");
    },
  }));

/** The end of a session whose layer throws, with that layer outside or inside the pipeline. */
async function endOfThrower(bench: Bench, layer: RealtimeMiddleware, place: "outside" | "inside", say: readonly string[]) {
  const { subject, peer } = await bench.pair({ [place]: [layer] });
  for (const text of say) peer.say(text);
  const info = await bench.ended(subject);
  await within(1_000, "end of the provider's socket", peer.closed);
  return { info, subject };
}

const textsOf = async (session: IRealtimeSession, count: number): Promise<string[]> => {
  const texts: string[] = [];
  for await (const message of session.getStreamingResponse()) {
    if (message.type === "OutputTextDelta") texts.push(message.text);
    if (texts.length === count) break;
  }
  return texts;
};

const call = (n: number) => ({
  id: `item_${n}`,
  type: "function_call",
  call_id: `call_${n}`,
  name: "look_up",
  arguments: '{"secret":"a"}',
});

export const LIFECYCLE: readonly Fault[] = [
  fault("F119", 0, "a layer throws: at the first message, in the middle, at the last, in send, at the end", async (bench) => {
    for (const place of ["outside", "inside"] as const) {
      for (const [position, nth] of [
        ["first", 1],
        ["middle", 2],
      ] as const) {
        let texts = 0;
        const layer = thrower("receive", (type) => type === "OutputTextDelta" && ++texts === nth);
        const { info, subject } = await endOfThrower(bench, layer, place, ["a", "b", "c"]);
        expect(info.error, `${place} ${position}`).toMatchObject({ code: "middleware.threw", layer: "thrower" });
        expect(info.by).toBe("local");
        expect(info.error?.message).toBe('The layer "thrower" threw: layer broke.');
        expect(subject.texts.length, "nothing behind it").toBeLessThan(nth);
      }
      const atEnd = await bench.pair({ [place]: [thrower("receive", (type) => type === "SessionEnded")] });
      atEnd.peer.socket.close(1000);
      await within(2_000, "end", atEnd.subject.session.closed);
      expect(atEnd.subject.of("SessionEnded"), "the end is told all the same").toHaveLength(1);
      const inSend = await bench.pair({ [place]: [thrower("send", (type) => type === "InputAudioBufferCommit")] });
      expect(() => inSend.subject.session.send(new RealtimeClientInputAudioBufferCommitMessage())).toThrow("layer broke");
      expect((await bench.ended(inSend.subject)).error).toMatchObject({ code: "middleware.threw", layer: "thrower" });
      await within(1_000, "end of the provider's socket", inSend.peer.closed);
      const inClose = await bench.pair({ [place]: [thrower("close", () => true)] });
      expect(await within(2_000, "end", inClose.subject.session.close())).toMatchObject({ code: 1000, by: "local" });
    }
  }),

  fault("F120", 0, "a loop is left early, and by a throw", async (bench) => {
    const { subject, peer } = await bench.pair({ read: false });
    for (const text of ["a", "b", "c", "d", "e"]) peer.say(text);
    expect(await textsOf(subject.session, 2)).toEqual(["a", "b"]);
    const throwing = async (): Promise<void> => {
      for await (const message of subject.session.getStreamingResponse()) {
        if (message.type === "OutputTextDelta") throw new TypeError("reader broke");
      }
    };
    await expect(throwing()).rejects.toThrow("reader broke");
    peer.say("f");
    expect(await textsOf(subject.session, 3), "the session lives, and nothing between loops is lost").toEqual(["d", "e", "f"]);
  }),

  fault("F121", 0, "a loop is left while the source is silent", async (bench) => {
    const { subject, peer } = await bench.pair({ read: false });
    await textsOfNone(subject.session);
    const iterator = subject.session.getStreamingResponse()[Symbol.asyncIterator]();
    const next = bench.watch("next", iterator.next());
    const started = performance.now();
    await within(100, "return", Promise.resolve(iterator.return?.()));
    expect((await within(100, "next", next)).done).toBe(true);
    const abort = new AbortController();
    const aborted = subject.session.getStreamingResponse(undefined, { signal: abort.signal })[Symbol.asyncIterator]();
    const waiting = bench.watch("next", aborted.next());
    abort.abort();
    expect((await within(100, "next", waiting)).done).toBe(true);
    expect(performance.now() - started).toBeLessThan(100);
    peer.say("a");
    expect(await textsOf(subject.session, 1)).toEqual(["a"]);
  }),

  fault("F122", 0, "disposed twice, at once, from a handler, and by await using", async (bench) => {
    const { subject, service } = await bench.pair();
    const { session } = subject;
    const closes = [session.close("once"), session.close("twice"), session.close()];
    expect(new Set(await Promise.all(closes)).size, "one outcome").toBe(1);
    await Promise.all([session[Symbol.asyncDispose](), session[Symbol.asyncDispose]()]);
    expect((await session.closed).reason).toBe("once");
    const other = await bench.open(service, { read: false });
    let told = 0;
    other.session.subscribe({
      onMessage: (message) => {
        if (message.type === "OutputTextDelta") void other.session.close("from a handler");
      },
      onClose: () => {
        told += 1;
        void other.session.close("from its end");
      },
    });
    service.peers.at(-1)?.say("go");
    expect((await bench.ended(other)).reason).toBe("from a handler");
    await until("told", () => told === 1);
    {
      await using disposed = (await bench.open(service)).session;
      await disposed.close("by hand");
    }
    expect((await bench.subjects.at(-1)?.session.closed)?.reason).toBe("by hand");
  }),

  fault("F123", 0, "two readers", async (bench) => {
    const { subject, peer } = await bench.pair();
    const second = (): unknown => subject.session.getStreamingResponse()[Symbol.asyncIterator]();
    expect(second).toThrow(expect.objectContaining({ code: "lifecycle.already_subscribed" }));
    peer.say("a");
    await subject.got("OutputTextDelta");
    expect(subject.texts, "the first is unharmed").toEqual(["a"]);
  }),

  fault("F124", 0, "the caller and the pipeline send at once", async (bench) => {
    const { subject, peer } = await bench.pair();
    const rounds = 30;
    for (let n = 0; n < rounds; n++) {
      peer.send({ type: "response.created", response: { id: `resp_${n}` } });
      peer.send({ type: "response.output_item.done", response_id: `resp_${n}`, item: call(n) });
      subject.session.send(note(`note ${n}`));
      peer.send({ type: "response.done", response: { id: `resp_${n}`, status: "completed", output: [call(n)] } });
      for (let m = 0; m < 20; m++) {
        subject.session.send(audio(n * 20 + m));
        if (m % 7 === n % 7) await turn();
      }
      await peer.got("response.create", n + 1);
    }
    const items = peer.received.map(
      (frame) => (frame as { item?: { type?: string; call_id?: string; content?: { text?: string }[] } }).item,
    );
    const outputs = items.flatMap((item) => (item?.type === "function_call_output" ? [item.call_id] : []));
    expect(outputs, "one output for each call, in order").toEqual(Array.from({ length: rounds }, (_, n) => `call_${n}`));
    const notes = items.flatMap((item) => (item?.type === "message" ? [item.content?.[0]?.text] : []));
    expect(notes).toEqual(Array.from({ length: rounds }, (_, n) => `note ${n}`));
    await until("all appends", () => peer.types.filter((type) => type === "input_audio_buffer.append").length === rounds * 20);
    const appends = peer.received.filter((frame) => frame["type"] === "input_audio_buffer.append");
    const numbers = appends.map((frame) => Buffer.from(String(frame["audio"]), "base64").readInt16LE(0));
    expect(numbers).toEqual(Array.from({ length: rounds * 20 }, (_, n) => n));
  }),

  fault("F125", 0, "sent after the end, and while it ends", async (bench) => {
    const { subject, peer } = await bench.pair();
    const { session } = subject;
    const closed = expect.objectContaining({ code: "lifecycle.closed" });
    session.send(note("before"));
    const closing = session.close();
    expect(() => session.send(note("while"))).toThrow(closed);
    await closing;
    expect(() => session.send(note("after"))).toThrow(closed);
    await expect(session.update({ instructions: "x" })).rejects.toEqual(closed);
    expect(peer.types.slice(1), "what was accepted was written").toEqual(["conversation.item.create"]);
    const lost = await bench.pair();
    lost.peer.raw.resetAndDestroy();
    await bench.ended(lost.subject);
    expect(() => lost.subject.session.send(note("after"))).toThrow(closed);
    await within(500, "drained", bench.watch("drained", lost.subject.session.drained()));
  }),
];

/** Reads what the opening left for the first reader. */
async function textsOfNone(session: IRealtimeSession): Promise<void> {
  const iterator = session.getStreamingResponse()[Symbol.asyncIterator]();
  for (let n = 0; n < 2; n++) await within(1_000, "message of the opening", iterator.next());
  await iterator.return?.();
}
