import type { LiveClientMessage, LiveClientSetup, LiveServerMessage } from "@google/genai";
import {
  RealtimeServerSessionMessage,
  type RealtimeClientMessage,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import type { ClientAction, Frame, GatewayProtocol, ProtocolClose, ProtocolConnection } from "../../../protocol.ts";
import { geminiProtocol } from "../gemini-protocol.ts";

/** A frame of the service, as the official SDK knows it. */
export type ServerFrame = Partial<Omit<LiveServerMessage, "text" | "data">>;

export const DEVELOPER_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
export const VERTEX_PATH = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent";

/** One client's side of the protocol, without sockets and without a session. */
export class Driver {
  readonly connection: ProtocolConnection;

  constructor(init: { readonly protocol?: GatewayProtocol; readonly path?: string; readonly key?: string } = {}) {
    const { protocol = geminiProtocol({ frames: "text" }), path = DEVELOPER_PATH, key } = init;
    this.connection = protocol.connect({
      path,
      query: new URLSearchParams(),
      headers: {},
      subProtocols: [],
      key,
      remoteAddress: "127.0.0.1",
      initialSession: undefined,
    });
  }

  /** What a frame leads to; text goes as it is. */
  act(frame: LiveClientMessage | string): ClientAction | undefined {
    return this.connection.parse(Buffer.from(typeof frame === "string" ? frame : JSON.stringify(frame)), false);
  }

  /** The messages a frame becomes. */
  say(frame: LiveClientMessage | string): readonly RealtimeClientMessage[] {
    const action = this.act(frame);
    if (action === undefined) return [];
    if (action.type === "message") return [action.message];
    if (action.type === "messages") return action.messages;
    throw new TypeError(`messages were expected, got ${JSON.stringify(action)}`);
  }

  /** The close a frame leads to. */
  fail(frame: LiveClientMessage | string): { readonly code: number; readonly reason: string } {
    const action = this.act(frame);
    if (action?.type !== "close") throw new TypeError(`a close was expected, got ${JSON.stringify(action)}`);
    return { code: action.code, reason: action.reason };
  }

  /** Sets the session up, and has it confirmed; the options it is to be opened with. */
  setup(setup: LiveClientSetup = {}): RealtimeSessionOptions {
    const action = this.act({ setup: { model: "models/gemini-live", ...setup } });
    if (action?.type !== "open") throw new TypeError(`an opening was expected, got ${JSON.stringify(action)}`);
    this.show(
      new RealtimeServerSessionMessage("SessionUpdated", { originatingMessageId: action.messageId }) as RealtimeServerMessage,
    );
    return action.options;
  }

  /** The frames that messages become. */
  show(...messages: readonly RealtimeServerMessage[]): ServerFrame[] {
    return messages.flatMap((message) => {
      const shown = this.connection.render(message);
      if (shown === undefined) return [];
      if (isClose(shown)) throw new TypeError(`frames were expected, got a close: ${shown.reason}`);
      return (typeof shown === "string" || shown instanceof Uint8Array ? [shown] : shown).map(read);
    });
  }

  /** The close a message becomes. */
  ends(message: RealtimeServerMessage): { readonly code: number; readonly reason: string } {
    const shown = this.connection.render(message);
    if (shown === undefined || !isClose(shown)) throw new TypeError("a close was expected");
    return { code: shown.code, reason: shown.reason };
  }
}

function isClose(shown: Frame | readonly Frame[] | ProtocolClose): shown is ProtocolClose {
  return typeof shown === "object" && "code" in shown;
}

function read(frame: Frame): ServerFrame {
  return JSON.parse(typeof frame === "string" ? frame : Buffer.from(frame).toString("utf8")) as ServerFrame;
}
