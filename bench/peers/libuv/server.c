/* An echo server on libuv. A block is sent at once with uv_try_write; what the peer does not take
 * is kept and queued, and reading stops until it is written. Usage: libuv PORT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { BUFFER_BYTES = 64 * 1024, BACKLOG = 4096 };

struct rest {
    uv_write_t request;
    char bytes[];
};

static char buffer[BUFFER_BYTES]; /* in use only from lend_buffer to the end of on_read */

static void check(int status, const char *what)
{
    if (status < 0) {
        fprintf(stderr, "%s: %s\n", what, uv_strerror(status));
        exit(1);
    }
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void close_connection(uv_stream_t *stream)
{
    if (!uv_is_closing((uv_handle_t *)stream))
        uv_close((uv_handle_t *)stream, on_closed);
}

static void lend_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *lent)
{
    (void)handle, (void)suggested;
    *lent = uv_buf_init(buffer, sizeof buffer);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *received);

static void on_rest_written(uv_write_t *request, int status)
{
    uv_stream_t *stream = request->handle;
    free(request); /* the first member of struct rest */
    if (status < 0)
        close_connection(stream);
    else
        uv_read_start(stream, lend_buffer, on_read);
}

static void write_later(uv_stream_t *stream, const char *bytes, size_t length)
{
    struct rest *rest = malloc(sizeof *rest + length);
    if (!rest) {
        close_connection(stream);
        return;
    }
    memcpy(rest->bytes, bytes, length);
    uv_buf_t kept = uv_buf_init(rest->bytes, (unsigned)length);
    uv_read_stop(stream);
    if (uv_write(&rest->request, stream, &kept, 1, on_rest_written) < 0) {
        free(rest);
        close_connection(stream);
    }
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *received)
{
    if (length < 0) { /* the end, or an error; nothing is unsent, for reading stops until then */
        close_connection(stream);
        return;
    }
    if (length == 0)
        return;
    uv_buf_t all = uv_buf_init(received->base, (unsigned)length);
    int sent = uv_try_write(stream, &all, 1);
    if (sent == UV_EAGAIN)
        sent = 0;
    if (sent < 0)
        close_connection(stream);
    else if (sent < length)
        write_later(stream, received->base + sent, (size_t)(length - sent));
}

static void on_connection(uv_stream_t *listener, int status)
{
    uv_tcp_t *connection;
    if (status < 0 || !(connection = malloc(sizeof *connection)))
        return;
    uv_tcp_init(listener->loop, connection);
    uv_stream_t *stream = (uv_stream_t *)connection;
    if (uv_accept(listener, stream) < 0) {
        close_connection(stream);
        return;
    }
    uv_tcp_nodelay(connection, 1);
    uv_read_start(stream, lend_buffer, on_read);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address;
    uv_tcp_t listener;
    if (argc != 2)
        return 64;
    uv_loop_t *loop = uv_default_loop();
    check(uv_ip4_addr("127.0.0.1", atoi(argv[1]), &address), "address");
    check(uv_tcp_init(loop, &listener), "socket");
    check(uv_tcp_bind(&listener, (const struct sockaddr *)&address, 0), "bind");
    check(uv_listen((uv_stream_t *)&listener, BACKLOG, on_connection), "listen");
    return uv_run(loop, UV_RUN_DEFAULT);
}
