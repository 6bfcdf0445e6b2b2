import { MemoryBus } from '@strata/bus';
import { describeBus } from '@strata/conformance';

describeBus('memory', async () => {
  const bus = new MemoryBus();
  return { sender: bus, receiver: bus, encodes: false, dispose: () => bus.close() };
});
