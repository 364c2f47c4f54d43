import {
  AudioChunk,
  createId,
  PCM16_16K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputActivityMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientSessionUpdateMessage,
  RealtimeError,
  type AudioFormat,
  type RealtimeClientMessage,
  type RealtimeConversationItem,
  type RealtimeServerErrorMessage,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import type {
  ClientAction,
  ConnectionEnd,
  Frame,
  GatewayProtocol,
  GatewayRequest,
  ProtocolClose,
  ProtocolConnection,
} from "../../protocol.ts";
import { sliceAudio } from "./audio-frame.ts";
import { closeOf, refusalOf } from "./close.ts";
import { itemsOf, resultOf, textOf } from "./content.ts";
import type { ServerFrame } from "./frames.ts";
import { mediaOf } from "./media.ts";
import { parseMessage } from "./parse.ts";
import { quoted, refuse } from "./refusal.ts";
import { GeminiRenderer } from "./renderer.ts";
import { Resumption } from "./resumption.ts";
import { ResumptionStore } from "./resumption-store.ts";
import type {
  ClientMessage,
  WireBlob,
  WireContextUpdate,
  WireFunctionResponse,
  WireRealtimeInput,
  WireSetup,
} from "./schemas.ts";
import { readSetup, type Manner } from "./setup.ts";
import { toolsOf } from "./tools.ts";

const DEVELOPER =
  /^\/ws\/google\.ai\.generativelanguage\.v1(?:alpha|beta)?\.GenerativeService\.BidiGenerateContent(?:Constrained)?$/;
const VERTEX = /^\/ws\/google\.cloud\.aiplatform\.v1(?:beta1)?\.LlmBidiService\/BidiGenerateContent$/;
/** The least audio that makes a turn. */
const MIN_TURN_MS = 100;
/** Silence that ends any turn that a provider may hear; longer than the longest it is known to wait for. */
const CLOSING_SILENCE_MS = 1_500;
/** Ids of messages that the client asked for: their failure ends the connection, as the service's does. */
const ASKED = "gmask";
/** Ids of messages that only accompany others: they may come to nothing. */
const ASIDE = "gmaside";
const APPEND = Object.freeze({ messageId: `${ASKED}_append` });

export interface GeminiProtocolOptions {
  /** How frames are written; clients of the service must read both. Default `binary`, as the service does. */
  readonly frames?: "binary" | "text" | undefined;
  /**
   * Whether what Voxline has no option for (sampling, search, compression, …) goes to the provider as raw options: only where the one
   * behind the gateway is Gemini too. Default `false`: it has no effect, and tools of Google's own are refused.
   */
  readonly forwardsRawOptions?: boolean | undefined;
}

/**
 * Gemini Live (BidiGenerateContent), on the paths of the developer API and of Vertex AI.
 *
 * @see https://ai.google.dev/api/live, read 2026-08-21
 */
export function geminiProtocol(options: GeminiProtocolOptions = {}): GatewayProtocol {
  const store = new ResumptionStore();
  return {
    name: "gemini",
    matches: (path) => DEVELOPER.test(path) || VERTEX.test(path),
    chooseSubProtocol: () => undefined,
    readKey: ({ query, headers }) => {
      const bearer = /^(?:Bearer|Token) +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
      const header = headers["x-goog-api-key"];
      return (
        bearer ?? (typeof header === "string" ? header : undefined) ?? query.get("key") ?? query.get("access_token") ?? undefined
      );
    },
    connect: (request) => new GeminiConnection(request, store, options),
  };
}

class GeminiConnection implements ProtocolConnection {
  readonly #resumption: Resumption;
  readonly #isVertex: boolean;
  readonly #binary: boolean;
  readonly #forwardsRaw: boolean;
  readonly #setupId = createId(ASKED);
  #options: RealtimeSessionOptions = {};
  #manner: Manner | undefined;
  #renderer: GeminiRenderer | undefined;
  #isConfirmed = false;
  #seedsHistory = false;
  /** The user's turn that the client has begun: what was heard in it. */
  #activity: { audioMs: number; hasMore: boolean } | undefined;
  /** The format of audio since the stream was last ended. */
  #streaming: AudioFormat | undefined;

  constructor(request: GatewayRequest, store: ResumptionStore, options: GeminiProtocolOptions) {
    this.#resumption = new Resumption(store, request.key);
    this.#isVertex = VERTEX.test(request.path);
    this.#binary = (options.frames ?? "binary") === "binary";
    this.#forwardsRaw = options.forwardsRawOptions ?? false;
  }

  get options(): RealtimeSessionOptions {
    return this.#options;
  }

  /** The service says nothing before its client does. */
  open(): readonly Frame[] {
    return [];
  }

  parse(data: Uint8Array): ClientAction | undefined {
    const frame = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (this.#manner !== undefined) {
      const cut = sliceAudio(frame);
      if (cut !== undefined) return this.#append(cut.audio, cut.format);
    }
    try {
      return this.#take(parseMessage(frame.toString("utf8")));
    } catch (thrown) {
      if (!RealtimeError.is(thrown) || thrown.code !== "protocol.shape") throw thrown;
      return { type: "close", frames: [], code: 1007, reason: thrown.message };
    }
  }

  render(message: RealtimeServerMessage): Frame | readonly Frame[] | ProtocolClose | undefined {
    const renderer = this.#renderer;
    // Nothing comes from a session before the setup that opened it.
    if (renderer === undefined) return undefined;
    switch (message.type) {
      case "OutputAudioDelta": {
        const frame = renderer.audio(message);
        return frame === undefined || !this.#binary ? frame : Buffer.from(frame, "latin1");
      }
      case "SessionUpdated":
        return message.originatingMessageId === this.#setupId ? this.#confirm() : undefined;
      case "SessionResumptionUpdated":
        return this.#frames(this.#resumption.native(message.resumptionHandle));
      case "Error":
        return this.#failed(message);
      default:
        this.#resumption.observe(message, renderer);
        return this.#frames([...renderer.render(message), ...this.#resumption.frames(message, renderer)]);
    }
  }

  close(end: ConnectionEnd): ProtocolClose {
    const close = closeOf(end);
    const warns = end.cause === "shutdown" && this.#isConfirmed;
    return warns ? { ...close, frames: this.#frames([{ goAway: { timeLeft: "0s" } }]) ?? [] } : close;
  }

  #take(message: ClientMessage): ClientAction | undefined {
    if (message.name === "setup") return this.#setup(message.body);
    const renderer = this.#renderer;
    if (renderer === undefined) refuse("The first message must be a setup.");
    switch (message.name) {
      case "clientContent": {
        const { turns, turnComplete } = message.body;
        return this.#content(itemsOf(turns ?? [], "clientContent.turns"), turnComplete === true, renderer);
      }
      case "realtimeInput":
        return this.#realtime(message.body, renderer);
      case "toolResponse":
        return this.#answers(message.body.functionResponses ?? [], renderer);
      case "contextUpdate":
        return this.#contextUpdate(message.body);
    }
  }

  #setup(setup: WireSetup): ClientAction {
    if (this.#manner !== undefined) refuse("A setup must be the first message and only the first.");
    const { options, manner } = readSetup(setup, this.#forwardsRaw);
    const history = manner.handle === undefined ? undefined : this.#resumption.restore(manner.handle);
    if (manner.resumption) this.#resumption.begin();
    this.#manner = manner;
    this.#renderer = new GeminiRenderer(manner, this.#isVertex);
    this.#seedsHistory = manner.seedsHistory;
    const opening = history === undefined ? options : { ...options, resumption: {}, history };
    return { type: "open", options: opening, messageId: this.#setupId };
  }

  #confirm(): readonly Frame[] | undefined {
    if (this.#isConfirmed) return undefined;
    this.#isConfirmed = true;
    return this.#frames([{ setupComplete: { sessionId: createId("sess") } }]);
  }

  #append(base64: string, format: AudioFormat): ClientAction | undefined {
    const audio = AudioChunk.fromBase64(base64, format);
    if (this.#activity !== undefined) this.#activity.audioMs += audio.durationMs;
    // Where the client says when the user speaks, what comes outside is no part of any turn.
    else if (this.#manner?.automatic === false && !this.#manner.hearsAll) return undefined;
    this.#streaming = format;
    return { type: "message", message: new RealtimeClientInputAudioBufferAppendMessage(audio, APPEND) };
  }

  #content(items: readonly RealtimeConversationItem[], isComplete: boolean, renderer: GeminiRenderer): ClientAction | undefined {
    const messages: RealtimeClientMessage[] = this.#seedsHistory ? [] : cancel(renderer);
    for (const item of items) messages.push(this.#add(item));
    if (isComplete && this.#seedsHistory) this.#seedsHistory = false;
    else if (isComplete) messages.push(ask(renderer));
    return this.#say(messages);
  }

  #realtime(input: WireRealtimeInput, renderer: GeminiRenderer): ClientAction | undefined {
    const messages: RealtimeClientMessage[] = [];
    const { interrupts, automatic } = this.#manner as Manner;
    if (automatic && (input.activityStart || input.activityEnd)) {
      refuse("Explicit activity control is not supported when automatic activity detection is enabled.");
    }
    if (input.activityStart && this.#activity === undefined) {
      this.#activity = { audioMs: 0, hasMore: false };
      if (interrupts) messages.push(...cancel(renderer));
      messages.push(new RealtimeClientInputActivityMessage("InputActivityStart", { messageId: createId(ASIDE) }));
    }
    for (const [index, chunk] of (input.mediaChunks ?? []).entries()) {
      messages.push(...this.#media(chunk, `realtimeInput.mediaChunks[${index}]`));
    }
    if (input.audio) messages.push(...this.#media(input.audio, "realtimeInput.audio", "audio"));
    if (input.video) messages.push(...this.#media(input.video, "realtimeInput.video", "image"));
    if (typeof input.text === "string" && input.text !== "") {
      if (interrupts && this.#activity === undefined) messages.push(...cancel(renderer));
      messages.push(this.#add({ role: "user", contents: [{ type: "text", text: input.text }] }));
      if (this.#activity !== undefined) this.#activity.hasMore = true;
      else messages.push(ask(renderer));
    }
    if (input.audioStreamEnd === true) messages.push(...this.#endStream());
    if (input.activityEnd && this.#activity !== undefined) {
      const { audioMs, hasMore } = this.#activity;
      this.#activity = undefined;
      messages.push(new RealtimeClientInputActivityMessage("InputActivityEnd", { messageId: createId(ASIDE) }));
      if (audioMs >= MIN_TURN_MS || hasMore) messages.push(ask(renderer));
    }
    return this.#say(messages);
  }

  #media(blob: WireBlob, path: string, expected?: "audio" | "image"): RealtimeClientMessage[] {
    const media = mediaOf(blob, path);
    if (expected !== undefined && media.type !== expected) refuse(`Unsupported MIME type at '${path}.mimeType'.`);
    if (media.type === "audio") {
      const action = this.#append(media.data, media.format);
      return action?.type === "message" ? [action.message] : [];
    }
    if (this.#activity !== undefined) this.#activity.hasMore = true;
    return [new RealtimeClientInputImageBufferAppendMessage(media.data, media.mediaType, { messageId: createId(ASKED) })];
  }

  /** The microphone is off: a detector that waits for silence is given some, so that the user's last words are heard. */
  #endStream(): RealtimeClientMessage[] {
    const format = this.#streaming ?? PCM16_16K;
    const isNeeded = this.#streaming !== undefined && this.#manner?.automatic === true;
    this.#streaming = undefined;
    if (!isNeeded) return [];
    const silence = AudioChunk.fromSamples(new Int16Array((format.sampleRate * CLOSING_SILENCE_MS) / 1000), format.sampleRate);
    return [new RealtimeClientInputAudioBufferAppendMessage(silence, APPEND)];
  }

  #answers(responses: readonly WireFunctionResponse[], renderer: GeminiRenderer): ClientAction | undefined {
    const messages: RealtimeClientMessage[] = [];
    const { calls } = renderer;
    let isSilent = true;
    let interrupts = false;
    for (const [index, { id, name, response, willContinue, scheduling }] of responses.entries()) {
      const path = `toolResponse.functionResponses[${index}]`;
      // Vertex AI numbers no calls for clients that answer by name.
      const callId = id ?? (this.#isVertex ? calls.findByName(name ?? "") : undefined);
      if (callId === undefined) refuse(`Invalid value at '${path}.id': the id of a call is required.`);
      const fate = calls.fateOf(callId);
      if (fate === "unknown") refuse(`Invalid value at '${path}.id': there is no call ${quoted(callId)}.`);
      if (fate === "settled") continue;
      if (willContinue === true) {
        if (response) calls.keep(callId, response);
        continue;
      }
      const answer = response && Object.keys(response).length > 0 ? response : (calls.partOf(callId) ?? {});
      const item = { type: "functionResult", callId, name: calls.nameOf(callId), ...resultOf(answer) } as const;
      calls.settle(callId);
      messages.push(this.#add({ contents: [item] }));
      if (scheduling !== "SILENT") isSilent = false;
      if (scheduling === "INTERRUPT") interrupts = true;
    }
    // The model goes on when it has all answers.
    if (messages.length === 0 || calls.isWaiting) return this.#say(messages);
    if (isSilent) return this.#say(messages, renderer.closeTurn());
    return this.#say([...(interrupts ? cancel(renderer) : []), ...messages, ask(renderer)]);
  }

  #contextUpdate({ systemInstruction, tools }: WireContextUpdate): ClientAction | undefined {
    const read = tools?.tools ? toolsOf(tools.tools, "contextUpdate.tools") : undefined;
    const [own] = read?.own ?? [];
    if (own !== undefined) refuse(`Tool '${Object.keys(own)[0] ?? ""}' is not available behind this gateway.`);
    const patch = {
      ...(systemInstruction ? { instructions: textOf(systemInstruction) } : {}),
      ...(read === undefined ? {} : { tools: read.tools }),
    };
    if (Object.keys(patch).length === 0) return undefined;
    return { type: "message", message: new RealtimeClientSessionUpdateMessage(patch, { messageId: createId(ASKED) }) };
  }

  #add(item: RealtimeConversationItem): RealtimeClientMessage {
    this.#resumption.add(item);
    return new RealtimeClientConversationItemCreateMessage(item, { messageId: createId(ASKED) });
  }

  #say(messages: readonly RealtimeClientMessage[], frames: readonly ServerFrame[] = []): ClientAction | undefined {
    if (messages.length === 0 && frames.length === 0) return undefined;
    const first = this.#frames(frames);
    return first === undefined ? { type: "messages", messages } : { type: "messages", messages, frames: first };
  }

  #failed(message: RealtimeServerErrorMessage): readonly Frame[] | ProtocolClose | undefined {
    const { originatingMessageId: id, error } = message;
    if (id?.startsWith(`${ASIDE}_`) === true) return undefined;
    if (id?.startsWith(`${ASKED}_`) !== true) return this.#frames(this.#renderer?.render(message) ?? []);
    this.#renderer?.refused();
    return refusalOf(error.code, error.type, error.message);
  }

  #frames(frames: readonly ServerFrame[]): readonly Frame[] | undefined {
    if (frames.length === 0) return undefined;
    const texts = frames.map((frame) => JSON.stringify(frame));
    return this.#binary ? texts.map((text) => Buffer.from(text)) : texts;
  }
}

function cancel(renderer: GeminiRenderer): RealtimeClientMessage[] {
  return renderer.isAnswering ? [new RealtimeClientResponseCancelMessage({ messageId: createId(ASIDE) })] : [];
}

function ask(renderer: GeminiRenderer): RealtimeClientMessage {
  renderer.asked();
  return new RealtimeClientResponseCreateMessage({ messageId: createId(ASKED) });
}
