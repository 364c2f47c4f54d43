import { describe, expect, it } from "vitest";
import { DEFAULT_SCRIPT } from "./default-script.ts";
import { CompiledScript, fillTemplate } from "./script.ts";

describe("a script", () => {
  const script = new CompiledScript({
    slots: { city: ["Oslo", "New York"] },
    greeting: "Hi.",
    otherwise: "What?",
    rules: [
      { when: ["stop"], say: "Stopped." },
      { when: ["do not stop the weather in {city}"], say: "{city}." },
      {
        when: ["what is the weather in {city}"],
        call: [{ tool: "get_weather", arguments: { city: "{city}" } }],
        say: "{result}",
      },
    ],
  });

  it("lists each phrase with each value of its slots", () => {
    expect(script.spokenPhrases()).toEqual([
      "stop",
      "do not stop the weather in oslo",
      "do not stop the weather in new york",
      "what is the weather in oslo",
      "what is the weather in new york",
    ]);
  });

  it.each([
    ["What is the weather in Oslo?", { city: "Oslo" }],
    ["hello, what is the weather in new york today?", { city: "New York" }],
    ["What is the weather in bergen right now", { city: "Bergen" }],
  ])("finds the slot in %j", (text, slots) => {
    expect(script.match(text)?.slots).toEqual(slots);
  });

  it("takes the phrase that covers most", () => {
    expect(script.match("Do not stop the weather in Oslo!")?.rule.say).toBe("{city}.");
  });

  it("does not find words inside words", () => {
    expect(script.match("unstoppable")).toBeUndefined();
  });

  it("refuses a rule that does nothing", () => {
    expect(() => new CompiledScript({ greeting: "", otherwise: "", rules: [{ when: ["x"], say: "" }] })).toThrow(
      /something to say/,
    );
  });

  it("has 21 spoken phrases by default", () => {
    expect(new CompiledScript(DEFAULT_SCRIPT).spokenPhrases().length).toBe(21);
  });
});

describe("a template", () => {
  it.each([
    ["{city}: {result.temperature}", "Oslo: 4"],
    ["{results.1.sky}", "clear"],
    ["{result.nothing.there}", "unknown"],
    ["{result.__proto__}", "unknown"],
    ["{toString}", "unknown"],
  ])("fills %j", (template, filled) => {
    const values = { city: "Oslo", result: { temperature: 4 }, results: [{ sky: "wet" }, { sky: "clear" }] };
    expect(fillTemplate(template, values, "unknown")).toBe(filled);
  });
});
