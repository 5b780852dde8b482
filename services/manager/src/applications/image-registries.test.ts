import { describe, expect, test } from 'vitest';

import { readImageRegistries, requireAllowedImage } from './image-registries.ts';

const refusal = (allowed: readonly string[], registry: string, name: string): string => {
  try {
    requireAllowedImage(allowed, { registry, name, tag: '1' });
    return 'allowed';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe('row 147: the registries that images may be from', () => {
  const allowed = ['ghcr.io/acme', 'localhost:5000'];

  test.each([
    ['ghcr.io', 'acme/app'],
    ['ghcr.io/acme', 'app'],
    ['GHCR.io', 'acme/deep/app'],
    ['localhost:5000', 'app'],
  ])('let %s/%s pass', (registry, name) => {
    expect(refusal(allowed, registry, name)).toBe('allowed');
  });

  test.each([
    ['evil.io', 'x'],
    ['ghcr.io', 'acme'],
    ['ghcr.io', 'acmes/app'],
    ['ghcr.io', 'other/app'],
    ['ghcr.io/acme', '../evil/app'],
    ['ghcr.io/acme/..', 'evil'],
    ['evil.io/ghcr.io', 'acme/app'],
    ['localhost', 'app'],
    ['localhost:50001', 'app'],
  ])('do not let %s/%s pass', (registry, name) => {
    expect(refusal(allowed, registry, name)).toBe(
      `The registry of image ${registry}/${name}:1 is not allowed. Use an image from one of the registries in QUICK_IMAGE_REGISTRIES: ghcr.io/acme, localhost:5000.`,
    );
  });

  test('allow everything if the list is empty, and do not apply to a command', () => {
    expect(refusal([], 'evil.io', 'x')).toBe('allowed');
    expect(() => requireAllowedImage(allowed, undefined)).not.toThrow();
  });

  test('are read without blanks and in lower case, and a wrong one is named', () => {
    expect(readImageRegistries(' GHCR.io/acme , localhost:5000,')).toEqual(allowed);
    expect(readImageRegistries('')).toEqual([]);
    for (const wrong of ['http://ghcr.io', 'ghcr.io/', '*', 'a b', 'ghcr.io/../x']) {
      expect(readImageRegistries(`ghcr.io,${wrong}`)).toEqual({ wrong });
    }
  });
});
