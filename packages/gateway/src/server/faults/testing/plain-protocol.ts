import { RealtimeClientResponseCreateMessage } from "@voxline/core";
import type { GatewayProtocol } from "../../protocol.ts";

/** A protocol without ids of its own, so that its frames are the same bytes each time; every text delta is one frame. */
export const plainProtocol: GatewayProtocol = {
  name: "plain",
  matches: (path) => path === "/plain",
  chooseSubProtocol: () => undefined,
  connect: () => ({
    options: {},
    open: () => ['{"type":"hello"}'],
    parse: () => ({ type: "message", message: new RealtimeClientResponseCreateMessage() }),
    render: (message) => {
      if (message.type !== "OutputTextDelta") return undefined;
      return JSON.stringify({ type: "text", item_id: "item_1", text: message.text });
    },
    close: ({ reason }) => ({ frames: [], code: 1000, reason }),
  }),
};
