import { RealtimeUsageError } from "@voxline/core";
import { analyse, extract } from "./features.ts";
import type { Spectra } from "./features.ts";
import { scoreAnyPhones } from "./phone-model.ts";
import type { Likelihoods, PhoneModel } from "./phone-model.ts";
import { trainPhoneModel } from "./phone-training.ts";
import { buildPhraseGraph, scorePhrase } from "./phrase-graph.ts";
import type { PhraseGraph } from "./phrase-graph.ts";
import { toAnalysisRate } from "./resample.ts";
import type { FliteVoice } from "./voice.ts";

export interface PhraseRecognizerOptions {
  /** Confidence below which a phrase counts as not understood, 0–1. Default 0.5. */
  readonly minConfidence?: number | undefined;
}

/** A phrase that was heard. */
export interface RecognizedPhrase {
  /** As given to {@link PhraseRecognizer.create}. */
  readonly phrase: string;
  /** From the recogniser's `minConfidence` to 1; 0.5 lets about one in forty other phrases through. */
  readonly confidence: number;
}

interface Candidate {
  readonly phrase: string;
  readonly graph: PhraseGraph;
}

/** Vocal-tract lengths that are tried: from large men to women and children. */
const warps = [0.88, 0.94, 1, 1.06, 1.12, 1.18];
/** By how much, per frame, any sequence of phones may fit better than the phrase at a confidence of 0.5. */
const evenOdds = 0.4;
const steepness = 4;
/** Two phrases closer than this in log-likelihood cannot be told apart. */
const minLead = 2;
/** Phrases that are tried with every vocal-tract length: the best ones of the length that fits the phones best. */
const shortList = 8;
const maxSeconds = 30;

/** Training takes a second and depends on nothing but the voice, so it is done once for all recognisers of the process. */
let sharedModel: Promise<PhoneModel> | undefined;

/**
 * Tells which phrase of a small list was said, or that none was.
 * It knows the built-in synthetic voice and others like it; it is not speech recognition for people.
 */
export class PhraseRecognizer {
  readonly #model: PhoneModel;
  readonly #candidates: readonly Candidate[];
  readonly #minConfidence: number;

  private constructor(model: PhoneModel, candidates: readonly Candidate[], minConfidence: number) {
    this.#model = model;
    this.#candidates = candidates;
    this.#minConfidence = minConfidence;
  }

  /**
   * Learns how the phrases sound, by having the voice say them; the first recogniser of a process takes about 2 s, others some milliseconds a phrase.
   * @param phrases Literal English, each once; spaces, capitals and punctuation do not matter to how they sound.
   * @throws {RealtimeUsageError} `config.invalid` for a phrase with nothing to say, or a confidence out of range.
   * @throws {RealtimeError} As {@link FliteVoice.synthesize}.
   */
  static async create(
    phrases: readonly string[],
    voice: FliteVoice,
    options: PhraseRecognizerOptions = {},
  ): Promise<PhraseRecognizer> {
    const { minConfidence = 0.5 } = options;
    if (!(minConfidence >= 0 && minConfidence <= 1)) {
      throw new RealtimeUsageError("config.invalid", `minConfidence must be 0–1, not ${minConfidence}`);
    }
    const model = await phoneModelOf(voice);
    const known = [...new Set(phrases)];
    const pronounced = await pronounce(known, voice);
    const candidates = known.map((phrase, index) => ({
      phrase,
      graph: buildPhraseGraph(model, pronounced[index] as readonly string[]),
    }));
    return new PhraseRecognizer(model, candidates, minConfidence);
  }

