// Bytes that were received and that the peer does not take yet: none, in a block of memory, or in a
// pipe. The place says which of the two numbers beside it are meant.
using System.Diagnostics;
using System.Runtime.InteropServices;
using Epollecho.Interop;

namespace Epollecho.Native.Server.Session;

internal enum UnsentPlace
{
    None,
    Block,
    Pipe,
}

[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Unsent
{
    [FieldOffset(0)] public int Length; // bytes; 0 with no place
    [FieldOffset(4)] private UnsentPlace place;
    [FieldOffset(8)] private int block;
    [FieldOffset(12)] private int start;
    [FieldOffset(8)] private Pipe pipe;

    public readonly UnsentPlace Place => place;

    /// <summary>The block of the pool, if that is their place.</summary>
    public readonly int Block
    {
        get
        {
            Debug.Assert(place == UnsentPlace.Block);
            return block;
        }
    }

    /// <summary>The first of them within the block.</summary>
    public readonly int Start => start;

    /// <summary>The pipe, if that is their place.</summary>
    public readonly Pipe Pipe
    {
        get
        {
            Debug.Assert(place == UnsentPlace.Pipe);
            return pipe;
        }
    }

    public static Unsent InBlock(int block, int length) =>
        new() { place = UnsentPlace.Block, block = block, Length = length };

    public static Unsent InPipe(Pipe pipe, int length) =>
        new() { place = UnsentPlace.Pipe, pipe = pipe, Length = length };

    /// <summary>The first of them have been sent from a block.</summary>
    public void Advance(int count)
    {
        start += count;
        Length -= count;
    }
}
