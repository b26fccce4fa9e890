// Listening and taking connections in: within a budget, up to the limit, and with a pause where
// the machine has no descriptors or memory to give.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server;

internal unsafe partial struct EchoServer<TPoller>
    where TPoller : unmanaged, IPoller<TPoller>
{
    /// <summary>Connections taken from one listener a turn, so that a flood of them does not
    /// keep those that are there from being served.</summary>
    private const int AcceptBudget = 64;

    /// <summary>Connections still taken from one listener when the server is told to end.
    /// </summary>
    private const int FinalAcceptBudget = 65536;

    /// <summary>With --port 0 and several addresses: how many ports are tried until one is free
    /// on all of them.</summary>
    private const int PortAttempts = 16;

    private const long AcceptPauseNs = 100 * NsPerMs;
    private const long WarningIntervalNs = 5000 * NsPerMs;

    private bool TryListen()
    {
        if (options.AddressCount == 0) options.AddressCount = 1; // family 0: everything
        Listener failed = default;
        int result = 0;
        int attempts = options.Port == 0 && options.AddressCount > 1 ? PortAttempts : 1;
        for (int attempt = 0; attempt < attempts; attempt++)
        {
            result = ListenOnAll(out failed);
            if (result >= 0) return TryWatchListeners();
            if (result != -LibC.EADDRINUSE) break;
        }
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("cannot listen on "u8);
        text.Append(failed.Address);
        return Fail(text.Written, -result);
    }

    // All on one port: with --port 0 on the one that the first of them gets.
    private int ListenOnAll(out Listener failed)
    {
        int port = options.Port;
        for (listenerCount = 0; listenerCount < options.AddressCount; listenerCount++)
        {
            ref Listener listener = ref listeners[listenerCount];
            int result = Listener.TryOpen(
                options.Addresses[listenerCount], port, options.Backlog, out listener);
            port = listener.Address.Port;
            if (result >= 0) continue;
            failed = listener;
            for (int i = 0; i < listenerCount; i++) Files.Close(listeners[i].Fd);
            return result;
        }
        failed = default;
        return 0;
    }

    private bool TryWatchListeners()
    {
        for (int i = 0; i < listenerCount; i++)
        {
            int result = poller.Add(
                listeners[i].Fd, new Token(TokenKind.Listener, i), LibC.EPOLLIN);
            if (result < 0) return Fail("cannot watch the listening socket"u8, -result);
        }
        return true;
    }

    private void OnListenerEvent(int index)
    {
        if (!acceptingIsPaused) Accept(index, AcceptBudget);
    }

    /// <summary>Accepts who waits, though accepting be paused: there may be room by now.
    /// </summary>
    private void DrainListeners()
    {
        for (int i = 0; i < listenerCount; i++) Accept(i, FinalAcceptBudget);
    }

    private void Accept(int index, int budget)
    {
        SocketAddress peer;
        SocketAddress* wanted = peers != null ? &peer : null;
        int errorsInARow = 0;
        for (int i = 0; i < budget; i++)
        {
            int fd = AcceptNext(listeners[index].Fd, wanted);
            if (fd >= 0)
            {
                Admit(fd, wanted);
                errorsInARow = 0;
                continue;
            }
            if (Errno.IsAgain(fd)) return;
            if (IsShortage(-fd))
            {
                if (TryGiveUpPipe()) continue;
                // accept4 with no descriptor left is EMFILE even if nobody waits; if somebody
                // does, the listener is reported once more.
                if (i > 0) return;
            }
            // An error of that one connection (ECONNABORTED, EPROTO, ENETDOWN …, accept(2)): it
            // is gone, the next one may be good. Unless they all are like that: then something
            // forbids it, and the listener would be reported for ever.
            else if (++errorsInARow < AcceptBudget)
            {
                continue;
            }
            PauseAccepting(-fd);
            return;
        }
    }

    private void Admit(int fd, SocketAddress* peer)
    {
        int slot = table.Count < options.MaxConnections
            ? table.Add(fd, nowNs)
            : ConnectionTable.None;
        if (slot == ConnectionTable.None)
        {
            Refuse(fd, peer);
            return;
        }
        if (peer != null) peers[slot] = *peer;
        int result = StartWatching(slot);
        if (result < 0)
        {
            table.Remove(slot);
            Files.Close(fd);
            statistics.Refused++;
            WarnOfAccepting("a connection was refused, for it cannot be watched"u8, -result);
            return;
        }
        table[slot]->Serial = (int)++statistics.Accepted;
        if (trace.IsOn) TraceAccepted(slot);
        if (log.Shows(Verbosity.Everything)) Announce(slot);
    }

    private void Refuse(int fd, SocketAddress* peer)
    {
        Files.Close(fd);
        statistics.Refused++;
        if (log.Shows(Verbosity.Connections)) ReportRefused(peer);
    }

    private static bool IsShortage(int errno) =>
        errno == LibC.EMFILE || errno == LibC.ENFILE
        || errno == LibC.ENOBUFS || errno == LibC.ENOMEM;

    /// <summary>Leaves new connections in the kernel's queue until one of ours has closed or a
    /// moment has passed: without this, the listener would be reported for ever.</summary>
    private void PauseAccepting(int errno)
    {
        SetAccepting(false);
        resumeAcceptingNs = nowNs + AcceptPauseNs;
        WarnOfAccepting(
            errno == LibC.EMFILE && pollerLimitsFiles
                ? "accepting is paused until connections close, select takes descriptors below "u8
                    + "1024 only"u8
                : "accepting is paused until connections close"u8,
            errno);
    }

    private void ResumeAccepting()
    {
        if (!isStopping) SetAccepting(true);
    }

    private void SetAccepting(bool on)
    {
        acceptingIsPaused = !on;
        for (int i = 0; i < listenerCount; i++)
        {
            int result = poller.Modify(
                listeners[i].Fd, new Token(TokenKind.Listener, i), on ? LibC.EPOLLIN : 0);
            if (result < 0) WarnOfAccepting("a listening socket cannot be watched"u8, -result);
        }
    }
}
