import type { ApplicationSpec } from '@quicksilver/resources/application';
import { AppError } from '@quicksilver/common/errors/app-error';

/** A registry (`ghcr.io`) or a path in one (`ghcr.io/acme`), in lower case. */
const ENTRY = /^[a-z0-9][a-z0-9.-]*(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;

/** Parses comma-separated entries. Returns the first invalid entry if there is one. */
export function readImageRegistries(text: string): readonly string[] | { readonly wrong: string } {
  const entries = text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean);
  const wrong = entries.find((entry) => !ENTRY.test(entry));
  return wrong === undefined ? entries : { wrong };
}

/**
 * Rejects an image from a registry that the operator does not allow. An empty list allows all.
 * Throws `AppError('INVALID_SPEC')`.
 */
export function requireAllowedImage(
  allowed: readonly string[],
  image: ApplicationSpec['image'],
): void {
  if (image === undefined || allowed.length === 0) {
    return;
  }
  const from = `${image.registry}/${image.name}`.toLowerCase();
  const isPlain = from.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isPlain || !allowed.some((entry) => from.startsWith(`${entry}/`))) {
    throw new AppError(
      'INVALID_SPEC',
      `The registry of image ${image.registry}/${image.name}:${image.tag} is not allowed. Use an image from one of the registries in QUICK_IMAGE_REGISTRIES: ${allowed.join(', ')}.`,
    );
  }
}
