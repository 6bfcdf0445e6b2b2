/*
 * The bench's client for bulk transfers, on the kernel's sockets:
 *
 *   pump receive ADDRESS PORT SECONDS [PATH]   receives; with PATH, what GET PATH is answered with
 *   pump send ADDRESS PORT SECONDS [PATH]      sends; with PATH, as the body of POST PATH, in chunks
 *
 * Prints `OCTETS SECONDS`. Receiving, the time is that from the connect to the last octet that was
 * taken. Sending, it ends when the peer has answered the end of our data with its own: what still
 * waits in some buffer is not counted as carried. Exits 1 with a message where the connection
 * fails, ends too early, stands still for 5 s, or HTTP's status is not 200.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_OCTETS 131072
#define STALL_SECONDS 5

static char buffer[BUFFER_OCTETS];

static void fail(const char *what) {
  fprintf(stderr, "pump: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
  exit(1);
}

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int open_connection(const char *address, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) {
    errno = 0;
    fail("ADDRESS is no IPv4 address");
  }
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) fail("socket");
  struct timeval stall = {.tv_sec = STALL_SECONDS};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &stall, sizeof stall);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof stall);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  return fd;
}

static void send_all(int fd, const char *data, size_t octets) {
  while (octets > 0) {
    ssize_t sent = send(fd, data, octets, 0);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("send");
    data += sent;
    octets -= (size_t)sent;
  }
}

/* 0 at the end of the peer's data. */
static size_t receive_some(int fd) {
  for (;;) {
    ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got >= 0) return (size_t)got;
    if (errno != EINTR) fail("recv");
  }
}

static void check_status(size_t got) {
  errno = 0;
  if (got < 12 || memcmp(buffer, "HTTP/1.1 200", 12) != 0) {
    fprintf(stderr, "pump: not HTTP's status 200: %.*s\n", (int)(got < 60 ? got : 60), buffer);
    exit(1);
  }
}

static double receive_for(int fd, double began, double seconds, const char *address,
                          const char *path) {
  char request[512];
  int octets = 0;
  if (path != NULL) {
    octets = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, address);
    send_all(fd, request, (size_t)octets);
  }
  double total = 0;
  while (now() - began < seconds) {
    size_t got = receive_some(fd);
    errno = 0;
    if (got == 0) fail("the peer's data ended too early");
    if (path != NULL && total == 0) check_status(got);
    total += (double)got;
  }
  return total;
}

/* The buffer as one chunk of a body (RFC 9112 7.1), itself of a constant size. */
static void make_chunk(void) {
  char head[16];
  size_t octets = BUFFER_OCTETS - 9;
  int length = snprintf(head, sizeof head, "%zx\r\n", octets);
  memcpy(buffer, head, (size_t)length);
  memcpy(buffer + BUFFER_OCTETS - 2, "\r\n", 2);
}

static double send_for(int fd, double began, double seconds, const char *address,
                       const char *path) {
  memset(buffer, 's', sizeof buffer);
  if (path != NULL) {
    char request[512];
    int octets = snprintf(request, sizeof request,
                          "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n",
                          path, address);
    send_all(fd, request, (size_t)octets);
    make_chunk();
  }
  double total = 0;
  while (now() - began < seconds) {
    send_all(fd, buffer, sizeof buffer);
    total += sizeof buffer;
  }
  if (path != NULL) send_all(fd, "0\r\n\r\n", 5);
  if (path == NULL && shutdown(fd, SHUT_WR) < 0) fail("shutdown");
  size_t got = receive_some(fd);
  if (path != NULL) check_status(got);
  while (got > 0) got = receive_some(fd);
  return total;
}

int main(int count, char **arguments) {
  int sends = count > 1 && strcmp(arguments[1], "send") == 0;
  if (count < 5 || count > 6 || (!sends && strcmp(arguments[1], "receive") != 0)) {
    fprintf(stderr, "usage: pump receive|send ADDRESS PORT SECONDS [PATH]\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  const char *address = arguments[2];
  const char *path = count > 5 ? arguments[5] : NULL;
  int fd = open_connection(address, atoi(arguments[3]));
  double seconds = atof(arguments[4]);
  double began = now();
  double octets = sends ? send_for(fd, began, seconds, address, path)
                        : receive_for(fd, began, seconds, address, path);
  printf("%.0f %.6f\n", octets, now() - began);
  return 0;
}
