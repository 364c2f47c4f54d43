import { AudioChunk, intercept, RealtimeClientBuilder, type IRealtimeClient, type RealtimeServerMessage } from "@voxline/core";
import { AudioConverter } from "@voxline/core/audio";
import { parseFaults, RealtimeGateway, type Frame, type GatewayProtocol, type ProtocolConnection } from "@voxline/gateway/server";
import type { LocalRealtimeClient } from "@voxline/local";

/** A frame as it passed the emulator's socket. */
export interface LoggedFrame {
  readonly from: "client" | "service";
  /** The path of the protocol that spoke it. */
  readonly path: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A service of one provider: a gateway before the local model, that writes down what it hears, says and exchanges. */
export class Emulator implements AsyncDisposable {
  readonly frames: LoggedFrame[] = [];
  readonly #gateway: RealtimeGateway;
  #heard: AudioChunk[] = [];
  #spoken: AudioChunk[] = [];
  #last: AudioChunk[] = [];

  /** `faults`: as `voxline serve --fault` takes them. */
  constructor(model: LocalRealtimeClient, protocol: GatewayProtocol, faults: readonly string[] = []) {
    const tap = intercept("tap", () => ({
      send: (message, next) => {
        if (message.type === "InputAudioBufferAppend") this.#heard.push(message.audio);
        next(message);
      },
      receive: (message, next) => {
        this.#listen(message);
        next(message);
      },
    }));
    const client: IRealtimeClient = new RealtimeClientBuilder(model).use(tap).build();
    const plan = faults.length === 0 ? {} : { faults: { faults: parseFaults(faults) } };
    this.#gateway = new RealtimeGateway({ client, protocols: [this.#logged(protocol)], ...plan });
  }

  async listen(): Promise<string> {
    return `http://127.0.0.1:${(await this.#gateway.listen()).port}`;
  }

  /** What the model heard since this was last asked, as 16 kHz samples. */
  takeHeard(): Int16Array {
    const heard = this.#heard;
    this.#heard = [];
    return samplesOf(heard, 16_000);
  }

  /** The model's last spoken answer, as 24 kHz samples. */
  get lastSpoken(): Int16Array {
    return samplesOf(this.#last, 24_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway.close();
  }

  #listen(message: RealtimeServerMessage): void {
    if (message.type === "OutputAudioDelta") this.#spoken.push(message.audio);
    if (message.type !== "ResponseDone" || this.#spoken.length === 0) return;
    this.#last = this.#spoken;
    this.#spoken = [];
  }

  #logged(protocol: GatewayProtocol): GatewayProtocol {
    return {
      ...protocol,
      connect: (request) => {
        const connection = protocol.connect(request);
        const { path } = request;
        const log = (from: LoggedFrame["from"], frame: string | Uint8Array): void => {
          const text = typeof frame === "string" ? frame : Buffer.from(frame).toString("utf8");
          this.frames.push({ from, path, json: JSON.parse(text) as LoggedFrame["json"] });
        };
        return {
          get options() {
            return connection.options;
          },
          open: () => connection.open(),
          parse: (data, isBinary) => {
            log("client", data);
            return connection.parse(data, isBinary);
          },
          render: (message) => {
            const rendered = connection.render(message);
            if (rendered === undefined) return undefined;
            for (const frame of framesOf(rendered)) log("service", frame);
            return rendered;
          },
          close: (end) => connection.close(end),
        };
      },
    };
  }
}

type Rendered = NonNullable<ReturnType<ProtocolConnection["render"]>>;

function framesOf(rendered: Rendered): readonly Frame[] {
  if (typeof rendered === "string" || rendered instanceof Uint8Array) return [rendered];
  return "frames" in rendered ? rendered.frames : rendered;
}

function samplesOf(chunks: readonly AudioChunk[], sampleRate: number): Int16Array {
  const [first] = chunks;
  if (first === undefined) return new Int16Array();
  const bytes = Buffer.concat(chunks.map((chunk) => chunk.bytes));
  const converter = new AudioConverter(first.format, { mediaType: "audio/pcm", sampleRate, channels: 1 });
  const body = converter.push(AudioChunk.fromBytes(bytes, first.format));
  const tail = converter.flush();
  return asSamples(Buffer.concat([body, tail].map((chunk) => chunk?.bytes ?? new Uint8Array())));
}

/** PCM16 bytes as samples, in memory of their own. */
export function asSamples(bytes: Buffer): Int16Array {
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
