import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { getEventListeners } from "node:events";
import {
  AudioChunk,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  type IRealtimeSession,
} from "@voxline/core";
import { RealtimeGateway } from "@voxline/gateway/server";
import { expect, vi } from "vitest";
import { WebSocket } from "ws";
import { audio, freezeTime, numberOf, turn, until, within, type Bench } from "./bench.ts";
import { fault, skipped, type Fault } from "./fault-case.ts";
import type { FakeService, Peer } from "./fake-service.ts";

/** A second of audio whose first sample is this number: 64 KB on the wire. */
function second(n: number): RealtimeClientInputAudioBufferAppendMessage {
  const samples = new Int16Array(24_000);
  samples[0] = n;
  return new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromSamples(samples, 24_000));
}

const note = (text: string) =>
  new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text }] });

/** Fills the kernel's buffers, which hide a minute of audio, until the session itself has to wait; gives how much it took. */
async function congest(session: IRealtimeSession): Promise<number> {
  let sent = 0;
  while (session.bufferedAmount < 256 * 1024) {
    session.send(second(sent));
    sent += 1;
    if (session.bufferedAmount > 0) for (let n = 0; n < 10; n++) await turn();
  }
  return sent;
}

/** What a peer was sent, as the number of an append or the text of an item. */
const heard = (peer: Peer): (number | string)[] =>
  peer.received.slice(1).map((frame) => {
    if (frame["type"] === "input_audio_buffer.append") return numberOf(frame);
    const { item } = frame as { item?: { content?: { text?: string }[] } };
    return item?.content?.[0]?.text ?? String(frame["type"]);
  });

const LARGE = "x".repeat(16 * 1024);

/** A client of a gateway, whose session is open, and the provider's end of it. */
async function join(url: string, service: FakeService) {
  const client = new WebSocket(`${url}/v1/realtime?model=gpt-realtime`);
  let texts = 0;
  const closed = new Promise<number>((resolve) => client.once("close", resolve));
  const ready = new Promise<void>((resolve) => {
    client.on("message", (data: Buffer) => {
      if (data.includes('"session.updated"')) resolve();
      if (data.includes('"response.output_text.delta"')) texts += 1;
    });
  });
  await new Promise((resolve) => client.once("open", resolve));
  client.send(JSON.stringify({ type: "session.update", session: { type: "realtime" } }));
  await within(2_000, "session behind the gateway", ready);
  return { client, closed, peer: service.peers.at(-1) as Peer, texts: () => texts };
}

async function collectGarbage(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let n = 0; n < 3; n++) {
    collect();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}

