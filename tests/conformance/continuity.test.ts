import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  RealtimeClientBuilder,
  RealtimeClientInputAudioBufferAppendMessage,
  sendText,
  type AudioFormat,
  type IRealtimeClient,
  type IRealtimeSession,
  type RealtimeServerMessage,
} from "@voxline/core";
import { continuity, SessionContinuedMessage } from "@voxline/core/continuity";
import { functionInvocation } from "@voxline/core/function-invocation";
import { LinkedTransport, type OpenTransport } from "@voxline/core/transport";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

// Continuity over the real clients of providers: what is written on the wires of two connections, one after the other.

type Frame = Readonly<Record<string, unknown>>;

const wait = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** One connection of a service that a test plays. */
class Connection {
  readonly frames: Frame[] = [];
  readonly transport: LinkedTransport;

  constructor(transport: LinkedTransport, greet: (frame: Frame, connection: Connection) => void) {
    this.transport = transport;
    transport.listen({
      onFrame: (data) => {
        const frame = JSON.parse(new TextDecoder().decode(data)) as Frame;
        this.frames.push(frame);
        greet(frame, this);
      },
      onClose: () => undefined,
    });
  }

  say(...frames: readonly Frame[]): void {
    for (const frame of frames) this.transport.send(JSON.stringify(frame));
  }
}

function service(greet: (frame: Frame, connection: Connection) => void) {
  const connections: Connection[] = [];
  const openTransport: OpenTransport = () => {
    const [near, far] = LinkedTransport.pair();
    connections.push(new Connection(far, greet));
    return Promise.resolve(near);
  };
  return { connections, openTransport };
}

async function start(client: IRealtimeClient, runs: string[]) {
  const look = {
    type: "function" as const,
    name: "look",
    parameters: { type: "object" },
    invoke: (_args: unknown, { callId }: { readonly callId: string }) =>
      new Promise((resolve) => {
        runs.push(callId);
        setTimeout(resolve, 2_000, "sunny");
      }),
  };
  const session = await new RealtimeClientBuilder(client)
    .use(functionInvocation({ tools: [look] }))
    .use(continuity())
    .build()
    .createSession({ instructions: "Be brief." });
  const received: RealtimeServerMessage[] = [];
  session.subscribe({ onMessage: (message) => void received.push(message), onClose: () => undefined });
  const reports = () => received.flatMap((message) => (message instanceof SessionContinuedMessage ? [message.report] : []));
  return { session, received, reports };
}

function speak(session: IRealtimeSession, format: AudioFormat, numbers: readonly number[]): void {
  for (const number of numbers) {
    const bytes = new Uint8Array((format.sampleRate / 50) * 2).fill(number);
    session.send(new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(bytes, format)));
  }
}

const firstByte = (base64: unknown): number => Buffer.from(base64 as string, "base64")[0] as number;

describe("OpenAI, which keeps no sessions", () => {
  it("is told again what was said, and hears what it had not taken; a call in flight is told, not answered", async () => {
    const { connections, openTransport } = service((frame, connection) => {
      if (frame["type"] === "session.update") {
        connection.say({ type: "session.updated", event_id: "e2", session: { ...(frame["session"] as object), id: "sess" } });
      } else if (frame["type"] === "conversation.item.create") {
        connection.say({ type: "conversation.item.added", event_id: `e${connection.frames.length}i`, item: frame["item"] });
      }
    });
    const openAndGreet: OpenTransport = async (target, signal) => {
      const transport = await openTransport(target, signal);
      connections.at(-1)?.say({ type: "session.created", event_id: "e1", session: { id: "sess", type: "realtime" } });
      return transport;
    };
    const runs: string[] = [];
    const model = new OpenAIRealtimeClient({ apiKey: "k", openTransport: openAndGreet });
    const { session, received, reports } = await start(model, runs);
    const [first] = connections as [Connection];
    sendText(session, "the weather?");
    await wait(0);
    first.say(
      { type: "response.created", event_id: "r1", response: { id: "resp_1", status: "in_progress" } },
      {
        type: "response.output_item.done",
        event_id: "r2",
        response_id: "resp_1",
        output_index: 0,
        item: { id: "item_c", type: "function_call", status: "completed", call_id: "call_1", name: "look", arguments: "{}" },
      },
      { type: "response.done", event_id: "r3", response: { id: "resp_1", status: "completed", output: [] } },
    );
    await wait(1);
    speak(session, PCM16_24K, [1, 2, 3]);
    first.say({ type: "input_audio_buffer.speech_started", event_id: "s1", audio_start_ms: 20, item_id: "item_u" });
    await wait(0);
    first.transport.destroy();
    await wait(0);
    speak(session, PCM16_24K, [4]);
    await wait(500);
    const second = connections[1] as Connection;
    const types = (): unknown[] => second.frames.map((frame) => frame["type"]);
    expect(types()).toEqual([
      "session.update",
      "conversation.item.create",
      "conversation.item.create",
      "conversation.item.create",
      ...Array.from({ length: 4 }, () => "input_audio_buffer.append"),
    ]);
    expect(second.frames[0]).toMatchObject({ session: { instructions: "Be brief.", tools: [{ name: "look" }] } });
    expect(second.frames.slice(1, 4).map((frame) => frame["item"])).toMatchObject([
      { type: "message", role: "user", content: [{ type: "input_text", text: "the weather?" }] },
      { type: "function_call", call_id: "call_1", name: "look", arguments: "{}" },
      { type: "function_call_output", call_id: "call_1", output: "The call still runs; its result follows in a message." },
    ]);
    expect(second.frames.slice(4).map((frame) => firstByte(frame["audio"]))).toEqual([1, 2, 3, 4]);
    await wait(3_000);
    const told = second.frames.slice(8);
    expect(told).toMatchObject([{ type: "conversation.item.create", item: { role: "user", content: [{ type: "input_text" }] } }]);
    expect(JSON.stringify(told[0])).toContain("(The result of the call call_1 of look, made before the connection changed.");
    expect(runs).toEqual(["call_1"]);
    expect(reports()).toMatchObject([
      { cause: "connection.lost", restored: "text", items: 3, resentAudioMs: 60, heldAudioMs: 20, lostAudioMs: 0 },
    ]);
    // Nobody above sees the greeting again, nor what was told again.
    const seen = received.map((message) => message.type);
    expect(seen.filter((type) => type === "SessionCreated" || type === "SessionUpdated")).toHaveLength(2);
    expect(seen.filter((type) => type === "ConversationItemAdded")).toHaveLength(1);
    await session.close();
  });
});

