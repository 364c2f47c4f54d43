import { vi } from "vitest";
import { AudioChunk, type AudioFormat } from "../audio/audio-chunk.ts";
import { RealtimeClientBuilder } from "../builder.ts";
import { RealtimeConnectionError, type RealtimeErrorCode } from "../errors.ts";
import {
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientResponseCreateMessage,
  type RealtimeClientMessage,
} from "../messages/client-messages.ts";
import type { RealtimeConversationItem } from "../messages/content.ts";
import {
  RealtimeServerInputAudioBufferMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeServerSessionMessage,
  type RealtimeServerMessage,
} from "../messages/server-messages.ts";
import type { RealtimeMiddleware } from "../middleware.ts";
import type { RealtimeSessionOptions } from "../options.ts";
import type { IRealtimeSession, RealtimeCloseInfo } from "../session.ts";
import { ScriptedClient, type ScriptedClientInit } from "../testing/scripted-client.ts";
import type { ScriptedSession, ScriptedSessionInit } from "../testing/scripted-session.ts";
import { continuity, SessionContinuedMessage, type ContinuityOptions, type ContinuityReport } from "./continuity.ts";

/** One byte a millisecond, so that hours of audio are small. */
export const FORMAT: AudioFormat = { mediaType: "audio/pcmu", sampleRate: 1_000, channels: 1 };

/** With fake timers: lets every microtask run. */
export const flush = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
export const wait = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** A frame of the caller's audio that says which one it is, and whether the caller speaks in it. */
export function frame(number: number, isSpeech = false, ms = 20): RealtimeClientInputAudioBufferAppendMessage {
  const bytes = new Uint8Array(ms);
  new DataView(bytes.buffer).setUint32(0, number);
  bytes[4] = isSpeech ? 1 : 0;
  return new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(bytes, FORMAT));
}

const viewOf = ({ audio }: RealtimeClientInputAudioBufferAppendMessage): DataView =>
  new DataView(audio.bytes.buffer, audio.bytes.byteOffset);
export const numberOf = (message: RealtimeClientInputAudioBufferAppendMessage): number => viewOf(message).getUint32(0);
export const isSpeech = (message: RealtimeClientInputAudioBufferAppendMessage): boolean => viewOf(message).getUint8(4) === 1;

/** The frames a session was sent, by number. */
export const framesOf = (session: ScriptedSession): number[] => session.sentOf("InputAudioBufferAppend").map(numberOf);

/** What a session was sent, in words: `12–15` for frames. */
export function told(session: ScriptedSession): string[] {
  const words: string[] = [];
  let from: number | undefined;
  let to = 0;
  const endRun = (): void => {
    if (from !== undefined) words.push(from === to ? `${from}` : `${from}–${to}`);
    from = undefined;
  };
  for (const message of session.sent) {
    if (message.type === "InputAudioBufferAppend") {
      const number = numberOf(message);
      if (from !== undefined && number !== to + 1) endRun();
      from ??= number;
      to = number;
      continue;
    }
    endRun();
    words.push(wordsOf(message));
  }
  endRun();
  return words;
}

function wordsOf(message: RealtimeClientMessage): string {
  switch (message.type) {
    case "ConversationItemCreate":
      return itemWords(message.item);
    case "SessionUpdate":
      return `update ${JSON.stringify(message.patch)}`;
    case "InputAudioBufferCommit":
      return "commit";
    case "ResponseCreate":
      return "…";
    default:
      return message.type;
  }
}

/** An item in words, such as `user: hello`. */
export function itemWords(item: RealtimeConversationItem): string {
  const text = item.contents
    .map((content) => {
      switch (content.type) {
        case "text":
          return content.text;
        case "functionCall":
          return `${content.callId}=${content.name}(${content.arguments})`;
        case "functionResult":
          return `${content.callId}→${String(content.result)}`;
        default:
          return content.type;
      }
    })
    .join(" ");
  return item.role === undefined ? text : `${item.role}: ${text}`;
}

export const historyOf = (options: RealtimeSessionOptions): string[] => (options.history ?? []).map(itemWords);

export interface Call {
  readonly client: ScriptedClient;
  readonly session: IRealtimeSession;
  readonly received: RealtimeServerMessage[];
  /** How it ended, once it has. */
  ended: RealtimeCloseInfo | undefined;
  reports(): ContinuityReport[];
  warnings(code: string): string[];
  /** What was heard, by type. */
  types(): string[];
}

export interface CallInit extends Omit<ScriptedClientInit, "onOpen"> {
  /** Called for each opening with its number, from 1; like that of ScriptedClient. */
  readonly onOpen?: (
    number: number,
    options: RealtimeSessionOptions,
  ) => void | Partial<ScriptedSessionInit> | Promise<void | Partial<ScriptedSessionInit>>;
  readonly options?: RealtimeSessionOptions;
  readonly continuity?: ContinuityOptions;
  readonly outside?: readonly RealtimeMiddleware[];
  readonly inside?: readonly RealtimeMiddleware[];
}