export const BACK_PRESSURE: readonly Fault[] = [
  fault("F93", 0, "the provider stops reading: audio that waits too long is dropped, and counted", async (bench: Bench) => {
    const { subject, peer } = await bench.pair();
    const { session } = subject;
    peer.socket.pause();
    freezeTime();
    const first = await congest(session);
    let sent = first;
    for (let ms = 0; ms < 12_000; ms += 20) {
      if (ms === 3_000) session.send(note("early"));
      if (ms === 9_000) session.send(note("late"));
      session.send(audio(sent));
      sent += 1;
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(session.bufferedAmount, "not more than a few seconds wait").toBeLessThan(1024 * 1024);
    expect(
      subject.of("Warning").map(({ code }) => code),
      "said once, not for each chunk",
    ).toEqual(["backpressure.stale_audio"]);
    peer.socket.resume();
    await until("all is written", () => session.bufferedAmount === 0);
    await until("all is heard", () => heard(peer).at(-1) === sent - 1);
    const got = heard(peer);
    const numbers = got.filter((each) => typeof each === "number");
    const dropped = sent - numbers.length;
    expect(dropped, "7 s of the 12, and what waited before them").toBeGreaterThan(340);
    expect(dropped).toBeLessThan(380);
    expect(numbers, "in order").toEqual(numbers.toSorted((a, b) => a - b));
    expect(
      got.filter((each) => typeof each === "string"),
      "what is no audio is not dropped",
    ).toEqual(["early", "late"]);
    expect(got.indexOf("late"), "and keeps its place").toBe(got.indexOf(first + 450) - 1);
    const [, over] = subject.of("Warning");
    expect(over?.message).toBe(
      `The connection takes audio again; ${dropped} chunks of audio that had waited more than 5 s were dropped.`,
    );
    expect(await session.close()).toMatchObject({ code: 1000, undelivered: dropped });
    expect(subject.of("Warning")).toHaveLength(2);
  }),

  fault("F94", 0, "a client of the gateway stops reading", async (bench) => {
    const service = await bench.service();
    const gateway = new RealtimeGateway({ client: bench.client(service.port) });
    const { url } = await gateway.listen();
    bench.keep({ stop: () => gateway.close() });
    const neighbour = await join(url, service);
    const slow = await join(url, service);
    freezeTime();
    slow.client.pause();
    for (let n = 0; n < 600; n++) slow.peer.say(LARGE);
    for (let n = 0; n < 100; n++) neighbour.peer.say("quick");
    for (let n = 0; n < 200; n++) await turn();
    await vi.advanceTimersByTimeAsync(4_900);
    for (let n = 0; n < 20; n++) await turn();
    expect(slow.peer.socket.readyState, "it has its time").toBe(WebSocket.OPEN);
    // It is given up when it took nothing for 5 s; what the kernels took at first counts as taken.
    for (let ms = 0; ms < 20_000 && slow.peer.socket.readyState === WebSocket.OPEN; ms += 100) {
      await vi.advanceTimersByTimeAsync(100);
      await turn();
    }
    expect(await within(2_000, "end of the provider's session", slow.peer.closed)).toBe(1000);
    await until("its neighbour lost nothing", () => neighbour.texts() === 100);
    slow.client.resume();
    expect(await within(2_000, "close of the client", slow.closed)).toBe(4408);
    neighbour.client.close();
    await within(2_000, "end of the neighbour", neighbour.closed);
    await within(2_000, "end of the neighbour's session", neighbour.peer.closed);
    await within(2_000, "end of the gateway", gateway.close());
    await vi.advanceTimersByTimeAsync(1);
    await until("nothing waits any more", () => vi.getTimerCount() === 0);
  }),

  fault("F95", 0, "a reader that stops: the socket is paused, and not for ever", async (bench) => {
    const { subject, peer } = await bench.pair({ read: false });
    const expected = Array.from({ length: 1_500 }, (_, n) => `${n} ${LARGE}`);
    for (const text of expected) peer.say(text);
    for (let n = 0; n < 50; n++) await turn();
    expect(peer.socket.bufferedAmount, "the peer feels it").toBeGreaterThan(1024 * 1024);
    const seen: string[] = [];
    for await (const message of subject.session.getStreamingResponse()) {
      if (message.type === "OutputTextDelta") seen.push(message.text);
      if (seen.length === expected.length) break;
    }
    expect(seen.length).toBe(1_500);
    expect(seen).toEqual(expected);
    await subject.session.close();
    freezeTime();
    const idle = await bench.pair({ read: false });
    idle.subject.session.pause();
    await vi.advanceTimersByTimeAsync(59_000);
    await turn();
    idle.peer.say("still connected");
    await vi.advanceTimersByTimeAsync(1_000);
    const info = await bench.ended(idle.subject);
    expect(info).toMatchObject({ by: "local", retryable: false, error: { code: "backpressure.overflow" } });
    expect(info.error?.message).toBe(
      "The connection to openai was given up because its reader kept it paused for too long; read faster, or resume sooner.",
    );
  }),

  fault("F96", 0, "a sender a thousand times too fast", async (bench) => {
    const patient = await bench.pair();
    for (let n = 0; n < 300; n++) {
      patient.subject.session.send(second(n));
      await patient.subject.session.drained();
      expect(patient.subject.session.bufferedAmount).toBeLessThan(512 * 1024);
    }
    await until("all is heard", () => heard(patient.peer).length === 300);
    expect(heard(patient.peer)).toEqual(Array.from({ length: 300 }, (_, n) => n));

    const { subject, peer } = await bench.pair();
    peer.socket.pause();
    let accepted = 0;
    const flood = (): void => {
      for (;;) {
        subject.session.send(second(accepted));
        accepted += 1;
      }
    };
    expect(flood).toThrow(expect.objectContaining({ code: "lifecycle.closed" }));
    expect(accepted).toBeLessThan(400);
    const overflow = within(2_500, "end of the session", subject.session.closed);
    const info = await overflow;
    expect(info).toMatchObject({ by: "local", error: { code: "backpressure.overflow" } });
    expect(info.error?.message).toBe("More than 16777216 bytes wait for the wire; await drained() between sends.");
    peer.socket.resume();
    await peer.closed;
    const received = heard(peer).length;
    expect(received + info.undelivered, "accepted = written + undelivered").toBeGreaterThanOrEqual(accepted);
    expect(received + info.undelivered, "but for the write that was under way").toBeLessThanOrEqual(accepted + 2);
  }),

  fault("F97", 1, "one session at a hundred times the traffic of its neighbours", async (bench) => {
    const service = await bench.service();
    const subjects = [];
    for (let n = 0; n < 21; n++) subjects.push(await bench.open(service));
    const [loud, ...quiet] = subjects;
    const [shouting, ...others] = service.peers;
    for (let n = 0; n < 50; n++) {
      for (let m = 0; m < 100; m++) shouting?.say(`${n * 100 + m}`);
      for (const peer of others) peer.say(`${n}`);
      await turn();
    }
    await loud?.got("OutputTextDelta", 5_000);
    const expected = Array.from({ length: 50 }, (_, n) => `${n}`);
    for (const subject of quiet) {
      await subject.got("OutputTextDelta", 50);
      expect(subject.texts).toEqual(expected);
    }
  }),

  fault("F98", 1, "audio twenty times faster than it is played", async (bench) => {
    const { subject, peer } = await bench.pair({ read: false });
    const delta = Buffer.alloc(960).toString("base64");
    for (let n = 0; n < 3_000; n++) {
      peer.send({ type: "response.output_audio.delta", response_id: "r", item_id: `${n}`, delta });
    }
    const seen: string[] = [];
    for await (const message of subject.session.getStreamingResponse()) {
      if (message.type !== "OutputAudioDelta") continue;
      seen.push(message.itemId ?? "");
      if (seen.length === 3_000) break;
      if (seen.length % 100 === 0) await turn();
    }
    expect(seen).toEqual(Array.from({ length: 3_000 }, (_, n) => `${n}`));
  }),

  skipped("F99", 1, "a process with 64 MB and 100 sessions", "shedding is the gateway's; it needs a process of its own"),

  fault("F100", 1, "one signal for the whole life of a process", async (bench) => {
    const { subject, service } = await bench.pair({ read: false });
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, "abort").length;
    for (let n = 0; n < 200; n++) {
      const updating = subject.session.update({ instructions: `${n}` }, { signal });
      expect(listeners()).toBe(1);
      await updating;
    }
    for (let n = 0; n < 200; n++) {
      for await (const _message of subject.session.getStreamingResponse(undefined, { signal })) break;
    }
    for (let n = 0; n < 20; n++) {
      const session = await bench.client(service.port).createSession({}, { signal });
      await session.close();
    }
    expect(listeners()).toBe(0);
  }),

  fault("F101", 0, "a wait that outlives each message keeps none of them", async (bench) => {
    const { subject, peer } = await bench.pair({ read: false });
    const { signal } = new AbortController();
    const rounds = 3;
    const each = 5_000;
    let read = 0;
    const reading = (async () => {
      for await (const message of subject.session.getStreamingResponse(undefined, { signal })) {
        if (message.type === "OutputTextDelta") read += 1;
      }
    })();
    const round = async (): Promise<number> => {
      const goal = read + each;
      for (let n = 0; n < each; n++) peer.say(`${n} ${"x".repeat(1_000)}`);
      await until("all is read", () => read >= goal);
      bench.telemetry.lines.length = 0;
      return collectGarbage();
    };
    const warm = await round();
    let last = warm;
    for (let n = 0; n < rounds; n++) last = await round();
    expect((last - warm) / (rounds * each), "bytes kept for a message of 1,000").toBeLessThan(50);
    await subject.session.close();
    await bench.watch("loop", reading);
  }),
];
