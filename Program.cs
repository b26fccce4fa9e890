// epollecho: options -> mode -> exit status.
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Bench;
using Epollecho.Native.Client;
using Epollecho.Native.Lab;
using Epollecho.Native.Options;
using Epollecho.Native.Ping;
using Epollecho.Native.Server;

[assembly: DisableRuntimeMarshalling]
[module: SkipLocalsInit]

namespace Epollecho;

internal static class Program
{
    private static int Main()
    {
        Files.ReserveStandardDescriptors();
        Arguments arguments = Arguments.OfThisProcess();
        if (arguments.TakeCommand("client"u8, "epollecho client"u8))
            return ClientCommand.Run(ClientCommandLine.Parse(arguments));
        if (arguments.TakeCommand("ping"u8, "epollecho ping"u8))
            return PingCommand.Run(PingCommandLine.Parse(arguments));
        if (arguments.TakeCommand("bench"u8, "epollecho bench"u8))
            return BenchCommand.Run(BenchCommandLine.Parse(arguments));
        if (arguments.TakeCommand("lab"u8, "epollecho lab"u8)) return LabCommand.Run(arguments);
        _ = arguments.TakeCommand("serve"u8, "epollecho serve"u8); // it is the default
        return ServeCommand.Run(ServerCommandLine.Parse(arguments));
    }
}
