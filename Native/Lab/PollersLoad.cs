// The load on a measured server: many connections, a few of which have one message under way each;
// the others are idle. The first failure ends it. Owns the generator, and what it counts.
using System.Runtime.InteropServices;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Tmds.Linux;

namespace Epollecho.Native.Lab;

internal enum OpenResult
{
    Opened,
    NoPorts, // EADDRNOTAVAIL, connect(2)
    Failed, // with a message
}

internal unsafe struct PollersLoad
{
    private const int MessageBytes = 64;

    private Generator generator;
    private Progress* progress;
    private Tally* tally;

    /// <summary>The signal that has ended the load; 0: none has.</summary>
    public readonly int Signal => progress->Signal;

    /// <summary>For a connection, and for each message.</summary>
    private static Duration Timeout => Duration.FromSeconds(5L);

    /// <summary>Prepares for as many connections as are to be measured, to a server on this
    /// machine; what comes at <paramref name="signalFd"/> ends the load. False, with a message, if
    /// it cannot.</summary>
    public static bool TryCreate(
        in Measurement measured, ushort port, Pattern pattern, int signalFd, out PollersLoad load)
    {
        load = new()
        {
            progress = (Progress*)NativeMemory.AllocZeroed((nuint)sizeof(Progress)),
            tally = (Tally*)NativeMemory.AllocZeroed((nuint)sizeof(Tally)),
        };
        *load.progress = new() { Workers = 1, SignalFd = signalFd };
        if (!Tally.TryCreate(out *load.tally)) return false;
        GeneratorOptions options = new()
        {
            Mode = LoadMode.Echo,
            Connections = measured.Connections,
            Active = measured.Active,
            SizeBytes = MessageBytes,
            Pipeline = 1,
            Timeout = Timeout,
            Workers = 1,
            StopsAtFailure = true,
            ClosesWithReset = true, // the next server's connections need the local ports
        };
        Endpoint server = Endpoint.Loopback(EndpointKind.Ipv4).WithPort(port);
        int result = Generator.Create(
            options, pattern, load.progress, load.tally, server, 0, out load.generator);
        return result >= 0 || LabError.Fail("cannot prepare the load"u8, -result);
    }

    /// <summary>Opens connections until there are <paramref name="target"/>.</summary>
    public OpenResult Open(int target)
    {
        generator.Open(target);
        if (progress->StopRequests == 0) return OpenResult.Opened;
        bool hasPorts = tally->FailuresByErrno[LibC.EADDRNOTAVAIL] == 0;
        if (!hasPorts && Signal == 0) return OpenResult.NoPorts;
        _ = Fail("cannot connect to the server"u8);
        return OpenResult.Failed;
    }

    /// <summary>Echoes for so long; every message that was sent has then come back. False, with
    /// a message, if one does not, or differs, or a signal asks to end.</summary>
    public bool TryRun(Duration duration, out long echoes, out Duration elapsed)
    {
        long receivedBefore = tally->Received;
        Instant start = Instant.Now;
        generator.Run(Duration.Zero, duration);
        elapsed = Instant.Now - start;
        echoes = tally->Received - receivedBefore;
        return progress->StopRequests == 0 || Fail("a connection has failed"u8);
    }

    public void Close()
    {
        generator.Close();
        tally->Free();
        NativeMemory.Free(tally);
        NativeMemory.Free(progress);
    }

    /// <summary>Reports why the load has ended; <paramref name="what"/> where an errno tells.
    /// </summary>
    private readonly bool Fail(System.ReadOnlySpan<byte> what)
    {
        // Ctrl-C may have reached the server first: it is not the server's failure.
        progress->TakeSignals(Instant.Now);
        if (Signal > 0) return LabError.Fail("interrupted"u8);
        if (tally->Wrong > 0)
            return LabError.Fail("other bytes came back than were sent"u8);
        int errno = tally->FirstFailure;
        if (errno == Tally.ClosedByServer)
            return LabError.Fail("the server has closed a connection"u8);
        return errno == LibC.ETIMEDOUT && tally->BytesLost > 0
            ? LabError.Fail("nothing has come back for 5 s"u8) : LabError.Fail(what, errno);
    }
}