describe("Gemini, which keeps sessions", () => {
  const greet = (frame: Frame, connection: Connection): void => {
    if (frame["setup"] !== undefined) connection.say({ setupComplete: {} });
  };

  it("resumes from its newest handle when it goes away, and is not told again what it knows", async () => {
    const { connections, openTransport } = service(greet);
    const { session, reports, received } = await start(new GeminiRealtimeClient({ apiKey: "k", openTransport }), []);
    const [first] = connections as [Connection];
    expect(first.frames[0]).toMatchObject({ setup: { sessionResumption: {} } });
    sendText(session, "hello");
    await wait(0);
    first.say(
      { serverContent: { modelTurn: { role: "model", parts: [{ text: "Hi." }] } } },
      { serverContent: { turnComplete: true } },
      { sessionResumptionUpdate: { newHandle: "h1", resumable: true } },
      { sessionResumptionUpdate: { resumable: false } },
    );
    await wait(200);
    speak(session, PCM16_16K, [1]);
    await wait(10);
    first.say({ goAway: { timeLeft: "50s" } });
    await wait(3_000);
    expect(connections).toHaveLength(2);
    const second = connections[1] as Connection;
    expect(second.frames[0]).toMatchObject({ setup: { sessionResumption: { handle: "h1" } } });
    expect(second.frames.slice(1)).toMatchObject([{ realtimeInput: { audio: {} } }]);
    expect(reports()).toMatchObject([{ kind: "planned", cause: "going_away", restored: "full", lostAudioMs: 0 }]);
    expect(received.filter((message) => message.type === "SessionCreated")).toHaveLength(1);
    await session.close();
  });

  it("that cannot resume is told again what was said", async () => {
    const { connections, openTransport } = service((frame, connection) => {
      const setup = frame["setup"] as { sessionResumption?: { handle?: string } } | undefined;
      if (setup?.sessionResumption?.handle === undefined) greet(frame, connection);
      else connection.transport.close(1007, "Request contains an invalid argument.");
    });
    const { session, reports } = await start(new GeminiRealtimeClient({ apiKey: "k", openTransport }), []);
    const [first] = connections as [Connection];
    sendText(session, "hello");
    await wait(0);
    first.say(
      { serverContent: { modelTurn: { role: "model", parts: [{ text: "Hi." }] } } },
      { serverContent: { turnComplete: true } },
      { sessionResumptionUpdate: { newHandle: "poison", resumable: true } },
    );
    await wait(200);
    first.transport.close(1011, "Internal error encountered.");
    await wait(5_000);
    expect(connections).toHaveLength(3);
    const third = connections[2] as Connection;
    expect(third.frames[0]).toMatchObject({ setup: { sessionResumption: {} } });
    expect(JSON.stringify(third.frames)).toContain(
      '"turns":[{"role":"user","parts":[{"text":"hello"}]},{"role":"model","parts":[{"text":"Hi."}]}]',
    );
    expect(reports()).toMatchObject([{ restored: "text", attempts: 2, items: 2 }]);
    await session.close();
  });
});
