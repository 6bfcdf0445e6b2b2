import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describeNodeAndOurs } from './node-and-ours.ts';
import { readAll } from './support.ts';

const REQUESTS = 100;
const REQUEST = 'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody';

/** The times when a handler answers. */
const ANSWERS: [string, (request: http.IncomingMessage, answer: () => void) => void][] = [
  ['at the end of the request', (request, answer) => void request.resume().on('end', answer)],
  [
    'a turn of the event loop behind it',
    (request, answer) => void request.resume().on('end', () => setImmediate(answer)),
  ],
  [
    'when it has read all of it',
    async (request, answer) => {
      for await (const _chunk of request);
      answer();
    },
  ],
];

describeNodeAndOurs('The order of data, end and what follows from them', (create) => {
  it.each(ANSWERS)(
    'lets a client half-close after its request, with an answer %s',
    async (_when, handle) => {
      const sockets = create();
      const server = http.createServer((request, response) => {
        handle(request, () => response.end('answer'));
      });
      const listener = sockets.serveHttp(server).listen(0, sockets.host);
      await once(listener, 'listening');
      const { port } = listener.address() as AddressInfo;
      let answered = 0;
      for (let i = 0; i < REQUESTS; i += 1) {
        const socket = sockets.client.connect({ port, host: sockets.host, allowHalfOpen: true });
        socket.end(REQUEST);
        const answer = (await readAll(socket)).toString();
        if (answer.startsWith('HTTP/1.1 200 OK') && answer.endsWith('answer')) answered += 1;
        socket.destroy();
      }
      listener.close();
      expect(answered).toBe(REQUESTS);
    },
  );

  it('delivers each datagram to code that waits for one at a time', async () => {
    const { dgram, host } = create();
    const receiver = dgram.createSocket('udp4');
    receiver.bind(0, host);
    await once(receiver, 'listening');
    const sender = dgram.createSocket('udp4');
    const words = ['one', 'two', 'three'];
    for (const word of words) sender.send(word, receiver.address().port, host);
    const received: string[] = [];
    while (received.length < words.length) {
      const [message] = await once(receiver, 'message');
      received.push(String(message));
    }
    expect(received).toEqual(words);
    sender.close();
    receiver.close();
  });

  it('lets promises run between the connection, its data and its end', async () => {
    const sockets = create();
    const listener = sockets.net.createServer({ allowHalfOpen: true }).listen(0, sockets.host);
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const socket = sockets.client.connect(port, sockets.host);
    socket.end('all');
    socket.resume();
    const [far] = (await once(listener, 'connection')) as [Socket];
    const happened: string[] = [];
    far.on('data', (data: Buffer) => {
      happened.push(String(data));
      const later = Promise.resolve().then(() => new Promise((resolve) => setImmediate(resolve)));
      void later.then(() => happened.push('what the data led to'));
    });
    await once(far, 'end');
    expect(happened).toEqual(['all', 'what the data led to']);
    far.end();
    listener.close();
    await once(listener, 'close');
  });
});
