import type { RealtimeMiddleware } from "../middleware.ts";
import type { LogLevel, RealtimeLogger } from "./logger.ts";
import { LoggingSession } from "./logging-session.ts";

export type { LogLevel, LogLine, RealtimeLogger } from "./logger.ts";

export interface LoggingOptions {
  readonly logger: RealtimeLogger;
  /** The finest level this middleware writes, whatever the logger lets through. Default `debug`. */
  readonly level?: LogLevel | "silent" | undefined;
  /** Also writes what was said and written, and what tools were given and answered; audio never. Default `false`. */
  readonly includeContent?: boolean | undefined;
}

const RANK = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 } as const;

/**
 * Writes what a session does: each message at debug by type, ids and size; at info the opening, each response's end, tool calls,
 * interruptions and the end with its reason and totals; warnings and errors at their levels.
 *
 * Put it innermost to see what goes over the wire, outermost to see what the application sees. Where the logger is silent, it stays
 * out of the chain.
 */
export function logging(options: LoggingOptions): RealtimeMiddleware {
  const { logger, level = "debug", includeContent = false } = options;
  return {
    name: "logging",
    async open(given, next) {
      try {
        return await next(given);
      } catch (error) {
        if (!isOff(logger, level)) LoggingSession.openFailed(logger, error);
        throw error;
      }
    },
    wrap: (inner, context) =>
      isOff(logger, level) ? inner : new LoggingSession(inner, context, logger, RANK[level], includeContent),
  };
}

function isOff(logger: RealtimeLogger, level: LogLevel | "silent"): boolean {
  return level === "silent" || logger.level === "silent";
}
