import { AudioChunk } from "./audio/audio-chunk.ts";
import type { PlaybackQueue } from "./audio/playback-queue.ts";
import { RealtimeUsageError } from "./errors.ts";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  type ResponseCreateInit,
} from "./messages/client-messages.ts";
import type { RealtimeServerMessage, ResponseDone } from "./messages/server-messages.ts";
import type { IRealtimeSession, RealtimeCloseInfo } from "./session.ts";

/** Says something to the model in writing, and asks for an answer unless told otherwise. */
export function sendText(session: IRealtimeSession, text: string, init: { readonly respond?: boolean } = {}): void {
  session.send(new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text }] }));
  if (init.respond !== false) respond(session);
}

/** Sends PCM16 samples in the session's input rate, in pieces of 20 ms, no faster than the wire takes them. */
export async function sendAudio(session: IRealtimeSession, samples: Int16Array, sampleRate: number): Promise<void> {
  const frame = Math.round(sampleRate / 50);
  for (let start = 0; start < samples.length; start += frame) {
    const chunk = AudioChunk.fromSamples(samples.subarray(start, start + frame), sampleRate);
    session.send(new RealtimeClientInputAudioBufferAppendMessage(chunk));
    await session.drained();
  }
}

/** Shows the model a picture, as a user item, and asks for an answer unless told otherwise. */
export function sendImage(
  session: IRealtimeSession,
  url: string,
  init: { readonly text?: string; readonly respond?: boolean } = {},
): void {
  const text = init.text === undefined ? [] : [{ type: "text" as const, text: init.text }];
  session.send(new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [...text, { type: "image", url }] }));
  if (init.respond !== false) respond(session);
}

/** Asks the model to answer now. */
export function respond(session: IRealtimeSession, init: ResponseCreateInit = {}): void {
  session.send(new RealtimeClientResponseCreateMessage(init));
}

/** What an interruption cut. */
export interface Interruption {
  readonly itemId: string;
  readonly contentIndex: number;
  /** Milliseconds of the item that were heard; whole, rounded down. */
  readonly playedMs: number;
}

/**
 * The user speaks: empties the playback at once, stops the answer where the provider does not do it itself, and tells the model what
 * of its speech was heard. Returns what was cut, `undefined` where nothing was playing.
 */
export function interrupt(
  session: IRealtimeSession,
  playback: PlaybackQueue,
  init: { readonly cancel?: boolean } = {},
): Interruption | undefined {
  const { cancel, interruptsItself, truncate } = session.capabilities;
  if ((init.cancel ?? !interruptsItself) && cancel === "inSession") session.send(new RealtimeClientResponseCancelMessage());
  const cut = playback.clear();
  if (cut === undefined) return undefined;
  const playedMs = Math.floor(cut.playedMs);
  if (truncate && playedMs > 0) {
    session.send(new RealtimeClientConversationItemTruncateMessage(cut.itemId, cut.contentIndex, playedMs));
  }
  return { itemId: cut.itemId, contentIndex: cut.contentIndex, playedMs };
}

/** A whole answer. */
export interface CollectedResponse {
  readonly done: ResponseDone;
  /** What was written, or the transcript of what was said. */
  readonly text: string;
  readonly audio: readonly AudioChunk[];
  /** Everything that arrived until the end, in order. */
  readonly messages: readonly RealtimeServerMessage[];
}

/**
 * Reads until the next response is done, as the session's reader; for scripts and tests.
 *
 * Rejects with the session's own error, or `lifecycle.closed`, when the session ends first; with the signal's reason when aborted.
 */
export function collectResponse(
  session: IRealtimeSession,
  init: { readonly signal?: AbortSignal } = {},
): Promise<CollectedResponse> {
  const { signal } = init;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const messages: RealtimeServerMessage[] = [];
    const audio: AudioChunk[] = [];
    let text = "";
    const settle = (): void => {
      signal?.removeEventListener("abort", onAbort);
      unsubscribe();
    };
    const onAbort = (): void => {
      settle();
      reject(signal?.reason as Error);
    };
    const unsubscribe = session.subscribe({
      onMessage(message) {
        messages.push(message);
        if (message.type === "OutputAudioDelta") audio.push(message.audio);
        else if (message.type === "OutputTextDelta" || message.type === "OutputAudioTranscriptionDelta") text += message.text;
        else if (message.type === "ResponseDone") {
          settle();
          resolve({ done: message, text, audio, messages });
        }
      },
      onClose(info: RealtimeCloseInfo) {
        signal?.removeEventListener("abort", onAbort);
        reject(
          info.error ?? new RealtimeUsageError("lifecycle.closed", `The session ended before a response did: ${info.reason}`),
        );
      },
    });
    signal?.addEventListener("abort", onAbort);
  });
}
