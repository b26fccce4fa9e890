// Programs that people really use against an echo server.
using System.IO;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class RealClientTests
{
    [Theory, InModes(ServerModes.All)]
    [Row("ncat", "ncat", "ncat 127.0.0.1 \"$1\" <\"$2\"")]
    [Row("socat", "socat", "socat -t 60 STDIO TCP:127.0.0.1:\"$1\" <\"$2\"")]
    [Row("socat", "socat", "socat -t 60 -b 100 STDIO TCP6:[::1]:\"$1\" <\"$2\"")]
    public void A_file_piped_through_comes_back_whole(
        ServerModes mode, string program, string package, string command)
    {
        Tools.Require(program, package);
        using TemporaryFolder folder = new();
        string file = folder.File("data");
        File.WriteAllBytes(file, Tools.RandomBytes(8 << 20));
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        Finished finished = Tools.Shell(
            $"{command} >\"$2.back\" && cmp \"$2\" \"$2.back\"", $"{server.Port}", file);
        Assert.True(finished.Status == 0, finished.Output + finished.Error);
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }

    [Theory, InModes(ServerModes.All)]
    public void Curl_telnet_gets_its_line_back(ServerModes mode)
    {
        Tools.Require("curl", "curl");
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        using (RunningProgram curl = RunningProgram.Start(
            "curl", "-s", "--no-buffer", $"telnet://127.0.0.1:{server.Port}"))
        {
            curl.Type("hello\n");
            curl.AwaitOutput("^hello\n");
        } // it does not end with its input
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }

    [Theory, InModes(ServerModes.All)]
    public void Redis_benchmark_takes_it_for_a_server(ServerModes mode)
    {
        Tools.Require("redis-benchmark", "redis-tools");
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        foreach (string pipeline in new[] { "1", "100" })
        {
            Finished finished = Tools.Run(
                "redis-benchmark", "-p", $"{server.Port}", "-t", "ping_mbulk", "-n", "50000",
                "-P", pipeline, "-q");
            Assert.True(finished.Status == 0, finished.Error);
            Assert.Contains("requests per second", finished.Output);
        }
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }
}
