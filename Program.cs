// epollecho: the table of commands. The first word chooses one, and the server is the default.
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

internal static unsafe class Program
{
    private static int Main()
    {
        Files.ReserveStandardDescriptors();
        Command* commands = stackalloc Command[]
        {
            new("serve"u8, "the server, which needs no command to be named"u8, &Serve),
            new("client"u8, "type or pipe in, see what comes back"u8, &Client),
            new("ping"u8, "round trips; its exit status is a health check"u8, &Ping),
            new("bench"u8, "load with verified bytes and honest percentiles"u8, &Bench),
            new("lab"u8, "experiments on this machine's kernel"u8, &LabCommand.Run),
        };
        Arguments arguments = Arguments.OfThisProcess();
        arguments.Commands = new CommandList(commands, 5);
        return arguments.Commands.TryRun(arguments, "epollecho"u8, out int status)
            ? status
            : Serve(arguments);
    }

    private static int Serve(in Arguments arguments) =>
        ServeCommand.Run(ServerCommandLine.Parse(arguments));

    private static int Client(in Arguments arguments) =>
        ClientCommand.Run(ClientCommandLine.Parse(arguments));

    private static int Ping(in Arguments arguments) =>
        PingCommand.Run(PingCommandLine.Parse(arguments));

    private static int Bench(in Arguments arguments) =>
        BenchCommand.Run(BenchCommandLine.Parse(arguments));
}
