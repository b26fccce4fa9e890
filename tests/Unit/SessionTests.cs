// The parts that sessions are made of, one by one: table, queues, pools.
using System.Collections.Generic;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Server.Session;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class ConnectionTableTests
{
    internal static Instant At(long ns) => Instant.FromNanoseconds(ns);

    [Fact]
    public void A_connection_is_one_cache_line() =>
        Assert.Equal(64, sizeof(Connection));

    [Fact]
    public void A_token_leads_to_its_slot_until_the_slot_is_freed()
    {
        Assert.True(ConnectionTable.TryCreate(4, out ConnectionTable table));
        int slot = table.Add(7, At(1));
        Token token = table.TokenOf(slot);
        Assert.Equal(slot, table.SlotOf(token));
        Assert.Equal(7, table[slot]->Fd);

        table.Remove(slot);
        Assert.Equal(ConnectionTable.None, table.SlotOf(token));

        int again = table.Add(7, At(2));
        Assert.Equal(slot, again); // the same slot, the same descriptor …
        Assert.Equal(ConnectionTable.None, table.SlotOf(token)); // … and yet another connection
        Assert.Equal(again, table.SlotOf(table.TokenOf(again)));
        table.Release();
    }

    [Fact]
    public void A_token_of_no_connection_leads_nowhere()
    {
        Assert.True(ConnectionTable.TryCreate(4, out ConnectionTable table));
        _ = table.Add(3, At(0));
        Assert.Equal(ConnectionTable.None, table.SlotOf(new(TokenKind.Signal, 0)));
        Assert.Equal(ConnectionTable.None, table.SlotOf(new(TokenKind.Connection, 1)));
        Assert.Equal(ConnectionTable.None, table.SlotOf(new(ulong.MaxValue)));
        table.Release();
    }

    [Fact]
    public void A_full_table_takes_no_more_and_freed_slots_come_back_clean()
    {
        Assert.True(ConnectionTable.TryCreate(3, out ConnectionTable table));
        int[] slots = [table.Add(10, ConnectionTableTests.At(0)), table.Add(11, ConnectionTableTests.At(0)), table.Add(12, ConnectionTableTests.At(0))];
        Assert.Equal(ConnectionTable.None, table.Add(13, ConnectionTableTests.At(0)));
        Assert.Equal(3, table.Count);
        table[slots[1]]->BytesIn = 99;
        table[slots[1]]->Flags = ConnectionFlags.InputEnded;
        table.Remove(slots[1]);
        Assert.Equal(2, table.Count);
        int slot = table.Add(14, ConnectionTableTests.At(5));
        Assert.Equal(slots[1], slot);
        Assert.Equal(0, table[slot]->BytesIn);
        Assert.Equal(ConnectionFlags.None, table[slot]->Flags);
        Assert.Equal(At(5), table[slot]->Accepted);
        Assert.Equal(UnsentPlace.None, table[slot]->Unsent.Place);
        table.Release();
    }
}

public sealed unsafe class SlotQueueTests
{
    [Fact]
    public void Hands_out_in_the_order_of_arrival_and_keeps_the_flag_in_step()
    {
        Assert.True(ConnectionTable.TryCreate(8, out ConnectionTable table));
        SlotQueue queue = new(ConnectionFlags.Ready);
        Assert.Equal(ConnectionTable.None, queue.Pop(ref table));
        List<int> slots = [table.Add(1, ConnectionTableTests.At(0)), table.Add(2, ConnectionTableTests.At(0)), table.Add(3, ConnectionTableTests.At(0))];
        foreach (int slot in slots) queue.Push(ref table, slot);
        Assert.Equal(3, queue.Count);
        Assert.True(table[slots[0]]->Has(ConnectionFlags.Ready));

        Assert.Equal(slots[0], queue.Pop(ref table));
        Assert.False(table[slots[0]]->Has(ConnectionFlags.Ready));
        queue.Push(ref table, slots[0]); // used up its budget again: behind the others
        Assert.Equal(slots[1], queue.Pop(ref table));
        Assert.Equal(slots[2], queue.Pop(ref table));
        Assert.Equal(slots[0], queue.Pop(ref table));
        Assert.Equal(ConnectionTable.None, queue.Pop(ref table));
        Assert.Equal(0, queue.Count);
        table.Release();
    }
}

public sealed unsafe class BlockPoolTests
{
    [Fact]
    public void Has_as_many_blocks_as_the_bound_allows()
    {
        BlockPool pool = BlockPool.Create(maxBytes: 3 * 8192 + 100, blockBytes: 8000);
        Assert.Equal(3, pool.Capacity);
        int[] blocks = [pool.Rent(), pool.Rent(), pool.Rent()];
        Assert.Distinct(blocks);
        Assert.False(pool.HasRoom);
        for (int i = 0; i < 3; i++)
            new System.Span<byte>(pool.AddressOf(blocks[i]), 8000).Fill((byte)(i + 1));
        for (int i = 0; i < 3; i++)
        {
            byte* bytes = pool.AddressOf(blocks[i]);
            Assert.Equal(i + 1, bytes[0]);
            Assert.Equal(i + 1, bytes[7999]);
        }
        pool.Return(blocks[1]);
        Assert.True(pool.HasRoom);
        Assert.Equal(blocks[1], pool.Rent());
        pool.Release();
    }

    [Fact]
    public void Without_memory_it_is_always_full()
    {
        BlockPool pool = BlockPool.Create(maxBytes: 0, blockBytes: 65536);
        Assert.False(pool.HasRoom);
        Assert.False(BlockPool.Create(maxBytes: 65535, blockBytes: 65536).HasRoom);
        pool.Release();
    }

    [Fact]
    public void Gives_its_memory_back_when_all_blocks_are_back()
    {
        const int blockBytes = 1 << 20;
        BlockPool pool = BlockPool.Create(maxBytes: 16 << 20, blockBytes);
        int[] blocks = new int[16];
        for (int i = 0; i < 16; i++)
        {
            blocks[i] = pool.Rent();
            new System.Span<byte>(pool.AddressOf(blocks[i]), blockBytes).Fill(0xAA);
        }
        byte* first = pool.AddressOf(blocks[0]);
        foreach (int block in blocks) pool.Return(block);
        Assert.Equal(0, pool.InUse);
        Assert.Equal(0, first[100]); // discarded pages read as zero
        Assert.True(pool.HasRoom);
        Assert.Equal(0, pool.Rent());
        pool.Release();
    }
}
