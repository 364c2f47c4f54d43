import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { join, relative } from "node:path";
import { finished } from "node:stream/promises";
import { context, trace } from "@opentelemetry/api";
import { PCM16_24K, RealtimeClientBuilder, RealtimeUsageError, type IRealtimeClient, type IRealtimeSession } from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { logging } from "@voxline/core/logging";
import { openTelemetry } from "@voxline/core/opentelemetry";
import { RealtimeGateway } from "@voxline/gateway/server";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { pino } from "pino";
import { readArguments } from "./arguments.ts";
import { Call } from "./demo/call.ts";
import { loadCaller } from "./demo/caller.ts";
import { Chat } from "./demo/chat.ts";
import { renderSpanTree, renderTable, type Report } from "./demo/report.ts";
import { Screen } from "./demo/screen.ts";
import { Telemetry } from "./demo/telemetry.ts";
import { weatherTool } from "./demo/weather.ts";
import { createProvider, providerName, type ProviderName } from "./providers.ts";

interface DemoOptions {
  readonly provider: ProviderName;
  readonly url: string | undefined;
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
    url: { type: "string" },
    wav: { type: "string" },
    text: { type: "string", multiple: true },
    fast: { type: "boolean", default: false },
    otlp: { type: "string" },
    json: { type: "boolean", default: false },
  });
  if (values.wav !== undefined && values.text !== undefined) {
    throw new RealtimeUsageError("config.invalid", "--wav and --text are two ways to say the same; use one of them.");
  }
  for (const [name, url] of [
    ["--url", values.url],
    ["--otlp", values.otlp],
  ] as const) {
    if (url !== undefined && !URL.canParse(url))
      throw new RealtimeUsageError("config.invalid", `${name} is not an address: "${url}".`);
  }
  const { url, wav, text: texts = [], fast, otlp, json } = values;
  return { provider: providerName(values.provider), url, wav, texts, fast, otlp, json };
}

interface Service {
  readonly client: IRealtimeClient;
  readonly url: string;
  stop(): Promise<void>;
}

/** The service to talk to: somebody's, or a gateway of our own in front of the local model, reached over a real socket all the same. */
async function startService(options: DemoOptions, screen: Screen): Promise<Service> {
  if (options.url === undefined && options.provider === "openai") {
    const client = new OpenAIRealtimeClient();
    return { client, url: String(client.metadata.endpoint), stop: async () => client[Symbol.asyncDispose]() };
  }
  if (options.url !== undefined) {
    const client = new OpenAIRealtimeClient({ apiKey: process.env["OPENAI_API_KEY"] ?? "none", url: options.url });
    return { client, url: options.url, stop: async () => client[Symbol.asyncDispose]() };
  }
  screen.text("The local model learns its phrases …");
  const model = await createProvider("local");
  const gateway = new RealtimeGateway({ client: model });
  const { port } = await gateway.listen();
  const url = `ws://127.0.0.1:${port}/v1/realtime`;
  const client = new OpenAIRealtimeClient({ apiKey: "local", url });
  return {
    client,
    url,
    stop: async () => {
      await client[Symbol.asyncDispose]();
      await gateway.close();
      await model[Symbol.asyncDispose]();
    },
  };
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
  const client = new RealtimeClientBuilder(service.client)
    .use(functionInvocation({ tools: [weatherTool] }))
    .use(openTelemetry())
    .use(logging({ logger: pino({ level: "debug" }, around.logStream) }))
    .build();
  screen.text(`Calling ${service.url} …`);
  const root = telemetry.tracer.startSpan("voxline demo");
  const began = performance.now();
  let session: IRealtimeSession | undefined;
  try {
    session = await context.with(trace.setSpan(context.active(), root), () =>
      client.createSession({
        instructions: "You are a friendly weather service. Answer in one or two sentences.",
        inputAudioFormat: PCM16_24K,
        outputAudioFormat: PCM16_24K,
        outputModalities: [caller === undefined ? "text" : "audio"],
        turnDetection: { type: "server" },
        transcription: { model: "gpt-4o-mini-transcribe" },
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
