/* Idle connections: opens COUNT, gets one echo of 64 bytes through each, says "held COUNT" and
 * keeps them until its standard input ends. They close by reset and leave nothing behind.
 * Usage: hold PORT COUNT SECONDS, where SECONDS bound the opening. */
#include "common.h"

enum { WAVE = 50, SIZE = 64 };

int main(int argc, char **argv)
{
    static char message[SIZE], buffer[SIZE];
    struct linger reset = { .l_onoff = 1 };
    if (argc != 4) {
        fprintf(stderr, "usage: hold PORT COUNT SECONDS\n");
        return 64;
    }
    int port = atoi(argv[1]), count = atoi(argv[2]);
    double deadline = now() + atof(argv[3]);
    int *fds = calloc((size_t)count, sizeof *fds);
    if (!fds)
        fail("calloc", errno);
    for (int opened = 0, echoed = 0; opened < count;) {
        fds[opened] = new_socket();
        setsockopt(fds[opened], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        if (connect_to(fds[opened], port) < 0)
            fail("connect", errno);
        if (send(fds[opened], message, SIZE, MSG_NOSIGNAL) != SIZE)
            fail("send", errno);
        opened++;
        if (opened % WAVE != 0 && opened < count)
            continue;
        for (; echoed < opened; echoed++) {
            if (recv(fds[echoed], buffer, SIZE, MSG_WAITALL) != SIZE)
                fail("recv", errno ? errno : ECONNABORTED);
        }
        if (now() > deadline) {
            fprintf(stderr, "%d of %d connections open after %s s\n", opened, count, argv[3]);
            return 1;
        }
    }
    printf("held %d\n", count);
    fflush(stdout);
    while (read(STDIN_FILENO, buffer, SIZE) > 0)
        ;
    return 0;
}
