import {
  AudioChunk,
  PCM16_24K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeServerConversationItemMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  sameFormat,
  type AudioContent,
  type AudioFormat,
  type IRealtimeSession,
  type OutputAudioDelta,
  type RealtimeCapabilities,
  type RealtimeClientMessage,
  type RealtimeContent,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
} from "@voxline/core";
import { AudioConverter } from "@voxline/core/audio";
import { ResponseFormats } from "./response-formats.ts";

/** Items that are converted at a time; of providers that never end them, the oldest are forgotten. */
const MAX_OUTPUTS = 64;

/**
 * Stands between the formats a client speaks and the formats its session takes.
 *
 * A format the session can take is set on the session, so that nothing is converted; any other is converted here. Which of the two
 * is decided once per session update. Chunks carry their format, so equal formats pass untouched.
 */
export class AudioBridge {
  #clientInput: AudioFormat = PCM16_24K;
  #clientOutput: AudioFormat = PCM16_24K;
  #sessionInput: AudioFormat = PCM16_24K;
  #sessionOutput: AudioFormat = PCM16_24K;
  readonly #responses = new ResponseFormats();
  #input: AudioConverter | undefined;
  /** By item, because the resampler's history must not cross from one utterance to the next. */
  readonly #outputs = new Map<string, AudioConverter>();

