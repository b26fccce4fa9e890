// What the product and the test program need of the test assembly as a whole.
using System.Runtime.CompilerServices;

[assembly: DisableRuntimeMarshalling]

namespace Epollecho
{
#pragma warning disable CA2255 // a module initializer is what a test program has for a Main
    /// <summary>Tests that hold many blocking clients need as many threads at once.</summary>
    internal static class ThreadPoolSize
    {
        [ModuleInitializer]
        internal static void Raise() => System.Threading.ThreadPool.SetMinThreads(64, 64);
    }

#pragma warning restore CA2255

    /// <summary>The build writes these for the product; the tests compile its sources without.
    /// </summary>
    internal static class BuildInformation
    {
        internal static System.ReadOnlySpan<byte> Version => "0"u8;

        internal static System.ReadOnlySpan<byte> Commit => "test"u8;
    }
}
