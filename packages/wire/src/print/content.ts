/** Ports on which tcpdump looks for HTTP. */
const HTTP_PORTS = [80, 8080, 3128];

/** Words that an HTTP message may begin with. */
const HTTP_STARTS = [
  ...['GET', 'PUT', 'COPY', 'HEAD', 'LOCK', 'MOVE', 'POLL', 'POST', 'BCOPY', 'BMOVE', 'MKCOL'],
  ...['TRACE', 'LABEL', 'MERGE', 'DELETE', 'SEARCH', 'UNLOCK', 'REPORT', 'UPDATE', 'NOTIFY'],
  ...['BDELETE', 'CONNECT', 'OPTIONS', 'CHECKIN', 'PROPFIND', 'CHECKOUT', 'CCM_POST'],
];

/**
 * What tcpdump prints of the data of a segment: `: HTTP: GET / HTTP/1.1`; for most data nothing.
 */
export function printContent(
  data: Uint8Array,
  sourcePort: number,
  destinationPort: number,
  verbose: number,
): string {
  if (!HTTP_PORTS.includes(sourcePort) && !HTTP_PORTS.includes(destinationPort)) return '';
  const lines = linesOf(data);
  const [first = ''] = lines;
  if (!isHttpStart(first)) return ': HTTP';
  if (verbose === 0) return `: HTTP: ${first}`;
  return `: HTTP, length: ${data.byteLength}${lines.map((line) => `\n\t${line}`).join('')}`;
}

function isHttpStart(line: string): boolean {
  const [word = '', , version = ''] = line.split(' ');
  if (/^HTTP\/\d/.test(word)) return true;
  return HTTP_STARTS.includes(word) && (version === '' || version.startsWith('HTTP/'));
}

/**
 * The lines of text at the start of the data. A last line without an end is marked, as tcpdump
 * does.
 */
function linesOf(data: Uint8Array): string[] {
  const lines: string[] = [];
  let line = '';
  for (const octet of data) {
    if (octet === 10) {
      lines.push(line.replace(/\r$/, ''));
      line = '';
    } else if ((octet >= 32 && octet < 127) || octet === 9 || octet === 13) {
      line += String.fromCharCode(octet);
    } else return lines;
  }
  return line === '' ? lines : [...lines, `${line} [|http]`];
}