  /** Takes over what an opened or changed session has confirmed. */
  settle(session: IRealtimeSession, wanted: RealtimeSessionOptions): void {
    const { options, capabilities } = session;
    const input = effective(options.inputAudioFormat, wanted.inputAudioFormat, capabilities.inputFormats);
    this.#sessionOutput = effective(options.outputAudioFormat, wanted.outputAudioFormat, capabilities.outputFormats);
    if (!sameFormat(input, this.#sessionInput)) this.#input = undefined;
    this.#sessionInput = input;
    this.#clientInput = wanted.inputAudioFormat ?? PCM16_24K;
    const output = wanted.outputAudioFormat ?? PCM16_24K;
    if (!sameFormat(output, this.#clientOutput)) this.#outputs.clear();
    this.#clientOutput = output;
  }

  /** The patch without the formats that the session cannot take or already has. */
  plan(patch: RealtimeSessionPatch, capabilities: RealtimeCapabilities): RealtimeSessionPatch {
    const { inputAudioFormat, outputAudioFormat, ...rest } = patch;
    const next: { -readonly [K in keyof RealtimeSessionPatch]: RealtimeSessionPatch[K] } = rest;
    if (isChange(inputAudioFormat, this.#sessionInput, capabilities.inputFormats)) next.inputAudioFormat = inputAudioFormat;
    if (isChange(outputAudioFormat, this.#sessionOutput, capabilities.outputFormats)) next.outputAudioFormat = outputAudioFormat;
    return next;
  }

  /** A client's message with its audio as the session takes it; `undefined` where no sample is complete yet. */
  adapt(message: RealtimeClientMessage, capabilities: RealtimeCapabilities): RealtimeClientMessage | undefined {
    switch (message.type) {
      case "InputAudioBufferAppend": {
        const audio = this.#toSession(message.audio);
        if (audio === undefined || audio === message.audio) return audio && message;
        return new RealtimeClientInputAudioBufferAppendMessage(audio, message);
      }
      case "ConversationItemCreate": {
        const item = withItemAudio(message.item, this.#sessionInput);
        return item === message.item ? message : new RealtimeClientConversationItemCreateMessage(item, message);
      }
      case "ResponseCreate":
        return this.#responseToSession(message, capabilities);
      default:
        return message;
    }
  }

  /** The client's audio in the session's format; `undefined` where no sample is complete yet. */
  #toSession(chunk: AudioChunk): AudioChunk | undefined {
    if (sameFormat(chunk.format, this.#sessionInput)) return chunk;
    if (this.#input === undefined || !sameFormat(this.#input.from, chunk.format)) {
      this.#input = new AudioConverter(chunk.format, this.#sessionInput);
    }
    return this.#input.push(chunk);
  }

  /** A response request the session can take: a format it cannot take is left out, and made here. */
  #responseToSession(
    message: RealtimeClientResponseCreateMessage,
    capabilities: RealtimeCapabilities,
  ): RealtimeClientResponseCreateMessage {
    const wanted = message.outputAudioFormat;
    this.#responses.asked(message);
    const input = message.input?.map((item) => withItemAudio(item, this.#sessionInput));
    const taken = wanted === undefined || includes(capabilities.outputFormats, wanted);
    if (taken && input === undefined) return message;
    const changed = { input, outputAudioFormat: taken ? wanted : undefined };
    return new RealtimeClientResponseCreateMessage(Object.assign({}, message, changed));
  }

  /** Shows a session's message with its audio as the client takes it: as one message, none, or two. */
  forClient(message: RealtimeServerMessage, show: (message: RealtimeServerMessage) => void): void {
    switch (message.type) {
      case "OutputAudioDelta": {
        const delta = this.#toClient(message);
        if (delta !== undefined) show(delta);
        return;
      }
      case "OutputAudioDone": {
        const tail = this.#finishItem(message);
        if (tail !== undefined) show(tail);
        break;
      }
      case "ConversationItemRetrieved":
        show(this.#retrieved(message));
        return;
      case "ResponseCreated":
        this.#responses.began(message);
        show(this.#withFormat(message));
        return;
      case "ResponseDone":
        show(this.#withFormat(message));
        this.#responses.ended(message.responseId);
        this.#dropConverters(message.responseId);
        return;
      case "Error":
        this.#responses.refused(message.originatingMessageId);
        break;
      default:
    }
    show(message);
  }

  /** The one message that shows an item with its audio. */
  #retrieved(message: Retrieved): RealtimeServerMessage {
    if (message.item === undefined) return message;
    const item = withItemAudio(message.item, message.item.role === "assistant" ? this.#clientOutput : this.#clientInput);
    if (item === message.item) return message;
    const init = Object.assign({}, message, { rawRepresentation: message.rawRepresentation, item });
    return new RealtimeServerConversationItemMessage("ConversationItemRetrieved", init);
  }

  /** The session's audio in the client's format; `undefined` where no sample is complete yet. */
  #toClient(message: OutputAudioDelta): OutputAudioDelta | undefined {
    const { audio } = message;
    const to = this.#responses.of(message.responseId) ?? this.#clientOutput;
    if (sameFormat(audio.format, to)) return message;
    const key = keyOf(message);
    let converter = this.#outputs.get(key);
    if (converter === undefined || !sameFormat(converter.from, audio.format)) {
      converter = new AudioConverter(audio.format, to);
      this.#outputs.set(key, converter);
      if (this.#outputs.size > MAX_OUTPUTS) this.#outputs.delete(this.#outputs.keys().next().value as string);
    }
    return withAudio(message, converter.push(audio));
  }

  /** What the converter of an item still held. */
  #finishItem(message: AudioPosition): OutputAudioDelta | undefined {
    const key = keyOf(message);
    const converter = this.#outputs.get(key);
    this.#outputs.delete(key);
    return converter && withAudio(message, converter.flush());
  }

  /** Another response may run beside the one that is over. */
  #dropConverters(responseId: string | undefined): void {
    for (const key of this.#outputs.keys()) {
      if (responseId === undefined || key.startsWith(`${responseId}/`)) this.#outputs.delete(key);
    }
  }

  /** A response that says what its audio is when it reaches the client. */
  #withFormat(message: ResponseEdge): RealtimeServerMessage {
    const asked = this.#responses.of(message.responseId);
    const said = message.outputAudioFormat;
    const to = asked ?? this.#clientOutput;
    if (said === undefined ? asked === undefined : sameFormat(said, to)) return message;
    const init = Object.assign({}, message, { rawRepresentation: message.rawRepresentation, outputAudioFormat: to });
    return message.type === "ResponseCreated"
      ? new RealtimeServerResponseCreatedMessage("ResponseCreated", init)
      : new RealtimeServerResponseCreatedMessage("ResponseDone", init);
  }
}

type ResponseEdge = Extract<RealtimeServerMessage, { type: "ResponseCreated" | "ResponseDone" }>;
type Retrieved = Extract<RealtimeServerMessage, { type: "ConversationItemRetrieved" }>;
type AudioPosition = Pick<OutputAudioDelta, "messageId" | "responseId" | "itemId" | "outputIndex" | "contentIndex" | "source">;

function keyOf({ responseId, itemId }: AudioPosition): string {
  return `${responseId ?? ""}/${itemId ?? ""}`;
}

function withAudio(message: AudioPosition, audio: AudioChunk | undefined): OutputAudioDelta | undefined {
  if (audio === undefined) return undefined;
  const { messageId, responseId, itemId, outputIndex, contentIndex, source } = message;
  return new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", {
    messageId,
    responseId,
    itemId,
    outputIndex,
    contentIndex,
    source,
    audio,
  }) as OutputAudioDelta;
}

/** An item with its audio in a format; the item itself where there is nothing to convert. */
function withItemAudio(item: RealtimeConversationItem, format: AudioFormat): RealtimeConversationItem {
  const isForeign = (content: RealtimeContent): content is AudioContent & { readonly audio: AudioChunk } =>
    content.type === "audio" && content.audio !== undefined && !sameFormat(content.audio.format, format);
  if (!item.contents.some(isForeign)) return item;
  const contents = item.contents.map((content) =>
    isForeign(content) ? { ...content, audio: convertWhole(content.audio, format) } : content,
  );
  return { ...item, contents };
}

function convertWhole(chunk: AudioChunk, to: AudioFormat): AudioChunk {
  const converter = new AudioConverter(chunk.format, to);
  const parts = [converter.push(chunk), converter.flush()].filter((part) => part !== undefined);
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  return AudioChunk.fromBytes(bytes, to);
}

const includes = (formats: readonly AudioFormat[], format: AudioFormat): boolean =>
  formats.some((each) => sameFormat(each, format));

/** The format a session takes: what it confirmed, else what it was asked for if it can, else the first it names. */
function effective(
  confirmed: AudioFormat | undefined,
  wanted: AudioFormat | undefined,
  formats: RealtimeCapabilities["inputFormats"],
): AudioFormat {
  const unknown = formats.length === 0;
  if (confirmed !== undefined && (unknown || includes(formats, confirmed))) return confirmed;
  if (wanted !== undefined && includes(formats, wanted)) return wanted;
  return formats[0] ?? PCM16_24K;
}

function isChange(
  wanted: AudioFormat | null | undefined,
  current: AudioFormat,
  formats: readonly AudioFormat[],
): wanted is AudioFormat {
  return wanted !== undefined && wanted !== null && includes(formats, wanted) && !sameFormat(wanted, current);
}

/** Options or a patch without formats: for sessions that cannot have them, and are converted for. */
export function withoutFormats<T extends RealtimeSessionPatch>(options: T): Omit<T, "inputAudioFormat" | "outputAudioFormat"> {
  const { inputAudioFormat: _input, outputAudioFormat: _output, ...rest } = options;
  return rest;
}
