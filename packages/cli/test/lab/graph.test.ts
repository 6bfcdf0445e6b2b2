import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLab } from '@strata/runtime/lab';
import fc from 'fast-check';
import type { Box, Drawing, Label } from '../../src/lab/graph/drawing.ts';
import { type Graph, graphOf } from '../../src/lab/graph/model.ts';
import { placeGraph } from '../../src/lab/graph/place.ts';
import { drawSvg } from '../../src/lab/graph/svg.ts';
import { drawText } from '../../src/lab/graph/text.ts';
import { runCli } from '../run-cli.ts';

const drawingOf = (yaml: string) => placeGraph(graphOf(parseLab(yaml, 'test.yaml')));

describe('The drawing of a lab as text', () => {
  it('shows a link with its interfaces, its name and what is special about it', () => {
    const text = drawText(
      drawingOf(`
title: A slow link
hosts: { left, right }
links:
  wan:
    mtu: 1400
    impairment: { delayMs: 20, lossRatio: 0.02, rateBitsPerSecond: 10e6 }
    ends: { left, right: { impairment: { out: { delayMs: 5, jitterMs: 1 } } } }`),
    );
    expect(text).toBe(`A slow link

 ┌──────┐
 │ left │
 │ host │
 └──┬───┘
    │ eth0 10.0.1.1/24
    │
    │ wan
    │ MTU 1400
    │ delay 20 ms
    │ 10 Mbit/s
    │ loss 2%
    │ eth0 10.0.1.2/24
    │ delay 5 ms ± 1 ms
┌───┴───┐
│ right │
│  host │
└───────┘
`);
  });

  it('shows a switch with its stations, and those outside of the lab', () => {
    const text = drawText(
      drawingOf(`
hosts: { a, b }
switches:
  lan: { tap: { netns: blue }, udp: { listen: 127.0.0.1:9, peer: 127.0.0.1:10 }, ends: { a, b } }`),
    );
    expect(text).toContain('strata0 10.0.1.3/24');
    expect(text).toContain('namespace blue');
    expect(text).toContain('UDP 127.0.0.1:10');
  });
});

/** Graphs of up to eight nodes, also with several lines between two, and in several pieces. */
const graphs = fc
  .integer({ min: 1, max: 8 })
  .chain((count) =>
    fc.record({
      nodes: fc.tuple(
        ...Array.from({ length: count }, () =>
          fc.record({
            shape: fc.constantFrom('host', 'router', 'switch', 'outside'),
            lines: fc.array(fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }), {
              minLength: 1,
              maxLength: 3,
            }),
          }),
        ),
      ),
      edges: fc.array(
        fc.record({
          ends: fc.tuple(fc.nat(count - 1), fc.nat(count - 1)).filter(([a, b]) => a !== b),
          endLabels: fc.tuple(labels(2), labels(2)),
          label: labels(4),
        }),
        { maxLength: count === 1 ? 0 : 12 },
      ),
    }),
  )
  .map(
    ({ nodes, edges }): Graph => ({
      title: '',
      nodes: nodes.map((node, index) => ({ ...node, name: `n${index}` })),
      edges,
    }),
  );

function labels(maxLength: number) {
  return fc.array(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }), {
    maxLength,
  });
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const areaOf = ({ x, y, text }: Label): Area => ({ x, y, width: text.length, height: 1 });

function meet(a: Area, b: Area): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Whether the point is on the upper or lower border of the box, between its corners. */
function isOnBorder(box: Box, { x, y }: { readonly x: number; readonly y: number }): boolean {
  const isInside = x > box.x && x < box.x + box.width - 1;
  return isInside && (y === box.y || y === box.y + box.height - 1);
}

describe('The layout of a graph', () => {
  it('lets no box or label lie over another', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const drawing = placeGraph(graph);
        const areas: Area[] = [...drawing.boxes, ...drawing.labels.map(areaOf)];
        const over = areas.flatMap((a, index) => areas.slice(0, index).filter((b) => meet(a, b)));
        expect(over).toEqual([]);
      }),
    );
  });

  it('keeps all within its bounds', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { width, height, boxes, labels, lines } = placeGraph(graph);
        const points = lines.flatMap((line) => line.points);
        const areas = [
          ...boxes,
          ...labels.map(areaOf),
          ...points.map((point) => ({ ...point, width: 1, height: 1 })),
        ];
        const isInside = (area: Area) =>
          Math.min(area.x, area.y) >= 0 &&
          area.x + area.width <= width &&
          area.y + area.height <= height;
        expect(areas.filter((area) => !isInside(area))).toEqual([]);
      }),
    );
  });

  it('draws level and upright lines from box to box, and none through a box', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { boxes, lines } = placeGraph(graph);
        const ends = lines.flatMap(({ points }) => [points[0]!, points.at(-1)!]);
        const onBoxes = ends.filter((end) => boxes.some((box) => isOnBorder(box, end)));
        expect(onBoxes).toHaveLength(2 * graph.edges.length);
        for (const { points } of lines) {
          points.slice(1).forEach((to, index) => {
            const from = points[index]!;
            expect(from.x === to.x || from.y === to.y).toBe(true);
            const area = {
              x: Math.min(from.x, to.x),
              y: Math.min(from.y, to.y),
              width: Math.abs(from.x - to.x) + 1,
              height: Math.abs(from.y - to.y) + 1,
            };
            const inner = boxes.map((box) => ({
              x: box.x,
              y: box.y + 1,
              width: box.width,
              height: box.height - 2,
            }));
            expect(inner.filter((box) => meet(area, box))).toEqual([]);
          });
        }
      }),
    );
  });

  it('lets no line run along another', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const drawing = placeGraph(graph);
        const steps = drawing.lines.flatMap(({ points }) => stepsOf(points));
        expect(new Set(steps).size).toBe(steps.length);
      }),
    );
  });
});

/** The steps from row to row and from column to column that a line takes. */
function stepsOf(points: Drawing['lines'][number]['points']): string[] {
  return points.slice(1).flatMap((to, index) => {
    const from = points[index]!;
    const steps: string[] = [];
    for (let x = Math.min(from.x, to.x); x < Math.max(from.x, to.x); x += 1) {
      steps.push(`${x} ${from.y} right`);
    }
    for (let y = Math.min(from.y, to.y); y < Math.max(from.y, to.y); y += 1) {
      steps.push(`${from.x} ${y} down`);
    }
    return steps;
  });
}

describe('The drawing of a lab as SVG', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strata-graph-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has what the text has, escaped, with colours for dark pages', () => {
    const svg = drawSvg(
      drawingOf(`title: 'A "<lab>" & more'\nhosts: { a, b }\nlinks: { l: { ends: { a, b } } }`),
    );
    expect(svg).toContain('A &quot;&lt;lab&gt;&quot; &amp; more');
    for (const text of ['>a</text>', '>l</text>', '>eth0 10.0.1.2/24</text>']) {
      expect(svg).toContain(text);
    }
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg.match(/<rect /g)).toHaveLength(2);
    expect(svg.match(/<polyline /g)).toHaveLength(1);
  });

  it('goes to a file', async () => {
    const file = join(folder, 'lab.svg');
    const { status, stdout } = await runCli('lab', 'graph', 'two-hosts', '--svg', file);
    expect([status, stdout]).toEqual([0, '']);
    expect(readFileSync(file, 'utf8')).toMatch(/^<svg /);
  });

  it('says where it cannot be written', async () => {
    const { status, stderr } = await runCli('lab', 'graph', 'two-hosts', '--svg', folder);
    expect([status, stderr]).toEqual([1, expect.stringContaining(`cannot write ${folder}`)]);
  });
});
