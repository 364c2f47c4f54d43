/** What one turn was answered with, as the application of an SDK gets it. */
export interface Answer {
  readonly text: string;
  /** 24 kHz PCM16, little-endian. */
  readonly audio: Buffer;
  readonly status: "completed" | "cancelled" | "incomplete" | "failed";
}

/** A call the model made and the application answered. */
export interface ToolCall {
  readonly name: string;
  readonly arguments: unknown;
}

export interface CallerInit {
  /** `http://127.0.0.1:port` of a gateway, or `https:` of one with a certificate. */
  readonly baseUrl: string;
  /** Answers `get_weather`. */
  readonly tool: (args: { readonly city: string }) => unknown;
  /** Whether the server ends turns and answers by itself. Default `true`. */
  readonly turnDetection?: boolean | undefined;
}

/** An application built on one SDK, doing what every voice application does. */
export interface Caller extends AsyncDisposable {
  /** Of what it sends, in Hz. */
  readonly inputRate: number;
  readonly calls: readonly ToolCall[];
  /** What the SDK reported as an error, as text. */
  readonly errors: readonly string[];
  /** What the user was heard to say. */
  readonly heard: readonly string[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Asks in writing; resolves with the answer, behind all tools. */
  ask(text: string): Promise<Answer>;
  /** Shows a picture and asks about it in writing. */
  show(jpeg: Buffer, text: string): Promise<Answer>;
  /** Says something, as samples of `inputRate` with silence behind them; resolves with the answer, behind all tools. */
  say(samples: Int16Array): Promise<Answer>;
  /** Begins a long answer, interrupts it once it can be heard, and resolves with what came of it. */
  interrupt(text: string): Promise<Answer>;
  /** Sends something the service refuses. */
  blunder(): void;
}

/** Name and schema of the one tool. */
export const WEATHER = {
  name: "get_weather",
  description: "The weather in a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

/** Cuts samples as a microphone would: 20 ms a piece. */
export function* pieces(samples: Int16Array, sampleRate: number): Generator<Buffer, void> {
  const length = sampleRate / 50;
  for (let start = 0; start < samples.length; start += length) {
    const piece = samples.subarray(start, start + length);
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
}
