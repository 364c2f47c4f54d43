import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { join, relative } from "node:path";
import { finished } from "node:stream/promises";
import { context, trace } from "@opentelemetry/api";
import {
  PCM16_24K,
  RealtimeClientBuilder,
  RealtimeUsageError,
  sameFormat,
  type IRealtimeClient,
  type IRealtimeSession,
} from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { logging } from "@voxline/core/logging";
import { openTelemetry } from "@voxline/core/opentelemetry";
import { RealtimeGateway } from "@voxline/gateway/server";
import { pino } from "pino";
import { readArguments } from "./arguments.ts";
import { formatFor, spokenIn } from "./demo/audio-formats.ts";
import { Call } from "./demo/call.ts";
import { loadCaller } from "./demo/caller.ts";
import { Chat } from "./demo/chat.ts";
import { renderSpanTree, renderTable, type Report } from "./demo/report.ts";
import { Screen } from "./demo/screen.ts";
import { Telemetry } from "./demo/telemetry.ts";
import { weatherTool } from "./demo/weather.ts";
import { providerName, PROVIDERS, readyLocalModel, type Elsewhere, type Provider, type ProviderName } from "./providers.ts";

interface DemoOptions {
  readonly provider: ProviderName;
  /** Whether the service is the local model, behind a gateway that speaks the provider's protocol. */
  readonly emulated: boolean;
  readonly url: string | undefined;
  readonly model: string | undefined;
  readonly wav: string | undefined;
  readonly texts: readonly string[];
  readonly fast: boolean;
  readonly otlp: string | undefined;
  readonly json: boolean;
}

/** Holds one conversation through the whole pipeline, and tells what came of it. */
export async function demo(args: string[]): Promise<number> {
  const options = readOptions(args);
  // Before anything is started, so that a wrong file costs nothing.
  const caller = options.texts.length > 0 ? undefined : await loadCaller(options.wav);
  const folder = join(process.cwd(), "out");
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, "demo.log");
  const logStream = createWriteStream(logFile);
  const telemetry = new Telemetry(options.otlp);
  const screen = new Screen(options.json ? undefined : process.stdout);
  try {
    const service = await startService(options, screen);
    try {
      const report = await hold(service, options, caller, { telemetry, screen, logStream, folder, logFile });
      if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
      else show(screen, report);
      return 0;
    } finally {
      await service.stop();
    }
  } finally {
    screen.closeLine();
    await telemetry.shutdown();
    logStream.end();
    await finished(logStream).catch(() => undefined);
  }
}

function readOptions(args: string[]): DemoOptions {
  const values = readArguments(args, {
    provider: { type: "string", default: "local" },
    via: { type: "string" },
    url: { type: "string" },
    model: { type: "string" },
    wav: { type: "string" },
    text: { type: "string", multiple: true },
    fast: { type: "boolean", default: false },
    otlp: { type: "string" },
    json: { type: "boolean", default: false },
  });
  if (values.wav !== undefined && values.text !== undefined) {
    throw new RealtimeUsageError("config.invalid", "--wav and --text are two ways to say the same; use one of them.");
  }
  if (values.via !== undefined && values.via !== "emulator") {
    throw new RealtimeUsageError("config.invalid", `--via takes "emulator", got "${values.via}".`);
  }
  if (values.via !== undefined && values.url !== undefined) {
    throw new RealtimeUsageError("config.invalid", "--via and --url both say where the service is; use one of them.");
  }
  for (const [name, url] of [
    ["--url", values.url],
    ["--otlp", values.otlp],
  ] as const) {
    if (url !== undefined && !URL.canParse(url))
      throw new RealtimeUsageError("config.invalid", `${name} is not an address: "${url}".`);
  }
  const { url, model, wav, text: texts = [], fast, otlp, json } = values;
  const provider = providerName(values.provider);
  const emulated = values.via !== undefined || (provider === "local" && url === undefined);
  return { provider, emulated, url, model: model ?? (PROVIDERS[provider] as Provider).demoModel, wav, texts, fast, otlp, json };
}

interface Service {
  readonly client: IRealtimeClient;
  readonly url: string;
  stop(): Promise<void>;
}

