/*
 * Opening the device. /dev/net/tun and an rtnetlink socket belong to the namespace in which they
 * are opened. If a namespace is given, a short-lived thread enters it and opens both. The
 * descriptors then serve this process for the device's life, and no other thread changes its
 * namespace.
 */
#define _GNU_SOURCE
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICE_NODE "/dev/net/tun"

static int open_node(void) { return open(DEVICE_NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC); }

/*
 * Attaches fd to the interface `name`, made if missing, and stores the name that the kernel chose.
 */
static bool attach(int fd, char name[IFNAMSIZ], short flags, struct tap_failure *failure) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  memcpy(request.ifr_name, name, IFNAMSIZ);
  request.ifr_flags = flags;
  if (ioctl(fd, TUNSETIFF, &request) != 0) return tap_fail(failure, "TUNSETIFF", errno);
  memcpy(name, request.ifr_name, IFNAMSIZ);
  return true;
}

/*
 * The first queue makes the interface. An existing persistent interface (`ip tuntap add`) is
 * joined. Any other existing one belongs to somebody: with IFF_MULTI_QUEUE the kernel would let us
 * take a share of its frames.
 */
static bool attach_first(struct tap_device *device, int fd, short flags,
                         struct tap_failure *failure) {
  struct ifreq request;
  if (attach(fd, device->name, (short)(flags | IFF_TUN_EXCL), failure)) return true;
  if (failure->error != EBUSY) return false;
  if (!attach(fd, device->name, flags, failure)) {
    /* EINVAL: the interface exists and is not a TAP, or is a TAP with another number of queues. */
    if (failure->error == EINVAL) failure->error = EBUSY;
    return false;
  }
  memset(&request, 0, sizeof request);
  if (ioctl(fd, TUNGETIFF, &request) != 0) return tap_fail(failure, "TUNGETIFF", errno);
  device->persistent = (request.ifr_flags & IFF_PERSIST) != 0;
  return device->persistent || tap_fail(failure, "TUNSETIFF", EBUSY);
}

static bool open_queue(struct tap_device *device, uint32_t index, short flags,
                       struct tap_failure *failure) {
  int fd = open_node();
  if (fd < 0) return tap_fail(failure, "open " DEVICE_NODE, errno);
  device->queues[index].fd = fd;
  if (index > 0) return attach(fd, device->name, flags, failure);
  return attach_first(device, fd, flags, failure);
}

/* Sets the header's size and byte order (little-endian on every machine) explicitly. */
static bool shape_header(int fd, struct tap_failure *failure) {
  int octets = TAP_VIRTIO_HEADER_OCTETS;
  int on = 1;
  if (ioctl(fd, TUNSETVNETHDRSZ, &octets) != 0) return tap_fail(failure, "TUNSETVNETHDRSZ", errno);
  if (ioctl(fd, TUNSETVNETLE, &on) != 0) return tap_fail(failure, "TUNSETVNETLE", errno);
  return true;
}

/* Uses the interface's sysctl if /proc/sys is writable; otherwise prevents an automatic address. */
static bool disable_ipv6(struct tap_device *device, struct tap_failure *failure) {
  char path[64 + IFNAMSIZ];
  snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", device->name);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return true; /* a kernel without IPv6 */
  if (fd >= 0) {
    ssize_t written = write(fd, "1", 1);
    close(fd);
    if (written == 1) return true;
  }
  return tap_link_stop_ipv6_addresses(device->rtnl_fd, device->ifindex, failure);
}

static bool open_here(struct tap_device *device, const struct tap_open_options *options,
                      struct tap_failure *failure) {
  short flags = IFF_TAP | IFF_NO_PI;
  if (options->virtio_header) flags |= IFF_VNET_HDR;
  if (options->queues > 1) flags |= IFF_MULTI_QUEUE;
  memcpy(device->name, options->name, IFNAMSIZ);
  device->rtnl_fd = tap_netlink_open();
  if (device->rtnl_fd < 0) return tap_fail(failure, "open rtnetlink", errno);
  for (uint32_t index = 0; index < options->queues; index++)
    if (!open_queue(device, index, flags, failure)) return false;
  if (options->virtio_header && !shape_header(device->queues[0].fd, failure)) return false;
  device->ifindex = (int)if_nametoindex(device->name);
  if (device->ifindex == 0) return tap_fail(failure, "find interface", errno);
  return !options->disable_ipv6 || disable_ipv6(device, failure);
}

struct job {
  struct tap_device *device;
  const struct tap_open_options *options;
  struct tap_failure *failure;
  bool done;
};

static void *open_in_namespace(void *argument) {
  struct job *job = argument;
  struct tap_device *device = job->device;
  job->done = tap_namespace_enter(&device->namespace, job->failure) &&
              open_here(device, job->options, job->failure);
  /* Programs in a new namespace expect its 127.0.0.1 to answer. */
  if (job->done && device->namespace.created)
    job->done = tap_link_set_up(device->rtnl_fd, (int)if_nametoindex("lo"), true, job->failure);
  return NULL;
}

/* Waits for the thread: opening takes a few milliseconds if a namespace must be made. */
static bool open_on_thread(struct job *job) {
  pthread_t thread;
  sigset_t all, before;
  sigfillset(&all);
  /* The thread inherits a full signal mask: signals are handled by Node's threads. */
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&thread, NULL, open_in_namespace, job);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error != 0) return tap_fail(job->failure, "start thread", error);
  pthread_join(thread, NULL);
  return job->done;
}

/* On failure nothing is left behind. */
bool tap_open(struct tap_device *device, const struct tap_open_options *options,
              struct tap_failure *failure) {
  struct job job = {.device = device, .options = options, .failure = failure, .done = false};
  device->rtnl_fd = -1;
  device->header_octets = options->virtio_header ? TAP_VIRTIO_HEADER_OCTETS : 0;
  device->queues = calloc(options->queues, sizeof *device->queues);
  if (device->queues == NULL) return tap_fail(failure, "allocate queues", ENOMEM);
  device->queue_count = options->queues;
  for (uint32_t index = 0; index < options->queues; index++)
    device->queues[index] = (struct tap_queue){.device = device, .index = index, .fd = -1};
  job.done = device->namespace.name[0] != '\0' ? open_on_thread(&job)
                                               : open_here(device, options, failure);
  if (!job.done) tap_release(device);
  return job.done;
}

/* Closes the descriptors, so that the kernel removes the interface, and then the namespace. */
void tap_release(struct tap_device *device) {
  for (uint32_t index = 0; index < device->queue_count; index++) {
    if (device->queues[index].fd >= 0) close(device->queues[index].fd);
    device->queues[index].fd = -1;
  }
  if (device->rtnl_fd >= 0) close(device->rtnl_fd);
  device->rtnl_fd = -1;
  tap_namespace_remove(&device->namespace);
  device->namespace.created = false;
}

/*
 * Whether opening would succeed. The kernel checks the permission to make an interface before the
 * kind of the interface, so a request without a kind returns EPERM or EINVAL and makes nothing.
 */
bool tap_probe(struct tap_failure *failure) {
  char name[IFNAMSIZ] = "";
  int fd = open_node();
  if (fd < 0) return tap_fail(failure, "open " DEVICE_NODE, errno);
  attach(fd, name, IFF_NO_PI, failure);
  close(fd);
  return failure->error == EINVAL;
}
