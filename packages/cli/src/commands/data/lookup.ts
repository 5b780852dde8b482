import type { ManagerClient } from '../../manager/manager-client.ts';

/** Reads a path of the mirrors, which are behind the same port as the manager. */
export async function readMirror({ target, http }: ManagerClient, path: string): Promise<string> {
  const base = target.managerUrl.replace(/\/manager$/, '');
  const response = await http.send({ url: `${base}${path}`, server: 'the mirror' });
  return await response.text();
}
