// From a target to a connected socket: the name is resolved, then each address is tried in the
// resolver's order until one answers.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Options;
using Tmds.Linux;

namespace Epollecho.Native.Net;

internal unsafe struct Connector
{
    private const int MaxAddresses = 16;
    private const int NsPerMs = 1_000_000;

    private AddressArray addresses;
    private int count;
    private TargetOptions target;
    private int resolveError; // 0, or what the resolver answered
    private int connectErrno; // of the last address that was tried
    private int lastTried;

    public static Connector For(in TargetOptions target) => new() { target = target };

    /// <summary>The address that the last attempt was made to.</summary>
    public readonly SocketAddress Address => addresses[lastTried];

    /// <summary>Why there is no connection.</summary>
    public readonly Failure Failure =>
        resolveError != 0 ? Failure.Dns : Failure.Of(connectErrno);

    /// <summary>The errno that it failed with, if the name has been resolved.</summary>
    public readonly int ConnectErrno => connectErrno;

    public readonly bool WasInterrupted => connectErrno == LibC.EINTR;

    /// <summary>Looks the name up.</summary>
    public bool TryResolve()
    {
        int result = Resolver.Resolve(target.Host, target.Family, target.Port, addresses);
        if (result < 0) resolveError = result;
        else count = result;
        return result > 0;
    }

    /// <summary>A connected, non-blocking socket with TCP_NODELAY, or -1. All addresses together
    /// get the target's time limit, each a fair share of what is left; something to read at
    /// <paramref name="interruptFd"/> ends it.</summary>
    public int Connect(int interruptFd = -1)
    {
        long timeoutMs = target.Timeout.Milliseconds; // 0: as long as the kernel tries
        long endNs = Clock.MonotonicNs() + (timeoutMs * NsPerMs);
        for (int i = 0; i < count; i++)
        {
            lastTried = i;
            long leftMs = long.Max(0, (endNs - Clock.MonotonicNs()) / NsPerMs);
            int shareMs = timeoutMs == 0 ? -1
                : (int)long.Clamp(leftMs / (count - i), 1, int.MaxValue);
            int fd = ConnectTo(addresses[i], shareMs, interruptFd);
            if (fd >= 0) return fd;
            connectErrno = -fd;
            if (connectErrno == LibC.EINTR) break;
        }
        return -1;
    }

    /// <summary>Appends why there is no connection.</summary>
    public readonly void AppendFailure(ref TextBuilder text)
    {
        ReadOnlySpan<byte> host = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(target.Host);
        ReadOnlySpan<byte> reason = Resolver.Describe(resolveError);
        if (resolveError != 0) text.Append($"cannot resolve '{host}': {reason}");
        else text.Append($"cannot connect to {Address}: {new ErrnoText(connectErrno)}");
        if (resolveError == 0 && count > 1) text.Append(" (the last of its addresses)"u8);
    }

    private static int ConnectTo(in SocketAddress address, int timeoutMs, int interruptFd)
    {
        int fd = Socket.CreateStream(address.Family);
        if (fd < 0) return fd;
        int result = Socket.ConnectWithin(fd, address, timeoutMs, interruptFd);
        if (result < 0)
        {
            Files.Close(fd);
            return result;
        }
        _ = Socket.SetNoDelay(fd); // whole messages are sent: nothing for Nagle to hold back
        return fd;
    }

    [InlineArray(MaxAddresses)]
    private struct AddressArray
    {
        private SocketAddress first;
    }
}
