// build.sh as a newcomer meets it: something is missing, and it says what to install.
using System.IO;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class BuildTests
{
    [Theory]
    [InlineData("", "'dotnet' is missing; it comes with the .NET 10 SDK")]
    [InlineData("dotnet", "'gcc' is missing; install it: apt-get install gcc")]
    [InlineData("dotnet gcc", "'readelf' is missing; install it: apt-get install binutils")]
    public void A_missing_tool_is_named_with_what_installs_it(string present, string message)
    {
        using TemporaryFolder folder = new();
        foreach (string tool in $"{present} dirname uname".Trim().Split(' '))
        {
            string path = folder.File(tool);
            if (tool is "dotnet" or "gcc") File.WriteAllText(path, "#!/bin/sh\necho 10.0.100\n");
            else File.WriteAllText(path, $"#!/bin/sh\nexec /usr/bin/{tool} \"$@\"\n");
            _ = Tools.Run("chmod", "755", path);
        }
        Finished finished = Tools.RunWith(
            new() { ["PATH"] = folder.Path }, "/bin/sh", Path.Combine(Tools.Root, "build.sh"));
        Assert.Equal(1, finished.Status);
        Assert.StartsWith("build.sh: " + message, finished.Error);
        Assert.Empty(finished.Output);
    }

    [Fact]
    public void The_arm64_build_serves_under_an_emulator()
    {
        Tools.Require("clang", "clang");
        Tools.Require("ld.lld", "lld");
        Tools.Require("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross");
        Tools.Require("qemu-aarch64-static", "qemu-user-static");
        Finished built = Tools.Run(Path.Combine(Tools.Root, "build.sh"), "--arch", "arm64");
        Assert.True(built.Status == 0, built.Error);
        Assert.Matches(@"^\./epollecho-arm64: static, \d+ bytes\n$", built.Output);
        using EchoServerProcess server = EchoServerProcess.StartUnder(
            ServerModes.Default, ["qemu-aarch64-static"], [],
            Path.Combine(Tools.Root, "epollecho-arm64"));
        using (EchoClient client = server.Connect())
            client.AssertEchoesThroughout(Tools.RandomBytes(1 << 20));
        server.AwaitStatistics("connections", 0);
        Assert.Equal(0, server.Stop()["gc_allocated_bytes"]);
    }

    [Theory]
    [InlineData("--arch", "sparc")]
    [InlineData("--arch")]
    [InlineData("bulid")]
    public void Misuse_is_told(params string[] words)
    {
        Finished finished = Tools.Run(Path.Combine(Tools.Root, "build.sh"), words);
        Assert.NotEqual(0, finished.Status);
        Assert.NotEmpty(finished.Error);
    }
}
