/**
 * chain-source.ts URL PDU TO: on request, sends for a number of seconds, at most one window ahead
 * of the sink.
 */
import { connect } from '@nats-io/transport-node';
import { type ChainPdu, encodePdu, PAYLOAD_OCTETS, RUN_SUBJECT, TAKEN_SUBJECT } from './chain.ts';

/**
 * Most messages ahead of the sink, about 2 MB. A larger window does not raise the throughput,
 * because no process of the chain then waits for the others.
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
