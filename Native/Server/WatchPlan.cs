// What a connection is watched for, by trigger and strategy.
using Epollecho.Native.Server.Engine;
using Tmds.Linux;

namespace Epollecho.Native.Server;

internal enum Trigger
{
    Edge, // tells of a change
    Level, // tells for as long as a descriptor is ready
}

internal readonly struct WatchPlan
{
    /// <summary>The mask while bytes are awaited from the peer.</summary>
    public int ForInput { get; }

    /// <summary>The mask while the peer is to take bytes.</summary>
    public int ForOutput { get; }

    /// <summary>Do the two differ? Edge-triggered and eager, a connection is watched for
    /// everything, once and for all, for only changes are told.</summary>
    public bool Changes => ForInput != ForOutput;

    public WatchPlan(Trigger trigger, Strategy strategy)
    {
        int edge = trigger == Trigger.Edge ? LibC.EPOLLET : 0;
        if (strategy == Strategy.Rearm)
        {
            ForInput = LibC.EPOLLIN | edge;
            ForOutput = LibC.EPOLLOUT | edge;
        }
        else if (trigger == Trigger.Edge)
        {
            ForInput =
                LibC.EPOLLIN | LibC.EPOLLPRI | LibC.EPOLLOUT | LibC.EPOLLRDHUP | edge;
            ForOutput = ForInput;
        }
        else
        {
            // RDHUP would be told on and on while the answer to what came before it waits.
            ForInput = LibC.EPOLLIN | LibC.EPOLLRDHUP;
            ForOutput = LibC.EPOLLOUT;
        }
    }
}
