import type { IperfFigures } from './kernel-pair.ts';
import type { Figures } from './measure-http.ts';

const COLUMNS: readonly { readonly title: string; readonly key: keyof Figures }[] = [
  { title: 'download MB/s', key: 'downloadMBps' },
  { title: 'upload MB/s', key: 'uploadMBps' },
  { title: 'requests/s', key: 'requestsPerSecond' },
  { title: 'ping ms', key: 'pingMs' },
];

/** Prints the figures, each with its ratio to the first row's, as a Markdown table. */
export function printTable(
  rows: readonly { readonly name: string; readonly figures: Figures }[],
  iperf: IperfFigures,
): void {
  const base = rows[0]!.figures;
  console.log(`| | ${COLUMNS.map(({ title }) => title).join(' | ')} |`);
  console.log(`|---|${COLUMNS.map(() => '---:').join('|')}|`);
  for (const { name, figures } of rows) {
    const cells = COLUMNS.map(
      ({ key }) => `${format(figures[key])} (${format(figures[key] / base[key])})`,
    );
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  const kernel = [iperf.downloadMBps / base.downloadMBps, iperf.uploadMBps / base.uploadMBps];
  console.log(
    `| iperf3 on the kernel, veth | ${format(iperf.downloadMBps)} (${format(kernel[0]!)}) | ${format(iperf.uploadMBps)} (${format(kernel[1]!)}) | | |`,
  );
  console.log('\nIn brackets: the ratio to the first row, in the same run.');
}

function format(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
