import {
  applyPatch,
  AudioChunk,
  PCM16_24K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeServerConversationItemMessage,
  RealtimeServerOutputTextAudioMessage,
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
  type ResponseCreated,
} from "@voxline/core";
import { AudioConverter } from "@voxline/core/audio";

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
  /** What the next response was asked to sound like, where that is not the session's format. */
  #askedOutput: AudioFormat | undefined;
  readonly #responseOutputs = new Map<string, AudioFormat>();
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
    if (!message.excludeFromConversation) this.#askedOutput = wanted;
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
        this.#beginResponse(message);
        break;
      case "ResponseDone":
        this.#outputs.clear();
        this.#responseOutputs.delete(message.responseId ?? "");
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

  #beginResponse(message: ResponseCreated): void {
    const asked = this.#askedOutput;
    if (asked === undefined || message.excludedFromConversation || message.responseId === undefined) return;
    this.#askedOutput = undefined;
    this.#responseOutputs.set(message.responseId, asked);
  }

  /** The session's audio in the client's format; `undefined` where no sample is complete yet. */
  #toClient(message: OutputAudioDelta): OutputAudioDelta | undefined {
    const { audio } = message;
    const to = (this.#responseOutputs.size > 0 && this.#responseOutputs.get(message.responseId ?? "")) || this.#clientOutput;
    if (sameFormat(audio.format, to)) return message;
    const key = message.itemId ?? "";
    let converter = this.#outputs.get(key);
    if (converter === undefined || !sameFormat(converter.from, audio.format)) {
      converter = new AudioConverter(audio.format, to);
      this.#outputs.set(key, converter);
    }
    return withAudio(message, converter.push(audio));
  }

  /** What the converter of an item still held. */
  #finishItem(message: AudioPosition): OutputAudioDelta | undefined {
    const key = message.itemId ?? "";
    const converter = this.#outputs.get(key);
    this.#outputs.delete(key);
    return converter && withAudio(message, converter.flush());
  }
}

type Retrieved = Extract<RealtimeServerMessage, { type: "ConversationItemRetrieved" }>;
type AudioPosition = Pick<OutputAudioDelta, "messageId" | "responseId" | "itemId" | "outputIndex" | "contentIndex" | "source">;

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

/** Options with the formats taken out that a session of these capabilities cannot have. */
export function withoutFormats(options: RealtimeSessionOptions): RealtimeSessionOptions {
  return applyPatch(options, { inputAudioFormat: null, outputAudioFormat: null });
}
