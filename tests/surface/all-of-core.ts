// The entry of the bundle whose size exports.test.ts measures.
export * from "@voxline/core";
