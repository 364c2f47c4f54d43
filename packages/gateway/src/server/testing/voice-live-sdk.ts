import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { VoiceLiveSession } from "@azure/ai-voicelive";

/** What the official SDK makes of the frames it is sent; not among its exports, and taken from where its own session takes it. */
interface Parser {
  parseIncomingMessage(text: string): { readonly type: string; readonly event: SdkEvent } | null;
  serializeOutgoingMessage(event: object): string;
}

/** An event as the SDK's handlers get it. */
export type SdkEvent = { readonly type: string } & Readonly<Record<string, unknown>>;
/** An event of the client as the SDK takes it. */
export type SdkClientEvent = Parameters<VoiceLiveSession["sendEvent"]>[0];

const require = createRequire(import.meta.url);
const root = dirname(require.resolve("@azure/ai-voicelive"));
const { VoiceLiveMessageParser } = require(join(root, "protocol/messageParser.js")) as {
  VoiceLiveMessageParser: new () => Parser;
};
const parser = new VoiceLiveMessageParser();

/** Reads a frame as the SDK does; `undefined` for one it drops. */
export function sdkReads(frame: string): SdkEvent | undefined {
  return parser.parseIncomingMessage(frame)?.event;
}

/** Writes an event as the SDK does. */
export function sdkWrites(event: SdkClientEvent): unknown {
  return JSON.parse(parser.serializeOutgoingMessage(event));
}
