// One candidate doing one piece of work in a fresh process; prints one line of JSON. Arguments: candidate, work, url, count.
import type { BenchClient } from "./clients/client.ts";
import { AUDIO } from "./frames.ts";

const [name = "", work = "", url = "", countText = "0"] = process.argv.slice(2);
const count = Number(countText);

async function create(): Promise<BenchClient> {
  switch (name) {
    case "bare":
      return new (await import("./clients/bare.ts")).BareClient();
    case "relayed":
      return new (await import("./clients/relayed.ts")).RelayedClient();
    case "hand-written":
      return new (await import("./clients/hand-written.ts")).HandWrittenClient();
    case "openai":
      return new (await import("./clients/openai.ts")).OpenAIClient();
    case "agents":
      return new (await import("./clients/agents.ts")).AgentsClient();
    default:
      return new (await import("./clients/voxline.ts")).VoxlineClient(name === "voxline-iterator" ? "iterator" : "subscribe");
  }
}

/** A client with a promise for the end of each order. */
class Worker {
  bytes = 0;
  messages = 0;
  outOfOrder = 0;
  #last = -1;
  #marked: ((id: string) => void) | undefined;

  readonly client: BenchClient;

  constructor(client: BenchClient) {
    this.client = client;
  }

  open(): Promise<void> {
    return this.client.open(url, {
      audio: (bytes, sequence) => {
        this.bytes += bytes;
        this.messages += 1;
        if (sequence < 0) return;
        if (work === "scale" && sequence !== this.#last + 1) this.outOfOrder += 1;
        this.#last = sequence;
      },
      mark: (id) => this.#marked?.(id),
    });
  }

  order(kind: "flood" | "count" | "tools" | "pace", amount: number): Promise<string> {
    const done = new Promise<string>((resolve) => {
      this.#marked = resolve;
    });
    this.client.order({ type: "bench.order", work: kind, count: amount });
    return done;
  }
}

const cpuMs = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

async function receive(worker: Worker): Promise<object> {
  await worker.order("flood", Math.floor(count / 3));
  worker.bytes = 0;
  worker.messages = 0;
  const before = process.cpuUsage();
  await worker.order("flood", count);
  return { cpuUs: (cpuMs(before) * 1000) / count, messages: worker.messages, bytes: worker.bytes };
}

async function sendAll(worker: Worker, amount: number): Promise<string> {
  const done = worker.order("count", amount);
  for (let sent = 0; sent < amount;) {
    for (let i = 0; i < 50 && sent < amount; i++, sent++) worker.client.sendAudio(AUDIO);
    await new Promise((resolve) => setImmediate(resolve));
    while (worker.client.buffered() > 128 * 1024) await new Promise((resolve) => setImmediate(resolve));
  }
  return done;
}

async function send(worker: Worker): Promise<object> {
  await sendAll(worker, Math.floor(count / 3));
  const before = process.cpuUsage();
  const id = await sendAll(worker, count);
  return { cpuUs: (cpuMs(before) * 1000) / count, bytes: Number(id.replace("bytes_", "")) };
}

async function tools(worker: Worker): Promise<object> {
  const id = await worker.order("tools", count);
  return { p50Us: Number(id.replace("p50_", "")) };
}

async function idle(): Promise<object> {
  const collect = (globalThis as { gc?: () => void }).gc as () => void;
  const open = async (amount: number): Promise<Worker[]> => {
    const workers = await Promise.all(Array.from({ length: amount }, async () => new Worker(await create())));
    for (const worker of workers) await worker.open();
    return workers;
  };
  const settle = async (): Promise<number> => {
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      collect();
    }
    return process.memoryUsage().heapUsed;
  };
  const warm = await open(20);
  const before = await settle();
  const workers = await open(count);
  const after = await settle();
  for (const worker of [...warm, ...workers]) worker.client.close();
  return { heapBytes: (after - before) / count };
}

async function scale(): Promise<object> {
  const { monitorEventLoopDelay } = await import("node:perf_hooks");
  const workers = await Promise.all(Array.from({ length: count }, async () => new Worker(await create())));
  for (const worker of workers) await worker.open();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const before = process.cpuUsage();
  const began = performance.now();
  delay.enable();
  const seconds = 5;
  const pacing = setInterval(() => {
    for (const worker of workers) worker.client.sendAudio(AUDIO);
  }, 20);
  await Promise.all(workers.map((worker) => worker.order("pace", seconds * 50)));
  clearInterval(pacing);
  delay.disable();
  const result = {
    cpuPercent: (100 * cpuMs(before)) / (performance.now() - began),
    expected: count * seconds * 50,
    messages: workers.reduce((sum, worker) => sum + worker.messages, 0),
    outOfOrder: workers.reduce((sum, worker) => sum + worker.outOfOrder, 0),
    loopDelayP99Ms: delay.percentile(99) / 1e6,
  };
  for (const worker of workers) worker.client.close();
  return result;
}

async function main(): Promise<object> {
  if (work === "idle") return idle();
  if (work === "scale") return scale();
  if (work === "cold" && name === "hand-written") {
    // What any service of this kind loads, whoever wrote its realtime part.
    await Promise.all([import("pino"), import("zod"), import("@opentelemetry/sdk-trace-node")]);
  }
  const worker = new Worker(await create());
  await worker.open();
  if (work === "cold") return { openedAt: Date.now() };
  const result = await { receive, send, tools }[work as "receive" | "send" | "tools"](worker);
  worker.client.close();
  return result;
}

process.stdout.write(`${JSON.stringify(await main())}\n`, () => process.exit(0));
