export function parsePort(text: string, least: number): number | undefined {
  const port = /^(0|[1-9]\d{0,4})$/.test(text) ? Number(text) : -1;
  return port >= least && port <= 65535 ? port : undefined;
}
