// What the server was asked to do, with the defaults. Plain data on the stack.
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Engine;

namespace Epollecho.Native.Server;

[InlineArray(ServerOptions.MaxAddresses)]
internal struct AddressItems
{
    private Endpoint first;
}

internal struct AddressList
{
    public int Count;

    private AddressItems items;

    [UnscopedRef]
    public ref Endpoint this[int index] => ref items[index];
}

internal enum SplicePolicy
{
    Auto,
    Off,
}

/// <summary>Is the server to end when the process that started it has ended?</summary>
internal struct ParentWatch
{
    public bool IsOn;

    /// <summary>The process that must still be the parent then; 0: whoever it is.</summary>
    public int Process;
}

internal unsafe struct ServerOptions
{
    public const int MaxAddresses = 16;
    public const int MaxConnectionsLimit = 16 << 20;
    public const int MinBufferBytes = 1;
    public const int MaxBufferBytes = 16 << 20;
    public const long MaxMemoryBytes = 1L << 40;

    public int Port = 7080;

    /// <summary>Addresses to listen on, ports unset; none: every address there is.</summary>
    public AddressList Addresses;

    /// <summary>Connections that may wait to be accepted; the kernel clamps it to
    /// net.core.somaxconn.</summary>
    public int Backlog = 4096;

    /// <summary>Where to write the port once listening; null: nowhere.</summary>
    public byte* PortFile;

    /// <summary>Size of the receive buffer that all connections share.</summary>
    public int BufferBytes = 256 << 10;

    public int MaxConnections = 1 << 20;

    /// <summary>Bound on bytes that wait in the program for slow peers.</summary>
    public long MemoryBytes = 64 << 20;

    public Duration Grace = Duration.FromSeconds(5);

    public Verbosity Verbosity = Verbosity.Normal;

    public PollerKind Poller = PollerKind.Epoll;

    public Trigger Trigger = Trigger.Edge;

    public Strategy Strategy = Strategy.Eager;

    /// <summary>The most bytes that one recv asks for; 0 until the options are complete, then at
    /// most <see cref="BufferBytes"/>.</summary>
    public int ReadBytes;

    /// <summary>How long the loop asks for events without waiting before it waits; zero: not at
    /// all.</summary>
    public Duration BusyPoll;

    /// <summary>May connections that stay saturated be echoed by splice?</summary>
    public SplicePolicy Splice;

    public bool MeasuresWait;

    public ParentWatch Parent;

    public TraceLevel Trace = TraceLevel.None;

    /// <summary>Where to write a trace as JSON; null: nowhere.</summary>
    public byte* TraceFile;

    public ServerOptions()
    {
    }

    public static Duration MaxBusyPoll => Duration.FromSeconds(1);

    public static Duration MaxGrace => Duration.FromSeconds(24 * 3600);

    public int AddressCount
    {
        readonly get => Addresses.Count;
        set => Addresses.Count = value;
    }

    public readonly bool Splices => Splice == SplicePolicy.Auto;

    public readonly bool EndsWithParent => Parent.IsOn;

    public readonly int ParentProcess => Parent.Process;

    public readonly bool IsTraced => Trace != TraceLevel.None || TraceFile != null;
}
