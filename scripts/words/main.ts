// The step `words` of `npm run check`: the language of comments, docs, texts and commit subjects.
import { runWords } from './words-command.ts';

const { isOk, output } = runWords(process.argv.slice(2));
process.stdout.write(`${output}\n`);
process.exitCode = isOk ? 0 : 1;
