/** `npm run bench:linux -w bench`: goodput beside Linux to Linux over the same impaired wire. `npm run bench` prints it too. */
import { removeAtSignals } from '@strata/e2e';
import { printVersusLinux } from './versus-linux.ts';

removeAtSignals();
await printVersusLinux();
