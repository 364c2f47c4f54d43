// Installs and builds the workspace.
import { pnpm } from "./pnpm.mjs";

pnpm(["install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only"]);
pnpm(["run", "build"]);
