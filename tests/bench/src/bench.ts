// Runs the candidates in interleaved rounds and prints medians as ratios to the hand-written one; with --check, holds them against
// budgets.json and fails where one is missed.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import Table from "cli-table3";
import { FRAME_BYTES } from "./frames.ts";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const budgets = JSON.parse(readFileSync(here("../budgets.json"), "utf8")) as Record<string, number>;
const pinned = spawnSync("taskset", ["-V"]).status === 0;
const quick = process.argv.includes("--quick");
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice(7);

interface Result {
  readonly [figure: string]: number;
}

/** Node on one core, where the machine lets us say which. */
function node(core: number, args: readonly string[], stdin: "ignore" | "pipe" = "ignore"): ChildProcess {
  const [command, rest] = pinned ? ["taskset", ["-c", String(core), process.execPath, ...args]] : [process.execPath, [...args]];
  return spawn(command, rest, { stdio: [stdin, "pipe", "inherit"] });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (data: Buffer) => {
      text += data.toString();
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    child.on("close", (code) => reject(new TypeError(`a benchmark process ended with ${code} and no result`)));
  });
}

const peer = node(1, [here("peer.js")], "pipe");
const url = `ws://127.0.0.1:${await firstLine(peer)}/v1/realtime?model=gpt-realtime`;

