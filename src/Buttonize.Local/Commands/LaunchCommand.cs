using System.CommandLine;
using Buttonize.Local.Aws;
using Buttonize.Local.Processes;
using Buttonize.Local.Stack;
using Buttonize.Local.Tour;

namespace Buttonize.Local.Commands;

/// <summary>The launcher's command line: starts everything, plays the tour, stays up.</summary>
internal static class LaunchCommand
{
    private static readonly LocalEnvironmentOptions Defaults = new();

    public static RootCommand Create()
    {
        var once = new Option<bool>("--once")
        {
            Description =
                "Play the tour, stop everything, and say by the exit status whether all of it worked.",
        };
        var apiPort = Port("--api-port", "control plane", Defaults.ApiPort);
        var awsPort = Port("--aws-port", "local AWS", Defaults.AwsPort);
        var openIdPort = Port("--openid-port", "OpenID provider", Defaults.OpenIdPort);
        var command = new RootCommand(
            "Starts the Buttonize control plane and all it needs on this machine, and shows what it does."
        )
        {
            once,
            apiPort,
            awsPort,
            openIdPort,
            DemoFunction.Create(),
        };
        command.SetAction(
            (result, cancellationToken) =>
                LaunchAsync(
                    new LocalEnvironmentOptions
                    {
                        ApiPort = result.GetValue(apiPort),
                        AwsPort = result.GetValue(awsPort),
                        OpenIdPort = result.GetValue(openIdPort),
                    },
                    result.GetValue(once),
                    cancellationToken
                )
        );
        return command;
    }

    private static Option<int> Port(string name, string of, int usual)
    {
        var option = new Option<int>(name)
        {
            Description = $"The port of the {of}; 0 picks a free one.",
            DefaultValueFactory = _ => usual,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535)
            {
                result.AddError($"{name} must be a port: 1 to 65535, or 0 for a free one.");
            }
        });
        return option;
    }

    private static async Task<int> LaunchAsync(
        LocalEnvironmentOptions options,
        bool once,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var environment = await LocalEnvironment.StartAsync(
                options,
                Console.WriteLine,
                cancellationToken
            );
            try
            {
                return await PlayAsync(environment, once, cancellationToken);
            }
            finally
            {
                Console.WriteLine("Stopping.");
            }
        }
        catch (Exception exception)
            when (exception is StartFailedException or TourFailedException or LocalAwsException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C in the middle of something: everything is stopped by now, but not all was done.
            return once ? 1 : 0;
        }
    }

    /// <summary>The tour, then waiting; a part that ends by itself ends both.</summary>
    private static async Task<int> PlayAsync(
        LocalEnvironment environment,
        bool once,
        CancellationToken cancellationToken
    )
    {
        using var tour = new DemoTour(
            environment,
            new Transcript(Console.Out),
            TimeProvider.System
        );
        var playing = tour.RunAsync(cancellationToken);
        await Task.WhenAny(playing, environment.Failed);
        if (playing.IsFaulted)
        {
            // A step may have failed because a part has just ended, which is then the news.
            await Task.WhenAny(
                environment.Failed,
                Task.Delay(TimeSpan.FromSeconds(2), cancellationToken)
            );
        }

        if (environment.Failed.IsCompleted)
        {
            throw new StartFailedException(Ended(await environment.Failed));
        }

        var result = await playing;
        if (once)
        {
            Console.WriteLine();
            Console.WriteLine("Every step worked.");
            return 0;
        }

        Console.WriteLine(CurlGuide.For(environment, result));
        var failure = await environment.Failed.WaitAsync(cancellationToken);
        throw new StartFailedException(Ended(failure));
    }

    private static string Ended(string failure) =>
        $"Everything is stopped, because a part has ended by itself: {failure}";
}
