import {
  OpenAIRealtimeWebSocket,
  RealtimeAgent,
  RealtimeSession,
  type RealtimeItem,
  type RealtimeSessionConfig,
  type RealtimeSessionEventTypes,
  type TransportLayerAudio,
} from "@openai/agents-realtime";
import type { ConversationItem, RealtimeClientEvent, RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { EventLog, within } from "./event-log.ts";
import type { Closed, Endpoint } from "./openai-caller.ts";

type AgentTools = NonNullable<ConstructorParameters<typeof RealtimeAgent>[0]["tools"]>;

type SessionError = RealtimeSessionEventTypes["error"][0];

/** A session of the agents SDK, everything that reached it and everything it sent. */
export class AgentsCaller implements AsyncDisposable {
  readonly transport = new OpenAIRealtimeWebSocket();
  readonly session: RealtimeSession;
  /** Raw events, parsed or not. */
  readonly log = new EventLog();
  readonly sent: RealtimeClientEvent[] = [];
  /** What the session told its application, in order. */
  readonly told: string[] = [];
  readonly errors: SessionError[] = [];
  readonly audio: TransportLayerAudio[] = [];
  readonly answers: string[] = [];
  /** Ids of the events that the SDK's own schemas accepted. */
  readonly #parsed = new Set<string>();
  readonly #listenedTo = new Set<string>();
  #closed: Promise<Closed> | undefined;

  private constructor(init: Omit<CallInit, "apiKey">) {
    const agent = new RealtimeAgent({ name: "Tester", instructions: "Be brief.", tools: init.tools ?? [] });
    const config: Partial<RealtimeSessionConfig> = init.config ?? {};
    this.session = new RealtimeSession(agent, { transport: this.transport, model: "gpt-realtime", config });
    // Raw events come first; one that its schema accepts is emitted once more, under its own type.
    this.transport.on("*", (event) => {
      const raw = event as unknown as RealtimeServerEvent;
      this.#listen(raw.type);
      this.log.push(raw);
    });
    this.transport.on("connection_change", (status) => {
      if (status === "connecting") this.#tap();
    });
    this.session.on("error", (error) => this.errors.push(error));
    this.session.on("audio", (event) => this.audio.push(event));
    this.session.on("agent_end", (_context, _agent, output) => this.answers.push(output));
    for (const name of ["agent_start", "agent_end", "agent_tool_start", "agent_tool_end"] as const) {
      this.session.on(name, () => this.told.push(name));
    }
    for (const name of ["audio_start", "audio_stopped", "audio_interrupted"] as const) {
      this.session.on(name, () => this.told.push(name));
    }
  }

  static create(init: Omit<CallInit, "apiKey"> = {}): AgentsCaller {
    return new AgentsCaller(init);
  }

  static async connect(server: Endpoint, { apiKey, ...init }: CallInit = {}): Promise<AgentsCaller> {
    const caller = AgentsCaller.create(init);
    await caller.connect(`${server.url.href}?model=gpt-realtime`, apiKey);
    return caller;
  }

  connect(url: string, apiKey = "sk-test"): Promise<void> {
    return within(this.session.connect({ apiKey, url }), "connecting");
  }

  get closed(): Promise<Closed> {
    if (this.#closed === undefined) throw new TypeError("There never was a socket.");
    return this.#closed;
  }

  /** Events that no schema of the SDK accepted: applications never see them. */
  get unparsed(): RealtimeServerEvent[] {
    return this.log.all.filter((event) => !("event_id" in event && this.#parsed.has(event.event_id)));
  }

  /** What the SDK sent, by type. */
  sentOf<T extends RealtimeClientEvent["type"]>(type: T): Extract<RealtimeClientEvent, { type: T }>[] {
    return this.sent.filter((event): event is Extract<RealtimeClientEvent, { type: T }> => event.type === type);
  }

  /** Results of tools, as the SDK sent them. */
  get outputs(): Extract<ConversationItem, { type: "function_call_output" }>[] {
    return this.sentOf("conversation.item.create")
      .map(({ item }) => item)
      .filter((item) => item.type === "function_call_output");
  }

  say(pieces: Iterable<Buffer>): void {
    for (const piece of pieces) this.session.sendAudio(new Uint8Array(piece).buffer);
  }

  /** Waits until the SDK's own history says so. */
  history<T>(find: (items: readonly RealtimeItem[]) => T | undefined): Promise<T> {
    return within(
      new Promise((resolve) => {
        const look = (items: readonly RealtimeItem[]): void => {
          const found = find(items);
          if (found === undefined) return;
          this.session.off("history_updated", look);
          resolve(found);
        };
        this.session.on("history_updated", look);
        look(this.session.history);
      }),
      `the history ${find.toString()}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.close();
    if (this.#closed !== undefined) await within(this.#closed, "the client's close");
  }

  #listen(type: RealtimeServerEvent["type"]): void {
    if (this.#listenedTo.has(type)) return;
    this.#listenedTo.add(type);
    // An error is emitted as the transport's own, with the event inside.
    if (type === "error") this.transport.on("error", ({ error }) => this.#count(error));
    else this.transport.on(type, (...args: unknown[]) => this.#count(args[0]));
  }

  #count(event: unknown): void {
    const { event_id: id } = event as { event_id?: unknown };
    if (typeof id === "string") this.#parsed.add(id);
  }

  /** Reads along what the SDK writes, and how its socket ends. */
  #tap(): void {
    const socket = this.transport.connectionState.websocket;
    if (socket === undefined) throw new TypeError("A connecting transport has a socket.");
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      this.sent.push(JSON.parse(data as string) as RealtimeClientEvent);
      send(data);
    };
    this.#closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
  }
}

export interface CallInit {
  readonly apiKey?: string;
  readonly tools?: AgentTools;
  readonly config?: Partial<RealtimeSessionConfig>;
}
