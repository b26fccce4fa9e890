// When each message that is under way was sent: for each connection a ring with a place for as many
// messages as may be under way on it. Owns its memory, which is committed as it is used.
using System.Numerics;
using Epollecho.Interop;
using Epollecho.Native.Base;

namespace Epollecho.Native.Load;

internal unsafe struct SendTimes
{
    private Instant* times;
    private int places; // of a ring, a power of two
    private int connections;

    /// <summary>False if there is no address space for it.</summary>
    public static bool TryCreate(int connections, int pipeline, out SendTimes created)
    {
        created = new()
        {
            connections = connections,
            places = (int)BitOperations.RoundUpToPowerOf2((uint)pipeline),
        };
        created.times = (Instant*)ReservedMemory.Reserve(created.Bytes);
        return created.times != null;
    }

    private readonly long Bytes => (long)connections * places * sizeof(Instant);

    /// <summary>The place for a message of a connection, each counted from 0.</summary>
    public readonly ref Instant this[int connection, long message] =>
        ref times[((long)connection * places) + (message & (places - 1))];

    public readonly void Release() => ReservedMemory.Release((byte*)times, Bytes);
}
