// Which of many connections send: a number of them, spread evenly over all. Arithmetic only.
namespace Epollecho.Native.Load;

/// <param name="all">How many connections there are.</param>
/// <param name="count">How many of them send, at most as many as there are.</param>
internal readonly struct ActiveConnections(int all, int count)
{
    public int Count => count;

    /// <summary>The index among all of the one that is number <paramref name="rank"/> of those
    /// that send.</summary>
    public int IndexOf(int rank) => count == all ? rank : (int)((long)rank * all / count);

    /// <summary>The number, among those that send, of the one with this index among all.</summary>
    public int RankOf(int index) =>
        count == all ? index : (int)((((long)index * count) + all - 1) / all);
}
