"""An echo server on asyncio: a protocol on the standard event loop. Usage: server.py PORT"""
import asyncio
import sys


class Echo(asyncio.Protocol):
    """Reading stops while the transport holds more than its limit for a peer that does not read.
    At the end of input asyncio closes the transport once everything is written."""

    def connection_made(self, transport):
        self.transport = transport  # TCP_NODELAY is asyncio's default

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(sys.argv[1]), backlog=4096)
    await server.serve_forever()


asyncio.run(main())
