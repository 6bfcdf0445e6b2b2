import { type Command, Option } from 'commander';
import { choice } from '../arguments.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

/** `--log-level`, as the config's `log.level`. */
export function addLogLevel(command: Command): void {
  const option = new Option(
    '--log-level <level>',
    'least level that is logged (JSON, on standard error)',
  );
  command.addOption(option.choices(LEVELS).argParser(choice(LEVELS)));
}
