import type { WebSocket } from "ws";
import type { SlowPongFault } from "./fault-plan.ts";
import type { FaultWire } from "./fault-act.ts";

type Pong = WebSocket["pong"];

/** Answers pings late. `ws` answers them through the socket's own `pong`, which is put off here. */
export function slowPongs(fault: SlowPongFault, socket: WebSocket, wire: FaultWire): void {
  const pong = socket.pong.bind(socket) as (...args: Parameters<Pong>) => void;
  socket.pong = (...args: Parameters<Pong>): void => {
    wire.after(fault.leastMs + wire.random() * (fault.mostMs - fault.leastMs), () => {
      if (socket.readyState === socket.OPEN) pong(...args);
    });
  };
}

/** Leaves the client's close frame without an answer. `ws` answers it through the socket's own `close`, as the gateway's closes do. */
export function leaveCloseUnanswered(socket: WebSocket, gatewayCloses: () => boolean): void {
  const close = socket.close.bind(socket);
  socket.close = (code, reason) => {
    if (gatewayCloses()) close(code, reason);
  };
}
