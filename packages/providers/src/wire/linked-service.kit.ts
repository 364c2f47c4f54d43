import type { IRealtimeClient, IRealtimeSession, RealtimeServerMessage, RealtimeSessionOptions } from "@voxline/core";
import { LinkedTransport, type TransportTarget } from "@voxline/core/transport";

export type Frame = Record<string, unknown>;

/** The service's end of a linked transport, scripted by hand. */
export class LinkedService {
  readonly received: Frame[] = [];
  readonly targets: TransportTarget[] = [];
  closed: unknown;
  transport!: LinkedTransport;
  readonly #session: Frame;
  /** What an event that changes the session is answered with. */
  onUpdate = (frame: Frame): void => {
    const answer = frame["type"] === "session.update" ? "session.updated" : "transcription_session.updated";
    this.send({ type: answer, event_id: "event_2", session: { ...this.#session, ...(frame["session"] as Frame) } });
  };
  onEvent: (frame: Frame) => void = () => undefined;

  /** `session` is the service's own session object. */
  constructor(session: Frame) {
    this.#session = session;
  }

  readonly open = (target: TransportTarget): Promise<LinkedTransport> => {
    this.targets.push(target);
    const [near, far] = LinkedTransport.pair();
    this.transport = far;
    far.listen({
      onFrame: (data) => {
        const frame = JSON.parse(new TextDecoder().decode(data)) as Frame;
        this.received.push(frame);
        if (String(frame["type"]).endsWith("session.update")) this.onUpdate(frame);
        else this.onEvent(frame);
      },
      onClose: (info) => {
        this.closed = info;
      },
    });
    this.send({ type: "session.created", event_id: "event_1", session: this.#session });
    return Promise.resolve(near);
  };

  send(frame: Frame): void {
    this.transport.send(JSON.stringify(frame));
  }

  get types(): string[] {
    return this.received.map((frame) => frame["type"] as string);
  }
}

/** Linked frames arrive by microtask; a turn of the loop is more than all of them. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Opens a session and reads all it says. */
export async function openAndRead(
  client: IRealtimeClient,
  options: RealtimeSessionOptions = {},
): Promise<{ readonly session: IRealtimeSession; readonly messages: RealtimeServerMessage[] }> {
  const session = await client.createSession(options);
  const messages: RealtimeServerMessage[] = [];
  session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
  await settle();
  return { session, messages };
}
