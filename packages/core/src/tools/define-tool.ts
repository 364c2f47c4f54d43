import { z } from "zod";
import { RealtimeUsageError } from "../errors.ts";
import type { FunctionTool, JsonSchema, ToolInvocation } from "./tool.ts";

type ToolPolicies = Pick<FunctionTool, "name" | "description" | "timeoutMs" | "onInterrupt" | "runsAlone" | "maxOutputBytes">;

/** A tool whose parameters are a zod object: the model's arguments are checked and typed before `invoke` sees them. */
export interface ZodToolInit<S extends z.ZodType> extends ToolPolicies {
  readonly parameters: S;
  readonly invoke?: ((args: z.output<S>, invocation: ToolInvocation) => unknown) | undefined;
  readonly requiresApproval?: boolean | ((args: z.output<S>) => boolean) | undefined;
}

/** A tool whose parameters are a plain JSON Schema; the arguments are checked against it. */
export interface JsonSchemaToolInit extends ToolPolicies {
  readonly parameters: JsonSchema;
  readonly invoke?: ((args: Record<string, unknown>, invocation: ToolInvocation) => unknown) | undefined;
  readonly requiresApproval?: boolean | ((args: Record<string, unknown>) => boolean) | undefined;
}

/**
 * Makes a tool from a zod schema or a JSON Schema.
 *
 * @throws {RealtimeUsageError} config.invalid when the name or the schema cannot be used.
 */
export function defineTool<S extends z.ZodType>(init: ZodToolInit<S>): FunctionTool;
export function defineTool(init: JsonSchemaToolInit): FunctionTool;
export function defineTool(init: ZodToolInit<z.ZodType> | JsonSchemaToolInit): FunctionTool {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(init.name)) {
    throw new RealtimeUsageError(
      "config.invalid",
      `A tool name is 1 to 64 letters, digits, "_" or "-"; got "${init.name.slice(0, 80)}".`,
    );
  }
  const { schema, parameters } = schemasOf(init.name, init.parameters);
  return {
    type: "function",
    name: init.name,
    description: init.description,
    parameters,
    check: (args) => {
      const result = schema.safeParse(args);
      return result.success ? { ok: true, value: result.data } : { ok: false, problem: z.prettifyError(result.error) };
    },
    invoke: init.invoke as FunctionTool["invoke"],
    timeoutMs: init.timeoutMs,
    onInterrupt: init.onInterrupt,
    runsAlone: init.runsAlone,
    requiresApproval: init.requiresApproval as FunctionTool["requiresApproval"],
    maxOutputBytes: init.maxOutputBytes,
  };
}

function schemasOf(name: string, given: z.ZodType | JsonSchema): { schema: z.ZodType; parameters: JsonSchema } {
  try {
    if (given instanceof z.ZodType) {
      const { $schema: _dialect, ...parameters } = z.toJSONSchema(given, { io: "input" });
      return { schema: given, parameters };
    }
    return { schema: z.fromJSONSchema(given as Parameters<typeof z.fromJSONSchema>[0]), parameters: given };
  } catch (cause) {
    throw new RealtimeUsageError("config.invalid", `The parameters of tool "${name}" cannot be written as JSON Schema.`, {
      cause,
    });
  }
}
