// The ways in which a server can poll and move bytes. A test of the server names those under which
// it holds, once, and becomes a row for each of them: [Theory, InModes(ServerModes.Epoll)].
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Epollecho.Tests.Support;

/// <summary>One bit for each way, and the sets of them that tests name.</summary>
[Flags]
public enum ServerModes
{
    None = 0,
    Default = 1,
    BusyPollNoSplice = 2,
    Level = 4,
    Rearm = 8,
    LevelRearm = 16,
    Poll = 32,
    PollRearm = 64,
    Select = 128,
    SelectRearm = 256,

    All = Default | BusyPollNoSplice | Level | Rearm | LevelRearm | AnyPoll | AnySelect,
    Epoll = All & ~AnyPoll & ~AnySelect,
    Eager = All & ~(Rearm | LevelRearm | PollRearm | SelectRearm),
    AnyPoll = Poll | PollRearm,
    AnySelect = Select | SelectRearm,
}

internal static class ServerModeOptions
{
    /// <summary>The options that choose this way of polling.</summary>
    public static string[] Of(ServerModes mode) => mode switch
    {
        ServerModes.Default => [],
        ServerModes.BusyPollNoSplice => ["--busy-poll=200", "--splice=off"],
        ServerModes.Level => ["--trigger=level"],
        ServerModes.Rearm => ["--strategy=rearm"],
        ServerModes.LevelRearm => ["--trigger=level", "--strategy=rearm"],
        ServerModes.Poll => ["--poller=poll"],
        ServerModes.PollRearm => ["--poller=poll", "--strategy=rearm"],
        ServerModes.Select => ["--poller=select"],
        ServerModes.SelectRearm => ["--poller=select", "--strategy=rearm"],
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "not one mode"),
    };

    /// <summary>The single modes of a set.</summary>
    public static IEnumerable<ServerModes> Each(ServerModes set) =>
        Enum.GetValues<ServerModes>().Where(
            mode => set.HasFlag(mode) && int.PopCount((int)mode) == 1);
}

/// <summary>Runs a theory once for each of these modes, which is its first argument, with each of
/// its own rows: those of [Row], or of the member that <see cref="Rows"/> names, or none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class InModesAttribute(ServerModes modes) : DataAttribute
{
    public ServerModes Modes { get; } = modes;

    /// <summary>The name of a static property of the class that is a sequence of object arrays.
    /// </summary>
    public string? Rows { get; init; }

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        object[][] rows = [.. OwnRows(testMethod)];
        IReadOnlyCollection<ITheoryDataRow> crossed = [
            .. from mode in ServerModeOptions.Each(Modes)
               from row in rows
               select new TheoryDataRow([mode, .. row])];
        return new(crossed);
    }

    public override bool SupportsDiscoveryEnumeration() => true;

    private IEnumerable<object[]> OwnRows(MethodInfo testMethod)
    {
        if (Rows is not null)
        {
            PropertyInfo? property = testMethod.DeclaringType!.GetProperty(Rows);
            return (IEnumerable<object[]>)(property?.GetValue(null)
                ?? throw new InvalidOperationException($"there is no static property {Rows}"));
        }
        RowAttribute[] rows = [.. testMethod.GetCustomAttributes<RowAttribute>()];
        return rows.Length > 0 ? rows.Select(row => row.Values) : [[]];
    }
}

/// <summary>The arguments of one row of a theory that has [InModes], after the mode.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class RowAttribute(params object[] values) : Attribute
{
    public object[] Values { get; } = values;
}
