import { expect } from "vitest";
import type { ClientEventUnion, ServerEventUnion } from "@azure/ai-voicelive";
import type { IRealtimeSession, RealtimeServerMessage, RealtimeSessionOptions } from "@voxline/core";
import { LinkedTransport, type TransportTarget } from "@voxline/core/transport";
// The official client's own reader and writer of frames, which its package does not export: the referee of both directions.
import { VoiceLiveMessageParser } from "../../node_modules/@azure/ai-voicelive/dist/esm/protocol/messageParser.js";
import { VoiceLiveRealtimeClient, type VoiceLiveRealtimeOptions } from "./index.ts";

export type Frame = Record<string, unknown>;

const sdk = new VoiceLiveMessageParser();

/** The frame the official client writes for an event. */
export function written(event: ClientEventUnion): Frame {
  return JSON.parse(sdk.serializeOutgoingMessage(event)) as Frame;
}

/** What the official client reads in a frame of the service; fails where it reads nothing or an error. */
export function understood(frame: Frame): ServerEventUnion {
  const parsed = sdk.parseIncomingMessage(JSON.stringify(frame));
  expect(parsed, `the official client knows ${String(frame["type"])}`).toMatchObject({
    type: "server",
    event: { type: frame["type"] },
  });
  return parsed?.event as ServerEventUnion;
}

/** The session of the service's own example, https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20. */
export const DOCUMENTED_SESSION = {
  id: "sess_ABC123DEF456",
  object: "realtime.session",
  model: "gpt-realtime",
  modalities: ["text", "audio"],
  instructions: "You are a helpful assistant.",
  voice: { type: "openai", name: "alloy" },
  input_audio_format: "pcm16",
  output_audio_format: "pcm16",
  input_audio_sampling_rate: 24000,
  turn_detection: { type: "azure_semantic_vad", threshold: 0.5, prefix_padding_ms: 420, silence_duration_ms: 500 },
  temperature: 0.8,
  max_response_output_tokens: "inf",
};

/** The service's end of a linked transport, scripted by hand; what it says is what the official client can read. */
export class FakeService {
  readonly received: Frame[] = [];
  readonly targets: TransportTarget[] = [];
  transport!: LinkedTransport;
  session: Frame = DOCUMENTED_SESSION;
  /** What it does with a session.update, and with any other event. */
  onUpdate = (frame: Frame): void => {
    this.session = { ...this.session, ...(frame["session"] as Frame) };
    this.send({ type: "session.updated", session: this.session });
  };
  onEvent: (frame: Frame) => void = () => undefined;
  #events = 0;

  readonly open = (target: TransportTarget): Promise<LinkedTransport> => {
    this.targets.push(target);
    const [near, far] = LinkedTransport.pair();
    this.transport = far;
    this.session = DOCUMENTED_SESSION;
    far.listen({ onFrame: (data) => this.#read(JSON.parse(new TextDecoder().decode(data)) as Frame), onClose: () => undefined });
    this.send({ type: "session.created", session: this.session });
    return Promise.resolve(near);
  };

  send(frame: Frame): void {
    this.#events += 1;
    const numbered = { event_id: `event_${this.#events}`, ...frame };
    understood(numbered);
    this.transport.send(JSON.stringify(numbered));
  }

  /** What came, by type. */
  get types(): string[] {
    return this.received.map((frame) => frame["type"] as string);
  }

  /** The session it was opened with. */
  get asked(): Frame {
    return (this.received[0]?.["session"] ?? {}) as Frame;
  }

  /** The newest frame of a type. */
  last(type: string): Frame | undefined {
    return this.received.findLast((frame) => frame["type"] === type);
  }

  #read(frame: Frame): void {
    this.received.push(frame);
    if (frame["type"] === "session.update") this.onUpdate(frame);
    else this.onEvent(frame);
  }
}

export function connect(init: VoiceLiveRealtimeOptions = {}): { service: FakeService; client: VoiceLiveRealtimeClient } {
  const service = new FakeService();
  const client = new VoiceLiveRealtimeClient({
    endpoint: "https://contoso.services.ai.azure.com",
    openTransport: service.open,
    ...(init.token === undefined && init.credential === undefined ? { apiKey: "vl-key-canary" } : {}),
    ...init,
  });
  return { service, client };
}

export interface Opened {
  readonly service: FakeService;
  readonly session: IRealtimeSession;
  readonly messages: RealtimeServerMessage[];
}

/** A live session with what it has said so far. */
export async function openSession(options: RealtimeSessionOptions = {}, init: VoiceLiveRealtimeOptions = {}): Promise<Opened> {
  const { service, client } = connect(init);
  const session = await client.createSession(options);
  const messages: RealtimeServerMessage[] = [];
  session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
  await settle();
  return { service, session, messages };
}

/** Linked frames arrive by microtask; a turn of the loop is more than all of them. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const types = (messages: readonly RealtimeServerMessage[]): string[] => messages.map((message) => message.type);
