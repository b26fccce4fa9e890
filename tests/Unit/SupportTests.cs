// What the other tests stand on: rows for each mode, work in the background, folders that go.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Epollecho.Tests.BlackBox;
using Epollecho.Tests.Support;
using Xunit;
using Xunit.Sdk;

namespace Epollecho.Tests.Unit;

public sealed class SupportTests
{
    public static IEnumerable<object[]> Pairs => [[1, "a"], [2, "b"], [3, "c"]];

    [Fact]
    public void There_are_nine_modes_each_with_options_of_its_own()
    {
        ServerModes[] modes = [.. ServerModeOptions.Each(ServerModes.All)];
        Assert.Equal(9, modes.Length);
        Assert.Equal(5, ServerModeOptions.Each(ServerModes.Epoll).Count());
        Assert.Equal(5, ServerModeOptions.Each(ServerModes.Eager).Count());
        Assert.Distinct(modes.Select(mode => string.Join(' ', ServerModeOptions.Of(mode))));
    }

    [Theory]
    [InlineData(typeof(EchoTests))]
    [InlineData(typeof(BulkTests))]
    [InlineData(typeof(FaultTests))]
    [InlineData(typeof(AcceptTests))]
    [InlineData(typeof(SignalTests))]
    [InlineData(typeof(AllocationTests))]
    [InlineData(typeof(RealClientTests))]
    [InlineData(typeof(CrowdTests))]
    public async Task Every_test_of_the_server_says_for_which_modes_it_is(Type type)
    {
        MethodInfo[] tests = [.. type.GetMethods().Where(
            method => method.GetCustomAttributes<FactAttribute>().Any())];
        Assert.NotEmpty(tests);
        foreach (MethodInfo test in tests)
        {
            InModesAttribute? modes = test.GetCustomAttribute<InModesAttribute>();
            Assert.True(modes is not null, $"{test.Name} has no [InModes]");
            await using DisposalTracker tracker = new();
            IReadOnlyCollection<ITheoryDataRow> rows = await modes.GetData(test, tracker);
            Assert.NotEmpty(rows);
            Assert.All(
                rows, row => Assert.Equal(test.GetParameters().Length, row.GetData().Length));
        }
    }

    [Theory]
    [InModes(ServerModes.Poll | ServerModes.Select, Rows = nameof(Pairs))]
    public void Rows_of_a_member_are_crossed_with_the_modes(
        ServerModes mode, int number, string letter)
    {
        Assert.Contains(mode, new[] { ServerModes.Poll, ServerModes.Select });
        Assert.Equal(letter[0], 'a' + number - 1);
    }

    [Fact]
    public void What_work_in_the_background_throws_is_thrown_where_it_is_joined()
    {
        BackgroundWork.Start(() => { }).Join();
        BackgroundWork failing = BackgroundWork.Start(
            () => throw new InvalidDataException("in the background"));
        Assert.Equal(
            "in the background", Assert.Throws<InvalidDataException>(failing.Join).Message);
    }

    [Fact]
    public void A_script_that_fails_fails_the_test_of_its_server()
    {
        ScriptedServer server = new(_ => throw new InvalidDataException("in the script"));
        EchoClient.Connect(server.Port).AssertReceivesThenEnd([]);
        Assert.Equal("in the script", Assert.Throws<InvalidDataException>(server.Dispose).Message);
    }

    [Fact]
    public void A_folder_goes_with_all_that_is_in_it()
    {
        string path;
        using (TemporaryFolder folder = new())
        {
            path = folder.Path;
            Directory.CreateDirectory(folder.File("a"));
            File.WriteAllText(folder.File("a/b"), "c");
        }
        Assert.False(Directory.Exists(path));
    }
}
