// What every multiplexer promises to the loop. Masks are epoll's (poll's bits have the same
// values), whatever the mechanism.
using System;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Loop;

/// <summary>
/// Watches descriptors and tells which are ready.
/// <list type="bullet">
/// <item>An event may be spurious, and it may be about a descriptor that was removed or closed
/// since: look at its token, and let the call say EAGAIN.</item>
/// <item>Level-triggered (no EPOLLET in the mask) tells for as long as a descriptor is ready.
/// Edge-triggered tells of a change, once: whoever gets it calls until EAGAIN, or a short read
/// or write, or comes back by itself. <see cref="Modify"/> tells anew of what is ready.</item>
/// <item>EPOLLERR and EPOLLHUP may come without being asked for.</item>
/// </list>
/// Implemented by structs and used as a type argument, so that each call is a direct one.
/// </summary>
internal unsafe interface IPoller<TSelf>
    where TSelf : unmanaged, IPoller<TSelf>
{
    /// <summary>A poller of a kind for up to <paramref name="capacity"/> descriptors. 0, or
    /// -errno.</summary>
    static abstract int TryCreate(PollerKind kind, int capacity, out TSelf poller);

    /// <summary>The system call that waits, as traces name it.</summary>
    ReadOnlySpan<byte> WaitCall { get; }

    /// <summary>The system call that changes what is watched; nothing where none is made.
    /// </summary>
    ReadOnlySpan<byte> WatchCall { get; }

    /// <summary>Starts watching. 0, or -errno.</summary>
    int Add(int fd, Token token, int events);

    /// <summary>Changes what a watched descriptor is watched for; 0 keeps it still. 0, or
    /// -errno.</summary>
    int Modify(int fd, Token token, int events);

    /// <summary>Ends watching; to be called before the descriptor is closed.</summary>
    void Remove(int fd);

    /// <summary>Waits up to <paramref name="timeout"/>, which may be forever; mechanisms that
    /// count in milliseconds round it up. The number of events written, 0 to
    /// <paramref name="capacity"/>, or -errno. More that are ready come with the next call.
    /// </summary>
    int Wait(epoll_event* events, int capacity, Duration timeout);
}
