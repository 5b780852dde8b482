const EVENT_STREAM = 'text/event-stream';

interface Weighted {
  readonly type: string;
  readonly weight: number;
}

/**
 * The media types of an `accept` header, without their weights, those with the largest weight
 * first. Types of weight 0 are left out. An event stream can carry every response, so if it has the
 * largest weight alone, it is the only type.
 */
export function acceptedTypes(accept: string): readonly string[] {
  const types = accept
    .split(',')
    .map(weighted)
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight);
  const best = types.filter(({ weight }) => weight === types[0]?.weight);
  const isStream = best.every(({ type }) => type.startsWith(EVENT_STREAM));
  return (isStream ? best : types).map(({ type }) => type);
}

function weighted(text: string): Weighted {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const rest = parameters.filter((parameter) => parameter !== weight);
  const number = weight === undefined ? 1 : Number(weight.slice(2));
  return { type: [type, ...rest].join(';'), weight: Number.isNaN(number) ? 1 : number };
}
