import { describeError, RealtimeError, RealtimeUsageError } from "@voxline/core";
import { demo } from "./demo-command.ts";
import { serve } from "./serve-command.ts";

const USAGE = `voxline: realtime model sessions

  voxline demo [--provider local|openai] [--url URL] [--wav FILE | --text TEXT] [--fast] [--otlp URL] [--json]
      holds a conversation and shows its transcript, tool calls, interruptions, figures and spans
        --provider   local needs no key (default); openai needs OPENAI_API_KEY
        --url        where the service is, such as a "voxline serve" in another process
        --wav        what the caller says, 16-bit PCM; default: a call of three turns
        --text       what the caller writes, instead of speaking; may be given several times
        --fast       as fast as both sides can, not in real time
        --otlp       also sends the spans to an OTLP/HTTP endpoint
        --json       prints one JSON object and nothing else

  voxline serve [--provider local|openai] [--port N] [--tls]
      lets realtime clients, the official SDKs among them, reach a provider on this machine
`;

const commands: Readonly<Record<string, (args: string[]) => Promise<number>>> = { demo, serve };

/** Runs a command line; gives the exit code. What goes wrong is one sentence on stderr. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(USAGE);
    return name === undefined ? 2 : 0;
  }
  try {
    if (!Object.hasOwn(commands, name)) {
      throw new RealtimeUsageError("config.invalid", `There is no command "${name}"; "voxline help" lists them.`);
    }
    return await (commands[name] as (args: string[]) => Promise<number>)(rest);
  } catch (error) {
    process.stderr.write(`voxline: ${RealtimeError.is(error) ? `${error.code}: ${error.message}` : describeError(error)}\n`);
    return 1;
  }
}
