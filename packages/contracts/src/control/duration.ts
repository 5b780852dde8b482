import { z } from 'zod';

/** Weeks, or days, hours, minutes and seconds. The length of months and years varies. */
export const DURATION =
  /^P(?=[\dT])(?:(\d+)W|(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?)$/;
const UNITS_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000];
const LENGTH_MAX = 50;

/** The rule for durations, for error messages. */
export const DURATION_RULE =
  'expected an ISO 8601 duration of weeks, or of days, hours, minutes and seconds, such as P7D or PT1H30M, longer than zero';

/** The milliseconds of an ISO 8601 duration, or undefined if the text breaks `DURATION_RULE`. */
export function durationMs(text: string): number | undefined {
  const parts = text.length > LENGTH_MAX ? undefined : DURATION.exec(text)?.slice(1);
  if (parts === undefined) {
    return undefined;
  }
  const sum = parts.reduce((ms, part, at) => ms + Number(part ?? 0) * (UNITS_MS[at] ?? 0), 0);
  const ms = Math.round(sum);
  return ms > 0 && Number.isSafeInteger(ms) ? ms : undefined;
}

/** A text that is an ISO 8601 duration. */
export const duration = z
  .string()
  .refine((text) => durationMs(text) !== undefined, DURATION_RULE)
  .meta({ pattern: DURATION.source });
