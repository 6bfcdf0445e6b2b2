/*
 * send-segments ADDRESS PORT OCTETS SIZE: sends OCTETS octets in one call, as datagrams of SIZE
 * octets (UDP_SEGMENT). Then prints the length of each datagram that comes back, until all octets
 * have come back, in order and unchanged. Prints `refused` on ECONNREFUSED.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

static unsigned char sent[65507], got[65507];

static int fail(const char *what) {
  perror(what);
  return 1;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  size_t octets = (size_t)atoi(arguments[3]), at = 0;
  int size = atoi(arguments[4]), fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct timeval patience = {.tv_sec = 10};
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((unsigned short)atoi(arguments[2]))};
  inet_pton(AF_INET, arguments[1], &to.sin_addr);
  for (size_t index = 0; index < sizeof sent; index++) sent[index] = (unsigned char)(index % 251);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
      setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof size) != 0)
    return fail("setsockopt");
  if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) return fail("connect");
  if (send(fd, sent, octets, 0) != (ssize_t)octets) return fail("send");
  while (at < octets) {
    ssize_t length = recv(fd, got, sizeof got, 0);
    if (length < 0 && errno == ECONNREFUSED) return puts("refused") < 0;
    if (length < 0) return fail("recv");
    if (at + (size_t)length > octets || memcmp(got, sent + at, (size_t)length) != 0) {
      fprintf(stderr, "not what was sent\n");
      return 1;
    }
    at += (size_t)length;
    printf("%zd\n", length);
  }
  return 0;
}
