/**
 * chain-sink.ts URL FROM: counts the messages, and reports the count every few messages, so that
 * the source continues.
 */
import { connect } from '@nats-io/transport-node';
import { TAKEN_SUBJECT } from './chain.ts';

/** Messages between two reports. */
const REPORT_MESSAGES = 8;

const [servers, from] = process.argv.slice(2);
const connection = await connect({ servers: servers! });
let taken = 0;
connection.subscribe(from!, {
  callback: (error) => {
    if (error !== null) throw error;
    taken += 1;
    if (taken % REPORT_MESSAGES === 0) connection.publish(TAKEN_SUBJECT, `${taken}`);
  },
});
await connection.flush();
console.log('ready');
