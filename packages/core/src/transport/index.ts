export { LinkedTransport } from "./linked-transport.ts";
export type { FrameTransport, OpenTransport, TransportCloseInfo, TransportHandler, TransportTarget } from "./transport.ts";
export { openWebSocket, type WebSocketTransportOptions } from "./web-socket-transport.ts";
export { SocketTransport, type SocketTransportOptions } from "./socket-transport.ts";
