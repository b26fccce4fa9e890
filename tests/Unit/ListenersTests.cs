// Accepting on a kernel of the test's own: the errors of accept(2), budgets, and descriptors
// that are given up for a new connection.
using System.Collections.Generic;
using System.Linq;
using Epollecho.Native.Net;
using Epollecho.Native.Server;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class ListenersTests
{
    private readonly ScriptedKernel kernel = new();
    private readonly List<int> admitted = [];

    [Fact]
    public void All_who_wait_are_admitted()
    {
        Answer(5, 6, 7);
        Assert.Equal(0, Accept());
        Assert.Equal([5, 6, 7], admitted);
        Assert.Equal(4, kernel.CountOf("accept4"));
    }

    [Fact]
    public void A_flood_is_taken_in_portions()
    {
        Answer([.. Enumerable.Range(10, 200)]);
        Assert.Equal(0, Accept());
        Assert.Equal(Listeners.Budget, admitted.Count);
    }

    [Theory]
    [InlineData("ECONNABORTED")]
    [InlineData("EPROTO")]
    [InlineData("ENETDOWN")]
    [InlineData("EPERM")]
    [InlineData("EOPNOTSUPP")]
    public void An_error_of_one_connection_does_not_keep_the_next_ones_out(string error)
    {
        int errno = Number(error);
        Answer(-errno, -errno, 5, -errno, 6);
        Assert.Equal(0, Accept());
        Assert.Equal([5, 6], admitted);
    }

    [Fact]
    public void An_error_that_does_not_end_pauses_accepting()
    {
        kernel.AcceptAfterwards = -LibC.EPERM;
        Assert.Equal(LibC.EPERM, Accept());
        Assert.Equal(Listeners.Budget, kernel.CountOf("accept4"));
    }

    [Theory]
    [InlineData("EMFILE")]
    [InlineData("ENFILE")]
    [InlineData("ENOBUFS")]
    [InlineData("ENOMEM")]
    public void A_shortage_pauses_accepting_if_somebody_waits(string error)
    {
        int errno = Number(error);
        Answer(-errno);
        Assert.Equal(errno, Accept());
        // Behind one that was taken in: perhaps nobody waits; if somebody does, it is told again.
        Answer(5, -errno);
        Assert.Equal(0, Accept());
    }

    [Fact]
    public void Descriptors_that_can_be_given_up_go_to_those_who_wait()
    {
        Answer(-LibC.EMFILE, 5, -LibC.EMFILE, 6);
        Assert.Equal(0, Accept(freeable: 2));
        Assert.Equal([5, 6], admitted);
        Answer(-LibC.EMFILE);
        Assert.Equal(LibC.EMFILE, Accept(freeable: 0));
    }

    private static int Number(string name) => name switch
    {
        "ECONNABORTED" => LibC.ECONNABORTED,
        "EPROTO" => LibC.EPROTO,
        "ENETDOWN" => LibC.ENETDOWN,
        "EPERM" => LibC.EPERM,
        "EOPNOTSUPP" => LibC.EOPNOTSUPP,
        "EMFILE" => LibC.EMFILE,
        "ENFILE" => LibC.ENFILE,
        "ENOBUFS" => LibC.ENOBUFS,
        _ => LibC.ENOMEM,
    };

    private void Answer(params int[] results)
    {
        kernel.Accepts.Clear();
        foreach (int result in results) kernel.Accepts.Enqueue(result);
    }

    private int Accept(int freeable = 0)
    {
        ScriptedCalls calls = new(kernel);
        Admission admission = new(admitted) { Freeable = freeable };
        Listeners listeners = default; // one descriptor, which is never used
        return listeners.Accept(0, ref calls, ref admission);
    }

    private struct Admission(List<int> admitted) : IAdmission
    {
        public int Freeable;

        public readonly Endpoint* PeerBuffer => null;

        public readonly void Admit(int fd, Endpoint* peer) => admitted.Add(fd);

        public bool TryFreeDescriptors() => Freeable-- > 0;
    }
}
