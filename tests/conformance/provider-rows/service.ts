import type { IRealtimeSession, RealtimeServerMessage } from "@voxline/core";
import { LinkedTransport, type TransportTarget } from "@voxline/core/transport";
import type { CommonOptions, Frame, Provider } from "./providers.ts";

/** A provider's service at the other end of linked transports: it greets and confirms, unless it is told otherwise. */
export class Service {
  readonly targets: TransportTarget[] = [];
  readonly received: Frame[] = [];
  /** How each connection ended, as the service saw it. */
  readonly closed: unknown[] = [];
  /** Connections, oldest first. */
  readonly ends: LinkedTransport[] = [];
  readonly #provider: Provider;
  greets = true;
  confirms = true;

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  readonly open = (target: TransportTarget): Promise<LinkedTransport> => {
    this.targets.push(target);
    const [near, far] = LinkedTransport.pair();
    this.ends.push(far);
    far.listen({
      onFrame: (data) => this.#read(JSON.parse(new TextDecoder().decode(data)) as Frame, far),
      onClose: (info) => void this.closed.push(info),
    });
    if (this.greets) for (const frame of this.#provider.greeting) far.send(JSON.stringify(frame));
    return Promise.resolve(near);
  };

  /** Says something on the newest connection. */
  send(frame: Frame | string): void {
    this.end.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  get end(): LinkedTransport {
    return this.ends.at(-1) as LinkedTransport;
  }

  #read(frame: Frame, far: LinkedTransport): void {
    this.received.push(frame);
    const answer = this.confirms ? this.#provider.confirmation(frame) : undefined;
    const goodbye = frame["type"] === "session.finish" ? this.#provider.farewell : undefined;
    for (const each of [answer, goodbye]) if (each !== undefined) far.send(JSON.stringify(each));
  }
}

/** Linked frames arrive by microtask; a turn of the loop is more than all of them. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface Opened {
  readonly service: Service;
  readonly session: IRealtimeSession;
  /** What was said since the opening. */
  readonly messages: RealtimeServerMessage[];
}

/** A live session that is read; what the opening said is gone. */
export async function opened(provider: Provider, options: CommonOptions = {}): Promise<Opened> {
  const service = new Service(provider);
  const session = await provider.make({ apiKey: "key-canary-1", openTransport: service.open, ...options }).createSession();
  const messages: RealtimeServerMessage[] = [];
  session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
  await settle();
  messages.splice(0);
  service.received.splice(0);
  return { service, session, messages };
}
