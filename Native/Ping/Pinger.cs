// The owner of ping's event loop: begins each target's round trips on their schedule, reports how
// they went, and takes the signals: SIGQUIT (Ctrl-\) asks for the counts so far, as with ping(8),
// the others end it.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Tmds.Linux;

namespace Epollecho.Native.Ping;

internal unsafe ref struct Pinger : ILoopOwner
{
    private readonly ref EventLoop<EpollPoller> loop;
    private readonly Span<PingTarget> targets; // by number, which is that of the timer, too
    private readonly Span<PingResults> results; // likewise
    private readonly PingReport report;
    private readonly Duration interval;
    private readonly long count; // of round trips to each target; 0: until a signal
    private readonly int signalFd;
    private int unfinished; // targets
    private bool hasEnded; // by a signal

    /// <summary>Will ping from the next turn of the loop on.</summary>
    public Pinger(
        ref EventLoop<EpollPoller> loop, Span<PingTarget> targets, Span<PingResults> results,
        in PingReport report, in PingOptions options, int signalFd)
    {
        this.loop = ref loop;
        this.targets = targets;
        this.results = results;
        this.report = report;
        this.signalFd = signalFd;
        interval = options.Interval;
        count = options.Count;
        unfinished = targets.Length;
        int result = loop.Poller.Add(signalFd, new Token(TokenKind.Signal, 0), LibC.EPOLLIN);
        if (result < 0) InternalError.Abort("epoll_ctl"u8, -result);
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i].NextStart = loop.Now;
            loop.Timers.Arm(i, loop.Now);
        }
    }

    public static bool ObservesWaits => false;

    private static Duration ShortestPause => Duration.FromMilliseconds(1);

    public readonly Instant WaitLimit => Instant.Never; // the timers have all that is due

    /// <summary>Is nothing left to be done?</summary>
    public readonly bool IsDone => unfinished == 0 || hasEnded || OutputHasFailed;

    public bool OutputHasFailed { get; private set; }

    public void OnEvent(Token token, int events)
    {
        if (token.Kind == TokenKind.Signal) TakeSignals();
        else Follow(token.Index, targets[token.Index].OnEvent(ref loop, token));
    }

    public void OnTimer(int timer)
    {
        // A round trip that is under way when the signal comes counts as neither sent nor lost.
        if (IsDone) return;
        ref PingTarget target = ref targets[timer];
        if (!target.IsIdle)
        {
            Follow(timer, target.OnTimeout(ref loop));
            return;
        }
        // Where a reply took longer than the interval, the schedule starts anew.
        Instant planned = target.NextStart + interval;
        target.NextStart = planned < loop.Now ? loop.Now + interval : planned;
        RoundTripState state = target.Begin(ref loop);
        // What has failed at once must not be begun again in this turn: it would never end.
        if (state == RoundTripState.Failed)
            target.NextStart = Instant.Later(target.NextStart, loop.Now + ShortestPause);
        Follow(timer, state);
    }

    public readonly void OnTurnEnd()
    {
    }

    public readonly void OnWaited(epoll_event* events, int count, Instant start, Instant end)
    {
    }

    private void Follow(int number, RoundTripState state)
    {
        if (state == RoundTripState.UnderWay) return;
        ref PingTarget target = ref targets[number];
        ref PingResults result = ref results[number];
        if (state == RoundTripState.Returned)
        {
            result.AddReply(target.Elapsed);
            OutputHasFailed |= !report.TryWriteReply(target);
        }
        else
        {
            report.AddLoss(ref result, target);
        }
        if (target.Sequence != count)
        {
            loop.Timers.Arm(number, target.NextStart);
            return;
        }
        loop.Timers.Cancel(number);
        unfinished--;
    }

    private void TakeSignals()
    {
        int signal;
        while ((signal = Signals.Read(signalFd)) > 0)
        {
            if (signal != LibC.SIGQUIT) hasEnded = true;
            else foreach (ref PingResults result in results) report.WriteState(result);
        }
    }
}
