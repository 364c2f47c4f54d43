export type * from "./content.ts";
export * from "./client-messages.ts";
export * from "./server-messages.ts";
export { parseClientMessage, parseServerMessage } from "./json.ts";
