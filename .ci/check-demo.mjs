// Holds the demo's one JSON object against what it promises; anything else on stdout makes it no JSON.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const wrong = [];
const expectThat = (holds, what) => holds || wrong.push(what);
expectThat(
  report.transcript.some((line) => line.who === "caller" && line.text === "what is the weather in oslo"),
  "the caller was heard",
);
expectThat(
  report.transcript.some((line) => line.who === "agent" && line.text.includes("4 degrees")),
  "the tool's result was spoken",
);
expectThat(report.toolCalls.length >= 1 && report.toolCalls.every((call) => !call.isError), "a tool was called");
expectThat(report.interruptions.length === 1 && report.interruptions[0].heardMs > 0, "the agent was interrupted once");
expectThat(
  report.spans.some((span) => span.name.startsWith("execute_tool")),
  "the tool has a span",
);
if (wrong.length > 0) {
  process.stderr.write(`the demo did not show that ${wrong.join(", that ")}\n`);
  process.exitCode = 1;
}