/** A session of continuity over scripted ones; each of those has an id of its own, `s1`, `s2`, … */
export async function startCall(init: CallInit = {}): Promise<Call> {
  const { options, continuity: settings, outside = [], inside = [], onOpen, ...scripted } = init;
  let openings = 0;
  let sessions = 0;
  const client = new ScriptedClient({
    ...scripted,
    onOpen: async (given) => {
      openings += 1;
      const own = (await onOpen?.(openings, given)) ?? undefined;
      sessions += 1;
      return { ...own, metadata: { sessionId: `s${sessions}`, ...scripted.metadata, ...own?.metadata } };
    },
  });
  const builder = new RealtimeClientBuilder(client);
  for (const middleware of [...outside, continuity(settings), ...inside]) builder.use(middleware);
  const session = await builder.build().createSession({ inputAudioFormat: FORMAT, ...options });
  const received: RealtimeServerMessage[] = [];
  const call: Call = {
    client,
    session,
    received,
    ended: undefined,
    reports: () => received.flatMap((message) => (message instanceof SessionContinuedMessage ? [message.report] : [])),
    warnings: (code) =>
      received.flatMap((message) => (message.type === "Warning" && message.code === code ? [message.message] : [])),
    types: () => received.map((message) => (message.type === "Warning" ? message.code : message.type)),
  };
  session.subscribe({ onMessage: (message) => void received.push(message), onClose: (info) => void (call.ended = info) });
  return call;
}

/** The connection breaks, as the provider's client tells it. */
export function lose(
  session: ScriptedSession,
  code: RealtimeErrorCode = "connection.lost",
  info: Partial<RealtimeCloseInfo> = {},
): void {
  const retryable = info.retryable ?? true;
  const error = new RealtimeConnectionError(code, `it ended with ${code}`, { retryable });
  session.finish({ code: 1006, by: "network", reason: "cut", retryable, error, ...info });
}

export const refusal = (code: RealtimeErrorCode, retryable: boolean, retryAfterMs?: number): RealtimeConnectionError =>
  new RealtimeConnectionError(code, `refused with ${code}`, { retryable, retryAfterMs });

export const text = (words: string): RealtimeClientConversationItemCreateMessage =>
  new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text: words }] });
export const commit = (): RealtimeClientInputAudioBufferCommitMessage => new RealtimeClientInputAudioBufferCommitMessage();
export const ask = (): RealtimeClientResponseCreateMessage => new RealtimeClientResponseCreateMessage();
export const result = (callId: string, value: unknown): RealtimeClientConversationItemCreateMessage =>
  new RealtimeClientConversationItemCreateMessage({ contents: [{ type: "functionResult", callId, result: value }] });

export const created = (responseId: string): RealtimeServerMessage =>
  new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId, status: "in_progress" });
export const done = (responseId: string, status = "completed"): RealtimeServerMessage =>
  new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId, status });
export const itemAdded = (responseId: string, itemId: string): RealtimeServerMessage =>
  new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", {
    responseId,
    itemId,
    outputIndex: 0,
    item: { id: itemId, role: "assistant", status: "in_progress", contents: [] },
  });
export const itemDone = (responseId: string, itemId: string, transcript: string): RealtimeServerMessage =>
  new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
    responseId,
    itemId,
    outputIndex: 0,
    item: { id: itemId, role: "assistant", status: "completed", contents: [{ type: "audio", transcript }] },
  });
export const words = (responseId: string, itemId: string, delta: string): RealtimeServerMessage =>
  new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDelta", { responseId, itemId, text: delta });
export const voice = (responseId: string, itemId: string, ms: number): RealtimeServerMessage =>
  new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", {
    responseId,
    itemId,
    audio: AudioChunk.fromBytes(new Uint8Array(ms), FORMAT),
  });
export const called = (responseId: string, callId: string, name: string): RealtimeServerMessage =>
  new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
    responseId,
    itemId: `item_${callId}`,
    item: { id: `item_${callId}`, status: "completed", contents: [{ type: "functionCall", callId, name, arguments: "{}" }] },
  });
/** A whole spoken answer. */
export const answer = (responseId: string, itemId: string, transcript: string): RealtimeServerMessage[] => [
  created(responseId),
  itemAdded(responseId, itemId),
  words(responseId, itemId, transcript),
  voice(responseId, itemId, 100),
  itemDone(responseId, itemId, transcript),
  done(responseId),
];
export const speechStarted = (audioStartMs: number): RealtimeServerMessage =>
  new RealtimeServerInputAudioBufferMessage("InputSpeechStarted", { audioStartMs });
export const speechStopped = (audioEndMs: number): RealtimeServerMessage =>
  new RealtimeServerInputAudioBufferMessage("InputSpeechStopped", { audioEndMs });
export const committed = (itemId: string): RealtimeServerMessage =>
  new RealtimeServerInputAudioBufferMessage("InputAudioBufferCommitted", { itemId });
export const transcribed = (itemId: string, transcript: string): RealtimeServerMessage =>
  new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionCompleted", { itemId, text: transcript });
export const handle = (resumptionHandle: string | undefined): RealtimeServerMessage =>
  new RealtimeServerSessionMessage("SessionResumptionUpdated", { resumptionHandle });
export const goingAway = (timeLeftMs: number | undefined): RealtimeServerMessage =>
  new RealtimeServerSessionMessage("SessionGoingAway", { timeLeftMs });
