// Work on a thread of its own beside a test. What it throws fails that test, not the test run.
using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using Xunit;

namespace Epollecho.Tests.Support;

internal sealed class BackgroundWork
{
    private readonly Thread thread;
    private ExceptionDispatchInfo? failure;

    private BackgroundWork(Action work)
    {
        thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        })
        { IsBackground = true };
    }

    public static BackgroundWork Start(Action work)
    {
        BackgroundWork started = new(work);
        started.thread.Start();
        return started;
    }

    /// <summary>Waits for the end of the work, and throws what it has thrown.</summary>
    public void Join()
    {
        Assert.True(thread.Join(Tools.Patience), "work in the background has not ended");
        failure?.Throw();
    }
}
