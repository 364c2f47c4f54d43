import { AUDIO } from "./audio.ts";
import { BARGE_IN } from "./barge-in.ts";
import { CLOSE } from "./close.ts";
import { ERRORS } from "./errors.ts";
import { IMAGES } from "./images.ts";
import { LIFECYCLE } from "./lifecycle.ts";
import { LIMITS } from "./limits.ts";
import type { ProviderScenario } from "./scenario.ts";
import { TEXT } from "./text.ts";
import { TOOLS } from "./tools.ts";
import { TRANSCRIPTION } from "./transcription.ts";
import { UNKNOWN_EVENTS } from "./unknown-events.ts";
import { USAGE } from "./usage.ts";

/** Everything a provider is held to, within its capabilities, in any test runner: `for (const each of providerScenarios) each.run(world)`. */
export const providerScenarios: readonly ProviderScenario[] = Object.freeze([
  ...LIFECYCLE,
  ...TEXT,
  ...AUDIO,
  ...TOOLS,
  ...BARGE_IN,
  ...IMAGES,
  ...TRANSCRIPTION,
  ...USAGE,
  ...ERRORS,
  ...CLOSE,
  ...UNKNOWN_EVENTS,
  ...LIMITS,
]);
