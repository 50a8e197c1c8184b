/* Fails the Nth call that writes to the files of one workspace: as a disk does (EIO, ENOSPC), half (torn), or as a kill. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long seen = 0;

/* Is the descriptor one of the workspace's files (its own, -wal, -shm)? */
static int ours(int fd) {
  const char *path = getenv("FAULT_FILE");
  char link[64], name[4096];
  if (!path) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, name, sizeof name - 1);
  if (n <= 0) return 0;
  name[n] = 0;
  return strncmp(name, path, strlen(path)) == 0;
}

/* 0: go on. 1: fail, errno is set. 2: write half of it, then fail. */
static int fault(int fd) {
  if (!ours(fd)) return 0;
  long at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
  const char *how = getenv("FAULT_HOW");
  const char *count = getenv("FAULT_COUNT");
  long now = __sync_add_and_fetch(&seen, 1);
  if (count) {
    FILE *f = fopen(count, "w");
    if (f) { fprintf(f, "%ld", now); fclose(f); }
  }
  if (!how || at == 0) return 0;
  /* "once" fails one call, the others every call from then on. */
  int hit = strstr(how, "once") ? now == at : now >= at;
  if (!hit) return 0;
  if (strstr(how, "torn")) return 2;
  if (strstr(how, "kill")) _exit(137);
  errno = strstr(how, "full") ? ENOSPC : EIO;
  return 1;
}

/* After half a write. */
static ssize_t torn(void) {
  if (strstr(getenv("FAULT_HOW"), "kill")) _exit(137);
  errno = EIO;
  return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *b, size_t n) {
  int f = fault(fd);
  if (f == 1) return -1;
  if (f == 2) { REAL(write)(fd, b, n / 2); return torn(); }
  return REAL(write)(fd, b, n);
}
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) {
  int f = fault(fd);
  if (f == 1) return -1;
  if (f == 2) { REAL(pwrite64)(fd, b, n / 2, o); return torn(); }
  return REAL(pwrite64)(fd, b, n, o);
}
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { return pwrite64(fd, b, n, o); }
/* A call that writes no bytes of its own: nothing of it is half done. */
#define WHOLE(fd, call) int f = fault(fd); return f == 0 ? (call) : f == 2 ? (int)torn() : -1

int fsync(int fd) { WHOLE(fd, REAL(fsync)(fd)); }
int fdatasync(int fd) { WHOLE(fd, REAL(fdatasync)(fd)); }
int ftruncate64(int fd, off64_t n) { WHOLE(fd, REAL(ftruncate64)(fd, n)); }
int ftruncate(int fd, off_t n) { return ftruncate64(fd, n); }
