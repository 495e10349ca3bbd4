using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace Recorders.Tests;

/// <summary>Signals to the processes of tests.</summary>
internal static partial class ProcessSignals
{
    public const int Stop = 19;
    public const int Continue = 18;

    public static void Send(Process process, int signal) => Assert.Equal(0, Send(process.Id, signal));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int process, int signal);
}
