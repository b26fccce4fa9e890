// epollecho: options -> mode -> exit status.
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Server;

[assembly: DisableRuntimeMarshalling]
[module: SkipLocalsInit]

namespace Epollecho;

internal static class Program
{
    private static int Main()
    {
        Files.ReserveStandardDescriptors();
        ServerOptions options = ServerCommandLine.Parse();
        return EchoServer.Run(options);
    }
}
