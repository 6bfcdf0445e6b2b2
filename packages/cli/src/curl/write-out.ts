import type { CurlFigures } from '@strata/tools';

const TIME = /^time_/;

/** The text of `-w FORMAT`: `%{name}` of the figures, `%{json}` for them all, \n \r \t and %%. */
export function writeOut(format: string, figures: CurlFigures, file: string | undefined): string {
  const values: Readonly<Record<string, unknown>> = {
    ...figures,
    response_code: figures.http_code,
    filename_effective: file ?? '',
  };
  return format.replace(/\\([nrt\\])|%%|%\{([^}]*)\}/g, (whole, escaped, name) => {
    if (escaped !== undefined) return ESCAPES[escaped as string]!;
    if (whole === '%%') return '%';
    if (name === 'json') return JSON.stringify(values);
    if (!Object.hasOwn(values, name)) return '';
    return show(name, values[name]);
  });
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

function show(name: string, value: unknown): string {
  if (TIME.test(name)) return (value as number).toFixed(6);
  return name === 'http_code' || name === 'response_code'
    ? String(value).padStart(3, '0')
    : String(value);
}
