/*
 * send-segments ADDRESS PORT OCTETS SIZE: sends OCTETS octets in one call, as datagrams of SIZE
 * octets (UDP_SEGMENT).
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

int main(int count, char **arguments) {
  static unsigned char bytes[65507];
  if (count != 5) return 2;
  size_t octets = (size_t)atoi(arguments[3]);
  int size = atoi(arguments[4]), fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((unsigned short)atoi(arguments[2]))};
  for (size_t at = 0; at < sizeof bytes; at++) bytes[at] = (unsigned char)(at * 7 % 251);
  inet_pton(AF_INET, arguments[1], &to.sin_addr);
  if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof size) != 0 ||
      sendto(fd, bytes, octets, 0, (struct sockaddr *)&to, sizeof to) != (ssize_t)octets) {
    perror("send-segments");
    return 1;
  }
  return 0;
}
