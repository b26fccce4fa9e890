// From a host and a port to a connected socket: the name is resolved, then its addresses are tried
// in the resolver's order until one answers. Nothing here waits but the resolver: the owner watches
// the socket and the deadline of the attempt, on an event loop (of epoll, where closing a socket
// ends its being watched) or by Connect(). Owns the socket until the owner takes it.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Net;

internal enum ConnectState
{
    /// <summary>An attempt is under way: its socket is to be watched for EPOLLOUT until its
    /// deadline.</summary>
    Connecting,

    /// <summary>The socket is to be taken.</summary>
    Connected,

    /// <summary>No address has answered; there is no socket.</summary>
    Failed,
}

internal unsafe struct Connector
{
    private const int MaxAddresses = 16;
    private const int None = -1;

    private AddressArray addresses;
    private int count;
    private int current; // the address that the last attempt was made to
    private byte* host;
    private int family;
    private Duration timeout;
    private ushort port;
    private int resolveError; // 0, or what the resolver answered
    private Deadline deadline; // of all attempts together

    /// <summary>Will connect to a NUL-terminated name or numeric address, which is not copied.
    /// <paramref name="timeout"/> is for all of its addresses together; zero: as long as the
    /// kernel tries.</summary>
    public static Connector For(byte* host, ushort port, int family, Duration timeout) =>
        new() { host = host, port = port, family = family, timeout = timeout, Fd = None };

    /// <summary>The socket of the attempt under way, or -1.</summary>
    public int Fd { get; private set; }

    /// <summary>When the attempt under way is given up.</summary>
    public Deadline AttemptDeadline { get; private set; }

    /// <summary>The address that the last attempt was made to; none if the name has not been
    /// resolved.</summary>
    public readonly Endpoint Address => addresses[current];

    /// <summary>The errno of the last attempt that failed.</summary>
    public int ConnectErrno { get; private set; }

    /// <summary>Why there is no connection.</summary>
    public readonly Failure Failure =>
        resolveError != 0 ? Failure.Dns : Failure.Of(ConnectErrno);

    /// <summary>Looks the name up, which takes as long as the resolver does.</summary>
    public bool TryResolve()
    {
        Span<SocketAddress> found = stackalloc SocketAddress[MaxAddresses];
        int result = Resolver.Resolve(host, family, port, found);
        resolveError = int.Min(result, 0);
        count = int.Max(result, 0);
        for (int i = 0; i < count; i++) addresses[i] = Endpoint.From(found[i]);
        return result > 0;
    }

    /// <summary>Begins with the first address of a name that has been resolved.</summary>
    public ConnectState Start(Instant now)
    {
        deadline = Deadline.AfterOptional(timeout, now);
        return Try(0, now);
    }

    /// <summary>Goes on after an event of the attempt's socket. If that has failed, it is closed
    /// and the next address's is the one to be watched.</summary>
    public ConnectState OnEvent(Instant now)
    {
        int result = Socket.PendingError(Fd);
        if (result < 0) return Fail(-result, now);
        _ = Socket.SetNoDelay(Fd); // whole messages are sent: nothing for Nagle to hold back
        return ConnectState.Connected;
    }

    /// <summary>Goes on after the attempt's deadline, likewise.</summary>
    public ConnectState OnDeadline(Instant now) => Fail(LibC.ETIMEDOUT, now);

    /// <summary>Goes on after an attempt whose socket could not be watched, likewise.</summary>
    public ConnectState Fail(int errno, Instant now)
    {
        Abandon();
        ConnectErrno = errno;
        return Try(current + 1, now);
    }

    /// <summary>Gives the connected socket, non-blocking and with TCP_NODELAY, to the caller.
    /// </summary>
    public int TakeSocket()
    {
        int taken = Fd;
        Fd = None;
        return taken;
    }

    /// <summary>Ends the attempt under way, if there is one.</summary>
    public void Abandon()
    {
        if (Fd != None) Files.Close(Fd);
        Fd = None;
    }

    /// <summary>Connects and waits for it: the socket, or -1.</summary>
    public int Connect()
    {
        ConnectState state = Start(Instant.Now);
        while (state == ConnectState.Connecting)
        {
            int result = Poll.AwaitOne(Fd, LibC.POLLOUT, AttemptDeadline.TimeoutMs(), None);
            state = result > 0 ? OnEvent(Instant.Now)
                : result == 0 ? OnDeadline(Instant.Now)
                : Fail(-result, Instant.Now);
        }
        return TakeSocket();
    }

    /// <summary>Appends why there is no connection.</summary>
    public readonly void AppendFailure(ref TextBuilder text)
    {
        if (resolveError != 0)
        {
            ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(host);
            text.Append($"cannot resolve '{name}': {Resolver.Describe(resolveError)}");
            return;
        }
        text.Append($"cannot connect to {Address}: {new ErrnoText(ConnectErrno)}");
        if (count > 1) text.Append(" (the last of its addresses)"u8);
    }

    /// <summary>Starts an attempt with this address, or the first one behind it with which that
    /// can be done. Each gets a fair share of the time that is left.</summary>
    private ConnectState Try(int first, Instant now)
    {
        Duration shortest = Duration.FromMilliseconds(1);
        for (int i = first; i < count; i++)
        {
            current = i;
            int result = Socket.CreateStream(Address.Family);
            if (result >= 0)
            {
                Fd = result;
                result = Socket.Connect(Fd, Address.ToSocketAddress());
            }
            if (result >= 0 || result == -LibC.EINPROGRESS)
            {
                Duration share = Duration.Max(shortest, deadline.Left(now) / (count - i));
                AttemptDeadline = deadline.IsNever ? Deadline.Never : Deadline.After(share, now);
                return ConnectState.Connecting; // if it is connected already, the event is there
            }
            Abandon();
            ConnectErrno = -result;
        }
        return ConnectState.Failed;
    }

    [InlineArray(MaxAddresses)]
    private struct AddressArray
    {
        private Endpoint first;
    }
}
