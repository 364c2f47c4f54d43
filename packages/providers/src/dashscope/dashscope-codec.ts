import {
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeConnectionError,
  RealtimeServerConversationItemMessage,
  RealtimeServerWarningMessage,
  RealtimeUsageError,
  createId,
  type RealtimeClientConversationItemCreateMessage,
  type RealtimeClientInputImageBufferAppendMessage,
  type RealtimeClientMessage,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { event } from "../openai-wire/client-event.ts";
import type { WireDialect } from "../openai-wire/dialect.ts";
import { OpenAIWireCodec } from "../openai-wire/openai-wire-codec.ts";
import { looksLikeBase64, type WireLink } from "../wire/index.ts";
import { CancelWatch } from "./cancel-watch.ts";
import { ANSWERS_BY_ITSELF, IMAGE_TOO_EARLY, dashScopeDialect } from "./dashscope-dialect.ts";
import type { DashScopeFamily } from "./dashscope-models.ts";
import { ImageFeed } from "./image-feed.ts";
import { ToolAnswer } from "./tool-answer.ts";

export interface DashScopeCodecInit {
  readonly options: RealtimeSessionOptions;
  readonly providerName: string;
  readonly model: string | undefined;
  readonly family: DashScopeFamily;
}

/** The most a picture may have, as base64. */
const MAX_IMAGE = 256 * 1024;
/** How every JPEG begins, as base64. */
const JPEG = "/9j/";
/** Texts that may wait for a ResponseCreate. */
const MAX_TEXTS = 32;

/** One session with DashScope: the family's wire, with what the service leaves to the client. */
export class DashScopeCodec extends OpenAIWireCodec {
  readonly #dialect: WireDialect;
  readonly #toolAnswer: ToolAnswer;
  readonly #takesItems: boolean;
  readonly #images: ImageFeed;
  readonly #cancelled: CancelWatch;
  /** What the user wrote since the last response, for models that take no items. */
  #texts: string[] = [];
  #link: WireLink | undefined;
  #onFinished: (() => void) | undefined;

  /** Throws `config.invalid` for options the service has no word for. */
  constructor({ options, providerName, model, family }: DashScopeCodecInit) {
    const toolAnswer = new ToolAnswer();
    const dialect = dashScopeDialect(family, options, toolAnswer);
    super({ options, providerName, model, dialect });
    this.#dialect = dialect;
    this.#toolAnswer = toolAnswer;
    this.#takesItems = family.takesItems;
    this.#images = new ImageFeed((image) => this.#write("input_image_buffer.append", { image }));
    this.#cancelled = new CancelWatch((responseId) => this.endResponse(responseId, "cancelled", "client_cancelled"));
    this.#link = undefined;
    this.#onFinished = undefined;
  }

  override get heldCount(): number {
    return super.heldCount + this.#texts.length;
  }

  override open(link: WireLink): void {
    this.#link = link;
    super.open({ write: (frame) => link.write(frame), emit: (message) => this.#onMessage(message, link) });
  }

  override encode(message: RealtimeClientMessage): void {
    switch (message.type) {
      case "InputAudioBufferAppend":
        super.encode(message);
        this.#images.audioSent();
        return;
      case "InputAudioBufferCommit":
      case "InputAudioBufferClear":
        super.encode(message);
        this.#images.bufferEmptied();
        if (message.type === "InputAudioBufferCommit") this.#toolAnswer.newInput();
        return;
      case "InputImageBufferAppend":
        this.#images.show(readImage(message));
        return;
      case "ConversationItemCreate":
        this.#create(message);
        return;
      case "ConversationItemTruncate":
        this.#warn(
          "message.ignored",
          "DashScope cannot be told what was heard; the model believes that it was heard to its end.",
        );
        return;
      case "ConversationItemDelete":
      case "ConversationItemRetrieve":
        throw unsupported(message.type, "items are its own");
      case "ResponseCreate":
        this.#respond(message);
        return;
      case "ResponseCancel":
        this.#cancel(message);
        return;
      default:
        super.encode(message);
    }
  }

  finish(done: () => void): void {
    this.#onFinished = done;
    this.#images.dispose();
    this.#write("session.finish");
  }

  override dispose(): void {
    super.dispose();
    this.#images.dispose();
    this.#cancelled.stop();
  }

  #onMessage(message: RealtimeServerMessage, link: WireLink): void {
    switch (message.type) {
      case "OutputAudioDelta":
        break;
      case "ResponseCreated":
        this.#toolAnswer.responseBegan();
        // A cancel that was early enough met nothing to stop.
        if (this.#cancelled.began(message.responseId)) this.encode(new RealtimeClientResponseCancelMessage());
        break;
      case "ResponseOutputItemDone":
        this.#cancelled.itemDone(message.responseId);
        break;
      case "ResponseDone":
        this.#cancelled.done(message.responseId);
        this.#toolAnswer.responseEnded();
        break;
      case "InputSpeechStopped":
        this.#images.stop();
        break;
      case "InputAudioBufferCommitted":
      case "InputAudioBufferCleared":
        this.#images.bufferEmptied();
        break;
      case "Error":
        // Asked for, and given: nobody needs to know.
        if (message.error.code === ANSWERS_BY_ITSELF) return;
        if (message.error.code !== IMAGE_TOO_EARLY) break;
        this.#warn(IMAGE_TOO_EARLY, "A picture reached DashScope between two turns and was not taken; send it with more audio.");
        return;
      default:
        break;
    }
    link.emit(message);
    if (message.type === "RawContentOnly" && message.wireType === "session.finished") this.#onFinished?.();
  }

  #create(message: RealtimeClientConversationItemCreateMessage): void {
    const { item } = message;
    const [first] = item.contents;
    const isResult = first?.type === "functionResult" && item.contents.length === 1;
    const texts = item.contents.flatMap((content) => (content.type === "text" ? [content.text] : []));
    const isText = (item.role ?? "user") === "user" && texts.length === item.contents.length;
    if (!isText && !isResult) {
      const pictures = "pictures go beside the audio (InputImageBufferAppend)";
      throw unsupported(
        "such item",
        `it takes texts of the user and results of tools; ${pictures}, history stands in the instructions`,
      );
    }
    if (this.#takesItems) {
      super.encode(message);
      if (isResult) this.#toolAnswer.resultSent();
      else this.#toolAnswer.newInput();
    } else if (isResult) throw unsupported("result of a tool", "this model takes no tools");
    else this.#keepText(item, texts.join("\n"));
  }

  /** Keeps a text for the next response, and tells of it as of an item: for the app the conversation has it. */
  #keepText(item: RealtimeConversationItem, text: string): void {
    if (this.#texts.length >= MAX_TEXTS) {
      const advice = "this model reads texts only with a ResponseCreate";
      throw new RealtimeConnectionError(
        "backpressure.overflow",
        `${MAX_TEXTS} texts wait for a ResponseCreate already; ${advice}.`,
      );
    }
    this.#texts.push(text);
    const kept = { ...item, id: item.id ?? createId("item"), role: "user", status: "completed" } as const;
    const init = { item: kept, itemId: kept.id };
    this.#link?.emit(new RealtimeServerConversationItemMessage("ConversationItemAdded", init));
    this.#link?.emit(new RealtimeServerConversationItemMessage("ConversationItemDone", init));
  }

  /** Asks for a response; what the user wrote stands in its instructions, and takes the place of what is being said. */
  #respond(message: RealtimeClientResponseCreateMessage): void {
    const { messageId, instructions, outputModalities, rawOptions } = message;
    const texts = this.#texts;
    const isText = texts.length > 0;
    if (!this.#toolAnswer.isWanted()) return;
    if (isText && this.isResponding) this.#cancel(new RealtimeClientResponseCancelMessage());
    const words = isText ? [...(instructions === undefined ? [] : [instructions]), ...texts].join("\n\n") : instructions;
    // Taken before: what is sent may be answered at once.
    this.#texts = [];
    try {
      super.encode(new RealtimeClientResponseCreateMessage({ messageId, instructions: words, outputModalities, rawOptions }));
    } catch (error) {
      this.#texts = texts;
      throw error;
    }
    this.warnIgnored(this.#dialect.ignoredInResponse(message));
  }

  #cancel(message: RealtimeClientResponseCancelMessage): void {
    const isResponding = this.isResponding;
    super.encode(message);
    if (isResponding) this.#cancelled.start(message.responseId ?? this.activeResponseId);
  }

  #write(type: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#link?.write(JSON.stringify(event(type, createId("event"), fields)));
  }

  #warn(code: string, text: string): void {
    this.#link?.emit(new RealtimeServerWarningMessage(code, text));
  }
}

/**
 * The base64 of a picture the service takes.
 *
 * @throws {RealtimeUsageError} unsupported.message.
 */
function readImage({ data, mediaType }: RealtimeClientInputImageBufferAppendMessage): string {
  if (mediaType !== "image/jpeg" || !data.startsWith(JPEG) || !looksLikeBase64(data)) {
    throw unsupported("such picture", "it takes JPEG, as base64 without an address around it");
  }
  if (data.length > MAX_IMAGE) {
    const kb = Math.ceil(data.length / 1024);
    throw unsupported("such picture", `it takes 256 KB of base64, and this has ${kb}; make it smaller`);
  }
  return data;
}

function unsupported(what: string, advice: string): RealtimeUsageError {
  return new RealtimeUsageError("unsupported.message", `DashScope takes no ${what}: ${advice}.`);
}
