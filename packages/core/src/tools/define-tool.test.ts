import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool } from "./define-tool.ts";

describe("defineTool", () => {
  it("writes zod as the JSON Schema of what the model is to write, without a dialect", () => {
    const parameters = z.object({ city: z.string().describe("A town."), days: z.number().int().default(1) });
    expect(defineTool({ name: "weather", description: "Forecast.", parameters })).toMatchObject({
      type: "function",
      name: "weather",
      description: "Forecast.",
      invoke: undefined,
      parameters: {
        type: "object",
        properties: { city: { type: "string", description: "A town." }, days: { type: "integer", default: 1 } },
        required: ["city"],
      },
    });
    expect(defineTool({ name: "weather", parameters }).parameters).not.toHaveProperty("$schema");
  });

  it("checks and converts with zod", () => {
    const { check } = defineTool({ name: "t", parameters: z.object({ n: z.coerce.number(), by: z.string().default("me") }) });
    expect(check?.({ n: "4" })).toEqual({ ok: true, value: { n: 4, by: "me" } });
    expect(check?.({ n: "four" })).toEqual({ ok: false, problem: expect.stringContaining("→ at n") as string });
  });

  it("checks with a JSON Schema, which it leaves as it is", () => {
    const parameters = { type: "object", properties: { unit: { enum: ["C", "F"] } }, required: ["unit"] };
    const made = defineTool({ name: "t", parameters });
    expect(made.parameters).toBe(parameters);
    expect(made.check?.({ unit: "C" })).toEqual({ ok: true, value: { unit: "C" } });
    expect(made.check?.({ unit: "K" })).toEqual({ ok: false, problem: expect.stringContaining("unit") as string });
  });

  it("carries the policies", () => {
    const policies = {
      timeoutMs: 7,
      onInterrupt: "cancel" as const,
      runsAlone: true,
      requiresApproval: ({ n }: { n: number }) => n > 1,
      maxOutputBytes: 9,
    };
    expect(defineTool({ name: "t", parameters: z.object({ n: z.number() }), ...policies })).toMatchObject(policies);
  });

  it.each(["", "a b", "x".repeat(65), "naïve", "a\n"])("refuses the name %j", (name) => {
    expect(() => defineTool({ name, parameters: { type: "object" } })).toThrow(
      expect.objectContaining({ code: "config.invalid" }),
    );
  });

  it("refuses a schema that cannot be written as JSON Schema", () => {
    expect(() => defineTool({ name: "t", parameters: z.object({ when: z.date() }) })).toThrow(
      expect.objectContaining({ code: "config.invalid" }),
    );
  });
});
