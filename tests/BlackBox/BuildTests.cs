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
        string folder = Tools.NewFolder();
        foreach (string tool in $"{present} dirname uname".Trim().Split(' '))
        {
            string path = Path.Combine(folder, tool);
            if (tool is "dotnet" or "gcc") File.WriteAllText(path, "#!/bin/sh\necho 10.0.100\n");
            else File.WriteAllText(path, $"#!/bin/sh\nexec /usr/bin/{tool} \"$@\"\n");
            _ = Tools.Run("chmod", "755", path);
        }
        Finished finished = Tools.RunWith(
            new() { ["PATH"] = folder }, "/bin/sh", Path.Combine(Tools.Root, "build.sh"));
        Assert.Equal(1, finished.Status);
        Assert.StartsWith("build.sh: " + message, finished.Error);
        Assert.Empty(finished.Output);
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
