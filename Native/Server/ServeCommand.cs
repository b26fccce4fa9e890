// The command serve: the server on the multiplexer that was asked for. Each is a server of its
// own to the compiler, and calls its poller directly.




using Epollecho.Native.Loop;

namespace Epollecho.Native.Server;

internal static class ServeCommand
{
    /// <summary>Serves until it is ended; the exit status.</summary>
    public static int Run(in ServerOptions options) => options.Poller switch
    {
        PollerKind.Poll => EchoServer<PollPoller>.Run(options),
        PollerKind.Select => EchoServer<SelectPoller>.Run(options),
        _ => EchoServer<EpollPoller>.Run(options),
    };
}
