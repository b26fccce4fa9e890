/* A load generator: N connections, each with DEPTH messages of SIZE bytes under way, for a time;
 * then what is under way comes back. Of EVERY receives, one is checked byte by byte against what its
 * position must hold; what the others bring is thrown away unread, and only counted.
 * Usage: load PORT CONNECTIONS SIZE DEPTH SECONDS EVERY
 * Prints: echoes, bytes back, seconds, wrong receives. Exit 1 if one was wrong or did not come. */
#include "common.h"
#include <fcntl.h>
#include <sys/epoll.h>

enum { PATTERN = 251, SEND_BLOCK = 64 * 1024, RECEIVE_BLOCK = 256 * 1024 };

struct connection {
    int fd;
    unsigned long long sent, received, owed; /* bytes; owed: may be sent by now */
};

static char pattern[RECEIVE_BLOCK + PATTERN]; /* the byte at position i is i % 251 */
static char buffer[RECEIVE_BLOCK];
static unsigned long long size, depth; /* of a message, in bytes; messages under way */
static unsigned long long bytes, wrong, receives, every;
static int ending; /* nothing new is sent */

static void send_owed(struct connection *c)
{
    while (c->sent < c->owed) {
        unsigned long long left = c->owed - c->sent;
        size_t length = left < SEND_BLOCK ? (size_t)left : SEND_BLOCK;
        ssize_t n = send(c->fd, pattern + c->sent % PATTERN, length, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            fail("send", errno);
        c->sent += (unsigned long long)n;
    }
}

static void receive(struct connection *c)
{
    ssize_t got = RECEIVE_BLOCK;
    while (got == RECEIVE_BLOCK) {
        int is_checked = receives++ % every == 0;
        got = recv(c->fd, buffer, RECEIVE_BLOCK, is_checked ? 0 : MSG_TRUNC);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got == 0)
            fail("recv", ECONNABORTED);
        if (got < 0)
            fail("recv", errno);
        if (is_checked && memcmp(buffer, pattern + c->received % PATTERN, (size_t)got) != 0)
            wrong++;
        bytes += (unsigned long long)got;
        c->received += (unsigned long long)got;
        if (!ending)
            c->owed = (c->received / size + depth) * size;
        send_owed(c);
    }
}

static struct connection *open_all(int count, int port, int epoll_fd)
{
    struct connection *all = calloc((size_t)count, sizeof *all);
    if (!all)
        fail("calloc", errno);
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {
            .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &all[i] };
        all[i].fd = new_socket();
        if (connect_to(all[i].fd, port) < 0)
            fail("connect", errno);
        fcntl(all[i].fd, F_SETFL, O_NONBLOCK);
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    return all;
}

/* Fixes what is owed: the messages that have begun. */
static unsigned long long end_all(struct connection *all, int count)
{
    unsigned long long outstanding = 0;
    ending = 1;
    for (int i = 0; i < count; i++) {
        all[i].owed = (all[i].sent + size - 1) / size * size;
        outstanding += all[i].owed - all[i].received;
        send_owed(&all[i]);
    }
    return outstanding;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: load PORT CONNECTIONS SIZE DEPTH SECONDS EVERY\n");
        return 64;
    }
    int count = atoi(argv[2]), epoll_fd = epoll_create1(0);
    size = strtoull(argv[3], NULL, 10);
    depth = strtoull(argv[4], NULL, 10);
    every = strtoull(argv[6], NULL, 10);
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (char)(i % PATTERN);
    struct connection *all = open_all(count, atoi(argv[1]), epoll_fd);
    double start = now(), end = start + atof(argv[5]), time = start;
    for (int i = 0; i < count; i++) {
        all[i].owed = size * depth;
        send_owed(&all[i]);
    }
    unsigned long long last = ~0ULL; /* byte to come back */
    while (bytes < last) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll_fd, events, 256, PATIENCE_SECONDS * 1000);
        if (n == 0)
            fail("echo", EAGAIN);
        for (int i = 0; i < n; i++) {
            receive(events[i].data.ptr);
            send_owed(events[i].data.ptr);
        }
        time = now();
        if (!ending && time >= end)
            last = bytes + end_all(all, count);
        if (time > end + 2 * PATIENCE_SECONDS)
            fail("the last echoes", EAGAIN);
    }
    printf("%llu %llu %.6f %llu\n", bytes / size, bytes, time - start, wrong);
    if (wrong)
        fprintf(stderr, "%llu receives brought other bytes than were sent\n", wrong);
    return wrong ? 1 : 0;
}
