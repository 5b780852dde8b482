/** Whether a text is a date and time of RFC 3339. */
export function isDateTime(text: string): boolean {
  const parts =
    /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/.exec(
      text,
    );
  const [year = 0, month = 0, day = 0, ...time] = (parts ?? []).slice(1).map(Number);
  // The calendar repeats every 400 years. Day 0 is the last day of the previous month.
  const daysInMonth = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth;
  return parts !== null && isDate && time.every((part, at) => !(part > (TIME_MAX[at] ?? 0)));
}

/** The date of milliseconds since 1970. Protobuf has them as digits, as all numbers of 64 bits. */
export function textOfMilliseconds(value: unknown): string | undefined {
  const isDigits = typeof value === 'string' && /^-?\d{1,16}$/.test(value);
  const date = new Date(isDigits || Number.isInteger(value) ? Number(value) : Number.NaN);
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  return YEARS_0_TO_9999.test(text) ? text : undefined;
}

/** Hour, minute, second with the leap second, and the offset's hour and minute if present. */
const TIME_MAX = [23, 59, 60, 23, 59];
const YEARS_0_TO_9999 = /^\d{4}-/;
