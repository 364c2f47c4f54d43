import { parseArgs, type ParseArgsConfig } from "node:util";
import { describeError, RealtimeUsageError } from "@voxline/core";

/** Reads a command's options; anything it does not know is refused in one sentence. */
export function readArguments<T extends NonNullable<ParseArgsConfig["options"]>>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [sentence] = describeError(error).split(/\. (?=[A-Z])/);
    throw new RealtimeUsageError("config.invalid", `${sentence}; "voxline help" lists the options.`);
  }
}
