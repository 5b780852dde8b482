import { call } from '../clients/http-call.ts';
import type { ServiceProcess } from './service-process.ts';

/** The sum of a metric's values over all lines that carry these labels; 0 if there is none. */
export async function readMetric(
  service: Pick<ServiceProcess, 'opsUrl'>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { text } = await call(`${service.opsUrl}/metrics`);
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => pairs.every((pair) => line.includes(pair)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
