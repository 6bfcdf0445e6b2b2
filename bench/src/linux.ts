/**
 * `npm run bench:linux -w bench`: compares goodput with Linux to Linux over the same impaired wire.
 * `npm run bench` has it as the row `linux`.
 */
import { removeAtSignals } from '@strata/e2e';
import { measureVersusLinux } from './versus-linux.ts';

removeAtSignals();
console.log((await measureVersusLinux()).join('\n'));
