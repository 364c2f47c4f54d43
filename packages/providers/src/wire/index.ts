export { describeEnd, type EndContext } from "./close-info.ts";
export { environment, headerValue, redact, requireApiKey, resolveApiKey, type ApiKey } from "./credentials.ts";
export { addQuery, isLoopback, nameInQuery, publicEndpoint, requestUrl, socketUrl } from "./endpoint.ts";
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
export { keyOrToken, type Authorize, type KeyOrTokenDefaults, type KeyOrTokenOptions } from "./key-or-token.ts";
export type { AttemptOrigins } from "./origins.ts";
export type { ProviderErrorNote, ProviderLimit, ProviderLimits } from "./provider-limits.ts";
export { QuickFailures } from "./quick-failures.ts";
export { TokenSource, type AccessToken, type TokenCredential } from "./token-credential.ts";
export { WireClient, type WireAttempt, type WireClientOptions } from "./wire-client.ts";
export type { OpeningVerdict, WireCodec, WireLink } from "./wire-codec.ts";
export { WireSession, type WireSessionInit } from "./wire-session.ts";
