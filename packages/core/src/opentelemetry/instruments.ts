import { metrics, type Counter, type Histogram, type MeterProvider } from "@opentelemetry/api";
import { METRIC } from "./names.ts";

/** What is measured over all sessions. */
export interface Instruments {
  readonly duration: Histogram;
  readonly tokens: Histogram;
  readonly timeToFirstAudio: Histogram;
  readonly toolDuration: Histogram;
  readonly interruptions: Counter;
}

const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

const made = new WeakMap<MeterProvider, Map<string, Instruments>>();

/** The instruments of the meter provider registered now; an SDK may be registered after this module is loaded. */
export function instruments(meterName: string): Instruments {
  const provider = metrics.getMeterProvider();
  let byName = made.get(provider);
  if (byName === undefined) {
    byName = new Map();
    made.set(provider, byName);
  }
  let known = byName.get(meterName);
  if (known === undefined) {
    known = make(provider, meterName);
    byName.set(meterName, known);
  }
  return known;
}

function make(provider: MeterProvider, meterName: string): Instruments {
  const meter = provider.getMeter(meterName);
  const seconds = (name: string, description: string): Histogram =>
    meter.createHistogram(name, { description, unit: "s", advice: { explicitBucketBoundaries: SECONDS } });
  return {
    duration: seconds(METRIC.duration, "From a response's creation to its end"),
    tokens: meter.createHistogram(METRIC.tokens, {
      description: "Tokens of one response",
      unit: "{token}",
      advice: { explicitBucketBoundaries: TOKENS },
    }),
    timeToFirstAudio: seconds(METRIC.timeToFirstAudio, "From the end of the user's speech to the first audio of the answer"),
    toolDuration: seconds(METRIC.toolDuration, "From the start of a tool call to its answer"),
    interruptions: meter.createCounter(METRIC.interruptions, {
      description: "Answers cut by the user's speech",
      unit: "{interruption}",
    }),
  };
}