  /**
   * Recognises one utterance, such as a {@link VoiceActivityDetector} cuts out.
   * @param samples PCM16 mono; of what is longer than 30 s the beginning is read.
   * @param sampleRate Hz, 8000–48000.
   * @returns `undefined` for "not understood".
   * @throws {RealtimeUsageError} `audio.format` for a sample rate out of range.
   */
  recognize(samples: Int16Array, sampleRate: number): RecognizedPhrase | undefined {
    if (!(sampleRate >= 8000 && sampleRate <= 48_000)) {
      throw new RealtimeUsageError("audio.format", `The sample rate must be 8000–48000 Hz, not ${sampleRate}`);
    }
    const spectra = analyse(toAnalysisRate(samples.subarray(0, maxSeconds * sampleRate), sampleRate));
    if (!spectra) return undefined;
    const readings = warps.map((warp) => read(this.#model, spectra, warp));
    const fitting = readings.reduce((best, reading) => (reading.anyPhones > best.anyPhones ? reading : best));
    const [first, second] = this.#rank(readings, fitting);
    if (!first || (second && first.score - second.score < minLead)) return undefined;
    const excess = (fitting.anyPhones - first.score) / spectra.frames;
    const confidence = 1 / (1 + Math.exp(steepness * (excess - evenOdds)));
    return confidence >= this.#minConfidence ? { phrase: first.phrase, confidence } : undefined;
  }

  /** The likeliest phrases, best first; the vocal-tract length that fits any phones best need not be the one for the phrase. */
  #rank(readings: readonly Reading[], fitting: Reading): { phrase: string; score: number }[] {
    const coarse = this.#candidates
      .map((candidate) => ({ candidate, score: scorePhrase(fitting.likelihoods, candidate.graph) }))
      .sort((left, right) => right.score - left.score)
      .slice(0, shortList);
    return coarse
      .map(({ candidate, score }) => {
        const others = readings.filter((reading) => reading !== fitting);
        const scores = others.map((reading) => scorePhrase(reading.likelihoods, candidate.graph));
        return { phrase: candidate.phrase, score: Math.max(score, ...scores) };
      })
      .sort((left, right) => right.score - left.score);
  }
}

/** An utterance as it looks with one vocal-tract length. */
interface Reading {
  readonly likelihoods: Likelihoods;
  /** Log-likelihood of the best sequence of phones. */
  readonly anyPhones: number;
}

function read(model: PhoneModel, spectra: Spectra, warp: number): Reading {
  const likelihoods = model.score(extract(spectra, warp));
  return { likelihoods, anyPhones: scoreAnyPhones(likelihoods) };
}

async function phoneModelOf(voice: FliteVoice): Promise<PhoneModel> {
  const model = (sharedModel ??= trainPhoneModel(voice));
  try {
    return await model;
  } catch (thrown) {
    // A closed voice must not spoil the next one's attempt.
    if (sharedModel === model) sharedModel = undefined;
    throw thrown;
  }
}

/** All phrases in few syntheses, because starting one costs more than speaking it; a pause separates them. */
async function pronounce(phrases: readonly string[], voice: FliteVoice): Promise<(readonly string[])[]> {
  const pronounced: (readonly string[])[] = [];
  for (let at = 0; at < phrases.length; at += 20) {
    const some = phrases.slice(at, at + 20);
    const together = await voice.synthesize(some.map((phrase) => `${plain(phrase)}.`).join(" "), { voice: "kal" });
    const groups = splitAtPauses(together.phones);
    pronounced.push(...(groups.length === some.length ? groups : await pronounceEach(some, voice)));
  }
  return pronounced;
}

/** For phrases so long that the voice pauses within them. */
async function pronounceEach(phrases: readonly string[], voice: FliteVoice): Promise<(readonly string[])[]> {
  const pronounced: (readonly string[])[] = [];
  for (const phrase of phrases) {
    const { phones } = await voice.synthesize(plain(phrase), { voice: "kal" });
    const spoken = splitAtPauses(phones).flat();
    if (spoken.length === 0) {
      throw new RealtimeUsageError("config.invalid", `The phrase ${JSON.stringify(phrase)} has nothing to say; give words`);
    }
    pronounced.push(spoken);
  }
  return pronounced;
}

/** Without the punctuation that would make a pause or end the sentence; "3.5", "$5" and "it's" stay. */
function plain(phrase: string): string {
  return phrase
    .replace(/[.,!?:;](?!\d)|[()"]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

function splitAtPauses(phones: readonly string[]): string[][] {
  const groups: string[][] = [[]];
  for (const phone of phones) {
    if (phone !== "pau") (groups[groups.length - 1] as string[]).push(phone);
    else if ((groups[groups.length - 1] as string[]).length > 0) groups.push([]);
  }
  return groups.filter((group) => group.length > 0);
}
