// All listening sockets of a worker: opened together on one port, watched, accepted from within a
// budget, and left alone for a while where the machine has no descriptors or memory to give.
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Server.Calls;
using Tmds.Linux;

namespace Epollecho.Native.Server;

/// <summary>What listeners do with a connection that they have accepted.</summary>
internal unsafe interface IAdmission
{
    /// <summary>Where accept4 is to write the peer's address, valid until the next call; null
    /// where nobody asks for it.</summary>
    Endpoint* PeerBuffer { get; }

    /// <summary>Takes the connection, or closes it.</summary>
    void Admit(int fd, Endpoint* peer);

    /// <summary>Gives up descriptors that a new connection needs more; false if there are none.
    /// </summary>
    bool TryFreeDescriptors();
}

internal unsafe struct Listeners
{
    /// <summary>Addresses that can be listened on.</summary>
    public const int Capacity = ServerOptions.MaxAddresses;

    /// <summary>Connections taken from one listener a turn, so that a flood of them does not
    /// keep those that are there from being served.</summary>
    public const int Budget = 64;

    /// <summary>Connections still taken from one listener when the server is told to end.
    /// </summary>
    private const int FinalBudget = 65536;

    /// <summary>With --port 0 and several addresses: how many ports are tried until one is free
    /// on all of them.</summary>
    private const int PortAttempts = 16;

    private ListenerArray items;

    public int Count { get; private set; }

    /// <summary>Are connections left in the kernel's queue for now?</summary>
    public bool ArePaused { get; private set; }

    public static Duration Pause => Duration.FromMilliseconds(100);

    public readonly Endpoint EndpointOf(int index) => items[index].Endpoint;

    public readonly int DescriptorOf(int index) => items[index].Fd;

    /// <summary>Listens on all addresses of the options, on one port. 0, or -errno, and then
    /// <paramref name="failed"/> is the address that failed.</summary>
    public int Open(in ServerOptions options, out Endpoint failed)
    {
        failed = default;
        int result = 0;
        int attempts = options.Port == 0 && options.AddressCount > 1 ? PortAttempts : 1;
        for (int attempt = 0; attempt < attempts; attempt++)
        {
            result = OpenOnOnePort(options, out failed);
            if (result != -LibC.EADDRINUSE) break;
        }
        return result;
    }

    /// <summary>0, or -errno.</summary>
    public readonly int Watch<TPoller>(ref TPoller poller)
        where TPoller : unmanaged, IPoller<TPoller>
    {
        int result = 0;
        for (int i = 0; i < Count && result >= 0; i++)
            result = poller.Add(items[i].Fd, new(TokenKind.Listener, i), LibC.EPOLLIN);
        return result;
    }

    /// <summary>Accepts who waits, within the budget of a turn. 0, or the errno for which
    /// accepting has to pause: the listener would be reported for ever.</summary>
    public readonly int Accept<TCalls, TAdmission>(
        int index, ref TCalls calls, ref TAdmission admission)
        where TCalls : struct, ICalls
        where TAdmission : struct, IAdmission =>
        AcceptUpTo(Budget, index, ref calls, ref admission);

    /// <summary>Accepts all who wait, though accepting be paused: there may be room by now.
    /// </summary>
    public readonly void Drain<TCalls, TAdmission>(ref TCalls calls, ref TAdmission admission)
        where TCalls : struct, ICalls
        where TAdmission : struct, IAdmission
    {
        for (int i = 0; i < Count; i++)
            _ = AcceptUpTo(FinalBudget, i, ref calls, ref admission); // the rest is reset
    }

    /// <summary>Watches them, or keeps them still. 0, or the first -errno.</summary>
    public int SetPaused<TPoller>(bool arePaused, ref TPoller poller)
        where TPoller : unmanaged, IPoller<TPoller>
    {
        ArePaused = arePaused;
        int first = 0;
        for (int i = 0; i < Count; i++)
        {
            int result = poller.Modify(
                items[i].Fd, new(TokenKind.Listener, i), arePaused ? 0 : LibC.EPOLLIN);
            if (result < 0 && first == 0) first = result;
        }
        return first;
    }

    /// <summary>Listens no more; who still waits is reset by the kernel.</summary>
    public void Close<TPoller>(ref TPoller poller)
        where TPoller : unmanaged, IPoller<TPoller>
    {
        for (int i = 0; i < Count; i++)
        {
            poller.Remove(items[i].Fd);
            Files.Close(items[i].Fd);
        }
        Count = 0;
        ArePaused = false;
    }

    private readonly int AcceptUpTo<TCalls, TAdmission>(
        int budget, int index, ref TCalls calls, ref TAdmission admission)
        where TCalls : struct, ICalls
        where TAdmission : struct, IAdmission
    {
        Endpoint* peer = admission.PeerBuffer;
        int errorsInARow = 0;
        for (int i = 0; i < budget; i++)
        {
            int fd = calls.Accept(items[index].Fd, peer);
            if (fd >= 0)
            {
                admission.Admit(fd, peer);
                errorsInARow = 0;
                continue;
            }
            if (Errno.IsAgain(fd)) return 0;
            if (IsShortage(-fd))
            {
                if (admission.TryFreeDescriptors()) continue;
                // accept4 with no descriptor left is EMFILE even if nobody waits; if somebody
                // does, the listener is reported once more.
                return i > 0 ? 0 : -fd;
            }
            // An error of that one connection (ECONNABORTED, EPROTO, ENETDOWN ..., accept(2)): it
            // is gone, the next one may be good. Unless they all are like that: then something
            // forbids it, and the listener would be reported for ever.
            if (++errorsInARow == Budget) return -fd;
        }
        return 0;
    }

    private static bool IsShortage(int errno) =>
        errno == LibC.EMFILE || errno == LibC.ENFILE
        || errno == LibC.ENOBUFS || errno == LibC.ENOMEM;

    // With --port 0 on the one that the first of them gets.
    private int OpenOnOnePort(in ServerOptions options, out Endpoint failed)
    {
        int port = options.Port;
        int wanted = int.Max(1, options.AddressCount); // none given: every address there is
        failed = default;
        for (Count = 0; Count < wanted; Count++)
        {
            ref Listener listener = ref items[Count];
            int result = Listener.TryOpen(
                options.Addresses[Count], port, options.Backlog, out listener);
            port = listener.Endpoint.Port;
            if (result >= 0) continue;
            failed = listener.Endpoint;
            for (int i = 0; i < Count; i++) Files.Close(items[i].Fd);
            Count = 0;
            return result;
        }
        return 0;
    }

    [InlineArray(Capacity)]
    private struct ListenerArray
    {
        private Listener first;
    }
}
