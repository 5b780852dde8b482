import { spawn } from 'node:child_process';

/**
 * An application as a runtime sees one: it says what it was given, and runs until it is ended.
 * `--fails` ends at once; `--with-child` starts one more process that does not end by itself.
 */
const args = process.argv.slice(2);
process.stdout.write(`arguments ${JSON.stringify(args)}\n`);
process.stdout.write(`kafka ${process.env['QUICK_KAFKA_BOOTSTRAP_SERVER'] ?? 'unknown'}\n`);
process.stdout.write(`secret ${process.env['SECRET_OF_THE_MANAGER'] ?? 'unknown'}\n`);

if (args.includes('--fails')) {
  process.stderr.write('the input topic is missing\n');
  process.exitCode = 4;
} else {
  if (args.includes('--with-child')) {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      detached: true,
    });
    child.unref();
    process.stdout.write(`child ${child.pid ?? 0}\n`);
  }
  setInterval(() => {}, 1_000);
}
