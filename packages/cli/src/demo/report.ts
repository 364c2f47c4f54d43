import { styleText } from "node:util";
import Table from "cli-table3";
import type { InterruptionRecord } from "./call.ts";
import type { ConversationLog, ToolRecord, TranscriptLine } from "./conversation-log.ts";
import type { SpanRecord } from "./telemetry.ts";

/** Everything a demo tells at its end; the one object that `--json` prints. */
export interface Report {
  readonly provider: string;
  readonly url: string;
  readonly model: string | undefined;
  readonly durationMs: number;
  readonly transcript: readonly TranscriptLine[];
  readonly toolCalls: readonly ToolRecord[];
  readonly interruptions: readonly InterruptionRecord[];
  readonly latencies: { readonly firstAudioMs: readonly number[]; readonly openMs: number };
  readonly audio: { readonly callerMs: number; readonly agentHeardMs: number };
  readonly tokens: ConversationLog["usage"];
  readonly responses: { readonly total: number; readonly cancelled: number };
  readonly warnings: readonly string[];
  readonly spans: readonly SpanRecord[];
  readonly files: Readonly<Record<string, string>>;
}

/** The figures as one table. */
export function renderTable(report: Report): string {
  const table = new Table({ style: { head: [], border: [], compact: true } });
  const { tokens, audio, latencies, responses } = report;
  const firstAudio = latencies.firstAudioMs.map((ms) => `${Math.round(ms)} ms`).join(", ");
  const noLatency = audio.agentHeardMs === 0 ? "no audio" : "unknown: the service does not say when a turn ends";
  table.push(
    ["session opened in", `${Math.round(latencies.openMs)} ms`],
    ["time to first audio", firstAudio || noLatency],
    ["audio in", seconds(audio.callerMs)],
    ["audio out, as heard", seconds(audio.agentHeardMs)],
    ["tokens in", `${tokens.inputTokens} (${tokens.inputAudioTokens} audio, ${tokens.inputTextTokens} text)`],
    ["tokens out", `${tokens.outputTokens} (${tokens.outputAudioTokens} audio, ${tokens.outputTextTokens} text)`],
    ["responses", `${responses.total} (${responses.cancelled} cancelled)`],
    ["tool calls", `${report.toolCalls.length} (${report.toolCalls.filter((call) => call.isError).length} failed)`],
    ["interruptions", report.interruptions.map((cut) => `after ${cut.heardMs} ms heard`).join(", ") || "none"],
  );
  return table.toString();
}

/** The spans as a tree, children under their parents in the order in which they began. */
export function renderSpanTree(spans: readonly SpanRecord[]): string {
  const known = new Set(spans.map((span) => span.spanId));
  const childrenOf = (parent: string | undefined): SpanRecord[] =>
    spans.filter((span) => (parent === undefined ? !known.has(span.parentSpanId ?? "") : span.parentSpanId === parent));
  const lines: string[] = [];
  const draw = (span: SpanRecord, indent: string, branch: string, below: string): void => {
    const times = `${Math.round(span.startMs)} ms + ${Math.round(span.durationMs)} ms`;
    const events = span.events.length === 0 ? "" : styleText("gray", `  [${span.events.join(", ")}]`);
    lines.push(`${indent}${branch}${span.error ? styleText("red", span.name) : span.name}  ${styleText("gray", times)}${events}`);
    const children = childrenOf(span.spanId);
    children.forEach((child, index) => {
      const last = index === children.length - 1;
      draw(child, indent + below, last ? "└─ " : "├─ ", last ? "   " : "│  ");
    });
  };
  for (const root of childrenOf(undefined)) draw(root, "", "", "");
  return lines.join("\n");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
