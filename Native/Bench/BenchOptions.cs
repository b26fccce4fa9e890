// What a load is to be. Plain data.
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Epollecho.Native.Options;

namespace Epollecho.Native.Bench;

internal unsafe struct BenchOptions
{
    public const int MaxConnections = 1 << 20;
    public const int MaxSizeBytes = 64 << 20;
    public const int MaxPipeline = 1 << 16;
    public const int MaxWorkers = 256;
    public const int MaxRate = 100_000_000;
    public const long MaxDurationMs = 7 * 24 * 3600 * 1000L;

    private const int DefaultSizeBytes = 64;
    private const int StreamSizeBytes = 64 << 10;

    public TargetOptions Target = new() { TimeoutMs = 10_000 };
    public LoadMode Mode = LoadMode.Echo;
    public int Connections = 50;

    /// <summary>How long is measured; 0 until the options are complete.</summary>
    public long DurationMs;

    /// <summary>Messages in all, or connections in all if churning; 0: no limit.</summary>
    public long Count;

    /// <summary>Of a message, or of a block of a stream; 0 until the options are complete.
    /// </summary>
    public int SizeBytes;

    /// <summary>Messages of a connection that may be under way.</summary>
    public int Pipeline = 1;

    /// <summary>Messages a second in all; 0: as many as come back.</summary>
    public int Rate;

    public long WarmUpMs;

    /// <summary>Connections opened a second; 0: as fast as they are accepted.</summary>
    public int ConnectRate;

    public int Workers = 1;
    public bool SkipsVerification;
    public bool IsJson;
    public bool IsQuiet;

    /// <summary>Where to write the distribution for HdrHistogram's plotter; null: nowhere.
    /// </summary>
    public byte* DistributionFile;

    public BenchOptions()
    {
    }

    /// <summary>Defaults that depend on other options.</summary>
    public void Complete()
    {
        if (SizeBytes == 0)
            SizeBytes = Mode == LoadMode.Stream ? StreamSizeBytes : DefaultSizeBytes;
        if (DurationMs == 0) DurationMs = Count > 0 ? MaxDurationMs : 10_000;
        Workers = int.Min(Workers, Connections);
    }
}
