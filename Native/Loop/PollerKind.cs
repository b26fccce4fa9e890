// The multiplexers that there are, and what each of them limits.
using System;
using Epollecho.Interop;

namespace Epollecho.Native.Loop;

internal enum PollerKind
{
    Epoll,
    Poll,
    Select,
}

internal static class PollerLimits
{
    /// <summary>Descriptors must be below this.</summary>
    public static int DescriptorLimit(this PollerKind kind) =>
        kind == PollerKind.Select ? DescriptorSet.Capacity : int.MaxValue;

    /// <summary>Why a descriptor cannot be watched though the process may have it; nothing where
    /// the mechanism has no limit of its own.</summary>
    public static ReadOnlySpan<byte> DescriptorLimitReason(this PollerKind kind) =>
        kind == PollerKind.Select ? "select takes descriptors below 1024 only"u8 : default;
}
