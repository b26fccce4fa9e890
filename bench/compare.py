"""Runs echo servers in turn under the same loads and prints how they compare.

compare.sh builds them and calls this. The server has core 0, the load core 1. Each load gets a
server of its own; a round runs every server under every load; the load changes last, so that the
servers meet the machine in the same mood. A server that fails under a load is not asked again.
"""
import argparse
import collections
import csv
import datetime
import os
import resource
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from tables import Metric, Report

SERVER_CORE, LOAD_CORE = 0, 1
PATIENCE_S = 20  # for a server to start, for idle connections to open
WARM_UP_S = 0.5
CHECK_BYTES = 8 << 20
FLOOD_BYTES = 256 << 20  # what a client sends at most without reading
STARTS = 20  # in a round
BULK_EVERY = 16  # receives, of which one is compared
REDIS_WARM_UP = 20000  # requests

ECHOES = Metric("echoes/s", max, "{:,.0f}")
NS_PER_ECHO = Metric("CPU ns/echo", min, "{:,.0f}")
MEGABYTES = Metric("MB/s", max, "{:,.0f}")
NS_PER_KB = Metric("CPU ns/KB", min, "{:,.1f}")
CONNECTIONS = Metric("connections/s", max, "{:,.0f}")
US_PER_CONNECTION = Metric("CPU us/connection", min, "{:,.1f}")
RESIDENT = Metric("RSS at rest, KB", min, "{:,.0f}")
PER_IDLE = Metric("B/idle connection", min, "{:,.0f}")
ACCEPTS = Metric("ms to accept", min, "{:,.1f}")
ANSWERS = Metric("ms to first echo", min, "{:,.1f}")

Load = collections.namedtuple("Load", "name title metrics run")


class Failure(Exception):
    """Why a server has no figure under a load; a result, not an error of this program."""


class Server:
    """A server process on its core. As a context it ends with the block."""

    def __init__(self, command):
        self.port = free_port()
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            ["taskset", "-c", str(SERVER_CORE), *with_port(command, self.port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors)

    def __enter__(self):
        try:
            self.wait_until_it_listens()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_until_it_listens(self):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.005)
        raise Failure(self.explain(f"does not listen within {PATIENCE_S} s"))

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def explain(self, reason):
        """The reason, or why the server has ended, if it has."""
        time.sleep(0.05)
        if self.process.poll() in (None, -signal.SIGKILL):
            return reason
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return "it ended: " + (lines[-1] if lines else f"status {self.process.returncode}")

    def family(self):
        """Its process and their descendants."""
        pids = [self.process.pid]
        for pid in pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as children:
                    pids.extend(children.read().split())
        return pids

    def cpu_ns(self):
        """CPU time of all its threads, by the clocks that clock_getcpuclockid(3) tells of."""
        return sum(time.clock_gettime_ns(~int(pid) << 3 | 2) for pid in self.family())

    def memory(self, kind):
        """Bytes of its memory: "Rss", or "Anonymous", which no file backs."""
        total = 0
        for pid in self.family():
            with open(f"/proc/{pid}/smaps_rollup") as rollup:
                total += sum(int(line.split()[1]) for line in rollup
                             if line.startswith(kind + ":"))
        return total * 1024


