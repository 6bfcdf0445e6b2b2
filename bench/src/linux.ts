/**
 * `npm run bench:linux -w bench`: goodput beside Linux to Linux over the same impaired wire. It is
 * the row `linux` of `npm run bench`.
 */
import { removeAtSignals } from '@strata/e2e';
import { measureVersusLinux } from './versus-linux.ts';

removeAtSignals();
console.log((await measureVersusLinux()).join('\n'));
