import {
  RealtimeServerErrorMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerRawMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerSessionMessage,
  RealtimeUsageError,
  ResponseGate,
  type RealtimeClientMessage,
  type RealtimeClientConversationItemCreateMessage,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { optionalText, parseFrame, text, type OpeningVerdict, type WireCodec, type WireLink } from "@voxline/providers/wire";

/** One session's translation between messages and the frames of the Parrot service. */
export class ParrotCodec implements WireCodec {
  readonly options: RealtimeSessionOptions;
  readonly model = "parrot-1";
  readonly expiresAt = undefined;
  readonly farewell = undefined;
  readonly awaiting = "ready from parrot";
  sessionId: string | undefined;
  #link: WireLink | undefined;
  #said: string[] = [];
  // The service refuses a second question with "busy": the gate holds it back until the first is answered.
  readonly #gate = new ResponseGate("busy", (_message, messageId) => {
    this.#write({ type: "ask", id: messageId, text: this.#said.join(" ") });
    this.#said = [];
  });

  constructor(options: RealtimeSessionOptions) {
    this.options = options;
  }

  get heldCount(): number {
    return this.#gate.heldCount;
  }

  open(link: WireLink): void {
    this.#link = link;
    this.#write({ type: "hello", style: this.options.instructions ?? "" });
  }

  judgeOpening(message: RealtimeServerMessage): OpeningVerdict {
    return message.type === "SessionCreated" ? "open" : "waiting";
  }

  encode(message: RealtimeClientMessage): void {
    switch (message.type) {
      case "ConversationItemCreate":
        this.#said.push(writtenText(message));
        return;
      case "ResponseCreate":
        this.#gate.request(message);
        return;
      case "ResponseCancel":
        if (this.#gate.isActive) this.#write({ type: "stop" });
        return;
      case "Raw":
        this.#link?.write(JSON.stringify(message.rawRepresentation));
        return;
      default:
        throw new RealtimeUsageError("unsupported.message", `Parrot takes no ${message.type}; send text.`);
    }
  }

  decode(frame: Uint8Array): void {
    const event = parseFrame(frame);
    const from = { rawRepresentation: event, responseId: optionalText(event, "id") };
    switch (event["type"]) {
      case "ready":
        this.sessionId = text(event, "session");
        this.#emit(new RealtimeServerSessionMessage("SessionCreated", { ...from, sessionId: this.sessionId }));
        return;
      case "begin":
        this.#emit(new RealtimeServerResponseCreatedMessage("ResponseCreated", from));
        return;
      case "word":
        this.#emit(new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { ...from, text: text(event, "text") }));
        return;
      case "end":
        this.#emit(new RealtimeServerResponseCreatedMessage("ResponseDone", { ...from, status: "completed" }));
        return;
      case "stopped":
        this.#emit(new RealtimeServerResponseCreatedMessage("ResponseDone", { ...from, status: "cancelled" }));
        return;
      case "error": {
        const error = { type: "parrot_error", code: text(event, "code"), message: text(event, "text") };
        this.#emit(new RealtimeServerErrorMessage({ ...from, error, originatingMessageId: from.responseId }));
        return;
      }
      default:
        this.#emit(new RealtimeServerRawMessage({ ...from, wireType: optionalText(event, "type") }));
    }
  }

  dispose(): void {
    this.#link = undefined;
  }

  #emit(message: RealtimeServerMessage): void {
    if (this.#gate.observe(message)) this.#link?.emit(message);
  }

  #write(frame: Readonly<Record<string, unknown>>): void {
    this.#link?.write(JSON.stringify(frame));
  }
}

function writtenText({ item }: RealtimeClientConversationItemCreateMessage): string {
  return item.contents
    .map((content) => {
      if (content.type === "text") return content.text;
      throw new RealtimeUsageError("unsupported.message", `Parrot takes no ${content.type}; send text.`);
    })
    .join(" ");
}