async function measure(candidate: string, work: string, count: number): Promise<Result> {
  const startedAt = Date.now();
  const flags = work === "idle" ? ["--expose-gc"] : [];
  const result = JSON.parse(
    await firstLine(node(0, [...flags, here("candidate.js"), candidate, work, url, String(count)])),
  ) as Result;
  return work === "cold" ? { openMs: (result["openedAt"] as number) - startedAt } : result;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Each candidate once a round, rounds one after the other, so that a slow minute hits all alike. */
async function rounds(
  candidates: readonly string[],
  work: string,
  figure: string,
  count: number,
  times: number,
): Promise<Map<string, number>> {
  const all = new Map<string, number[]>(candidates.map((candidate) => [candidate, []]));
  for (let round = 0; round < times; round++) {
    for (const candidate of candidates) {
      const result = await measure(candidate, work, count);
      if (work === "receive" && (result["messages"] !== count || result["bytes"] !== count * FRAME_BYTES)) {
        throw new TypeError(`${candidate} received ${result["messages"]} messages and ${result["bytes"]} bytes of ${count}`);
      }
      if (work === "send" && (result["bytes"] as number) < count * FRAME_BYTES * (4 / 3)) {
        throw new TypeError(`${candidate} sent ${result["bytes"]} bytes, too few for ${count} frames`);
      }
      all.get(candidate)?.push(result[figure] as number);
    }
    process.stderr.write(".");
  }
  return new Map([...all].map(([candidate, values]) => [candidate, median(values)]));
}

/** CPU of what stands between a client and the peer, for each message it passed on, both ways. */
async function relays(count: number, times: number): Promise<Map<string, number>> {
  const kinds = ["bare ws", "voxline"] as const;
  const all = new Map<string, number[]>(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < times; round++) {
    for (const kind of kinds) all.get(kind)?.push(await relay(kind, count));
    process.stderr.write(".");
  }
  return new Map([...all].map(([kind, values]) => [kind, median(values)]));
}

async function relay(kind: "bare ws" | "voxline", count: number): Promise<number> {
  const middle = node(0, [here("relay.js"), kind === "bare ws" ? "bare" : "voxline", url], "pipe");
  const lines = createInterface({ input: middle.stdout as Readable });
  const read = lines[Symbol.asyncIterator]();
  const next = async (): Promise<number> => Number((await read.next()).value);
  const relayUrl = `ws://127.0.0.1:${await next()}/v1/realtime?model=gpt-realtime`;
  const through = async (work: "receive" | "send", amount: number): Promise<Result> =>
    JSON.parse(await firstLine(node(1, [here("candidate.js"), "relayed", work, relayUrl, String(amount)]))) as Result;
  try {
    // The first messages are compiled on the way.
    await through("receive", count / 4);
    await through("send", count / 4);
    middle.stdin?.write("cpu\n");
    const before = await next();
    const { messages } = await through("receive", count);
    if (messages !== count) throw new TypeError(`${kind} passed on ${messages} of ${count} messages`);
    await through("send", count);
    middle.stdin?.write("cpu\n");
    // Each work is preceded by a third of itself, to warm up.
    return ((await next()) - before) / (2 * (count + Math.floor(count / 3)));
  } finally {
    middle.kill();
  }
}

const table = new Table({
  head: ["figure", "candidate", "median", "ratio to hand-written", "budget"],
  style: { head: [], border: [], compact: true },
});
const missed: string[] = [];

function judge(figure: string, value: number, budget: string | undefined): string {
  if (budget === undefined) return "";
  const limit = budgets[budget] as number;
  if (value > limit) missed.push(`${figure}: ${value.toFixed(2)} > ${limit}`);
  return `≤ ${limit}${value > limit ? "  MISSED" : ""}`;
}

function ratios(
  figure: string,
  unit: string,
  values: ReadonlyMap<string, number>,
  budgetOf: Readonly<Record<string, string>>,
): void {
  const baseline = values.get("hand-written") as number;
  for (const [candidate, value] of values) {
    const ratio = value / baseline;
    table.push([
      figure,
      candidate,
      `${value.toFixed(2)} ${unit}`,
      ratio.toFixed(2),
      judge(`${figure}, ${candidate}`, ratio, budgetOf[candidate]),
    ]);
  }
}

const wants = (name: string): boolean => only === undefined || only === name;
const times = quick ? 3 : 5;
const began = performance.now();
try {
  if (wants("receive")) {
    const candidates = ["bare", "hand-written", "openai", "agents", "voxline-subscribe", "voxline-iterator"];
    const values = await rounds(candidates, "receive", "cpuUs", quick ? 100_000 : 300_000, times);
    ratios("receive 20 ms", "µs", values, { "voxline-subscribe": "receiveSubscribe", "voxline-iterator": "receiveIterator" });
  }
  if (wants("send")) {
    const candidates = ["bare", "hand-written", "openai", "agents", "voxline-subscribe"];
    const values = await rounds(candidates, "send", "cpuUs", quick ? 50_000 : 150_000, times);
    ratios("send 20 ms", "µs", values, { "voxline-subscribe": "send" });
  }
  if (wants("tools")) {
    const values = await rounds(["hand-written", "voxline-subscribe"], "tools", "p50Us", 1_500, times);
    ratios("tool: call to output, p50", "µs", values, { "voxline-subscribe": "toolRoundTrip" });
  }
  if (wants("cold")) {
    const values = await rounds(["hand-written", "voxline-subscribe"], "cold", "openMs", 0, times + 2);
    ratios("process start to session", "ms", values, { "voxline-subscribe": "coldStart" });
  }
  if (wants("idle")) {
    const values = await rounds(["hand-written", "voxline-subscribe"], "idle", "heapBytes", 200, 3);
    const extra = (values.get("voxline-subscribe") as number) - (values.get("hand-written") as number);
    for (const [candidate, value] of values) {
      const budget = candidate === "voxline-subscribe" ? judge("idle heap above hand-written", extra, "idleHeapBytes") : "";
      table.push([
        "idle heap a session",
        candidate,
        `${Math.round(value)} B`,
        candidate === "hand-written" ? "" : `+ ${Math.round(extra)} B`,
        budget,
      ]);
    }
  }
  if (wants("relay")) {
    const values = await relays(quick ? 30_000 : 100_000, times);
    const [bare, voxline] = [values.get("bare ws") as number, values.get("voxline") as number];
    table.push(["relay 20 ms, both ways", "bare ws", `${bare.toFixed(2)} µs`, "1.00 to bare ws", ""]);
    const name = "voxline: gateway, three middlewares, provider";
    const ratio = voxline / bare;
    table.push(["relay 20 ms, both ways", name, `${voxline.toFixed(2)} µs`, ratio.toFixed(2), judge("relay", ratio, "relay")]);
  }
  if (wants("scale")) {
    for (const candidate of ["hand-written", "voxline-subscribe"]) {
      const result = await measure(candidate, "scale", 400);
      const lost = (result["expected"] as number) - (result["messages"] as number) + (result["outOfOrder"] as number);
      const detail = `${(result["cpuPercent"] as number).toFixed(0)} % CPU, loop p99 ${(result["loopDelayP99Ms"] as number).toFixed(1)} ms`;
      const budget = candidate === "voxline-subscribe" ? judge("400 sessions, lost or reordered", lost, "lostOrReordered") : "";
      table.push(["400 sessions, 50/s each way", candidate, detail, `${lost} lost or reordered`, budget]);
    }
    const result = JSON.parse(await firstLine(node(0, [here("linked-scale.js"), "3000", "5"]))) as Result;
    const { expected = 0, received = 0, appended = 0, outOfOrder = 0, cpuPercent = 0, loopDelayP99Ms = 0 } = result;
    const lost = expected - received + (expected - appended) + outOfOrder;
    const detail = `${cpuPercent.toFixed(0)} % CPU, loop p99 ${loopDelayP99Ms.toFixed(1)} ms`;
    table.push([
      "3,000 sessions, linked",
      "voxline",
      detail,
      `${lost} lost or reordered`,
      judge("3,000 linked, lost or reordered", lost, "lostOrReordered"),
    ]);
  }
} finally {
  peer.kill();
}
process.stderr.write("\n");
process.stdout.write(
  `${table.toString()}\n${((performance.now() - began) / 1000).toFixed(0)} s, ${pinned ? "candidate and peer on a core each" : "not pinned to cores"}\n`,
);
if (missed.length > 0 && process.argv.includes("--check")) {
  process.stdout.write(`missed: ${missed.join("; ")}\n`);
  process.exitCode = 1;
}
