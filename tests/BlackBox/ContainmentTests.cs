// The one file, alone: in an empty folder as root, as PID 1, in a scratch container.
using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class ContainmentTests
{
    [Fact]
    public void The_binary_is_static_and_at_most_2_2_MB()
    {
        Finished headers = Tools.Run("readelf", "-lW", Tools.Binary);
        Assert.Equal(0, headers.Status);
        Assert.DoesNotContain("INTERP", headers.Output);
        Assert.DoesNotContain("DYNAMIC", headers.Output);
        Assert.InRange(new FileInfo(Tools.Binary).Length, 1, 2_200_000);
    }

    [Fact]
    public void It_serves_from_an_empty_chroot_as_a_user_with_nothing()
    {
        Tools.RequireRoot();
        using TemporaryFolder folder = NewRoot();
        string root = folder.Path;
        // No /proc, /dev, /tmp or /etc; a read-only mount; no capability left; PID 1.
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            ServerModes.Default,
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
    }

    [Fact]
    public void The_image_built_from_the_Dockerfile_serves_is_healthy_and_stops()
    {
        Tools.RequireRoot();
        Tools.Require("buildah", "buildah");
        Tools.Require("podman", "podman");
        Tools.Require("runc", "runc");
        const string image = "localhost/epollecho-test";
        using TemporaryFolder folder = new();
        string[] storage = ["--root", folder.File("storage"),
            "--storage-driver", "vfs"];
        Finished built = Tools.Run("buildah", [.. storage, "bud", "--isolation", "chroot",
            "--format", "docker", "--build-arg", "BINARY=prebuilt", "-t", image, Tools.Root]);
        Assert.True(built.Status == 0, built.Output + built.Error);

        Finished configuration = Tools.Run("buildah", [.. storage, "inspect", "--type", "image",
            "--format", "{{.OCIv1.Config}}", image]);
        Assert.Contains("65532:65532", configuration.Output);
        Assert.Contains("7080/tcp", configuration.Output);

        string name = "epollecho-" + Path.GetFileName(Tools.Root);
        int port = FreePort();
        string[] podman = [.. storage, "--runtime", "runc", "--cgroup-manager", "cgroupfs"];
        string[] run = ["podman", .. podman, "run", "--rm", "--name", name, "--network", "host",
            "--env", $"EPOLLECHO_PORT={port}", "--ulimit", "nofile=1024:1024",
            "--ulimit", "nproc=1000:1000", "--read-only", "--cap-drop", "all",
            "--security-opt", "no-new-privileges", image];
        using (EchoServerProcess server = EchoServerProcess.StartUnder(
            ServerModes.Default, run, ["-b", "127.0.0.1", "-v", "-p", $"{port}"], binary: "--grace=5s"))
        {
            using (EchoClient client = server.Connect())
                client.AssertEchoesThroughout(Tools.RandomBytes(1 << 20));
            server.AwaitLog("closed .* eof$");
            AssertHealth(podman, name);
            // podman hands SIGTERM on to PID 1 of the container. Without systemd it has no timer
            // for the health check, and says so.
            server.Stop("^epollecho: (accepted|closed) ", "^time=.*healthcheck");
        }
        _ = Tools.Run("podman", [.. storage, "rmi", "--force", image]);
    }

    /// <summary>The image's own check, run by hand; and the same where nobody listens.</summary>
    private static void AssertHealth(string[] podman, string container)
    {
        Finished check = Tools.Run("podman", [.. podman, "healthcheck", "run", container]);
        Assert.True(check.Status == 0, check.Output + check.Error);
        Finished failing = Tools.Run(
            "podman", [.. podman, "exec", "--env", "EPOLLECHO_PORT=1", container,
                "/epollecho", "ping", "-q", "-c1", "-W1", "127.0.0.1"]);
        Assert.StartsWith("REFUSED ", failing.Error);
        Assert.Equal(1, failing.Status);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static TemporaryFolder NewRoot()
    {
        TemporaryFolder root = new();
        File.Copy(Tools.Binary, root.File("epollecho"));
        return root;
    }
}
