/**
 * `npm run bench`: what goes through the TAP in one process and over NATS, beside what the kernel does between two namespaces
 * in the same run, and goodput over an impaired wire beside Linux to Linux over the same. Only the ratios mean something: the machine
 * may be shared and noisy.
 */
import { removeAtSignals, startNatsServer, startOneProcess, startServices } from '@strata/e2e';
import { KernelPair } from './kernel-pair.ts';
import { type Figures, measureHttp } from './measure-http.ts';
import { printTable } from './table.ts';
import { printVersusLinux } from './versus-linux.ts';

removeAtSignals();
const kernel = await KernelPair.create();
const nats = await startNatsServer();
const rows: { readonly name: string; readonly figures: Figures }[] = [];

try {
  rows.push({ name: 'Node on the kernel, veth', figures: await kernel.measureNode() });
  const iperf = await kernel.measureIperf();
  const up = await startOneProcess();
  rows.push({
    name: 'Strata, one process, TAP',
    figures: await measureHttp(up.netns, '192.0.2.2'),
  });
  await up.stop();
  const services = await startServices(nats.url);
  rows.push({
    name: 'Strata, four services over NATS, TAP',
    figures: await measureHttp(services.netns, '192.0.2.2'),
  });
  await services.stop();
  printTable(rows, iperf);
  await printVersusLinux();
} finally {
  await kernel.remove();
  await nats.stop();
}
