// Pipes that saturated connections take turns in using, made when they are first needed. A pipe is
// held only while it holds bytes, so there are as many as connections wait with bytes in one.
using System.Runtime.CompilerServices;
using Epollecho.Interop;

namespace Epollecho.Native.Server.Session;

internal struct PipePool
{
    /// <summary>The most bytes that a pipe is given to hold.</summary>
    public const int PipeBytes = 256 << 10;

    private const int MaxPipes = 64;

    private FreeList free; // open and empty
    private int freeCount;
    private int openCount;
    private int capacity;

    /// <summary>A pool whose pipes hold at most <paramref name="maxBytes"/> together; none at all
    /// if that is less than one holds.</summary>
    public static PipePool Create(long maxBytes) =>
        new() { capacity = (int)long.Min(MaxPipes, maxBytes / PipeBytes) };

    public readonly bool IsOff => capacity == 0;

    public readonly bool IsInUse => openCount > freeCount;

    /// <summary>An empty pipe; false if all are in use, or there are no descriptors for one more.
    /// </summary>
    public bool TryRent(out Pipe pipe)
    {
        if (freeCount > 0)
        {
            pipe = free[--freeCount];
            return true;
        }
        pipe = default;
        if (openCount >= capacity || Pipes.Create(PipeBytes, out pipe) < 0) return false;
        openCount++;
        return true;
    }

    /// <summary>Gives back a pipe that is empty.</summary>
    public void Return(Pipe pipe) => free[freeCount++] = pipe;

    /// <summary>Gives back a pipe that may hold bytes, which are lost.</summary>
    public void Discard(Pipe pipe)
    {
        Pipes.Close(pipe);
        openCount--;
    }

    /// <summary>Closes the pipes that nobody uses: others need the descriptors more. False if
    /// there were none.</summary>
    public bool CloseFree()
    {
        bool frees = freeCount > 0;
        while (freeCount > 0) Discard(free[--freeCount]);
        return frees;
    }

    /// <summary>For a kernel that cannot splice sockets.</summary>
    public void TurnOff()
    {
        _ = CloseFree();
        capacity = 0;
    }

    [InlineArray(MaxPipes)]
    private struct FreeList
    {
        private Pipe first;
    }
}
