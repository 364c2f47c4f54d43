import {
  AudioChunk,
  RealtimeClientBuilder,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeError,
  type IRealtimeClient,
  type IRealtimeSession,
  type RealtimeCloseInfo,
  type RealtimeMiddleware,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { logging } from "@voxline/core/logging";
import { openTelemetry } from "@voxline/core/opentelemetry";
import { defineTool } from "@voxline/core/tools";
import { OpenAIRealtimeClient, type OpenAIRealtimeOptions } from "@voxline/providers/openai";
import { vi } from "vitest";
import { z } from "zod";
import { CANARIES } from "./canaries.ts";
import { FakeService, type FakeServiceInit, type Peer } from "./fake-service.ts";
import type { Telemetry } from "./telemetry.ts";

/** What a case may start and must not leave behind. */
export interface Stoppable {
  stop(): Promise<void>;
  connections?(): Promise<number>;
}

/** A session under test, with everything its reader was told. */
export class Subject {
  readonly session: IRealtimeSession;
  readonly messages: RealtimeServerMessage[] = [];
  readonly closes: RealtimeCloseInfo[] = [];
  /** Whether this bench is the reader: a case may read by itself. */
  readonly isRead: boolean;
  #watchers: { readonly until: () => boolean; readonly resolve: () => void }[] = [];

  constructor(session: IRealtimeSession, isRead: boolean) {
    this.session = session;
    this.isRead = isRead;
    if (!isRead) return;
    session.subscribe({
      onMessage: (message) => {
        this.messages.push(message);
        this.#watchers = this.#watchers.filter(({ until, resolve }) => {
          if (!until()) return true;
          resolve();
          return false;
        });
      },
      onClose: (info) => void this.closes.push(info),
    });
  }

  of<T extends RealtimeServerMessage["type"]>(type: T): Extract<RealtimeServerMessage, { type: T }>[] {
    return this.messages.filter((message): message is Extract<RealtimeServerMessage, { type: T }> => message.type === type);
  }

  get texts(): string[] {
    return this.of("OutputTextDelta").map((message) => message.text);
  }

  /** Resolves when so many messages of a type have come. */
  got(type: RealtimeServerMessage["type"], count = 1): Promise<void> {
    const until = (): boolean => this.messages.filter((message) => message.type === type).length >= count;
    return until() ? Promise.resolve() : new Promise((resolve) => this.#watchers.push({ until, resolve }));
  }
}

export interface OpenInit {
  readonly client?: OpenAIRealtimeOptions;
  readonly session?: RealtimeSessionOptions;
  /** Around the whole pipeline, outermost first. */
  readonly outside?: readonly RealtimeMiddleware[];
  /** Between the pipeline and the provider. */
  readonly inside?: readonly RealtimeMiddleware[];
  /** Whether the bench reads the session. Default `true`. */
  readonly read?: boolean;
}

/** What one case works at: the client with the whole pipeline around it, and a record of all that was opened. */
export class Bench {
  readonly telemetry: Telemetry;
  readonly subjects: Subject[] = [];
  readonly errors: unknown[] = [];
  readonly services: Stoppable[] = [];
  readonly toolRuns: unknown[] = [];
  readonly #pending = new Set<string>();

  constructor(telemetry: Telemetry) {
    this.telemetry = telemetry;
  }

