/* How long a server takes to start: executes COMMAND on a CPU of its own, and knocks without a pause
 * until a connection is accepted, then until a byte has come back through it.
 * Usage: start PORT CPU COMMAND... Prints both times in microseconds. The server is ended. */
#define _GNU_SOURCE
#include "common.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { LIMIT_SECONDS = 20 };

/* Says when through ready. By then the process is on its CPU: on this one, it would have to wait for
 * the knocking. */
static void become(int cpu, int ready, char **command)
{
    cpu_set_t cpus;
    int null = open("/dev/null", O_RDWR);
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* goes when this program is ended */
    if (sched_setaffinity(0, sizeof cpus, &cpus) < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0
        || dup2(null, 2) < 0)
        _exit(126);
    double start = now();
    if (write(ready, &start, sizeof start) != sizeof start)
        _exit(126);
    execvp(command[0], command);
    _exit(127);
}

/* Microseconds until a connection is accepted; until one byte has come back; or a reason. */
static const char *knock(int port, double start, double *accepted, double *echoed)
{
    char byte = 'x';
    while (now() < start + LIMIT_SECONDS) {
        int fd = new_socket();
        if (connect_to(fd, port) < 0) {
            close(fd);
            continue;
        }
        *accepted = now() - start;
        ssize_t got = send(fd, &byte, 1, MSG_NOSIGNAL) == 1 ? recv(fd, &byte, 1, 0) : -1;
        *echoed = now() - start;
        close(fd);
        return got == 1 ? NULL : "no echo";
    }
    return "does not accept within 20 s";
}

int main(int argc, char **argv)
{
    double accepted, echoed;
    if (argc < 4) {
        fprintf(stderr, "usage: start PORT CPU COMMAND...\n");
        return 64;
    }
    int ready[2];
    double start;
    if (pipe2(ready, O_CLOEXEC) < 0)
        fail("pipe", errno);
    pid_t server = fork();
    if (server < 0)
        fail("fork", errno);
    if (server == 0)
        become(atoi(argv[2]), ready[1], argv + 3);
    close(ready[1]);
    if (read(ready[0], &start, sizeof start) != sizeof start)
        fail("start", ECHILD);
    const char *failed = knock(atoi(argv[1]), start, &accepted, &echoed);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    if (failed) {
        fprintf(stderr, "%s\n", failed);
        return 1;
    }
    printf("%.0f %.0f\n", accepted * 1e6, echoed * 1e6);
    return 0;
}
