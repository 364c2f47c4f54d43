import type { LiveClientMessage, LiveServerMessage } from "@google/genai";
import type { IRealtimeSession, RealtimeServerMessage, RealtimeSessionOptions } from "@voxline/core";
import { LinkedTransport, type TransportTarget } from "@voxline/core/transport";
import { expect } from "vitest";
import { GeminiRealtimeClient, type GeminiRealtimeOptions } from "./index.ts";

/** A type of the official SDK as it is on the wire: enums are text. */
export type Wire<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : T extends readonly (infer U)[]
      ? Wire<U>[]
      : unknown extends T
        ? unknown
        : { [K in keyof T]: Wire<T[K]> };

/** Frames of both directions, as `@google/genai` types them. */
export type ServerFrame = Wire<Omit<LiveServerMessage, "text" | "data">>;
export type ClientFrame = Wire<LiveClientMessage>;

/** A frame that the official SDK's types allow the client. */
export const client = (frame: ClientFrame): ClientFrame => frame;

/** The service's end of a linked transport, scripted by hand. */
export class FakeGemini {
  readonly received: ClientFrame[] = [];
  readonly targets: TransportTarget[] = [];
  transport!: LinkedTransport;
  closed: unknown;
  /** What it does with the setup, and with any other frame. */
  onSetup = (): void => this.send({ setupComplete: { sessionId: "session-1" } });
  onFrame: (frame: ClientFrame) => void = () => undefined;

  readonly open = (target: TransportTarget): Promise<LinkedTransport> => {
    this.targets.push(target);
    const [near, far] = LinkedTransport.pair();
    this.transport = far;
    far.listen({
      onFrame: (data) => {
        const frame = JSON.parse(new TextDecoder().decode(data)) as ClientFrame;
        this.received.push(frame);
        if (frame.setup === undefined) this.onFrame(frame);
        else this.onSetup();
      },
      onClose: (info) => {
        this.closed = info;
      },
    });
    return Promise.resolve(near);
  };

  send(frame: ServerFrame): void {
    this.transport.send(JSON.stringify(frame));
  }

  /** As the real service writes: indented JSON in binary frames. */
  sendBinary(frame: ServerFrame): void {
    this.transport.send(new TextEncoder().encode(`${JSON.stringify(frame, undefined, 2)}\n`));
  }

  text(text: string): void {
    this.send({ serverContent: { modelTurn: { role: "model", parts: [{ text }] } } });
  }

  audio(data: string): void {
    this.send(audioFrame(data));
  }

  calls(...functionCalls: { id?: string; name: string; args?: Record<string, unknown> }[]): void {
    this.send({ toolCall: { functionCalls } });
  }

  done(usage?: ServerFrame["usageMetadata"]): void {
    const serverContent = { turnComplete: true };
    this.send(usage === undefined ? { serverContent } : { serverContent, usageMetadata: usage });
  }

  /** What came since the setup. */
  get said(): ClientFrame[] {
    return this.received.slice(1);
  }
}

export const audioFrame = (data: string): ServerFrame => ({
  serverContent: { modelTurn: { role: "model", parts: [{ inlineData: { mimeType: "audio/pcm;rate=24000", data } }] } },
});

/** Linked frames arrive by microtask; a turn of the loop is more than all of them. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function connect(init: GeminiRealtimeOptions = {}): { service: FakeGemini; client: GeminiRealtimeClient } {
  const service = new FakeGemini();
  return { service, client: new GeminiRealtimeClient({ apiKey: "key-canary-1", openTransport: service.open, ...init }) };
}

export interface Opened {
  readonly service: FakeGemini;
  readonly client: GeminiRealtimeClient;
  readonly session: IRealtimeSession;
  readonly messages: RealtimeServerMessage[];
  /** What arrived since this was last asked. */
  readonly take: () => Promise<RealtimeServerMessage[]>;
}

/** Opens a session and reads all it says; what the opening said is taken already. */
export async function openSession(options: RealtimeSessionOptions = {}, init: GeminiRealtimeOptions = {}): Promise<Opened> {
  const { service, client: made } = connect(init);
  const session = await made.createSession(options);
  const messages: RealtimeServerMessage[] = [];
  let taken = 0;
  session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
  const take = async (): Promise<RealtimeServerMessage[]> => {
    await settle();
    const fresh = messages.slice(taken);
    taken = messages.length;
    return fresh;
  };
  await take();
  return { service, client: made, session, messages, take };
}

export const types = (messages: readonly RealtimeServerMessage[]): string[] => messages.map(({ type }) => type);

/** The one message of a type. */
export function one<T extends RealtimeServerMessage["type"]>(
  messages: readonly RealtimeServerMessage[],
  type: T,
): Extract<RealtimeServerMessage, { type: T }> {
  const found = messages.filter((message) => message.type === type);
  expect(found.length, type).toBe(1);
  return found[0] as Extract<RealtimeServerMessage, { type: T }>;
}

/** Audio of a few samples. */
export const A = "AAAKABQAHgAoADIAPABGAA==";
export const B = "RgA8ADIAKAAeABQACgAAAA==";

/** How a response with one message begins and ends. */
export const BEGINNING = ["ResponseCreated", "ResponseOutputItemAdded", "ConversationItemAdded", "ResponseContentPartAdded"];
export const ENDING = ["ResponseContentPartDone", "ResponseOutputItemDone", "ConversationItemDone", "ResponseDone"];
