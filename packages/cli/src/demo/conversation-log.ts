import type { RealtimeServerMessage, RealtimeUsage } from "@voxline/core";
import type { Screen } from "./screen.ts";

export interface TranscriptLine {
  readonly who: "caller" | "agent";
  /** What was understood of the caller; what was heard of the agent. */
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly interrupted: boolean;
}

export interface ToolRecord {
  readonly callId: string;
  readonly name: string;
  readonly arguments: string;
  readonly result: string;
  readonly isError: boolean;
}

/** Milliseconds from the end of the caller's turn, as the service told it, to the answer's first sound, by this machine's clock. */
export interface Latency {
  readonly firstAudioMs: number;
}

/** What a conversation left behind, collected from its messages. */
export class ConversationLog {
  readonly transcript: TranscriptLine[] = [];
  readonly tools: ToolRecord[] = [];
  readonly latencies: Latency[] = [];
  readonly warnings: string[] = [];
  readonly usage = {
    inputTokens: 0,
    inputAudioTokens: 0,
    inputTextTokens: 0,
    outputTokens: 0,
    outputAudioTokens: 0,
    outputTextTokens: 0,
  };
  responses = 0;
  cancelled = 0;
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #speech = new Map<string, { startMs: number; endMs: number | undefined }>();
  readonly #calls = new Map<string, { name: string; arguments: string }>();
  #turnEndedAt: number | undefined;

  /** `now` is the call's own time, in milliseconds since it began. */
  constructor(screen: Screen, now: () => number) {
    this.#screen = screen;
    this.#now = now;
  }

  observe(message: RealtimeServerMessage): void {
    switch (message.type) {
      case "InputSpeechStarted":
        this.#speech.set(message.itemId ?? "", { startMs: message.audioStartMs ?? this.#now(), endMs: undefined });
        return;
      case "InputSpeechStopped": {
        const speech = this.#speech.get(message.itemId ?? "");
        if (speech !== undefined) speech.endMs = message.audioEndMs ?? this.#now();
        this.#turnEndedAt = performance.now();
        return;
      }
      case "InputAudioTranscriptionCompleted": {
        const { startMs = this.#now(), endMs = this.#now() } = this.#speech.get(message.itemId ?? "") ?? {};
        const text = message.text || "(not understood)";
        this.transcript.push({ who: "caller", text, startMs, endMs, interrupted: false });
        this.#screen.line(startMs, "caller", text);
        return;
      }
      case "OutputAudioDelta":
        if (this.#turnEndedAt === undefined) return;
        this.latencies.push({ firstAudioMs: performance.now() - this.#turnEndedAt });
        this.#turnEndedAt = undefined;
        return;
      case "ToolCallArgumentsDone":
        this.#calls.set(message.callId, { name: message.name ?? "", arguments: message.arguments });
        this.#screen.line(this.#now(), "tool", `${message.name}(${message.arguments})`);
        return;
      case "ToolResult": {
        const { callId, name, result, isError } = message;
        this.tools.push({ callId, name, arguments: this.#calls.get(callId)?.arguments ?? "", result, isError });
        this.#screen.line(this.#now(), "tool", `${name} → ${result}`);
        return;
      }
      case "ResponseDone":
        this.responses += 1;
        if (message.status === "cancelled") this.cancelled += 1;
        this.#count(message.usage);
        return;
      case "Error":
        this.warnings.push(`${message.error.code}: ${message.error.message}`);
        this.#screen.line(this.#now(), "note", `error ${message.error.code}: ${message.error.message}`);
        return;
      case "Warning":
        this.warnings.push(`${message.code}: ${message.message}`);
        return;
      default:
    }
  }

  agentSpoke(line: Omit<TranscriptLine, "who">): void {
    this.transcript.push({ who: "agent", ...line });
  }

  callerWrote(text: string): void {
    this.transcript.push({ who: "caller", text, startMs: this.#now(), endMs: this.#now(), interrupted: false });
    this.#screen.line(this.#now(), "caller", text);
  }

  #count(usage: RealtimeUsage | undefined): void {
    for (const key of Object.keys(this.usage) as (keyof typeof this.usage)[]) this.usage[key] += usage?.[key] ?? 0;
  }
}
