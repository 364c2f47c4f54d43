import type { RealtimeCapabilities } from "../../capabilities.ts";
import type { IRealtimeClient } from "../../client.ts";
import { RealtimeError } from "../../errors.ts";
import type { RealtimeSessionOptions } from "../../options.ts";
import type { FunctionTool } from "../../tools/tool.ts";

/** A line of the user, and how the model's answer to it is recognised. */
export interface ScenarioLine {
  readonly say: string;
  /** Met by the text or the transcript of the answer. */
  readonly answer: RegExp;
}

/** A line that makes the model call the scenario's tool, and what it says once the tool has answered. */
export interface ScenarioToolLine extends ScenarioLine {
  /** By call, in their order: the arguments, as the model writes them. */
  readonly calls: readonly Readonly<Record<string, unknown>>[];
  /** By call: what the tool answers. */
  readonly results: readonly unknown[];
}

/** Speech of a caller. */
export interface ScenarioSpeech extends ScenarioLine {
  /** The line of `say`, spoken: PCM16 mono, with enough silence behind it to end a turn. */
  readonly samples: Int16Array;
  readonly sampleRate: number;
  /** Met by the transcription of it. */
  readonly heard: RegExp;
}

/** What the model behind a provider understands, and what it is expected to say. */
export interface ScenarioModel {
  /** A short exchange. */
  readonly talk: ScenarioLine;
  /** A line whose spoken answer takes long enough to be cut: some seconds. */
  readonly story: ScenarioLine;
  readonly tool: FunctionTool;
  /** Calls the tool once. */
  readonly call: ScenarioToolLine;
  /** Calls it twice at once; without one the scenario does not apply. */
  readonly calls?: ScenarioToolLine | undefined;
  /** Without it, nothing spoken applies. */
  readonly speech?: ScenarioSpeech | undefined;
  /** A picture and a line about it; without it, pictures do not apply. */
  readonly picture?: (ScenarioLine & { readonly data: string; readonly mediaType: "image/jpeg" | "image/png" }) | undefined;
}

/** Where a scenario runs. */
export interface ScenarioWorld {
  /** A client that reaches a service, or an emulator of it; called once a scenario, which disposes the client at its end. */
  createClient(): IRealtimeClient;
  readonly model: ScenarioModel;
  /** By a sink (`subscribe`) or by a loop (`getStreamingResponse`). Default `subscribe`. */
  readonly reader?: "subscribe" | "loop" | undefined;
  /** Laid under the options of each scenario. */
  readonly options?: RealtimeSessionOptions | undefined;
  /**
   * What decides what is expected. Default: what the session says of itself. Give it where a gateway stands between, whose own protocol
   * hides what the service behind it lacks: then no warnings are expected, and what the service cannot take need not be refused.
   */
  readonly behind?: RealtimeCapabilities | undefined;
  /** Makes the service say this frame in all its sessions, as it is; without it, events nobody knows do not apply. */
  say?(frame: string): void;
  /** Makes the service end all its sessions; without it, ends that come from there do not apply. */
  hangUp?(): void;
  /** How long a scenario waits for one thing, in milliseconds. Default 10,000. */
  readonly patienceMs?: number | undefined;
}

/** How a scenario ended, where it did not fail. */
export type ScenarioOutcome =
  | { readonly outcome: "passed" }
  /** `because` names what is missing, such as `tools: false`. */
  | { readonly outcome: "notApplicable"; readonly because: string };

/** Something every provider is held to, within its capabilities. */
export interface ProviderScenario {
  /** What it is about, such as `text` or `barge-in`. */
  readonly area: string;
  readonly name: string;
  /**
   * Opens a session and plays the scenario.
   *
   * @throws {ProviderScenarioError} config.invalid, with what was expected; or whatever the provider failed with.
   */
  readonly run: (world: ScenarioWorld) => Promise<ScenarioOutcome>;
}

/** A provider does not do what a scenario expects. */
export class ProviderScenarioError extends RealtimeError {
  /** What was expected. */
  readonly expected: string;

  constructor(expected: string, found: string) {
    super("config.invalid", `Expected: ${expected}. Found: ${found}`);
    this.expected = expected;
  }
}

/** @throws {ProviderScenarioError} config.invalid unless it holds. */
export function need(holds: boolean, expected: string, found: string): asserts holds {
  if (!holds) throw new ProviderScenarioError(expected, found);
}

const PASSED: ScenarioOutcome = Object.freeze({ outcome: "passed" });

/** Makes a scenario of a function that says why it does not apply, or nothing. */
export function scenario(
  area: string,
  name: string,
  play: (world: ScenarioWorld) => Promise<string | undefined>,
): ProviderScenario {
  return Object.freeze({
    area,
    name,
    run: async (world: ScenarioWorld): Promise<ScenarioOutcome> => {
      const because = await play(world);
      return because === undefined ? PASSED : { outcome: "notApplicable", because };
    },
  });
}
