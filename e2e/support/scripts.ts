/**
 * Scripts for Node on the host. They use the kernel's sockets, so the kernel is the stack's peer.
 */

/**
 * Opens argv[2] connections to the echo service at argv[1] at once, holds them all open, and sends
 * a different text to echo on each.
 */
export const MANY_CONNECTIONS = `
import { connect } from 'node:net';
const [address, count] = process.argv.slice(1);
const sockets = await Promise.all(Array.from({ length: Number(count) }, () => new Promise((resolve, reject) => {
  const socket = connect(7, address, () => resolve(socket));
  socket.on('error', reject);
})));
const echoed = await Promise.all(sockets.map((socket, index) => new Promise((resolve, reject) => {
  const text = ('connection ' + index + ' ').repeat(100);
  let got = '';
  socket.on('data', (data) => { got += data; if (got.length >= text.length) resolve(got === text); });
  socket.on('error', reject);
  socket.write(text);
})));
await Promise.all(sockets.map((socket) => new Promise((resolve) => { socket.on('close', resolve); socket.end(); })));
console.log(echoed.filter((right) => right).length);
`;

/**
 * Opens argv[2] connections to the echo service at argv[1], 200 at a time, sends a line to echo on
 * each, and holds them open until the script is stopped.
 */
export const HELD_CONNECTIONS = `
import { connect } from 'node:net';
const [address, count] = process.argv.slice(1);
let left = Number(count);
let held = 0;
const open = () => {
  if (left-- <= 0) return;
  const socket = connect(7, address, () => socket.write('hello'));
  socket.on('error', (error) => { console.log('error ' + error.code); process.exit(1); });
  socket.once('data', () => {
    held += 1;
    if (held === Number(count)) console.log('held ' + held);
    open();
  });
};
for (let i = 0; i < 200; i += 1) open();
process.on('SIGTERM', () => process.exit(0));
`;

/**
 * Sends a datagram to argv[1] port argv[2] from a connected socket, and prints the code of the
 * error that the socket reports.
 */
export const UDP_ERROR = `
import { createSocket } from 'node:dgram';
const [address, port] = process.argv.slice(1);
const socket = createSocket('udp4');
socket.on('error', (error) => { console.log(error.code); socket.close(); });
socket.connect(Number(port), address, () => socket.send('hello'));
const timer = setTimeout(() => { console.log('nothing came back'); socket.close(); }, 5000);
socket.on('close', () => clearTimeout(timer));
`;

/**
 * Sends a letter to the echo service at argv[1] every 100 ms. Prints `open` once, and then the code
 * of the error that ends the connection.
 */
export const STEADY_ECHO = `
import { connect } from 'node:net';
const [address] = process.argv.slice(1);
const socket = connect(7, address);
socket.once('data', () => console.log('open'));
const timer = setInterval(() => socket.write('x'), 100);
socket.on('error', (error) => console.log(error.code));
socket.on('end', () => console.log('end'));
socket.on('close', () => clearInterval(timer));
`;

/**
 * Sends a datagram to the echo service at argv[1] every 50 ms, each from a new socket. When one
 * comes back, prints how many were sent.
 */
export const UDP_ECHO_UNTIL = `
import { createSocket } from 'node:dgram';
const [address] = process.argv.slice(1);
let sent = 0;
const send = () => {
  sent += 1;
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.on('message', () => { console.log(sent); process.exit(0); });
  socket.send('hello', 7, address);
};
send();
setInterval(send, 50);
`;
