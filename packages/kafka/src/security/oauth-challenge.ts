const SEPARATOR = '\u0001';

/** The first message of SASL/OAUTHBEARER (RFC 7628, section 3.1). */
export function bearerMessage(token: string): Buffer {
  return Buffer.from(`n,,${SEPARATOR}auth=Bearer ${token}${SEPARATOR}${SEPARATOR}`);
}

/**
 * Why a broker rejects a token. It answers with JSON then (RFC 7628, section 3.2.2), and with
 * nothing if it accepts the token.
 */
export function rejectionOf(answer: Buffer | null | undefined): string | undefined {
  const text = answer?.toString('utf8') ?? '';
  if (text === '') {
    return undefined;
  }
  const status = /"status"\s*:\s*"(?<status>[\w.-]{1,100})"/.exec(text)?.groups?.['status'];
  return `SASL authentication failed: ${status ?? 'the broker rejected the token'}`;
}
