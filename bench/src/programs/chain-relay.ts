/**
 * chain-relay.ts URL PDU FROM TO: decodes each batch, encodes it again, and forwards it, as the
 * service of a layer must.
 */
import { connect } from '@nats-io/transport-node';
import { type ChainPdu, channelOf } from './chain.ts';

const [servers, pdu, from, to] = process.argv.slice(2);
const connection = await connect({ servers: servers! });
const channel = channelOf(pdu as ChainPdu);
connection.subscribe(from!, {
  callback: (error, { data }) => {
    if (error !== null) throw error;
    connection.publish(to!, channel.encode(channel.decode(data)));
  },
});
await connection.flush();
console.log('ready');
