// The timing wheel: held against a sorted list under random use, and its promises one by one.
using System;
using System.Collections.Generic;
using System.Linq;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class TimersTests
{
    private static readonly Instant Begin = Instant.Now;

    [Fact]
    public void A_timer_expires_at_its_time_once_and_not_before()
    {
        Timers timers = Create(4);
        Instant at = Begin + Duration.FromMilliseconds(250);
        timers.Arm(2, at);
        Assert.True(timers.IsArmed(2));
        Assert.Equal(at, timers.Next);
        Assert.Equal(Timers.None, timers.Expire(at - Duration.FromNanoseconds(1)));
        Assert.Equal(2, timers.Expire(at));
        Assert.Equal(Timers.None, timers.Expire(at));
        Assert.False(timers.IsArmed(2));
        Assert.True(timers.Next.IsNever);
        timers.Release();
    }

    [Fact]
    public void The_next_time_is_exact_however_far_away()
    {
        Timers timers = Create(1);
        long ns = 1;
        for (int i = 0; i < 60; i++, ns *= 2)
        {
            Instant at = Begin + Duration.FromNanoseconds(ns);
            timers.Arm(0, at); // moves it
            Assert.Equal(at, timers.Next);
            Assert.Equal(1, timers.Count);
        }
        timers.Release();
    }

    [Fact]
    public void A_time_that_has_passed_is_due_at_once()
    {
        Timers timers = Create(2);
        timers.Arm(0, Instant.Start);
        timers.Arm(1, Begin - Duration.FromSeconds(3));
        Assert.Equal([0, 1], ExpireAll(ref timers, Begin).Order());
        timers.Release();
    }

    [Fact]
    public void A_timer_for_never_does_not_expire_and_can_be_cancelled()
    {
        Timers timers = Create(1);
        timers.Arm(0, Instant.Never);
        Assert.Empty(ExpireAll(ref timers, Begin + Duration.FromSeconds(1_000_000_000L)));
        timers.Cancel(0);
        timers.Cancel(0);
        Assert.Equal(0, timers.Count);
        timers.Release();
    }

    [Fact]
    public void A_timer_that_is_due_can_still_be_cancelled_by_one_that_expires_before_it()
    {
        Timers timers = Create(2);
        timers.Arm(0, Begin);
        timers.Arm(1, Begin);
        int first = timers.Expire(Begin);
        timers.Cancel(1 - first);
        Assert.Equal(Timers.None, timers.Expire(Begin));
        Assert.Equal(0, timers.Count);
        timers.Release();
    }

    [Fact]
    public void Idle_timers_wake_nobody_until_the_first_is_due()
    {
        const int count = 15_000;
        Timers timers = Create(count);
        Duration idle = Duration.FromSeconds(60);
        for (int i = 0; i < count; i++)
            timers.Arm(i, Begin + idle + Duration.FromMicroseconds(i));
        Assert.Equal(Begin + idle, timers.Next);
        for (int i = 0; i < count; i++)
        {
            Instant due = Begin + idle + Duration.FromMicroseconds(i);
            Assert.Equal(due, timers.Next);
            Assert.Equal(i, timers.Expire(due));
        }
        timers.Release();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_use_agrees_with_a_sorted_list(int seed)
    {
        const int count = 200;
        Random random = new(seed);
        Timers timers = Create(count);
        Dictionary<int, Instant> model = [];
        Instant now = Begin;
        for (int step = 0; step < 20_000; step++)
        {
            int timer = random.Next(count);
            switch (random.Next(4))
            {
                case 0 or 1:
                    Instant at = now + Duration.FromNanoseconds(
                        (long)Math.Pow(10, random.NextDouble() * 14) - 1_000_000);
                    timers.Arm(timer, at);
                    model[timer] = at;
                    break;
                case 2:
                    timers.Cancel(timer);
                    model.Remove(timer);
                    break;
                default:
                    now += Duration.FromNanoseconds(
                        (long)Math.Pow(10, random.NextDouble() * 11));
                    int[] due = [.. model.Where(pair => pair.Value <= now).Select(p => p.Key)];
                    Assert.Equal(due.Order(), ExpireAll(ref timers, now).Order());
                    foreach (int one in due) model.Remove(one);
                    break;
            }
            Assert.Equal(model.Count, timers.Count);
            Instant earliest = model.Count == 0 ? Instant.Never : model.Values.Min();
            Assert.True(timers.Next <= earliest, "a timer would be late");
        }
        timers.Release();
    }

    private static Timers Create(int capacity)
    {
        Assert.Equal(0, Timers.TryCreate(capacity, out Timers timers));
        return timers;
    }

    private static List<int> ExpireAll(ref Timers timers, Instant now)
    {
        List<int> expired = [];
        for (int timer; (timer = timers.Expire(now)) != Timers.None;) expired.Add(timer);
        return expired;
    }
}
