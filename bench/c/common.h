/* What the load programs share. All of them talk to 127.0.0.1 and give up, with a reason on stderr
 * and status 1, when the server lets them wait for PATIENCE_SECONDS. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_SECONDS = 5 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what, int error)
{
    fprintf(stderr, "%s: %s\n", what,
        error == EAGAIN || error == EINPROGRESS ? "no answer in 5 s" : strerror(error));
    exit(1);
}

/* A socket that waits, PATIENCE_SECONDS at the most, in connect, send and recv. */
static int new_socket(void)
{
    struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail("socket", errno);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static int connect_to(int fd, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons((unsigned short)port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(fd, (struct sockaddr *)&address, sizeof address);
}