  /** Promises that were watched and have not settled, by name. */
  get pending(): string[] {
    return [...this.#pending];
  }

  /** Notes a promise that must settle within 2 s of the end. */
  watch<T>(name: string, promise: Promise<T>): Promise<T> {
    this.#pending.add(name);
    const settled = (): void => void this.#pending.delete(name);
    promise.then(settled, settled);
    return promise;
  }

  keep<T extends Stoppable>(service: T): T {
    this.services.push(service);
    return service;
  }

  async service(init?: FakeServiceInit): Promise<FakeService> {
    return this.keep(await FakeService.start(init));
  }

  client(port: number, init: OpenInit = {}): IRealtimeClient {
    const provider = new OpenAIRealtimeClient({
      apiKey: CANARIES.key,
      baseUrl: `http://127.0.0.1:${port}/v1?api_token=${CANARIES.query}`,
      headers: { "X-Proxy-Token": CANARIES.header },
      ...init.client,
    });
    const builder = new RealtimeClientBuilder(provider);
    for (const middleware of init.outside ?? []) builder.use(middleware);
    const tool = defineTool({
      name: "look_up",
      parameters: z.object({ secret: z.string() }),
      invoke: (args) => {
        this.toolRuns.push(args);
        return { found: CANARIES.toolResult };
      },
    });
    builder.use(functionInvocation({ tools: [tool] }));
    builder.use(openTelemetry({ captureContent: false }));
    builder.use(logging({ logger: this.telemetry.logger }));
    for (const middleware of init.inside ?? []) builder.use(middleware);
    return builder.build();
  }

  /** An open session with this service, read by the bench. */
  async open(service: { readonly port: number }, init: OpenInit = {}): Promise<Subject> {
    const session = await this.watch("createSession", this.client(service.port, init).createSession(init.session));
    const subject = new Subject(session, init.read ?? true);
    this.subjects.push(subject);
    return subject;
  }

  /** A service, its end of a connection, and the session at the other. */
  async pair(init: OpenInit = {}, service?: FakeServiceInit): Promise<{ subject: Subject; peer: Peer; service: FakeService }> {
    const started = await this.service(service);
    const subject = await this.open(started, init);
    return { subject, peer: await started.peer(), service: started };
  }

  /** The typed error an opening is refused with. */
  async refusal(opening: Promise<IRealtimeSession>): Promise<RealtimeError> {
    try {
      const session = await this.watch("createSession", opening);
      this.subjects.push(new Subject(session, true));
    } catch (error) {
      this.errors.push(error);
      if (RealtimeError.is(error)) return error;
      throw error;
    }
    throw new TypeError("The session was opened.");
  }

  refused(service: { readonly port: number }, init: OpenInit = {}): Promise<RealtimeError> {
    return this.refusal(this.client(service.port, init).createSession(init.session));
  }

  /** The end of a session, however it comes; at most 2 s from now. */
  async ended(subject: Subject): Promise<RealtimeCloseInfo> {
    return within(2_000, "the end of the session", subject.session.closed);
  }
}

/** The promise's outcome, or a failure that names it; in real time, whatever a case does to the clock. */
export function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const started = realNow();
  return new Promise((resolve, reject) => {
    let over = false;
    const look = (): void => {
      if (over) return;
      if (realNow() - started < ms) realImmediate(look);
      else reject(new TypeError(`After ${ms} ms there is still no ${what}.`));
    };
    const settle = (): void => void (over = true);
    promise.then(settle, settle);
    promise.then(resolve, reject);
    look();
  });
}

const realImmediate = setImmediate;
const realNow = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** A turn of the event loop: what is in flight on this machine arrives within a few. */
export const turn = (): Promise<void> => new Promise((resolve) => realImmediate(resolve));

/** Waits, turn by turn, until it is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, ms = 2_000): Promise<void> {
  const started = realNow();
  while (!(await isSo())) {
    if (realNow() - started > ms) throw new TypeError(`After ${ms} ms it is still not so: ${what}.`);
    await turn();
  }
}

/** From here on time stands still and moves by `vi.advanceTimersByTimeAsync`; sockets stay real. */
export function freezeTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
}

/** 20 ms of audio whose first sample is this number. */
export function audio(n = 0): RealtimeClientInputAudioBufferAppendMessage {
  const samples = new Int16Array(480);
  samples[0] = n;
  return new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromSamples(samples, 24_000));
}

/** The number an appended frame of `audio` carries. */
export function numberOf(frame: Readonly<Record<string, unknown>>): number {
  return Buffer.from(String(frame["audio"]), "base64").readInt16LE(0);
}
