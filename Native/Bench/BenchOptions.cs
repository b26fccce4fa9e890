// What epollecho bench is to do. Plain data.
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Options;

namespace Epollecho.Native.Bench;

internal unsafe struct BenchOptions
{
    public const int MaxConnections = 1 << 20;
    public const int MaxSizeBytes = 64 << 20;
    public const int MaxPipeline = 1 << 16;
    public const int MaxWorkers = GeneratorOptions.MaxWorkers;
    public const int MaxRate = 100_000_000;
    public const int StreamSizeBytes = 64 << 10; // if none is given

    public TargetOptions Target = new() { Timeout = Duration.FromSeconds(10) };
    public LoadMode Mode = LoadMode.Echo;
    public int Connections = 50;

    /// <summary>How long is measured.</summary>
    public Duration Duration = Duration.FromSeconds(10);

    /// <summary>Messages in all, or connections in all if churning; 0: no limit.</summary>
    public long Count;

    /// <summary>Of a message, or of a block of a stream.</summary>
    public int SizeBytes = 64;

    /// <summary>Messages of a connection that may be under way.</summary>
    public int Pipeline = 1;

    /// <summary>Messages a second in all; 0: as many as come back.</summary>
    public int Rate;

    public Duration WarmUp;

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

    public static Duration MaxDuration => Duration.FromSeconds(7 * 24 * 3600);
}
