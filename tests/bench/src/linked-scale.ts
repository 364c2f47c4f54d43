// Thousands of sessions in one process, each over a transport linked in memory; prints one line of JSON. Arguments: sessions, seconds.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { AudioChunk, PCM16_24K, RealtimeClientInputAudioBufferAppendMessage, type IRealtimeSession } from "@voxline/core";
import { LinkedTransport, type OpenTransport } from "@voxline/core/transport";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { AUDIO, audioDelta, SESSION } from "./frames.ts";

const [sessions = 3000, seconds = 5] = process.argv.slice(2).map(Number);
const peers: LinkedTransport[] = [];
let appended = 0;

const openTransport: OpenTransport = () => {
  const [near, far] = LinkedTransport.pair();
  far.listen({
    onFrame(data) {
      if (data.length > 500) {
        appended += 1;
        return;
      }
      const { type } = JSON.parse(Buffer.from(data).toString()) as { type: string };
      if (type === "session.update") far.send(`{"type":"session.updated","event_id":"u","session":${SESSION}}`);
    },
    onClose: () => undefined,
  });
  far.send(`{"type":"session.created","event_id":"c","session":${SESSION}}`);
  peers.push(far);
  return Promise.resolve(near);
};

const client = new OpenAIRealtimeClient({ apiKey: "none", openTransport });
const open: IRealtimeSession[] = [];
const lasts: number[] = [];
let received = 0;
let outOfOrder = 0;
for (let i = 0; i < sessions; i++) {
  const session = await client.createSession();
  lasts.push(-1);
  session.subscribe({
    onMessage(message) {
      if (message.type !== "OutputAudioDelta") return;
      received += 1;
      if (message.contentIndex !== (lasts[i] as number) + 1) outOfOrder += 1;
      lasts[i] = message.contentIndex as number;
    },
    onClose: () => undefined,
  });
  open.push(session);
}

const delay = monitorEventLoopDelay({ resolution: 5 });
const chunk = AudioChunk.fromBytes(AUDIO, PCM16_24K);
const before = process.cpuUsage();
const began = performance.now();
delay.enable();
let tick = 0;
await new Promise<void>((resolve) => {
  // Spread over the 20 ms, as real sessions are.
  const SLICES = 10;
  let slice = 0;
  const step = (): void => {
    for (let i = slice; i < sessions; i += SLICES) {
      (peers[i] as LinkedTransport).send(audioDelta(tick));
      (open[i] as IRealtimeSession).send(new RealtimeClientInputAudioBufferAppendMessage(chunk));
    }
    slice += 1;
    if (slice === SLICES) {
      slice = 0;
      tick += 1;
      if (tick === seconds * 50) {
        setImmediate(resolve);
        return;
      }
    }
    const due = began + ((tick * SLICES + slice) * 20) / SLICES;
    setTimeout(step, Math.max(0, due - performance.now()));
  };
  step();
});
delay.disable();
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  `${JSON.stringify({
    sessions,
    expected: sessions * seconds * 50,
    received,
    appended,
    outOfOrder,
    cpuPercent: (user + system) / 10 / (performance.now() - began),
    loopDelayP99Ms: delay.percentile(99) / 1e6,
    tookMs: performance.now() - began,
  })}\n`,
  () => process.exit(0),
);
