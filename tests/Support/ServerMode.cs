// The way of polling under which the tests of the server run: the default, or the one that
// SERVER_MODE names ("--poller=poll --strategy=rearm"). build.sh runs them once for each.
using System;

namespace Epollecho.Tests.Support;

internal static class ServerMode
{
    private static string Text { get; } = Environment.GetEnvironmentVariable("SERVER_MODE") ?? "";

    public static string[] Options { get; } =
        Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public static bool IsEpoll => !Text.Contains("--poller", StringComparison.Ordinal);

    public static bool IsSelect => Text.Contains("select", StringComparison.Ordinal);

    public static bool IsEager => !Text.Contains("rearm", StringComparison.Ordinal);
}
