/* The reference: an epoll echo server in plain C, as lean as correctness allows. Edge-triggered,
 * registered once, one shared receive buffer; what the peer does not take is kept, and nothing
 * more is read from it until it does. Usage: epoll_echo PORT (of 127.0.0.1) */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_EVENTS = 256, BUFFER_BYTES = 256 * 1024, BUDGET_BYTES = 1 << 20, MAX_FDS = 1 << 20 };

struct connection {
    char *spill; /* unsent bytes, or NULL */
    size_t start, length;
    int hangup;
    int queued; /* is in ready */
};

static struct connection *table; /* by descriptor */
static char buffer[BUFFER_BYTES];
static int ready[MAX_FDS], ready_count; /* used up their budget */
static int epoll_fd;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void close_connection(int fd)
{
    free(table[fd].spill);
    memset(&table[fd], 0, sizeof table[fd]);
    close(fd);
}

/* 1: all is sent; 0: the rest waits; -1: closed. */
static int send_or_spill(int fd, const char *from, size_t length)
{
    struct connection *c = &table[fd];
    ssize_t sent = send(fd, from, length, MSG_NOSIGNAL);
    if (sent == (ssize_t)length)
        return 1;
    if (sent < 0 && errno != EAGAIN) {
        close_connection(fd);
        return -1;
    }
    if (sent < 0)
        sent = 0;
    c->length = length - (size_t)sent;
    c->start = 0;
    c->spill = malloc(c->length);
    if (!c->spill) {
        close_connection(fd);
        return -1;
    }
    memcpy(c->spill, from + sent, c->length);
    return 0;
}

static int flush_spill(int fd)
{
    struct connection *c = &table[fd];
    ssize_t sent = send(fd, c->spill + c->start, c->length, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno == EAGAIN)
            return 0;
        close_connection(fd);
        return -1;
    }
    c->start += (size_t)sent;
    c->length -= (size_t)sent;
    if (c->length)
        return 0;
    free(c->spill);
    c->spill = NULL;
    return 1;
}

static void echo(int fd)
{
    struct connection *c = &table[fd];
    size_t echoed = 0;
    if (c->spill && flush_spill(fd) <= 0)
        return;
    while (echoed < BUDGET_BYTES) {
        ssize_t received = recv(fd, buffer, sizeof buffer, 0);
        if (received == 0 || (received < 0 && errno != EAGAIN)) {
            close_connection(fd);
            return;
        }
        if (received < 0 || send_or_spill(fd, buffer, (size_t)received) <= 0)
            return;
        if (received < (ssize_t)sizeof buffer && !c->hangup)
            return;
        echoed += (size_t)received;
    }
    if (!c->queued)
        ready[ready_count++] = fd;
    c->queued = 1;
}

static void accept_all(int listener)
{
    for (int i = 0; i < 64; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct epoll_event event = {
            .events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd };
        if (fd >= MAX_FDS || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
            close(fd);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: epoll_echo PORT\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    table = calloc(MAX_FDS, sizeof *table);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons((unsigned short)atoi(argv[1])) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!table || listener < 0)
        fail("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(listener, SOL_SOCKET, SO_OOBINLINE, &one, sizeof one);
    setsockopt(listener, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0)
        fail("bind");
    if (listen(listener, 4096) < 0)
        fail("listen");
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
    if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) < 0)
        fail("epoll");
    fprintf(stderr, "listening on port %s\n", argv[1]);
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(epoll_fd, events, MAX_EVENTS, ready_count ? 0 : -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                accept_all(listener);
                continue;
            }
            if (events[i].events & (EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
                table[fd].hangup = 1;
            if (table[fd].spill && !(events[i].events & (EPOLLOUT | EPOLLHUP | EPOLLERR)))
                continue;
            echo(fd);
        }
        int turns = ready_count;
        ready_count = 0;
        for (int i = 0; i < turns; i++) {
            table[ready[i]].queued = 0;
            echo(ready[i]); /* appends behind what has been read: never more than i + 1 */
        }
    }
}
