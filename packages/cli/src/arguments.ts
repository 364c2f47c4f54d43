import { parseArgs, type ParseArgsConfig } from "node:util";
import { describeError, RealtimeUsageError } from "@voxline/core";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: T; strict: true }>>["values"];

/** Reads a command's options; anything it does not know is refused in one sentence. */
export function readArguments<T extends Options>(args: string[], options: T): Values<T> {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values as Values<T>;
  } catch (error) {
    const [sentence] = describeError(error).split(/\. (?=[A-Z])/);
    throw new RealtimeUsageError("config.invalid", `${sentence}; "voxline help" lists the options.`);
  }
}
