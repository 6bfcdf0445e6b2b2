export { main } from './main.ts';
export { createProgram } from './program.ts';
export { type Composition, startComposition, withoutTaps } from './up/composition.ts';
export { readyLine } from './up/ready-line.ts';
