/** The message of any thrown value, followed by the messages of its causes. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== undefined && parts.length < 5; at = causeOf(at)) {
    const text = at instanceof Error ? at.message || at.name : String(at);
    // Many messages already include the message of their cause.
    if (!parts.some((part) => part.includes(withoutStop(text)))) {
      parts.push(text);
    }
  }
  const last = parts.pop() ?? '';
  return [...parts.map(withoutStop), last].join(': ');
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, '');
}

function causeOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors[0];
  }
  return error instanceof Error ? error.cause : undefined;
}
