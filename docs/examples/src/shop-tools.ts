import { defineTool } from "@voxline/core/tools";
import { z } from "zod";

/** Tells what it finds while it looks; the model reads the whole list once. */
export const search = defineTool({
  name: "search",
  description: "Finds products by a word.",
  parameters: z.object({ word: z.string().min(2) }),
  timeoutMs: 5_000,
  onInterrupt: "cancel",
  async *invoke({ word }, { signal }) {
    for (const shelf of ["tea", "teapot", "coffee"]) {
      if (signal.aborted) return;
      if (shelf.includes(word)) yield `${shelf}\n`;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
});

/** Takes money: above 100, somebody must say yes first. */
export const pay = defineTool({
  name: "pay",
  parameters: z.object({ amount: z.number().positive() }),
  requiresApproval: ({ amount }) => amount > 100,
  runsAlone: true,
  invoke: ({ amount }) => ({ paid: amount }),
});

/** No `invoke`: the application shows the form, and answers the call itself. */
export const askForAddress = defineTool({ name: "ask_for_address", parameters: z.object({}), timeoutMs: 120_000 });
