// epollecho client: connects, sends its input, writes what comes back, until input has ended and
// all of it is back.
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Options;

namespace Epollecho.Native.Client;

internal static class ClientCommand
{
    /// <summary>The exit status: 0 if every byte came back, 1 if not.</summary>
    public static int Run(in ClientOptions options)
    {
        Connector connector = options.Target.CreateConnector();
        int socket = connector.TryResolve() ? connector.Connect() : -1;
        if (socket < 0)
        {
            TargetOptions.LogNotConnected(connector);
            return 1;
        }
        Conversation conversation = new(socket, options);
        if (conversation.IsInteractive || options.IsVerbose)
            ClientReport.LogConnected(socket, connector.Address, conversation.IsInteractive);
        Instant start = Instant.Now;
        conversation.Run();
        if (options.IsVerbose) ClientReport.LogTotals(conversation, Instant.Now - start);
        bool isComplete = conversation.End == ConversationEnd.Complete;
        if (!isComplete) ClientReport.LogEnd(conversation, options.Target.Timeout);
        return isComplete ? 0 : 1;
    }
}
