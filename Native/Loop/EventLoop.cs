// The one event loop of every mode. A turn: wait, read the clock once, hand out the events and the
// timers that are due, and let the owner do what is left. Owns the poller and the timers; the owner
// is told of events and never calls back into a turn.
using System.Runtime.CompilerServices;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Loop;

/// <summary>What runs on a loop: a struct that is used as a type argument, so that each call is a
/// direct one.</summary>
internal unsafe interface ILoopOwner
{
    /// <summary>Is it told of each wait? A constant of the type: what is not asked for is not
    /// compiled.</summary>
    static abstract bool ObservesWaits { get; }

    /// <summary>Until when the loop may wait though no timer is due and no event comes:
    /// <see cref="Instant.Start"/> while there is work to do at once,
    /// <see cref="Instant.Never"/> if there is nothing to do before the next event.</summary>
    Instant WaitLimit { get; }

    /// <summary>A descriptor is ready, or was: the token may be stale.</summary>
    void OnEvent(Token token, int events);

    /// <summary>A timer has expired, and is no longer armed.</summary>
    void OnTimer(int timer);

    /// <summary>All events and timers of this turn have been handed out.</summary>
    void OnTurnEnd();

    /// <summary>A wait is over, with so many events, or -errno.</summary>
    void OnWaited(epoll_event* events, int count, Instant start, Instant end);
}

internal unsafe struct EventLoop<TPoller>
    where TPoller : unmanaged, IPoller<TPoller>
{
    /// <summary>Events taken from the kernel a turn; more wait for the next turn.</summary>
    public const int EventsPerTurn = 256;

    public TPoller Poller;
    public Timers Timers;

    /// <summary>How long the loop asks for events without waiting, before it waits: who is asked
    /// again within that time is spared being put to sleep and woken.</summary>
    public Duration BusyPoll { get; set; }

    /// <summary>Do waits end at the nanosecond, where the poller can? Else at the millisecond that
    /// follows.</summary>
    public bool IsPrecise { get; set; }

    /// <summary>Are turns and the time in waits counted?</summary>
    public bool MeasuresWaits { get; set; }

    /// <summary>A loop for up to so many descriptors and timers; 0, or -errno.</summary>
    public static int TryCreate(
        PollerKind kind, int descriptors, int timers, out EventLoop<TPoller> loop)
    {
        loop = default;
        int result = TPoller.TryCreate(kind, descriptors, out loop.Poller);
        if (result >= 0) result = Timers.TryCreate(timers, out loop.Timers);
        loop.Now = Instant.Now;
        return result;
    }

    /// <summary>The clock, read once a turn after the wait.</summary>
    public Instant Now { get; private set; }

    /// <summary>Counted while waits are measured.</summary>
    public long Turns { get; private set; }

    /// <summary>In the call that waits, while that is measured.</summary>
    public Duration Waited { get; private set; }

    /// <summary>For an owner whose own work took so long that what follows would be timed wrong.
    /// </summary>
    public Instant ReadClock() => Now = Instant.Now;

    /// <summary>One turn. 0, or -errno of the wait, which fails for a broken descriptor only.
    /// </summary>
    public int Turn<TOwner>(ref TOwner owner)
        where TOwner : struct, ILoopOwner, allows ref struct
    {
        epoll_event* events = stackalloc epoll_event[EventsPerTurn];
        int count = Wait(ref owner, events);
        if (count < 0) return count;
        for (int i = 0; i < count; i++)
            owner.OnEvent(new Token(events[i].data.u64), events[i].events);
        if (Timers.Count > 0) ExpireTimers(ref owner);
        owner.OnTurnEnd();
        return 0;
    }

    private void ExpireTimers<TOwner>(ref TOwner owner)
        where TOwner : struct, ILoopOwner, allows ref struct
    {
        // One that is armed again for a time that has passed has its turn with the next events.
        for (int remaining = Timers.Count; remaining > 0; remaining--)
        {
            int timer = Timers.Expire(Now);
            if (timer == Timers.None) return;
            owner.OnTimer(timer);
        }
    }

    // Most waits are for ever: the way there is part of the turn.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Wait<TOwner>(ref TOwner owner, epoll_event* events)
        where TOwner : struct, ILoopOwner, allows ref struct
    {
        bool isObserved = MeasuresWaits || TOwner.ObservesWaits;
        Instant start = isObserved ? Instant.Now : default;
        Instant until = Instant.Earlier(owner.WaitLimit, Timers.Next);
        int count;
        if (until.IsNever && BusyPoll.IsZero)
            count = Poller.Wait(events, EventsPerTurn, Duration.Forever);
        else
            count = WaitUntil(events, until);
        Now = Instant.Now;
        if (isObserved) NoteWait(ref owner, events, count, start);
        return count;
    }

    private int WaitUntil(epoll_event* events, Instant until)
    {
        if (until == Instant.Start) return Poller.Wait(events, EventsPerTurn, Duration.Zero);
        if (!BusyPoll.IsZero)
        {
            // A timer that is due meanwhile is not kept waiting.
            Instant end = Instant.Earlier(until, Instant.Now + BusyPoll);
            int count;
            do count = Poller.Wait(events, EventsPerTurn, Duration.Zero);
            while (count == 0 && Instant.Now < end);
            if (count != 0) return count;
        }
        // The time that the last turn took is no part of the wait.
        Duration left = new Deadline(until).Left();
        if (!IsPrecise && !left.IsForever)
            left = Duration.FromMilliseconds(left.MillisecondsRoundedUp);
        return Poller.Wait(events, EventsPerTurn, left);
    }

    private void NoteWait<TOwner>(
        ref TOwner owner, epoll_event* events, int count, Instant start)
        where TOwner : struct, ILoopOwner, allows ref struct
    {
        Turns++;
        Waited += Now - start;
        if (TOwner.ObservesWaits) owner.OnWaited(events, count, start, Now);
    }
}
