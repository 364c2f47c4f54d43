export { describeEnd, type EndContext } from "./close-info.ts";
export { environment, redact, requireApiKey, resolveApiKey, type ApiKey } from "./credentials.ts";
export { addQuery, isLoopback, publicEndpoint, requestUrl, socketUrl } from "./endpoint.ts";
export {
  array,
  asBuffer,
  isObject,
  looksLikeBase64,
  object,
  optionalArray,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalText,
  parseFrame,
  text,
  type FrameBuffer,
  type WireObject,
} from "./frame.ts";
export { QuickFailures } from "./quick-failures.ts";
export { WireClient, type WireAttempt, type WireClientOptions } from "./wire-client.ts";
export type { OpeningVerdict, WireCodec, WireLink } from "./wire-codec.ts";
export { WireSession, type WireSessionInit } from "./wire-session.ts";
