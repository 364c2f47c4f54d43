/** Writes one line: fields and a fixed sentence, in pino's order. */
export type LogLine = (fields: object, message: string) => void;

export type LogLevel = "debug" | "info" | "warn" | "error";

/** What logging needs of a logger; a pino logger is one. */
export interface RealtimeLogger {
  debug: LogLine;
  info: LogLine;
  warn: LogLine;
  error: LogLine;
  /** `silent` switches this middleware off when a session is opened. */
  readonly level?: string;
  /** Asked for every message but audio, so that the level can change while a session lives. */
  isLevelEnabled?(level: string): boolean;
}
