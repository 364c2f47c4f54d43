import { describe, expect, test } from "vitest";
import {
  RealtimeClientInputTextAppendMessage,
  RealtimeServerRawMessage,
  RealtimeUsageError,
  type RealtimeCapabilities,
  type RealtimeServerMessage,
} from "@voxline/core";
import type { FrameTransport, TransportHandler } from "@voxline/core/transport";
import type { WireCodec, WireLink } from "./wire-codec.ts";
import { WireSession } from "./wire-session.ts";

/** A connection that takes nothing any more and has not said so: a socket whose peer has begun to close. */
class ClosingTransport implements FrameTransport {
  readonly canPause = true;
  readonly bufferedAmount = 0;
  isOpen = true;
  handler!: TransportHandler;

  listen(handler: TransportHandler): void {
    this.handler = handler;
  }
  send(): void {
    if (!this.isOpen) throw new RealtimeUsageError("lifecycle.closed", "It is closed.");
  }
  drained(): Promise<void> {
    return Promise.resolve();
  }
  pause(): void {}
  resume(): void {}
  close(code: number, reason: string): void {
    this.handler.onClose({ code, reason });
  }
  destroy(): void {
    this.handler.onClose({ code: undefined, reason: "destroyed", detectedBy: "socket" });
  }
}

/** Writes a frame for each it reads, and for each message. */
class AnsweringCodec implements WireCodec {
  readonly options = {};
  readonly sessionId = undefined;
  readonly model = undefined;
  readonly expiresAt = undefined;
  readonly heldCount = 0;
  readonly farewell = undefined;
  readonly awaiting = "nothing";
  link!: WireLink;

  open(link: WireLink): void {
    this.link = link;
    link.write("hello");
  }
  judgeOpening(): "open" {
    return "open";
  }
  encode(): void {
    this.link.write("said");
  }
  decode(): void {
    this.link.write("answer");
    this.link.emit(new RealtimeServerRawMessage({ wireType: "heard" }));
  }
  dispose(): void {}
}

async function open() {
  const transport = new ClosingTransport();
  const codec = new AnsweringCodec();
  const capabilities = { pause: true } as RealtimeCapabilities;
  const session = new WireSession({ transport, codec, providerName: "test", endpoint: undefined, capabilities });
  const messages: RealtimeServerMessage[] = [];
  session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
  const opening = session.open();
  transport.handler.onFrame(new Uint8Array(), false);
  await opening;
  messages.splice(0);
  return { transport, codec, session, messages };
}

describe("on a connection that takes no more", () => {
  test("what a codec writes by itself throws at nobody, and counts as undelivered", async () => {
    const { transport, codec, session, messages } = await open();
    transport.isOpen = false;
    // While a frame is read, which is worth what it says all the same, and from a timer.
    transport.handler.onFrame(new Uint8Array(), false);
    expect(messages).toMatchObject([{ type: "RawContentOnly", wireType: "heard" }]);
    expect(() => codec.link.write("late")).not.toThrow();
    transport.handler.onClose({ code: 1000, reason: "" });
    expect(await session.closed).toMatchObject({ undelivered: 2 });
  });

  test("a goodbye that cannot be said is not waited for", async () => {
    const { transport, codec, session } = await open();
    transport.isOpen = false;
    Object.assign(codec, { finish: () => codec.link.write("goodbye") });
    let isClosed = false;
    void session.close("enough").then(() => (isClosed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(true);
    expect(await session.closed).toMatchObject({ reason: "enough", undelivered: 0 });
  });

  test("the caller is told", async () => {
    const { transport, session } = await open();
    transport.isOpen = false;
    expect(() => session.send(new RealtimeClientInputTextAppendMessage("x"))).toThrow(
      expect.objectContaining({ code: "lifecycle.closed" }),
    );
    transport.handler.onClose({ code: 1000, reason: "" });
    expect(await session.closed).toMatchObject({ undelivered: 0 });
  });

  test("an opening ends with the reason of the close", async () => {
    const transport = new ClosingTransport();
    const session = new WireSession({
      transport,
      codec: new AnsweringCodec(),
      providerName: "test",
      endpoint: undefined,
      capabilities: { pause: true } as RealtimeCapabilities,
    });
    transport.isOpen = false;
    const opening = session.open();
    transport.handler.onClose({ code: 1008, reason: "no" });
    await expect(opening).rejects.toMatchObject({ code: "connection.closed", closeCode: 1008, phase: "open" });
  });
});
