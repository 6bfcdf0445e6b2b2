/*
 * Named network namespaces, as `ip netns` makes them: a bind mount of the namespace on
 * /run/netns/NAME, below a shared mount so that every mount namespace sees it.
 *
 * setns and unshare change only the calling thread. open.c calls this on a thread that ends
 * afterwards, so no thread of Node ever changes its namespace, and nothing must be restored.
 */
#define _GNU_SOURCE
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define NETNS_DIRECTORY "/run/netns"
#define THREAD_NAMESPACE "/proc/thread-self/ns/net"

static void path_of(const struct tap_namespace *namespace, char *path, size_t size) {
  snprintf(path, size, NETNS_DIRECTORY "/%s", namespace->name);
}

/* Makes /run/netns a shared mount point, as iproute2 does, unless it is one already. */
static bool share_directory(struct tap_failure *failure) {
  if (mount("", NETNS_DIRECTORY, "none", MS_SHARED | MS_REC, NULL) == 0) return true;
  if (errno != EINVAL) return tap_fail(failure, "share /run/netns", errno);
  if (mount(NETNS_DIRECTORY, NETNS_DIRECTORY, "none", MS_BIND | MS_REC, NULL) != 0)
    return tap_fail(failure, "mount /run/netns", errno);
  if (mount("", NETNS_DIRECTORY, "none", MS_SHARED | MS_REC, NULL) != 0)
    return tap_fail(failure, "share /run/netns", errno);
  return true;
}

/* Gives the thread a new namespace and binds it to the file `path`, which is empty and ours. */
static bool create(struct tap_namespace *namespace, const char *path,
                   struct tap_failure *failure) {
  struct stat status;
  if (unshare(CLONE_NEWNET) != 0) return tap_fail(failure, "unshare network namespace", errno);
  if (mount(THREAD_NAMESPACE, path, "none", MS_BIND, NULL) != 0)
    return tap_fail(failure, "mount network namespace", errno);
  namespace->created = true;
  if (stat(path, &status) != 0) return tap_fail(failure, "stat network namespace", errno);
  namespace->device = status.st_dev;
  namespace->inode = status.st_ino;
  return true;
}

static bool enter_existing(const char *path, struct tap_failure *failure) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return tap_fail(failure, "open network namespace", errno);
  int result = setns(fd, CLONE_NEWNET);
  int error = errno;
  close(fd);
  return result == 0 || tap_fail(failure, "enter network namespace", error);
}

static bool enter_locked(struct tap_namespace *namespace, struct tap_failure *failure) {
  char path[sizeof NETNS_DIRECTORY + TAP_NETNS_NAME_OCTETS];
  path_of(namespace, path, sizeof path);
  if (access(path, F_OK) == 0) return enter_existing(path, failure);
  if (!share_directory(failure)) return false;
  int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
  if (fd < 0) {
    /* `ip netns add` was faster: it holds the lock for a shorter time. */
    if (errno == EEXIST) return enter_existing(path, failure);
    return tap_fail(failure, "create network namespace file", errno);
  }
  close(fd);
  if (create(namespace, path, failure)) return true;
  if (namespace->created) umount2(path, MNT_DETACH);
  namespace->created = false;
  unlink(path);
  return false;
}

/* Moves the calling thread into the namespace, which is made if missing. */
bool tap_namespace_enter(struct tap_namespace *namespace, struct tap_failure *failure) {
  namespace->created = false;
  /* Joining needs no permission to write below /run, so the directory is made only if missing. */
  if (mkdir(NETNS_DIRECTORY, 0755) != 0 && errno != EEXIST)
    return tap_fail(failure, "create /run/netns", errno);
  /* The lock separates two makers of one name, iproute2 included. */
  int lock = open(NETNS_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0) return tap_fail(failure, "open /run/netns", errno);
  if (flock(lock, LOCK_EX) != 0) {
    tap_fail(failure, "lock /run/netns", errno);
    close(lock);
    return false;
  }
  bool done = enter_locked(namespace, failure);
  close(lock);
  return done;
}

/* Removes the name if we made it and it still refers to the namespace that we made. */
void tap_namespace_remove(const struct tap_namespace *namespace) {
  char path[sizeof NETNS_DIRECTORY + TAP_NETNS_NAME_OCTETS];
  struct stat status;
  if (!namespace->created) return;
  path_of(namespace, path, sizeof path);
  if (stat(path, &status) != 0 || status.st_dev != namespace->device ||
      status.st_ino != namespace->inode)
    return;
  umount2(path, MNT_DETACH);
  unlink(path);
}
