import { Counter, collectDefaultMetrics, Registry } from 'prom-client';
import type { Counters } from './running.ts';

/**
 * The counters of a process's parts, in Prometheus's format: `strata_<layer>_<name>{stack="…"}`,
 * where `<name>` is Linux's. The process's own metrics are included.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter<'stack'>>();
  readonly #sources: { layer: string; stack: string; read: () => Counters }[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Adds a part; `read` is called for each scrape. */
  add(layer: string, stack: string, read: () => Counters): void {
    this.#sources.push({ layer, stack, read });
  }

  /** The text of a scrape. */
  async text(): Promise<string> {
    for (const counter of this.#counters.values()) counter.reset();
    for (const { layer, stack, read } of this.#sources) {
      for (const [name, value] of Object.entries(read())) {
        if (value >= 0) this.#counter(layer, name).inc({ stack }, value);
      }
    }
    return this.#registry.metrics();
  }

  #counter(layer: string, name: string): Counter<'stack'> {
    const full = `strata_${layer}_${name}`.replace(/[^a-zA-Z0-9_]/g, '_');
    let counter = this.#counters.get(full);
    if (counter === undefined) {
      const help = `${name} of the ${layer} layer`;
      counter = new Counter({
        name: full,
        help,
        labelNames: ['stack'],
        registers: [this.#registry],
      });
      this.#counters.set(full, counter);
    }
    return counter;
  }
}