/** The service to talk to: the provider's, somebody's, or a gateway of our own in front of the local model, over a real socket all the same. */
async function startService(options: DemoOptions, screen: Screen): Promise<Service> {
  const provider: Provider = PROVIDERS[options.provider];
  if (!options.emulated) {
    const client = provider.connect(elsewhere(options.url, provider), options.model);
    return { client, url: options.url ?? String(client.metadata.endpoint), stop: async () => client[Symbol.asyncDispose]() };
  }
  screen.text("The local model learns its phrases …");
  const model = await readyLocalModel();
  const gateway = new RealtimeGateway({ client: model });
  const stop = async (): Promise<void> => {
    await gateway.close();
    await model[Symbol.asyncDispose]();
  };
  try {
    const { url: origin } = await gateway.listen();
    const url = options.provider === "local" ? `${origin}/v1/realtime` : origin;
    const client = provider.connect({ url, apiKey: "local" }, options.model);
    return {
      client,
      url: String(client.metadata.endpoint),
      stop: async () => {
        await client[Symbol.asyncDispose]();
        await stop();
      },
    };
  } catch (error) {
    // What the environment says of a provider may not be usable.
    await stop();
    throw error;
  }
}

/** A service on this machine is rarely asked for a key, and a client always wants one. */
function elsewhere(url: string | undefined, { keyVariable = "OPENAI_API_KEY" }: Provider): Elsewhere | undefined {
  return url === undefined ? undefined : { url, apiKey: process.env[keyVariable] || "none" };
}

interface Surroundings {
  readonly telemetry: Telemetry;
  readonly screen: Screen;
  readonly logStream: WriteStream;
  readonly folder: string;
  readonly logFile: string;
}

async function hold(
  service: Service,
  options: DemoOptions,
  caller: Int16Array | undefined,
  around: Surroundings,
): Promise<Report> {
  const { telemetry, screen, folder } = around;
  const { capabilities, transcription }: Provider = PROVIDERS[options.provider];
  const inputAudioFormat = formatFor(capabilities.inputFormats);
  const builder = new RealtimeClientBuilder(service.client)
    .use(functionInvocation({ tools: [weatherTool] }))
    .use(openTelemetry())
    .use(logging({ logger: pino({ level: "debug" }, around.logStream) }));
  if (!sameFormat(inputAudioFormat, PCM16_24K)) builder.use(spokenIn(inputAudioFormat));
  const client = builder.build();
  screen.text(`Calling ${service.url} …`);
  const root = telemetry.tracer.startSpan("voxline demo");
  const began = performance.now();
  let session: IRealtimeSession | undefined;
  try {
    session = await context.with(trace.setSpan(context.active(), root), () =>
      client.createSession({
        instructions: "You are a friendly weather service. Answer in one or two sentences.",
        inputAudioFormat,
        outputAudioFormat: PCM16_24K,
        outputModalities: [caller === undefined ? "text" : "audio"],
        turnDetection: { type: "server" },
        transcription,
      }),
    );
    const openMs = performance.now() - began;
    const talk =
      caller === undefined ? new Chat(session, options.texts, screen) : new Call(session, caller, screen, { fast: options.fast });
    await talk.run();
    const { model } = session.metadata;
    await session.close("the conversation is over");
    root.end();
    const files: Record<string, string> = { log: around.logFile };
    if (talk instanceof Call) {
      files["recording"] = join(folder, "conversation.wav");
      await talk.recording.save(files["recording"]);
    }
    const { log } = talk;
    return {
      provider: options.provider,
      url: service.url,
      model,
      durationMs: talk.durationMs,
      transcript: log.transcript,
      toolCalls: log.tools,
      interruptions: talk instanceof Call ? talk.interruptions : [],
      latencies: { firstAudioMs: log.latencies.map((latency) => latency.firstAudioMs), openMs },
      audio:
        talk instanceof Call
          ? { callerMs: talk.callerAudioMs, agentHeardMs: talk.agentAudioMs }
          : { callerMs: 0, agentHeardMs: 0 },
      tokens: log.usage,
      responses: { total: log.responses, cancelled: log.cancelled },
      warnings: log.warnings,
      spans: telemetry.spans(),
      files,
    };
  } finally {
    // Also after a failure: a session that is over closes at once.
    await session?.close();
    root.end();
  }
}

function show(screen: Screen, report: Report): void {
  screen.text(`\n${renderTable(report)}\n\n${renderSpanTree(report.spans)}\n`);
  for (const [name, path] of Object.entries(report.files)) screen.text(`${name.padEnd(10)} ${relative(process.cwd(), path)}`);
}
