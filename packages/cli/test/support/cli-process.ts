/** The command line in a process of its own, from the sources. See spawnCli(). */
import { main } from '../../src/main.ts';

await main(process.argv);
