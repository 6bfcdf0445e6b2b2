import { fillPattern, firstOutOfPlace } from '../../src/packetdrill/packets/pattern.ts';
import { ESTABLISHED, NEXT, run } from './run.ts';

/** Why a script with these lines did not pass. Undefined if it passed. */
function outcome(more: string): string | undefined {
  const { line, message } = run(ESTABLISHED + more);
  return message === undefined ? undefined : `${line! - NEXT + 1}: ${message}`;
}

describe('The sockets of a script', () => {
  it.each([
    ['a file that is not open', '+0 read(9, ..., 5) = -1 EBADF (Bad file descriptor)'],
    ['a bad address', '+0 write(4, NULL, 5) = -1 EFAULT (Bad address)'],
    ['a socket that is not connected', '+0 read(3, ..., 5) = -1 ENOTCONN (not connected)'],
    ['a socket that listens', '+0 connect(3, ..., ...) = -1 EISCONN (is connected)'],
    ['one that is connected', '+0 connect(4, ..., ...) = -1 EISCONN (is connected)'],
    ['accept where nothing listens', '+0 accept(4, ..., ...) = -1 EINVAL (Invalid argument)'],
    ['a wrong protocol', '+0 socket(..., SOCK_STREAM, IPPROTO_UDP) = -1 EPROTONOSUPPORT (no)'],
    ['a second close', '+0 close(4) = 0\n+0 close(4) = -1 EBADF (Bad file descriptor)'],
    ['writing after shutdown', '+0 shutdown(4, SHUT_WR) = 0\n+0 write(4, ..., 5) = -1 EPIPE (no)'],
    ['an MSS out of range', '+0 setsockopt(4, SOL_TCP, TCP_MAXSEG, [5], 4) = -1 EINVAL (no)'],
    ['MSG_DONTWAIT', '+0 recv(4, ..., 5, MSG_DONTWAIT) = -1 EAGAIN (later)'],
  ])('answer as Linux: %s', (_what, more) => {
    expect(outcome(more)).toBeUndefined();
  });

  it('peek without taking', () => {
    const data = '+0 < P. 1:101(100) ack 1 win 9\n+0 > . 1:1(0) ack 101\n';
    expect(
      outcome(`${data}+0 recv(4, ..., 60, MSG_PEEK) = 60\n+0 read(4, ..., 500) = 100`),
    ).toBeUndefined();
  });

  it('poll at once, after a time, and when something comes', () => {
    const entry = (revents: string) => `poll([{fd=4, events=POLLIN, revents=${revents}}], 1,`;
    expect(outcome(`+0 ${entry('0')} 0) = 0`)).toBeUndefined();
    expect(outcome(`+0...0.3 ${entry('0')} 300) = 0`)).toBeUndefined();
    const comes = '+.1 < P. 1:11(10) ack 1 win 9';
    expect(outcome(`+0...0.1 ${entry('POLLIN')} 300) = 1\n${comes}`)).toBeUndefined();
    expect(outcome(`+0...0.1 ${entry('0')} 300) = 1\n${comes}`)).toBe(
      '1: poll: revents of file 0: IN, not 0',
    );
  });

  it('tell of the end and of resets by poll', () => {
    const poll = (revents: string) =>
      `+0 poll([{fd=4, events=POLLIN|POLLOUT|POLLRDHUP, revents=${revents}}], 1, 0) = 1\n`;
    const fin = '+0 < F. 1:1(0) ack 1 win 9\n+0 > . 1:1(0) ack 2\n';
    expect(outcome(fin + poll('POLLIN|POLLOUT|POLLRDHUP'))).toBeUndefined();
    const reset = '+0 < R. 1:1(0) ack 1 win 9\n';
    expect(outcome(reset + poll('POLLIN|POLLOUT|POLLRDHUP|POLLERR|POLLHUP'))).toBeUndefined();
  });

  it('give each edge once to edge-triggered epoll, and one shot to EPOLLONESHOT', () => {
    const open = '+0 epoll_create(1) = 5\n';
    const add = (events: string) =>
      `+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=${events}, fd=4}) = 0\n`;
    const wait = (events: string, count: number) =>
      `+0 epoll_wait(5, {events=${events}, fd=4}, 1, 0) = ${count}\n`;
    const data = (from: number) =>
      `+0 < P. ${from}:${from + 10}(10) ack 1 win 9\n+0 > . 1:1(0) ack ${from + 10}\n`;
    const edge = open + add('EPOLLIN|EPOLLET') + wait('0', 0) + data(1) + wait('EPOLLIN', 1);
    expect(outcome(edge + wait('0', 0) + data(11) + wait('EPOLLIN', 1))).toBeUndefined();
    const level = open + add('EPOLLIN') + data(1) + wait('EPOLLIN', 1);
    expect(outcome(level + wait('EPOLLIN', 1))).toBeUndefined();
    const once = open + add('EPOLLIN|EPOLLONESHOT') + data(1) + wait('EPOLLIN', 1);
    expect(outcome(once + wait('0', 0))).toBeUndefined();
    expect(
      outcome(`${open}+0 epoll_ctl(5, EPOLL_CTL_DEL, 4, ...) = -1 ENOENT (no)`),
    ).toBeUndefined();
  });

  it('report the place of a wrong octet', () => {
    const octets = new Uint8Array(1000);
    fillPattern(octets, 500);
    expect(firstOutOfPlace(octets, 500)).toBeUndefined();
    expect(firstOutOfPlace(octets.subarray(300), 800)).toBeUndefined();
    octets[700]! ^= 1;
    expect(firstOutOfPlace(octets, 500)).toBe(1200);
    expect(firstOutOfPlace(octets.subarray(1), 500)).toBe(500);
  });

  it.each([
    ['calls', '+0 splice(4, NULL, 5, NULL, 10, 0) = 10'],
    ['options', '+0 setsockopt(4, SOL_SOCKET, SO_ZEROCOPY, [1], 4) = 0'],
    ['flags', '+0 send(4, ..., 10, MSG_ZEROCOPY) = 10'],
    ['values', '+0 %{ assert tcpi_what == 1 }%'],
  ])('say which %s there are none of', (_what, more) => {
    expect(run(ESTABLISHED + more)).toMatchObject({
      verdict: 'unsupported',
      line: NEXT,
      message: expect.stringContaining('not supported: '),
    });
  });
});
