using System.Runtime.CompilerServices;
using Xunit;

// The tests start servers, clients and containers on a machine that may have two cores: one after
// the other is steadier, and as fast.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: DisableRuntimeMarshalling]

namespace Epollecho
{
    /// <summary>The build writes these for the product; the tests compile its sources without.
    /// </summary>
    internal static class BuildInformation
    {
        internal static System.ReadOnlySpan<byte> Version => "0"u8;

        internal static System.ReadOnlySpan<byte> Commit => "test"u8;
    }
}
