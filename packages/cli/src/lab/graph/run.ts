import { writeFileSync } from 'node:fs';
import { loadLab } from '@strata/runtime/lab';
import { CliError } from '../../failure.ts';
import { print } from '../../run.ts';
import { findLab } from '../find.ts';
import { graphOf } from './model.ts';
import { placeGraph } from './place.ts';
import { drawSvg } from './svg.ts';
import { drawText } from './text.ts';

/** Prints a lab's drawing, or writes it as SVG to the file `svg`. Rejects with CliError. */
export async function drawLab(fileOrName: string, svg: string | undefined): Promise<void> {
  const drawing = placeGraph(graphOf(loadLab(findLab(fileOrName))));
  if (svg === undefined) return print(drawText(drawing));
  if (svg === '-') return print(drawSvg(drawing));
  try {
    writeFileSync(svg, drawSvg(drawing));
  } catch (error) {
    throw new CliError(`cannot write ${svg}: ${(error as Error).message}`);
  }
}
