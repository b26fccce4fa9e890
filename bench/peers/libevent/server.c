/* An echo server on libevent's bufferevents. Input moves to the output without being copied; when
 * HIGH_BYTES of output wait for the peer, reading stops until LOW_BYTES are left.
 * Usage: libevent PORT */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 64 * 1024, HIGH_BYTES = 256 * 1024, LOW_BYTES = 64 * 1024, BACKLOG = 4096 };

static void on_event(struct bufferevent *connection, short what, void *context);

/* The input has ended: the connection closes when the output is empty. */
static void on_flushed(struct bufferevent *connection, void *context)
{
    (void)context;
    bufferevent_free(connection);
}

/* No more than LOW_BYTES of output are left. */
static void on_drained(struct bufferevent *connection, void *context)
{
    (void)context;
    bufferevent_enable(connection, EV_READ);
}

static void on_read(struct bufferevent *connection, void *context)
{
    (void)context;
    struct evbuffer *output = bufferevent_get_output(connection);
    bufferevent_read_buffer(connection, output);
    if (evbuffer_get_length(output) > HIGH_BYTES)
        bufferevent_disable(connection, EV_READ);
}

static void on_event(struct bufferevent *connection, short what, void *context)
{
    (void)context;
    if (!(what & BEV_EVENT_EOF)
        || evbuffer_get_length(bufferevent_get_output(connection)) == 0) {
        bufferevent_free(connection);
        return;
    }
    bufferevent_disable(connection, EV_READ);
    bufferevent_setwatermark(connection, EV_WRITE, 0, 0);
    bufferevent_setcb(connection, NULL, on_flushed, on_event, NULL);
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *peer, int peer_length, void *context)
{
    (void)peer, (void)peer_length, (void)context;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct bufferevent *connection = bufferevent_socket_new(
        evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    if (!connection) {
        evutil_closesocket(fd);
        return;
    }
    bufferevent_set_max_single_read(connection, READ_BYTES);
    bufferevent_set_max_single_write(connection, HIGH_BYTES);
    bufferevent_setwatermark(connection, EV_WRITE, LOW_BYTES, 0);
    bufferevent_setcb(connection, on_read, on_drained, on_event, NULL);
    bufferevent_enable(connection, EV_READ | EV_WRITE);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 64;
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons((unsigned short)atoi(argv[1])) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct event_base *base = event_base_new();
    if (!base || !evconnlistener_new_bind(base, on_connection, NULL,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, BACKLOG,
        (struct sockaddr *)&address, sizeof address)) {
        perror("listen");
        return 1;
    }
    return event_base_dispatch(base);
}
