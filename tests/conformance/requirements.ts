import type { Requirement } from "./requirement.ts";
import { CORE } from "./requirements-core.ts";
import { EDGES } from "./requirements-edges.ts";
import { MIDDLEWARE } from "./requirements-middleware.ts";
import { PEOPLE } from "./requirements-people.ts";
import { PROVIDERS } from "./requirements-providers.ts";

/** Everything Voxline sets out to do, in the order of its rows, 1–211. */
export const REQUIREMENTS: readonly Requirement[] = [...CORE, ...PROVIDERS, ...MIDDLEWARE, ...PEOPLE, ...EDGES];
