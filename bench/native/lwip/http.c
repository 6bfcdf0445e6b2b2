#include "servers.h"

#include <string.h>

/* Octet by octet what Node's http answers, but that its date moves on. */
static const char ANSWER[] =
    "HTTP/1.1 200 OK\r\n"
    "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    "Connection: keep-alive\r\n"
    "Keep-Alive: timeout=5\r\n"
    "Content-Length: 6\r\n"
    "\r\n"
    "hello\n";

static const char END_OF_HEAD[] = "\r\n\r\n";

/* How much of END_OF_HEAD has come is what `tcp_arg` holds: the end may lie across segments. */
static size_t count_heads(size_t *matched, const struct pbuf *data) {
  size_t heads = 0;
  for (; data != NULL; data = data->next) {
    const char *octets = data->payload;
    for (u16_t i = 0; i < data->len; i += 1) {
      if (octets[i] == END_OF_HEAD[*matched]) *matched += 1;
      else *matched = octets[i] == '\r';
      if (*matched < sizeof END_OF_HEAD - 1) continue;
      *matched = 0;
      heads += 1;
    }
  }
  return heads;
}

static err_t answer(void *argument, struct tcp_pcb *pcb, struct pbuf *data, err_t error) {
  (void)error;
  if (data == NULL) return tcp_close(pcb);
  size_t matched = (size_t)argument;
  size_t heads = count_heads(&matched, data);
  tcp_arg(pcb, (void *)matched);
  tcp_recved(pcb, data->tot_len);
  pbuf_free(data);
  for (; heads > 0; heads -= 1) {
    if (tcp_write(pcb, ANSWER, sizeof ANSWER - 1, 0) == ERR_OK) continue;
    tcp_abort(pcb);
    return ERR_ABRT;
  }
  return ERR_OK;
}

static err_t accept_http(void *argument, struct tcp_pcb *pcb, err_t error) {
  (void)argument;
  if (error != ERR_OK || pcb == NULL) return ERR_VAL;
  tcp_nagle_disable(pcb);
  tcp_arg(pcb, NULL);
  tcp_recv(pcb, answer);
  return ERR_OK;
}

void start_http(u16_t port) { listen_on(port, accept_http); }
