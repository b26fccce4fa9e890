/* Short connections: each connects, sends 64 bytes, gets them back and closes; WAVE of them are
 * open at a time. Source addresses take turns, so that closed connections, which keep their port
 * for a minute, do not use up the ports.
 * Usage: churn PORT SECONDS. Prints: connections, bytes back, seconds. */
#include "common.h"

enum { WAVE = 50, SIZE = 64, SOURCES = 250 };

static void bind_source(int fd, unsigned long long number)
{
    struct sockaddr_in source = { .sin_family = AF_INET };
    int one = 1;
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (unsigned)(number % SOURCES));
    setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&source, sizeof source) < 0)
        fail("bind", errno);
}

int main(int argc, char **argv)
{
    static char message[SIZE], buffer[SIZE];
    unsigned long long served = 0;
    int fds[WAVE];
    if (argc != 3) {
        fprintf(stderr, "usage: churn PORT SECONDS\n");
        return 64;
    }
    int port = atoi(argv[1]);
    double start = now(), end = start + atof(argv[2]), time = start;
    for (; time < end; time = now()) {
        for (int i = 0; i < WAVE; i++) {
            fds[i] = new_socket();
            bind_source(fds[i], served + (unsigned)i);
            if (connect_to(fds[i], port) < 0)
                fail("connect", errno);
            memset(message, (int)(served + (unsigned)i), SIZE);
            if (send(fds[i], message, SIZE, MSG_NOSIGNAL) != SIZE)
                fail("send", errno);
        }
        for (int i = 0; i < WAVE; i++, served++) {
            ssize_t got = recv(fds[i], buffer, SIZE, MSG_WAITALL);
            if (got < 0)
                fail("recv", errno);
            memset(message, (int)served, SIZE);
            if (got < SIZE || memcmp(buffer, message, SIZE) != 0)
                fail("recv", EBADMSG);
            close(fds[i]);
        }
    }
    printf("%llu %llu %.6f\n", served, served * SIZE, time - start);
    return 0;
}
