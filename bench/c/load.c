/* A load generator: N connections, each with DEPTH messages of SIZE bytes under way, for a time;
 * every byte that comes back is checked against what its position must hold.
 * Usage: load PORT CONNECTIONS SIZE DEPTH SECONDS
 * Prints: echoes, bytes back, seconds, wrong bytes. Exit 1 if a byte was wrong. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATTERN = 251, BLOCK = 256 * 1024 }; /* byte at position i is i % 251 */

struct connection {
    int fd;
    unsigned long long sent, received, owed; /* bytes; owed: may be sent by now */
};

static char pattern[BLOCK + PATTERN];
static char buffer[BLOCK];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void send_owed(struct connection *c)
{
    while (c->sent < c->owed) {
        unsigned long long left = c->owed - c->sent;
        size_t length = left < BLOCK ? (size_t)left : BLOCK;
        ssize_t n = send(c->fd, pattern + c->sent % PATTERN, length, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            fail("send");
        c->sent += (unsigned long long)n;
    }
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: load PORT CONNECTIONS SIZE DEPTH SECONDS\n");
        return 64;
    }
    int count = atoi(argv[2]);
    unsigned long long size = strtoull(argv[3], NULL, 10), depth = strtoull(argv[4], NULL, 10);
    double seconds = atof(argv[5]);
    unsigned long long bytes = 0, wrong = 0;
    struct connection *all = calloc((size_t)count, sizeof *all);
    struct epoll_event events[256];
    int epoll_fd = epoll_create1(0), one = 1;
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (char)(i % PATTERN);
    for (int i = 0; i < count; i++) {
        struct sockaddr_in address = { .sin_family = AF_INET,
            .sin_port = htons((unsigned short)atoi(argv[1])) };
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
            fail("connect");
        fcntl(fd, F_SETFL, O_NONBLOCK);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        all[i].fd = fd;
        struct epoll_event event = {
            .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &all[i] };
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
        all[i].owed = size * depth;
        send_owed(&all[i]);
    }
    double start = now(), end = start + seconds, time = start;
    while (time < end) {
        int n = epoll_wait(epoll_fd, events, 256, 1000);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            for (;;) {
                ssize_t got = recv(c->fd, buffer, sizeof buffer, 0);
                if (got < 0 && errno == EAGAIN)
                    break;
                if (got <= 0)
                    fail("recv");
                if (memcmp(buffer, pattern + c->received % PATTERN, (size_t)got) != 0)
                    wrong++;
                bytes += (unsigned long long)got;
                c->received += (unsigned long long)got;
                c->owed = (c->received / size + depth) * size;
                if (c->sent < c->owed)
                    send_owed(c);
                if (got < (ssize_t)sizeof buffer)
                    break;
            }
            send_owed(c);
        }
        time = now();
    }
    printf("%llu %llu %.6f %llu\n", bytes / size, bytes, time - start, wrong);
    return wrong ? 1 : 0;
}
