/**
 * chain-source.ts URL PDU TO: when asked to, sends for so many seconds, no more ahead of the sink
 * than a window.
 */
import { connect } from '@nats-io/transport-node';
import { type ChainPdu, encodePdu, PAYLOAD_OCTETS, RUN_SUBJECT, TAKEN_SUBJECT } from './chain.ts';

/**
 * Messages ahead of the sink, some 2 MB: with more no more goes through, since no process of the
 * chain waits for the others.
 */
const WINDOW_MESSAGES = 128;

const [servers, pdu, to] = process.argv.slice(2);
const connection = await connect({ servers: servers! });
let sent = 0;
let taken = 0;
let isRunning = false;

function send(): void {
  while (isRunning && sent - taken < WINDOW_MESSAGES) {
    connection.publish(to!, encodePdu(pdu as ChainPdu));
    sent += 1;
  }
}

connection.subscribe(TAKEN_SUBJECT, {
  callback: (_error, message) => {
    taken = Number(message.string());
    send();
  },
});
connection.subscribe(RUN_SUBJECT, {
  callback: (_error, message) => {
    const [began, before] = [performance.now(), taken];
    isRunning = true;
    send();
    setTimeout(() => {
      isRunning = false;
      const octets = (taken - before) * PAYLOAD_OCTETS;
      message.respond(JSON.stringify({ octets, tookMs: performance.now() - began }));
    }, Number(message.string()) * 1000);
  },
});
await connection.flush();
console.log('ready');
