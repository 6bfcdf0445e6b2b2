export { askInterfaces, tellInterfaces } from './interface-news.ts';
export type { LayerContext, LayerOptions, LayerWiring } from './layer-wiring.ts';
export type { OutcomeListener, OutcomeSource } from './outcome-feed.ts';
export { fromBus, type Input, type Output, toBus } from './ports.ts';
export { type LayerParts, type StackLayer, serveLayer } from './served-layer.ts';
export { type RunningLayer, startLayer } from './start-layer.ts';
export * from './wait-for-above.ts';
