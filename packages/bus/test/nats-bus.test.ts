import { connectNats } from '@strata/bus';
import { describeBus, type NatsServer, startNatsServer } from '@strata/conformance';

let server: NatsServer;

beforeAll(async () => {
  server = await startNatsServer();
});

afterAll(async () => {
  await server.stop();
});

describeBus('NATS', async () => {
  const [sender, receiver] = await Promise.all([
    connectNats({ servers: server.url, name: 'sender' }),
    connectNats({ servers: server.url, name: 'receiver' }),
  ]);
  return {
    sender,
    receiver,
    encodes: true,
    dispose: async () => {
      await Promise.all([sender.close(), receiver.close()]);
    },
  };
});

describeBus('NATS, one connection', async () => {
  const bus = await connectNats({ servers: server.url, name: 'both' });
  return { sender: bus, receiver: bus, encodes: true, dispose: () => bus.close() };
});
