// Programs that people really use against an echo server.
using System.IO;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class RealClientTests
{
    [Theory]
    [InlineData("ncat", "ncat", "ncat 127.0.0.1 \"$1\" <\"$2\"")]
    [InlineData("socat", "socat", "socat -t 60 STDIO TCP:127.0.0.1:\"$1\" <\"$2\"")]
    [InlineData("socat", "socat", "socat -t 60 -b 100 STDIO TCP6:[::1]:\"$1\" <\"$2\"")]
    public void A_file_piped_through_comes_back_whole(string program, string package, string command)
    {
        Tools.Require(program, package);
        string folder = Tools.NewFolder();
        string file = Path.Combine(folder, "data");
        File.WriteAllBytes(file, Tools.RandomBytes(8 << 20));
        using EchoServerProcess server = EchoServerProcess.Start();
        Finished finished = Tools.Shell(
            $"{command} >\"$2.back\" && cmp \"$2\" \"$2.back\"", $"{server.Port}", file);
        Assert.True(finished.Status == 0, finished.Output + finished.Error);
        server.AwaitStatistics("connections", 0);
        server.Stop();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Curl_telnet_gets_its_line_back()
    {
        Tools.Require("curl", "curl");
        using EchoServerProcess server = EchoServerProcess.Start();
        Finished finished = Tools.Shell(
            "{ echo hello; sleep 0.5; } | curl -s -m 20 telnet://127.0.0.1:\"$1\" --max-time 2",
            $"{server.Port}");
        Assert.Equal("hello\n", finished.Output);
        server.Stop();
    }

    [Fact]
    public void Redis_benchmark_takes_it_for_a_server()
    {
        Tools.Require("redis-benchmark", "redis-tools");
        using EchoServerProcess server = EchoServerProcess.Start();
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
