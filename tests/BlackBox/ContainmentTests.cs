// The one file, alone: in an empty folder as root, as PID 1, in a scratch container.
using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class ContainmentTests
{
    [Fact]
    public void The_binary_is_static_and_at_most_2_1_MB()
    {
        Finished headers = Tools.Run("readelf", "-lW", Tools.Binary);
        Assert.Equal(0, headers.Status);
        Assert.DoesNotContain("INTERP", headers.Output);
        Assert.DoesNotContain("DYNAMIC", headers.Output);
        Assert.InRange(new FileInfo(Tools.Binary).Length, 1, 2_100_000);
    }

    [Fact]
    public void It_serves_from_an_empty_chroot_as_a_user_with_nothing()
    {
        Tools.RequireRoot();
        string root = NewRoot();
        // No /proc, /dev, /tmp or /etc; a read-only mount; no capability left; PID 1.
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "/bin/sh", "-c",
                $"mount --bind {root} {root} && mount -o remount,bind,ro {root} && "
                + $"exec setpriv --no-new-privs chroot "
                + $"--userspec=65532:65532 {root} \"$@\"", "sh"],
            ["-v"], binary: "/epollecho");
        using (EchoClient client = server.Connect())
            client.AssertEchoesThroughout(Tools.RandomBytes(1 << 20));
        server.AwaitStatistics("connections", 0);
        string status = File.ReadAllText($"/proc/{server.Pid}/status");
        Assert.Contains("Uid:\t65532\t65532", status);
        Assert.Contains("CapEff:\t0000000000000000", status);
        Assert.Contains("CapPrm:\t0000000000000000", status);
        Assert.Contains("NoNewPrivs:\t1", status);
        Assert.Matches(@"NSpid:\t\d+\t1\n", status);
        server.Stop("^epollecho: (accepted|closed) ");
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void The_image_built_from_the_Dockerfile_serves_and_stops_within_the_grace()
    {
        Tools.RequireRoot();
        Tools.Require("buildah", "buildah");
        Tools.Require("podman", "podman");
        Tools.Require("runc", "runc");
        const string image = "localhost/epollecho-test";
        string[] storage = ["--root", Path.Combine(Tools.NewFolder(), "storage"),
            "--storage-driver", "vfs"];
        Finished built = Tools.Run("buildah", [.. storage, "bud", "--isolation", "chroot",
            "--build-arg", "BINARY=prebuilt", "-t", image, Tools.Root]);
        Assert.True(built.Status == 0, built.Output + built.Error);

        Finished configuration = Tools.Run("buildah", [.. storage, "inspect", "--type", "image",
            "--format", "{{.OCIv1.Config}}", image]);
        Assert.Contains("65532:65532", configuration.Output);
        Assert.Contains("7080/tcp", configuration.Output);

        string[] podman = ["podman", .. storage, "--runtime", "runc", "--cgroup-manager",
            "cgroupfs", "run", "--rm", "--network", "host", "--ulimit", "nofile=1024:1024",
            "--ulimit", "nproc=1000:1000", "--read-only", "--cap-drop", "all",
            "--security-opt", "no-new-privileges", image];
        using (EchoServerProcess server = EchoServerProcess.StartUnder(
            podman, ["-b", "127.0.0.1", "-v"], binary: "--grace=5s"))
        {
            using (EchoClient client = server.Connect())
                client.AssertEchoesThroughout(Tools.RandomBytes(1 << 20));
            server.AwaitLog("closed .* eof$");
            // podman hands SIGTERM on to PID 1 of the container.
            server.Stop("^epollecho: (accepted|closed) ");
        }
        _ = Tools.Run("podman", [.. storage, "rmi", "--force", image]);
    }

    private static string NewRoot()
    {
        string root = Tools.NewFolder();
        File.Copy(Tools.Binary, Path.Combine(root, "epollecho"));
        return root;
    }
}
