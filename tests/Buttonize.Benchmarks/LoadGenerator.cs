using System.Diagnostics;
using System.Net.Sockets;

namespace Buttonize.Benchmarks;

/// <summary>Sends prepared requests in turn, from one thread over some connections.</summary>
/// <param name="requests">Whole HTTP requests, signed already.</param>
internal sealed class LoadGenerator(
    Uri server,
    IReadOnlyList<byte[]> requests,
    CancellationToken cancellationToken
)
{
    /// <summary>
    /// Open loop: requests at a fixed rate, whatever the answers do. Latencies count from the moment at which a request should
    /// have been sent, so that a server that stalls is charged for all who had to wait ("coordinated omission").
    /// </summary>
    public LoadResult AtRate(int connections, int perSecond, TimeSpan duration) =>
        Run(
            connections,
            total: (int)(perSecond * duration.TotalSeconds),
            Stopwatch.Frequency / perSecond,
            TimeSpan.MaxValue
        );

    /// <summary>Closed loop: every connection sends its next request as soon as it has an answer.</summary>
    public LoadResult AsFastAsPossible(int connections, TimeSpan duration) =>
        Run(connections, int.MaxValue, ticksBetween: 0, duration);

    private LoadResult Run(int connections, int total, long ticksBetween, TimeSpan duration)
    {
        var all = Enumerable
            .Range(0, connections)
            .Select(_ => new LoadConnection(server))
            .ToDictionary(connection => connection.Socket);
        try
        {
            return new Loop(requests, all, total, ticksBetween).Run(duration, cancellationToken);
        }
        finally
        {
            foreach (var connection in all.Values)
            {
                connection.Dispose();
            }
        }
    }

    private sealed class Loop(
        IReadOnlyList<byte[]> requests,
        Dictionary<Socket, LoadConnection> all,
        int total,
        long ticksBetween
    )
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

        private readonly Stack<LoadConnection> idle = new(all.Values);
        private readonly List<LoadConnection> busy = [];
        private readonly List<long> latencies = [];
        private readonly long started = Stopwatch.GetTimestamp();
        private int sent;
        private int refused;

        public LoadResult Run(TimeSpan duration, CancellationToken cancellationToken)
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Stopwatch.GetElapsedTime(started) >= duration)
                {
                    total = sent;
                }
                SendDue();
                if (busy.Count == 0 && sent == total)
                {
                    var elapsed = Stopwatch.GetElapsedTime(started);
                    return new LoadResult([.. latencies.Order()], refused, elapsed);
                }
                ReceiveReady();
            }
        }

        private long NextDue => started + sent * ticksBetween;

        private void SendDue()
        {
            while (idle.Count > 0 && sent < total)
            {
                var now = Stopwatch.GetTimestamp();
                if (NextDue > now)
                {
                    return;
                }
                var connection = idle.Pop();
                var request = requests[sent % requests.Count];
                connection.Send(request, ticksBetween == 0 ? now : NextDue);
                sent++;
                busy.Add(connection);
            }
        }

        private void ReceiveReady()
        {
            var wait = Patience;
            if (idle.Count > 0 && sent < total)
            {
                wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), NextDue);
            }
            if (wait <= TimeSpan.Zero)
            {
                return;
            }
            if (busy.Count == 0)
            {
                // Not a wait for something to happen: an open loop is paced by the real clock.
                Thread.Sleep(wait);
                return;
            }
            var ready = busy.ConvertAll(connection => connection.Socket);
            Socket.Select(ready, null, null, wait);
            if (ready.Count == 0 && wait == Patience)
            {
                throw new CannotMeasureException(
                    $"The server has not answered for {Patience.TotalSeconds} s."
                );
            }
            ready.ForEach(socket => Receive(all[socket]));
        }

        private void Receive(LoadConnection connection)
        {
            if (connection.Receive() is not { } answer)
            {
                return;
            }
            latencies.Add(Stopwatch.GetTimestamp() - connection.IntendedAt);
            refused += answer.Status == 200 ? 0 : 1;
            busy.Remove(connection);
            idle.Push(connection);
        }
    }
}
