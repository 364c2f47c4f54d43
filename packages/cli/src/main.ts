import { describeError, RealtimeError, RealtimeUsageError } from "@voxline/core";
import { demo } from "./demo-command.ts";
import { serve } from "./serve-command.ts";

const USAGE = `voxline: realtime model sessions

  voxline demo [--provider NAME] [--via emulator | --url URL] [--model MODEL] [--wav FILE | --text TEXT] [--fast] [--otlp URL] [--json]
      holds a conversation and shows its transcript, tool calls, interruptions, figures and spans
        --provider   local (default, needs no key), openai, azure-openai, voice-live, gemini or dashscope
        --via        emulator: the provider's client against the local model, which speaks that provider's protocol; needs no key
        --url        where the service is, such as a "voxline serve" in another process
        --model      the model or the deployment; default: the provider's
        --wav        what the caller says, 16-bit PCM; default: a call of three turns
        --text       what the caller writes, instead of speaking; may be given several times
        --fast       as fast as both sides can, not in real time
        --otlp       also sends the spans to an OTLP/HTTP endpoint
        --json       prints one JSON object and nothing else

  voxline serve [--provider NAME] [--model MODEL] [--port N] [--tls] [--fault FAULT] [--fault-seed N]
      lets realtime clients, the official SDKs among them, reach a provider on this machine, each in its own protocol
        --fault      something that goes wrong, such as close=1011@10s; may be given several times; "list" shows them
        --fault-seed what everything by chance follows from; default 1
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
