// Where bytes wait that peers do not take yet: blocks of memory and pipes, both bounded. Owns them;
// a connection holds at most one of either, and gives it back.

namespace Epollecho.Native.Server.Session;

internal unsafe struct UnsentPool
{
    public BlockPool Blocks;
    public PipePool Pipes;

    /// <summary>Up to so many bytes in blocks of one size, and as many in pipes, if they are to be
    /// used at all.</summary>
    public static UnsentPool Create(long maxBytes, int blockBytes, bool usesPipes) => new()
    {
        Blocks = BlockPool.Create(maxBytes, blockBytes),
        Pipes = PipePool.Create(usesPipes ? maxBytes : 0),
    };

    /// <summary>A block for a connection's unsent bytes, to be filled; only while the pool has
    /// room.</summary>
    public byte* RentBlock(Connection* connection, int length)
    {
        int block = Blocks.Rent();
        connection->Unsent = Unsent.InBlock(block, length);
        return Blocks.AddressOf(block);
    }

    /// <summary>The first unsent byte in a connection's block.</summary>
    public readonly byte* FirstOf(Connection* connection) =>
        Blocks.AddressOf(connection->Unsent.Block) + connection->Unsent.Start;

    /// <summary>Gives back what a connection holds; its unsent bytes, if any, are lost.</summary>
    public void Release(Connection* connection)
    {
        if (connection->Unsent.Place == UnsentPlace.Block)
            Blocks.Return(connection->Unsent.Block);
        else if (connection->Unsent.Place == UnsentPlace.Pipe)
            Pipes.Discard(connection->Unsent.Pipe);
        connection->Unsent = default;
    }

    /// <summary>Gives back a connection's pipe, which is empty.</summary>
    public void ReturnPipe(Connection* connection)
    {
        Pipes.Return(connection->Unsent.Pipe);
        connection->Unsent = default;
    }

    public void Close()
    {
        _ = Pipes.CloseFree();
        Blocks.Release();
    }
}
