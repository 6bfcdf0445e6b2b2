import type { CapturedFrame } from '@strata/contract';
import { hint } from '@strata/runtime';
import { startCapture } from '../capture/capture.ts';
import { PcapngStream } from '../capture/pcapng-stream.ts';
import { TRACE_LAYERS, type TraceLayer } from '../trace/event.ts';
import { startTrace } from '../trace/trace.ts';
import { ApiError } from './api-error.ts';
import { LiveStream, reportDropped } from './live-stream.ts';
import { type ApiHandler, integerOf, stacksOf } from './route.ts';

const NDJSON = 'application/x-ndjson';

/** All responses that last until their client leaves. The console ends them when it stops. */
export class Streams {
  readonly #open = new Set<LiveStream>();

  /** Ends all streams. */
  close(): void {
    for (const stream of this.#open) stream.end();
  }

  /**
   * GET /api/trace?stack=NAME&layer=transport&hex=1: the PDUs that cross the boundaries, one
   * TraceEvent per line. `wire=NAME` instead: the frames of all stations on a wire. A line
   * `{"dropped": N}` gives the number of PDUs missed so far.
   */
  readonly trace: ApiHandler = (api) => {
    const { bus, config } = api.context;
    const wires = wiresOf(api.query, Object.keys(config.wires ?? {}));
    const layers = wires.length > 0 ? [] : layersOf(api.query);
    const hex = api.query.get('hex') === '1';
    const stacks = stacksOf(api);
    const live = this.#start(api.response, NDJSON, () => {
      stopReport();
      trace.close();
    });
    const send = (value: unknown) => live.write(`${JSON.stringify(value)}\n`);
    const trace = startTrace({ bus, stacks, layers, wires, hex }, send);
    const stopReport = reportDropped(
      () => live.dropped + trace.dropped(),
      (dropped) => send({ dropped }),
    );
    void trace.ready.then(() => live.begin());
  };

  /**
   * GET /api/capture?stack=NAME&snap=OCTETS&format=pcapng: the frames of the stacks' interfaces, as
   * an endless pcapng file. With `format=ndjson`: one JSON object per line.
   */
  readonly capture: ApiHandler = (api) => {
    const { bus } = api.context;
    const format = api.query.get('format') ?? 'pcapng';
    if (format !== 'pcapng' && format !== 'ndjson') {
      throw new ApiError(400, `format is ${format}: it must be pcapng or ndjson.`);
    }
    const snapOctets = integerOf(api.query, 'snap', 0, 262_144, 0);
    const stacks = stacksOf(api);
    const isPcapng = format === 'pcapng';
    const live = this.#start(api.response, isPcapng ? 'application/x-pcapng' : NDJSON, () =>
      capture.close(),
    );
    const pcapng = new PcapngStream();
    let hasBegun = false;
    const capture = startCapture({ bus, stacks, snapOctets }, (stack, frame) => {
      if (!hasBegun) return;
      if (!isPcapng) {
        live.write(toLine(stack, frame));
        return;
      }
      const description = pcapng.description(stack, frame);
      if (description !== undefined) live.writeAlways(description);
      live.write(pcapng.frame(stack, frame));
    });
    // Once the client has the headers, the capture sees all later frames.
    void capture.ready.then(() => {
      hasBegun = true;
      live.begin();
      if (isPcapng) live.writeAlways(pcapng.start());
    });
  };

  #start(
    response: ConstructorParameters<typeof LiveStream>[0],
    contentType: string,
    onEnd: () => void,
  ): LiveStream {
    const live: LiveStream = new LiveStream(response, contentType, () => {
      this.#open.delete(live);
      onEnd();
    });
    this.#open.add(live);
    return live;
  }
}

function toLine(stack: string, frame: CapturedFrame): string {
  const hex = Buffer.from(frame.frame).toString('hex');
  return `${JSON.stringify({ stack, ...frame, frame: hex })}\n`;
}

function wiresOf(query: URLSearchParams, known: readonly string[]): readonly string[] {
  const wanted = query.getAll('wire');
  for (const wire of wanted) {
    if (known.includes(wire)) continue;
    throw new ApiError(
      404,
      `there is no wire ${wire}; there are: ${known.join(', ')}${hint(wire, known)}.`,
    );
  }
  return wanted;
}

function layersOf(query: URLSearchParams): readonly TraceLayer[] {
  const wanted = query.getAll('layer');
  for (const layer of wanted) {
    if (TRACE_LAYERS.some((known) => known === layer)) continue;
    const there = `${TRACE_LAYERS.join(', ')}${hint(layer, TRACE_LAYERS)}`;
    throw new ApiError(400, `there is no layer ${layer}; there are: ${there}.`);
  }
  return wanted.length === 0 ? TRACE_LAYERS : (wanted as TraceLayer[]);
}
