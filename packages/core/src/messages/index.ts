export type * from "./content.ts";
export * from "./client-messages.ts";
export * from "./server-messages.ts";
export { historyInInstructions } from "./history.ts";
export { parseClientMessage, parseServerMessage } from "./json.ts";
export { simpleEvent, type SimpleEvent } from "./simple-event.ts";
