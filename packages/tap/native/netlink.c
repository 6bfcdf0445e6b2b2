/* rtnetlink: one request, its answers, its acknowledgement. Takes well under a millisecond. */
#define _GNU_SOURCE
#include "tap.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

#define ANSWER_OCTETS 32768

int tap_netlink_open(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return -1;
  int on = 1;
  struct timeval patience = {.tv_sec = 5, .tv_usec = 0};
  /* Older kernels lack these two; they only give better messages and shorter dumps. */
  setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

void tap_netlink_begin(struct tap_message_buffer *buffer, int type, int flags, const void *body,
                       size_t body_octets) {
  struct nlmsghdr *header = (struct nlmsghdr *)buffer->octets;
  memset(buffer, 0, sizeof *buffer);
  header->nlmsg_len = NLMSG_LENGTH(body_octets);
  header->nlmsg_type = (uint16_t)type;
  header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
  memcpy(NLMSG_DATA(header), body, body_octets);
}

/* The buffer has room for every request that this driver makes. */
void tap_netlink_attribute(struct tap_message_buffer *buffer, int type, const void *value,
                           size_t octets) {
  struct nlmsghdr *header = (struct nlmsghdr *)buffer->octets;
  size_t start = NLMSG_ALIGN(header->nlmsg_len);
  if (start + RTA_SPACE(octets) > sizeof buffer->octets) return;
  struct rtattr *attribute = (struct rtattr *)((char *)buffer->octets + start);
  attribute->rta_type = (uint16_t)type;
  attribute->rta_len = (uint16_t)RTA_LENGTH(octets);
  memcpy(RTA_DATA(attribute), value, octets);
  header->nlmsg_len = (uint32_t)(start + RTA_LENGTH(octets));
}

/* Keeps the kernel's error message (NLMSGERR_ATTR_MSG), if it sent one. */
static void keep_words(const struct nlmsghdr *message, struct tap_failure *failure) {
  const struct nlmsgerr *error = NLMSG_DATA(message);
  size_t start = sizeof *error;
  if (!(message->nlmsg_flags & NLM_F_ACK_TLVS)) return;
  if (!(message->nlmsg_flags & NLM_F_CAPPED)) start += error->msg.nlmsg_len - sizeof error->msg;
  int left = (int)message->nlmsg_len - (int)NLMSG_HDRLEN - (int)NLMSG_ALIGN(start);
  struct rtattr *attribute = (struct rtattr *)((char *)error + NLMSG_ALIGN(start));
  for (; left > 0 && RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if ((attribute->rta_type & NLA_TYPE_MASK) != NLMSGERR_ATTR_MSG) continue;
    size_t length = RTA_PAYLOAD(attribute);
    if (length >= sizeof failure->detail) length = sizeof failure->detail - 1;
    memcpy(failure->detail, RTA_DATA(attribute), length);
    failure->detail[length] = '\0';
  }
}

/* Reads answers until the request is done. Returns 0, or the errno of the failure. */
static int receive(int fd, uint32_t sequence, tap_netlink_visitor visitor, void *context,
                   struct tap_failure *failure) {
  static _Thread_local _Alignas(struct nlmsghdr) char answer[ANSWER_OCTETS];
  bool interrupted = false;
  for (;;) {
    ssize_t length = recv(fd, answer, sizeof answer, 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno == EAGAIN ? ETIMEDOUT : errno;
    struct nlmsghdr *message = (struct nlmsghdr *)answer;
    for (unsigned left = (unsigned)length; NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_seq != sequence) continue; /* of a request that timed out */
      if (message->nlmsg_flags & NLM_F_DUMP_INTR) interrupted = true;
      if (message->nlmsg_type == NLMSG_DONE) return interrupted ? EINTR : 0;
      if (message->nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *error = NLMSG_DATA(message);
        if (error->error != 0) keep_words(message, failure);
        return -error->error;
      }
      if (visitor != NULL) visitor(message, context);
    }
  }
}

/*
 * Sends the request and passes every answer to the visitor. The kernel acknowledges a request that
 * is not a dump, so errors are always known. A dump that a change has interrupted may lack entries,
 * and fails with EINTR.
 */
bool tap_netlink_run(int fd, struct tap_message_buffer *buffer, tap_netlink_visitor visitor,
                     void *context, const char *step, struct tap_failure *failure) {
  static _Thread_local uint32_t sequence = 0;
  struct nlmsghdr *header = (struct nlmsghdr *)buffer->octets;
  if ((header->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP) header->nlmsg_flags |= NLM_F_ACK;
  header->nlmsg_seq = ++sequence;
  tap_fail(failure, step, 0);
  if (send(fd, header, header->nlmsg_len, 0) < 0) return tap_fail(failure, step, errno);
  failure->error = receive(fd, sequence, visitor, context, failure);
  return failure->error == 0;
}
