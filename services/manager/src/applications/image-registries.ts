import type { ApplicationSpec } from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';

/** A registry (`ghcr.io`), or a part of one (`ghcr.io/acme`), in lower case. */
const ENTRY = /^[a-z0-9][a-z0-9.-]*(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;

/** Reads entries that are separated by commas; answers the first one that cannot be read, where there is one. */
export function readImageRegistries(text: string): readonly string[] | { readonly wrong: string } {
  const entries = text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean);
  const wrong = entries.find((entry) => !ENTRY.test(entry));
  return wrong === undefined ? entries : { wrong };
}

/**
 * Refuses an image that is from elsewhere than the operator allows; without any entry all are allowed.
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
      `The image ${image.registry}/${image.name}:${image.tag} is from none of the registries of QUICK_IMAGE_REGISTRIES: ${allowed.join(', ')}.`,
    );
  }
}
