// What is peculiar to one way of polling. All other tests of the server run under each of them.
using System;
using System.Collections.Generic;
using System.Linq;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class PollerTests
{
    [Theory]
    [InlineData("--poller=kqueue", "--poller: 'kqueue' is not valid; expected epoll, poll or select")]
    [InlineData("--trigger=both", "--trigger: 'both' is not valid; expected edge or level")]
    [InlineData("--strategy=lazy", "--strategy: 'lazy' is not valid; expected eager or rearm")]
    [InlineData("--read-size=0", "--read-size: '0' is not valid; expected a size from 1 to 16M")]
    [InlineData("--trace=all", "--trace: 'all' is not valid; expected nothing or data")]
    [InlineData("--poller=poll --trigger=edge", "--trigger: 'edge' is not valid; expected level")]
    [InlineData("--trigger=edge --poller=select", "--trigger: 'edge' is not valid; expected level")]
    public void A_bad_choice_is_named_with_what_there_is(string words, string message)
    {
        Finished finished = Tools.Run(Tools.Binary, words.Split(' '));
        Assert.Equal(64, finished.Status);
        Assert.StartsWith("epollecho: " + message, finished.Error);
    }

    [Theory]
    [InlineData("--poller=poll --trigger=level")]
    [InlineData("--poller=select --trigger=level --strategy=rearm")]
    public void Level_is_what_poll_and_select_have(string words)
    {
        using EchoServerProcess server = EchoServerProcess.Start(words.Split(' '));
        using (EchoClient client = server.Connect()) client.AssertEchoes([1, 2, 3]);
        server.Stop();
    }

    [Fact]
    public void Select_pauses_accepting_at_its_limit_and_resumes()
    {
        const int count = 1200;
        using EchoServerProcess server = EchoServerProcess.Start("--poller=select");
        List<EchoClient> clients = [];
        for (int i = 0; i < count; i++) clients.Add(server.Connect());
        server.AwaitLog("select takes descriptors below 1024 only");
        Assert.InRange(server.AskStatistics()["connections"], 1000, 1023);
        clients[0].AssertEchoes([1]);
        foreach (EchoClient client in clients)
        {
            client.AssertEchoes([1, 2, 3]);
            client.Dispose();
        }
        server.AwaitStatistics("connections", 0);
        Assert.Equal(count, server.Stop("warning: accepting is paused")["total"]);
    }

    [Theory]
    [InlineData("--poller=epoll")]
    [InlineData("--poller=poll")]
    [InlineData("--poller=select")]
    public void Turns_and_the_time_in_the_wait_call_are_counted_when_asked_for(string poller)
    {
        using EchoServerProcess server = EchoServerProcess.Start(poller, "--measure-wait");
        using (EchoClient client = server.Connect())
            for (int i = 0; i < 10; i++) client.AssertEchoes([1]);
        Dictionary<string, long> statistics = server.Stop();
        Assert.InRange(statistics["turns"], 11, 1000);
        Assert.InRange(statistics["wait_us"], 1, long.MaxValue);
    }
}
