// ITU-T G.711 (11/88), tables 1a-2b, on 16-bit samples: µ-law codes 14 bits and A-law 13 bits, left-aligned in 16.

/** Added to a µ-law magnitude so that every segment starts at a power of two: 33 of 14 bits. */
const MULAW_BIAS = 132;
/** The greatest magnitude that µ-law can tell apart. */
const MULAW_CLIP = 32_635;

const mulawTable = /* @__PURE__ */ buildMulawTable();
const alawTable = /* @__PURE__ */ buildAlawTable();

function buildMulawTable(): Int16Array {
  const table = new Int16Array(256);
  for (let code = 0; code < 256; code++) {
    const bits = ~code & 0xff;
    const magnitude = ((((bits & 0x0f) << 3) + MULAW_BIAS) << ((bits >> 4) & 7)) - MULAW_BIAS;
    table[code] = bits & 0x80 ? -magnitude : magnitude;
  }
  return table;
}

function buildAlawTable(): Int16Array {
  const table = new Int16Array(256);
  for (let code = 0; code < 256; code++) {
    const bits = code ^ 0x55;
    const segment = (bits >> 4) & 7;
    const step = ((bits & 0x0f) << 4) + 8;
    const magnitude = segment === 0 ? step : (step + 256) << (segment - 1);
    table[code] = bits & 0x80 ? magnitude : -magnitude;
  }
  return table;
}

function decode(bytes: Uint8Array, table: Int16Array): Int16Array {
  const out = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = table[bytes[i] as number] as number;
  return out;
}

/** Encodes PCM16 as G.711 µ-law, one byte a sample. Magnitudes above 32,635 saturate; a sample and its negative differ in the sign bit only. */
export function encodeMulaw(samples: Int16Array): Uint8Array {
  const out = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as number;
    let magnitude = sample < 0 ? -sample : sample;
    if (magnitude > MULAW_CLIP) magnitude = MULAW_CLIP;
    magnitude += MULAW_BIAS;
    const segment = 24 - Math.clz32(magnitude);
    out[i] = ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f));
  }
  return out;
}

/** Decodes G.711 µ-law to PCM16, −32,124…32,124, one sample a byte. */
export function decodeMulaw(bytes: Uint8Array): Int16Array {
  return decode(bytes, mulawTable);
}

/** Encodes PCM16 as G.711 A-law, one byte a sample, even bits inverted as the standard sends them. */
export function encodeAlaw(samples: Int16Array): Uint8Array {
  const out = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as number;
    const magnitude = (sample < 0 ? ~sample : sample) >> 4;
    // The two lowest segments share one step size.
    const segment = magnitude < 16 ? 0 : 28 - Math.clz32(magnitude);
    const mantissa = (segment < 2 ? magnitude : magnitude >> (segment - 1)) & 0x0f;
    out[i] = ((sample < 0 ? 0 : 0x80) | (segment << 4) | mantissa) ^ 0x55;
  }
  return out;
}

/** Decodes G.711 A-law to PCM16, −32,256…32,256, one sample a byte; A-law has no zero, silence is ±8. */
export function decodeAlaw(bytes: Uint8Array): Int16Array {
  return decode(bytes, alawTable);
}
