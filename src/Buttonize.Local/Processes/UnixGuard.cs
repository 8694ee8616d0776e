namespace Buttonize.Local.Processes;

/// <summary>
/// Runs a program on Unix so that it cannot outlive its parent. A process that dies of SIGKILL runs no clean-up code, but the
/// kernel closes its pipes: a small shell between the two watches one, and ends the program once it closes.
/// </summary>
internal static class UnixGuard
{
    /// <summary>How long a program has between SIGTERM and SIGKILL, in seconds.</summary>
    public const int SecondsToStop = 5;

    public const string Shell = "/bin/sh";

    /// <summary>
    /// Ctrl-C in a terminal reaches the whole foreground group. The shell and (where <c>setsid</c> exists) the program are
    /// kept from it, so that the launcher alone decides in which order things stop. Without <c>setsid</c>, POSIX still
    /// starts background commands with SIGINT ignored.
    /// <para>
    /// The watcher reads with a builtin: a <c>cat</c> would stay behind when the program ends first. Its output goes nowhere,
    /// since an open copy of our pipe would make the parent wait for more lines.
    /// </para>
    /// </summary>
    private const string Script = """
        trap '' INT QUIT HUP
        exec 3<&0
        if command -v setsid >/dev/null 2>&1; then
          setsid "$@" </dev/null 3<&- & child=$!; group=-$child
        else
          "$@" </dev/null 3<&- & child=$!; group=$child
        fi
        trap 'kill -TERM "$child" 2>/dev/null' TERM
        (
          trap - TERM
          while read -r line <&3; do :; done
          kill -TERM "$child"
          tenths=$GUARD_TENTHS_TO_STOP
          while [ "$tenths" -gt 0 ] && kill -0 "$child"; do sleep 0.1; tenths=$((tenths - 1)); done
          kill -s KILL -- "$group"
        ) >/dev/null 2>&1 &
        watcher=$!
        wait "$child"; status=$?
        while kill -0 "$child" 2>/dev/null; do wait "$child"; status=$?; done
        kill "$watcher" 2>/dev/null
        exit "$status"
        """;

    /// <summary>The shell's arguments for a program and its arguments.</summary>
    public static IEnumerable<string> Arguments(ProgramStart start) =>
        [
            "-c",
            Script.Replace(
                "$GUARD_TENTHS_TO_STOP",
                $"{SecondsToStop * 10}",
                StringComparison.Ordinal
            ),
            start.Name,
            start.Program,
            .. start.Arguments,
        ];
}
