import {
  VoiceLiveClient,
  type ServerEventConversationItemInputAudioTranscriptionCompleted,
  type ServerEventError,
  type ServerEventResponseAudioDelta,
  type ServerEventResponseAudioTranscriptDelta,
  type ServerEventResponseDone,
  type ServerEventResponseFunctionCallArgumentsDone,
  type ServerEventResponseTextDelta,
  type ServerEventSessionUpdated,
  type VoiceLiveSession,
} from "@azure/ai-voicelive";
import { within } from "../event-log.ts";
import { AnswerLog } from "./answer-log.ts";
import { pieces, WEATHER, type Answer, type Caller, type CallerInit, type ToolCall } from "./caller.ts";

/** The SDK's union without its open-ended member, so that it can be told apart by type. */
type ServerEvent =
  | ServerEventError
  | ServerEventSessionUpdated
  | ServerEventConversationItemInputAudioTranscriptionCompleted
  | ServerEventResponseTextDelta
  | ServerEventResponseAudioDelta
  | ServerEventResponseAudioTranscriptDelta
  | ServerEventResponseFunctionCallArgumentsDone
  | ServerEventResponseDone;

interface PendingCall {
  readonly callId: string;
  readonly name: string;
  readonly arguments: string;
}

/** An application on `@azure/ai-voicelive`. */
export class VoiceLiveFamilyCaller implements Caller {
  readonly calls: ToolCall[] = [];
  readonly errors: string[] = [];
  readonly heard: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly inputRate = 24_000;
  readonly #init: CallerInit;
  readonly #log = new AnswerLog();
  #session!: VoiceLiveSession;
  #pending: PendingCall[] = [];
  #onUpdated!: () => void;
  #onClosed!: (info: { code: number; reason: string }) => void;

  private constructor(init: CallerInit) {
    this.#init = init;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  static async connect(init: CallerInit): Promise<VoiceLiveFamilyCaller> {
    const caller = new VoiceLiveFamilyCaller(init);
    await within(caller.#connect(), "session.updated");
    return caller;
  }

  ask(text: string): Promise<Answer> {
    return this.#ask(text, [{ type: "input_text", text }]);
  }

  show(jpeg: Buffer, text: string): Promise<Answer> {
    const imageUrl = `data:image/jpeg;base64,${jpeg.toString("base64")}`;
    return this.#ask(text, [
      { type: "input_text", text },
      { type: "input_image", imageUrl },
    ]);
  }

  async say(samples: Int16Array): Promise<Answer> {
    for (const piece of pieces(samples, this.inputRate)) await this.#session.sendAudio(piece);
    if (this.#init.turnDetection === false) {
      await this.#session.sendEvent({ type: "input_audio_buffer.commit" });
      await this.#session.sendEvent({ type: "response.create" });
    }
    return this.#log.next("speech");
  }

  interrupt(text: string): Promise<Answer> {
    this.#log.whenHeard(() => void this.#session.sendEvent({ type: "response.cancel" }));
    return this.ask(text);
  }

  blunder(): void {
    void this.#session.sendEvent({
      type: "conversation.item.truncate",
      itemId: "nobody",
      contentIndex: 0,
      audioEndInMs: 10,
    } as never);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.dispose();
  }

  async #connect(): Promise<void> {
    const client = new VoiceLiveClient(this.#init.baseUrl, { key: "k" });
    const updated = new Promise<void>((resolve) => {
      this.#onUpdated = resolve;
    });
    this.#session = await client.startSession("gpt-realtime", { sessionHandlers: this.#handlers() });
    await this.#session.updateSession({
      modalities: ["text", "audio"],
      // The SDK's types have no null, which is how the wire says that the client ends its turns.
      turnDetection: (this.#init.turnDetection === false ? null : { type: "server_vad" }) as never,
      inputAudioTranscription: { model: "azure-speech" },
      tools: [{ type: "function", ...WEATHER } as never],
    });
    await updated;
  }

  #handlers(): NonNullable<NonNullable<Parameters<VoiceLiveClient["startSession"]>[1]>["sessionHandlers"]> {
    return {
      // One handler for all events: those by name are called beside each other, and lose the order.
      onServerEvent: async (event) => this.#take(event as ServerEvent),
      onError: async (event) => void this.errors.push(event.error.message),
      onDisconnected: async ({ code, reason }) => this.#onClosed({ code, reason }),
    };
  }

  #take(event: ServerEvent): void {
    switch (event.type) {
      case "session.updated":
        this.#onUpdated();
        return;
      case "response.audio_transcript.delta":
      case "response.text.delta":
        this.#log.text(event.delta);
        return;
      case "response.audio.delta":
        this.#log.audio(Buffer.from(event.delta));
        return;
      case "conversation.item.input_audio_transcription.completed":
        this.heard.push(event.transcript);
        return;
      case "response.function_call_arguments.done":
        this.#pending.push({ callId: event.callId, name: event.name, arguments: event.arguments });
        return;
      case "response.done":
        this.#done(event.response.status as Answer["status"]);
        return;
      case "error":
        this.errors.push(event.error.message);
        return;
      default:
        return;
    }
  }

  async #ask(text: string, content: readonly object[]): Promise<Answer> {
    await this.#session.addConversationItem({ type: "message", role: "user", content } as never);
    await this.#session.sendEvent({ type: "response.create" });
    return this.#log.next(text);
  }

  #done(status: Answer["status"]): void {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0 || status !== "completed") this.#log.end(status);
    else void this.#answer(pending);
  }

  async #answer(pending: readonly PendingCall[]): Promise<void> {
    for (const { callId, name, arguments: json } of pending) {
      const args = JSON.parse(json) as { city: string };
      this.calls.push({ name, arguments: args });
      const output = JSON.stringify(this.#init.tool(args));
      await this.#session.addConversationItem({ type: "function_call_output", callId, output } as never);
    }
    await this.#session.sendEvent({ type: "response.create" });
  }
}
