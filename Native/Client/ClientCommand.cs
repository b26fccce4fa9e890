// epollecho client: connects, talks until input has ended and all of it is back.
using Epollecho.Interop;
using Epollecho.Native.Net;

namespace Epollecho.Native.Client;

internal static class ClientCommand
{
    /// <summary>The exit status: 0 if every byte came back, 1 if not.</summary>
    public static int Run(in ClientOptions options)
    {
        Connector connector = Connector.For(options.Target);
        int socket = connector.TryResolve() ? connector.Connect() : -1;
        if (socket < 0)
        {
            ClientReport.TellNotConnected(connector);
            return 1;
        }
        Conversation talk = new(socket, options);
        if (talk.IsInteractive || options.IsVerbose)
            ClientReport.TellConnected(socket, connector.Address, talk.IsInteractive);
        long startNs = Clock.MonotonicNs();
        talk.Run();
        if (options.IsVerbose) ClientReport.TellTotals(talk, Clock.MonotonicNs() - startNs);
        return ClientReport.Judge(talk, options.Target.Timeout.Milliseconds) ? 0 : 1;
    }
}
