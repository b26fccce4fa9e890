// What runs side by side: two test classes at a time, but for those that stand no neighbour.
using Xunit;

[assembly: CollectionBehavior(MaxParallelThreads = 2)]

namespace Epollecho.Tests.Support;

/// <summary>The collection of the tests that measure the machine or take all that it has; they run
/// one after the other when all others are over.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
