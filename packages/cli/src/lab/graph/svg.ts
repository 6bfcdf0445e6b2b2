/** Draws as SVG, for light and dark pages. */
import type { Box, Drawing, Label, Polyline } from './drawing.ts';

/** Pixels of a character and of a row, of the font below. */
const CHARACTER = 7.8;
const ROW = 18;
const MARGIN = 20;
const FONT = 13;
const TITLE_ROWS = 2;

const STYLE = `
  svg { color-scheme: light dark; background: #fff; }
  text { font: ${FONT}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; }
  .title { font: 600 15px system-ui, sans-serif; }
  .name { font-weight: 700; text-anchor: middle; }
  .more { text-anchor: middle; fill: #57606a; }
  .end, .link { paint-order: stroke; stroke: #fff; stroke-width: 4px; stroke-linejoin: round; }
  .end { fill: #57606a; }
  .link { fill: #953800; }
  rect { stroke-width: 1.5; }
  .host { fill: #ddf4ff; stroke: #0969da; }
  .router { fill: #fff8c5; stroke: #9a6700; }
  .switch { fill: #dafbe1; stroke: #1a7f37; }
  rect.outside { fill: #f6f8fa; stroke: #57606a; stroke-dasharray: 5 3; }
  polyline { fill: none; stroke: #57606a; stroke-width: 1.5; }
  polyline.outside { stroke-dasharray: 5 3; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #e6edf3; }
    .more, .end { fill: #9198a1; }
    .end, .link { stroke: #0d1117; }
    .link { fill: #ffa657; }
    .host { fill: #0c2d6b; stroke: #4493f8; }
    .router { fill: #3b2300; stroke: #d29922; }
    .switch { fill: #033a16; stroke: #3fb950; }
    rect.outside { fill: #21262d; stroke: #9198a1; }
    polyline { stroke: #9198a1; }
  }
`;

/** A drawing as a whole SVG document. */
export function drawSvg(drawing: Drawing): string {
  const { title, width, height, boxes, lines, labels } = drawing;
  const top = MARGIN + (title === '' ? 0 : TITLE_ROWS * ROW);
  const least = title.length * CHARACTER * 1.1;
  const pixels = {
    width: Math.ceil(Math.max(width * CHARACTER, least) + 2 * MARGIN),
    height: Math.ceil(height * ROW + top + MARGIN),
  };
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${pixels.width}" height="${pixels.height}" viewBox="0 0 ${pixels.width} ${pixels.height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}</style>`,
    ...(title === ''
      ? []
      : [`<text class="title" x="${MARGIN}" y="${MARGIN + FONT}">${escapeXml(title)}</text>`]),
    `<g transform="translate(${MARGIN} ${top})">`,
    ...lines.map(drawLine),
    ...boxes.map(drawBox),
    ...labels.map(drawLabel),
    '</g>',
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

/** The middle of a character, and of a row. */
function at(x: number, y: number): string {
  return `${round((x + 0.5) * CHARACTER)},${round((y + 0.5) * ROW)}`;
}

function drawLine({ points, isOutside }: Polyline): string {
  const text = points.map(({ x, y }) => at(x, y)).join(' ');
  return `<polyline${isOutside ? ' class="outside"' : ''} points="${text}"/>`;
}

function drawBox({ x, y, width, height, shape, lines }: Box): string {
  const [left, top] = [(x + 0.5) * CHARACTER, (y + 0.5) * ROW];
  const [wide, high] = [(width - 1) * CHARACTER, (height - 1) * ROW];
  const radius = shape === 'router' ? high / 2 : shape === 'switch' ? 2 : 6;
  const rect = `<rect class="${shape}" x="${round(left)}" y="${round(top)}" width="${round(wide)}" height="${round(high)}" rx="${round(radius)}"/>`;
  const middle = left + wide / 2;
  const first = top + high / 2 - ((lines.length - 1) * ROW) / 2 + FONT / 3;
  const texts = lines.map(
    (line, row) =>
      `<text class="${row === 0 ? 'name' : 'more'}" x="${round(middle)}" y="${round(first + row * ROW)}">${escapeXml(line)}</text>`,
  );
  return [rect, ...texts].join('\n');
}

function drawLabel({ x, y, text, kind }: Label): string {
  return `<text class="${kind}" x="${round(x * CHARACTER)}" y="${round((y + 0.5) * ROW + FONT / 3)}">${escapeXml(text)}</text>`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
