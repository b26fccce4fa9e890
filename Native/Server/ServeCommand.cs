// The command serve: the server with the calls and the poller that were asked for. Each pair is a
// server of its own to the compiler, so that epoll without a trace pays for neither.
using System;
using System.Runtime.InteropServices;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Calls;

namespace Epollecho.Native.Server;

internal static unsafe class ServeCommand
{
    /// <summary>Serves until it is ended; the exit status.</summary>
    public static int Run(in ServerOptions options)
    {
        if (options.IsTraced) return RunTraced(options);
        return options.Poller == PollerKind.Epoll
            ? ServerProcess<EpollPoller, DirectCalls>.Run(options, default)
            : ServerProcess<AnyPoller, DirectCalls>.Run(options, default);
    }

    private static int RunTraced(in ServerOptions options)
    {
        int result = Trace.TryOpen(options.Trace, options.TraceFile, out Trace trace);
        if (result < 0)
        {
            Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
            TextBuilder text = new(buffer);
            ReadOnlySpan<byte> path =
                MemoryMarshal.CreateReadOnlySpanFromNullTerminated(options.TraceFile);
            text.Append($"cannot write a trace to {path}");
            Log.WriteError(text.Written, -result);
            return 1;
        }
        int status = ServerProcess<AnyPoller, TracedCalls>.Run(options, new TracedCalls(&trace));
        trace.Close();
        return status;
    }
}
