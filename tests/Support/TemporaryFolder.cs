// Folders of tests: all in one root folder of this run, which is gone when the run is over.
using System;
using System.IO;
using System.Linq;
using Epollecho.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(TemporaryRoot))]

namespace Epollecho.Tests.Support;

/// <summary>A new empty folder, removed with all that is in it when disposed of.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } =
        System.IO.Path.Combine(TemporaryRoot.Path, Guid.NewGuid().ToString("N"));

    /// <summary>The path of a file or folder in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>The folder of the folders. It fails the run if a test has left one behind, and goes
/// also when the run is ended by a signal.</summary>
public sealed class TemporaryRoot : IDisposable
{
    internal static string Path { get; } = Create();

    public void Dispose()
    {
        string[] left = [.. Directory.EnumerateFileSystemEntries(
            Path, "*", SearchOption.AllDirectories)];
        Assert.True(
            left.Length == 0,
            "tests have left temporary files behind:\n" + string.Join('\n', left.Take(20)));
    }

    private static string Create()
    {
        string path = Directory.CreateTempSubdirectory("epollecho-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(path, recursive: true);
        return path;
    }
}
