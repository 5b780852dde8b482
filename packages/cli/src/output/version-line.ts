/** As quick-cli prints it. */
export const VERSION_LINE = 'quick (version 0.1.0)';