def free_port():
    """A port that is free now, below those that the kernel gives to clients."""
    for port in range(free_port.next, 30000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        free_port.next = port + 1
        return port
    sys.exit("compare.py: no free port from 17000 to 30000")


free_port.next = 17000


def with_port(command, port):
    if "{port}" not in command:
        command += " {port}"
    return shlex.split(command.replace("{port}", str(port)))


def run(*command, limit):
    """The output of a load program on its core, as words."""
    try:
        done = subprocess.run(["taskset", "-c", str(LOAD_CORE), *map(str, command)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=limit)
    except subprocess.TimeoutExpired:
        raise Failure(f"not done after {limit:.0f} s") from None
    if done.returncode != 0:
        reasons = done.stderr.strip().splitlines() or done.stdout.strip().splitlines()
        raise Failure(reasons[-1] if reasons else f"status {done.returncode}")
    return done.stdout


# Correctness, before anything is timed.

def check(command):
    """What a server does to bytes and to a client that does not read: two cells of a table."""
    cells = []
    for attempt in (check_whole, check_flood):
        try:
            with Server(command) as server:
                try:
                    cells.append(attempt(server))
                except OSError as error:
                    raise Failure(server.explain(error.strerror or "no answer in 5 s")) from None
        except Failure as failure:
            cells.append(f"failed: {failure}")
    return cells


def send_all(client, data):
    """In a thread: sends all, then ends this side. A failure shows at the other end."""
    def send():
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    return thread


def check_whole(server):
    """Random bytes with a half-close at their end must come back whole."""
    data = os.urandom(CHECK_BYTES)
    with socket.create_connection(("127.0.0.1", server.port), 5) as client:
        sender = send_all(client, data)
        back = bytearray()
        while len(back) <= len(data):
            block = client.recv(1 << 20)
            if not block:
                break
            back += block
        sender.join(5)
    if back != data:
        raise Failure(server.explain(f"{len(back)} of {len(data)} bytes came back"
                                     if len(back) < len(data) else "other bytes came back"))
    return "whole"


def check_flood(server):
    """The server's memory while a client sends and does not read; then all must come back."""
    before, sent, block = server.memory("Anonymous"), 0, os.urandom(1 << 20)
    with socket.create_connection(("127.0.0.1", server.port), 1) as client:
        try:
            while sent < FLOOD_BYTES:
                sent += client.send(block[sent % len(block):])
        except TimeoutError:
            pass
        grown = server.memory("Anonymous") - before
        client.settimeout(5)
        client.shutdown(socket.SHUT_WR)
        back = 0
        while True:
            piece = client.recv(1 << 20)
            if not piece:
                break
            for at in range(0, len(piece), len(block)):
                start = (back + at) % len(block)
                if not (block + block)[start:].startswith(piece[at:at + len(block)]):
                    raise Failure("other bytes came back")
            back += len(piece)
    if back != sent:
        raise Failure(server.explain(f"{back} of {sent} bytes came back"))
    return f"{'' if sent < FLOOD_BYTES else 'no bound: '}{grown / 1e6:+.1f} MB"


# The loads. Each takes a server's command and the options, and gives samples by metric.

def timed(server, work, amount):
    """Runs work; gives its output's numbers, and the CPU time for each of what amount counts."""
    before = server.cpu_ns()
    numbers = [float(word) for word in work().split()]
    used = server.cpu_ns() - before
    return numbers, used / amount(numbers), used / 1e9 / numbers[2]


def echo_load(connections, size, depth, bulk=False):
    def load(command, options):
        with Server(command) as server:
            return explained(server, echo_samples, connections, size, depth, options, bulk)
    return load


def explained(server, samples, *arguments):
    try:
        return samples(server, *arguments)
    except (Failure, OSError) as failure:  # OSError: the server is gone, and its /proc with it
        raise Failure(server.explain(str(failure))) from None


def echo_samples(server, connections, size, depth, options, bulk=False):
    def work(seconds):
        return run(options.tool("load"), server.port, connections, size, depth, seconds,
                   BULK_EVERY if bulk else 1, limit=seconds + 30)
    work(WARM_UP_S)
    amount = (lambda n: n[1] / 1024) if bulk else (lambda n: n[0])
    (echoes, size_back, seconds, _), cost, busy = timed(
        server, lambda: work(options.seconds), amount)
    if bulk:
        return {MEGABYTES: size_back / seconds / 1e6, NS_PER_KB: cost, "busy": busy}
    return {ECHOES: echoes / seconds, NS_PER_ECHO: cost, "busy": busy}


def redis_load(depth):
    def samples(server, options):
        def work(requests):
            done = run("redis-benchmark", "-h", "127.0.0.1", "-p", server.port, "-c", 50,
                       "-P", depth, "-n", requests, "-t", "ping_mbulk", "--csv",
                       limit=options.seconds * 10 + 30)
            rate = float(next(line for line in csv.reader(done.splitlines())
                              if line[0].startswith("PING"))[1])
            return f"{requests} 0 {requests / rate}"
        warm_up = [float(word) for word in work(REDIS_WARM_UP).split()]
        requests = max(REDIS_WARM_UP, int(warm_up[0] / warm_up[2] * options.seconds))
        numbers, cost, busy = timed(server, lambda: work(requests), lambda n: n[0])
        return {ECHOES: numbers[0] / numbers[2], NS_PER_ECHO: cost, "busy": busy}

    def load(command, options):
        with Server(command) as server:
            return explained(server, samples, options)
    return load


def idle_load(command, options):
    with Server(command) as server:
        return explained(server, idle_samples, options)


def idle_samples(server, options):
    time.sleep(0.2)
    resident, before = server.memory("Rss"), server.memory("Anonymous")
    holder = subprocess.Popen(
        ["taskset", "-c", str(LOAD_CORE), options.tool("hold"), str(server.port),
         str(options.idle), str(PATIENCE_S)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if not holder.stdout.readline():
            raise Failure(holder.stderr.read().strip())
        grown = server.memory("Anonymous") - before
        samples = {RESIDENT: resident / 1024, PER_IDLE: grown / options.idle}
        samples.update(echo_samples(server, 50, 64, 1, options))
        return samples
    finally:
        holder.kill()
        holder.communicate()


def churn_load(command, options):
    def samples(server):
        def work(seconds):
            return run(options.tool("churn"), server.port, seconds, limit=seconds + 30)
        work(WARM_UP_S)
        (count, _, seconds), cost, busy = timed(
            server, lambda: work(options.seconds), lambda n: n[0])
        return {CONNECTIONS: count / seconds, US_PER_CONNECTION: cost / 1e3, "busy": busy}
    with Server(command) as server:
        return explained(server, samples)


def start_load(command, options):
    """Several samples a round: a list for each metric."""
    accepts, answers = [], []
    for _ in range(STARTS):
        port = free_port()
        accepted, echoed = run(options.tool("start"), port, SERVER_CORE,
                               *with_port(command, port), limit=60).split()
        accepts.append(float(accepted) / 1e3)
        answers.append(float(echoed) / 1e3)
    return {ACCEPTS: accepts, ANSWERS: answers}


MESSAGES, BULK = [ECHOES, NS_PER_ECHO], [MEGABYTES, NS_PER_KB]
LOADS = [
    Load("pingpong1", "1 connection, 64 B, one message under way", MESSAGES,
         echo_load(1, 64, 1)),
    Load("pingpong50", "50 connections, 64 B, one message under way each", MESSAGES,
         echo_load(50, 64, 1)),
    Load("redis50", "redis-benchmark: 50 connections, PING (14 B), one under way each",
         MESSAGES, redis_load(1)),
    Load("pipelined50", "50 connections, 64 B, 16 messages under way each", MESSAGES,
         echo_load(50, 64, 16)),
    Load("redispipelined50", "redis-benchmark: 50 connections, PING (14 B), 16 under way each",
         MESSAGES, redis_load(16)),
    Load("bulk1", "1 connection, bulk: blocks of 64 KB, 4 MB under way", BULK,
         echo_load(1, 65536, 64, bulk=True)),
    Load("bulk8", "8 connections, bulk: blocks of 64 KB, 4 MB under way each", BULK,
         echo_load(8, 65536, 64, bulk=True)),
    Load("idle", "{idle:,} idle connections, and 50 with 64 B and one message under way",
         [RESIDENT, PER_IDLE, ECHOES, NS_PER_ECHO], idle_load),
    Load("churn", "short connections: connect, one echo of 64 B, close; 50 at a time",
         [CONNECTIONS, US_PER_CONNECTION], churn_load),
    Load("start", "start: from exec to the first connection, to the first byte back",
         [ACCEPTS, ANSWERS], start_load),
]


def machine():
    with open("/proc/cpuinfo") as cpuinfo:
        models = [line.split(":", 1)[1].strip() for line in cpuinfo
                  if line.startswith(("model name", "CPU part"))]
    system = os.uname()
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as file:
        congestion = file.read().strip()
    return [("date", datetime.date.today().isoformat()),
            ("CPU", f"{models[0] if models else system.machine}, {os.cpu_count()} cores; "
                    f"server on core {SERVER_CORE}, load on core {LOAD_CORE}"),
            ("kernel", f"{system.sysname} {system.release} {system.machine}"),
            ("congestion control", congestion)]


def pair(text):
    return tuple(text.split("=", 1))


def parse_arguments():
    """compare.sh --help tells of the options; --tools, --peer and --version are compare.sh's."""
    parser = argparse.ArgumentParser(
        prog="compare.sh", usage="bench/compare.sh [--help] [OPTION...]", allow_abbrev=False)
    environment = os.environ.get
    parser.add_argument("--tools", required=True)
    parser.add_argument("--peer", "--variant", dest="peers", action="append", type=pair, default=[])
    parser.add_argument("--version", dest="versions", action="append", type=pair, default=[])
    parser.add_argument("--loads", default=environment("LOADS", ""))
    parser.add_argument("--rounds", type=int, default=environment("ROUNDS", "5"))
    parser.add_argument("--seconds", type=float, default=environment("DURATION", "1"))
    parser.add_argument("--idle", type=int, default=environment("IDLE", "15000"))
    parser.add_argument("--markdown")
    options = parser.parse_args()
    known = [load.name for load in LOADS]
    wanted = options.loads.replace(",", " ").split() or known
    for name in wanted:
        if name not in known:
            parser.error(f"there is no load '{name}'; there are: {' '.join(known)}")
    for peer in options.peers:
        if len(peer) != 2:
            parser.error(f"--variant={peer[0]}: expected NAME=COMMAND")
    options.loads = [load for load in LOADS if load.name in wanted]
    options.tool = lambda name: os.path.join(options.tools, name)
    return options


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    options.idle = min(options.idle, most_files - 200)
    report = Report(dict(options.versions), machine())
    for name, command in options.peers:
        print(f"checking {name}", file=sys.stderr)
        report.check(name, *check(command))
    for number in range(options.rounds):
        for load in options.loads:
            for name, command in options.peers:
                if report.has_failed(load, name):
                    continue
                print(f"round {number + 1} of {options.rounds}: {load.name}, {name}",
                      file=sys.stderr)
                try:
                    report.add(load, name, load.run(command, options))
                except Failure as failure:
                    report.fail(load, name, str(failure))
    names = {"idle": options.idle}
    print(report.text(options.loads, names), end="")
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write(report.markdown(options.loads, names))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
