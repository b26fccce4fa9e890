"""The tutorial's echo server, told anew with its logic and its faults: nothing here is mended.

Edge-triggered epoll; ten bytes a read until none are left; then a wait for writing, all is sent,
then a wait for reading again. Data that is followed at once by the end of input spins for ever, a
full send buffer or descriptor table ends the process, what is collected has no bound, and the
backlog is 10. Usage: server.py PORT"""
import select
import socket
import sys

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(10)
print("the server is on")

epoll = select.epoll()
epoll.register(listener.fileno(), select.EPOLLIN)
connections = {}
peers = {}
collected = {}


def close(fd):
    epoll.unregister(fd)
    connections.pop(fd).close()
    print("closed", peers.pop(fd))


while True:
    events = epoll.poll()
    print(events)
    for fd, event in events:
        if fd == listener.fileno():
            connection, peer = listener.accept()
            print("accepted", peer, "as", connection.fileno())
            connection.setblocking(False)
            epoll.register(connection.fileno(), select.EPOLLIN | select.EPOLLET)
            connections[connection.fileno()] = connection
            peers[connection.fileno()] = peer
        elif event & select.EPOLLIN:
            text = b""
            while True:
                try:
                    piece = connections[fd].recv(10)
                    if not piece and not text:
                        close(fd)
                        break
                    text += piece
                except BlockingIOError:
                    print("received", text, "from", fd)
                    collected[fd] = text
                    epoll.modify(fd, select.EPOLLOUT | select.EPOLLET)
                    break
        elif event & select.EPOLLOUT:
            connections[fd].sendall(collected.pop(fd))
            epoll.modify(fd, select.EPOLLIN | select.EPOLLET)
        elif event & select.EPOLLHUP:
            close(fd)
