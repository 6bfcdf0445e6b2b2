import { type Bus, connectNats } from '@strata/bus';
import { PcapngStream, startCapture, startTrace, TRACE_LAYERS } from '@strata/service-console';
import { tell } from '../run.ts';
import type { EventHandlers, TraceSelection, TraceSource, Watch } from './source.ts';

/** Time between two reports of missed PDUs. */
const REPORT_MS = 1000;

/** A running watch on a bus. */
interface Watching {
  readonly ready: Promise<readonly string[]>;
  close(): void;
}

/** Traces by subscribing to the bus. */
export class BusSource implements TraceSource {
  readonly #servers: readonly string[];
  readonly #stacks: readonly string[];

  /** `servers`: NATS servers. `stacks`: all stacks of the config. */
  constructor(servers: readonly string[], stacks: readonly string[]) {
    this.#servers = servers;
    this.#stacks = stacks;
  }

  events(selection: TraceSelection, handlers: EventHandlers): Watch {
    const stacks = selection.stacks ?? this.#stacks;
    const { wires, hex } = selection;
    const layers = wires === undefined ? (selection.layers ?? TRACE_LAYERS) : [];
    return this.#watch((bus) => {
      const trace = startTrace({ bus, stacks, layers, wires, hex }, handlers.onEvent);
      let reported = 0;
      const timer = setInterval(() => {
        const dropped = trace.dropped();
        if (dropped > reported) handlers.onDropped(dropped);
        reported = dropped;
      }, REPORT_MS);
      const close = () => {
        clearInterval(timer);
        trace.close();
      };
      return { ready: trace.ready, close };
    });
  }

  frames(stacks: readonly string[] | undefined, onPiece: (piece: Uint8Array) => void): Watch {
    const wanted = stacks ?? this.#stacks.slice(0, 1);
    return this.#watch((bus) => {
      const pcapng = new PcapngStream();
      onPiece(pcapng.start());
      return startCapture({ bus, stacks: wanted }, (stack, frame) => {
        const description = pcapng.description(stack, frame);
        if (description !== undefined) onPiece(description);
        onPiece(pcapng.frame(stack, frame));
      });
    });
  }

  #watch(start: (bus: Bus) => Watching): Watch {
    const connecting = new AbortController();
    let bus: Bus | undefined;
    let watching: Watching | undefined;
    const ready = (async () => {
      bus = await connectNats({
        servers: this.#servers,
        name: 'strata-trace',
        signal: connecting.signal,
        onWaiting: (_error, attempt) => {
          if (attempt === 1) tell(`waiting for NATS at ${this.#servers.join(', ')}`);
        },
      });
      watching = start(bus);
      const silent = await watching.ready;
      if (silent.length > 0) tell(`no link layer answers for stack ${silent.join(', ')} yet`);
    })();
    return {
      ready,
      // Never ends by itself: the bus reconnects.
      ended: new Promise<void>(() => undefined),
      close: async () => {
        connecting.abort();
        watching?.close();
        await bus?.close();
      },
    };
  }
}
