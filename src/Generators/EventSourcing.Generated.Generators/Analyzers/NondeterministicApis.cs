using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>APIs that give another result each time, or on another machine, and the advice for each.</summary>
internal static class NondeterministicApis
{
    public const string Threading = "handle the event synchronously, and do the other work elsewhere";
    private const string Time = "take the time from the header of the event: write a parameter 'EventHeader header' after the event";
    private const string Random = "make the value a parameter of the event";
    private const string TimeZone = "time zones differ between machines: keep times in UTC, or make the local time a parameter of the event";
    public const string Culture = "cultures differ between machines: pass CultureInfo.InvariantCulture or StringComparison.Ordinal";
    public const string Hash = "hash codes differ each time the program runs: compare the values themselves";
    public const string Static = "shared state that can change may be different at each load: make the value a parameter of the event";
    private const string World = "do this before the event is raised, and make the result a parameter of the event";

    // Members of types whose other members are harmless.
    private static readonly Dictionary<string, string> Members = new(StringComparer.Ordinal)
    {
        ["System.DateTime.Now"] = Time,
        ["System.DateTime.UtcNow"] = Time,
        ["System.DateTime.Today"] = Time,
        ["System.DateTimeOffset.Now"] = Time,
        ["System.DateTimeOffset.UtcNow"] = Time,
        ["System.Guid.NewGuid"] = Random,
        ["System.Guid.CreateVersion7"] = Random,
        ["System.DateTime.ToLocalTime"] = TimeZone,
        ["System.DateTime.ToUniversalTime"] = TimeZone,
        ["System.DateTime.FromFileTime"] = TimeZone,
        ["System.DateTimeOffset.ToLocalTime"] = TimeZone,
        ["System.DateTimeOffset.LocalDateTime"] = TimeZone,
        ["System.DateTimeOffset.FromFileTime"] = TimeZone,
        ["System.DateTimeOffset.op_Implicit"] = TimeZone,
        ["System.StringComparer.CurrentCulture"] = Culture,
        ["System.StringComparer.CurrentCultureIgnoreCase"] = Culture,
        ["System.StringComparison.CurrentCulture"] = Culture,
        ["System.StringComparison.CurrentCultureIgnoreCase"] = Culture,
        ["System.Globalization.CultureInfo.CurrentCulture"] = Culture,
        ["System.Globalization.CultureInfo.CurrentUICulture"] = Culture,
        ["System.Globalization.CultureInfo.InstalledUICulture"] = Culture,
        ["System.Globalization.CultureInfo.DefaultThreadCurrentCulture"] = Culture,
        ["System.Globalization.CultureInfo.DefaultThreadCurrentUICulture"] = Culture,
        ["System.Globalization.RegionInfo.CurrentRegion"] = Culture,
        ["System.Globalization.NumberFormatInfo.CurrentInfo"] = Culture,
        ["System.Globalization.DateTimeFormatInfo.CurrentInfo"] = Culture,
        ["System.Globalization.TextInfo.ListSeparator"] = Culture,
        ["System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode"] = Hash,
        ["System.IO.Path.GetRandomFileName"] = Random,
        ["System.IO.Path.GetTempFileName"] = World,
        ["System.IO.Path.GetTempPath"] = World,
        ["System.IO.Path.GetFullPath"] = World,
        ["System.IO.Path.Exists"] = World,
    };

    // Types whose members all depend on the environment, also in derived types.
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["System.TimeProvider"] = Time,
        ["System.Diagnostics.Stopwatch"] = Time,
        ["EventSourcing.AggregateClock"] = Time,
        ["System.TimeZoneInfo"] = TimeZone,
        ["System.TimeZone"] = TimeZone,
        ["System.HashCode"] = Hash,
        ["System.Random"] = Random,
        ["System.Security.Cryptography.RandomNumberGenerator"] = Random,
        ["System.Environment"] = World,
        ["System.AppContext"] = World,
        ["System.AppDomain"] = World,
        ["System.GC"] = World,
        ["System.OperatingSystem"] = World,
        ["System.Diagnostics.Activity"] = World,
        ["System.Runtime.InteropServices.RuntimeInformation"] = World,
        ["System.Console"] = World,
        ["System.Diagnostics.Process"] = World,
        ["System.IO.File"] = World,
        ["System.IO.Directory"] = World,
        ["System.IO.FileSystemInfo"] = World,
        ["System.IO.FileStream"] = World,
        ["System.IO.DriveInfo"] = World,
        ["System.IO.StreamReader"] = World,
        ["System.IO.StreamWriter"] = World,
        ["System.Net.Http.HttpMessageInvoker"] = World,
        ["System.Net.Http.Json.HttpClientJsonExtensions"] = World,
        ["System.Net.NetworkInformation.Ping"] = World,
        ["System.Net.NetworkInformation.NetworkInterface"] = World,
        ["System.Net.WebRequest"] = World,
        ["System.Net.WebClient"] = World,
        ["System.Net.Dns"] = World,
        ["System.Net.Sockets.Socket"] = World,
        ["System.Net.Sockets.TcpClient"] = World,
        ["System.Net.Sockets.UdpClient"] = World,
        ["System.Data.Common.DbConnection"] = World,
        ["System.Data.Common.DbCommand"] = World,
        ["System.Threading.Thread"] = Threading,
        ["System.Threading.ThreadPool"] = Threading,
        ["System.Threading.Timer"] = Threading,
        ["System.Threading.PeriodicTimer"] = Threading,
        ["System.Threading.WaitHandle"] = Threading,
        ["System.Threading.AsyncLocal"] = Static,
        ["System.Threading.ThreadLocal"] = Static,
        ["System.Threading.Tasks.Task"] = Threading,
        ["System.Threading.Tasks.Parallel"] = Threading,
        ["System.Linq.ParallelEnumerable"] = Threading,
    };

    /// <summary>The advice against an API that the operation uses, and the name of the API; null when the operation is allowed.</summary>
    public static string? Find(IOperation operation, out string used)
    {
        ISymbol? symbol = operation switch
        {
            IInvocationOperation call => call.TargetMethod,
            IMethodReferenceOperation reference => reference.Method,
            IMemberReferenceOperation member => member.Member,
            IObjectCreationOperation creation => creation.Constructor,
            // The conversion of a DateTime to a DateTimeOffset uses the time zone of the machine.
            IConversionOperation { OperatorMethod: { } conversion } => conversion,
            _ => null,
        };
        used = symbol is null ? "" : Show(symbol);
        return symbol is null ? null : AdviceFor(symbol, operation);
    }

    private static string Show(ISymbol symbol) =>
        symbol is IMethodSymbol { MethodKind: MethodKind.Conversion } ? $"the conversion to {symbol.ContainingType.Name}"
        : symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } ? $"new {symbol.ContainingType.Name}" : $"{symbol.ContainingType.Name}.{symbol.Name}";

    /// <summary>The advice against using the member; null when it may be used.</summary>
    /// <param name="member">The member.</param>
    /// <param name="use">The operation that uses it.</param>
    public static string? AdviceFor(ISymbol member, IOperation use)
    {
        if (member.ContainingType is not { } type
            || member is IPropertySymbol { ContainingType.Name: "Environment", Name: "NewLine" } or IPropertySymbol { ContainingType.Name: "TimeZoneInfo", Name: "Utc" })
        {
            return null;
        }
        // Without an offset, the constructor uses the offset of the machine.
        if (member is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters: [{ Type.SpecialType: SpecialType.System_DateTime }] } && type.IsNamed("System.DateTimeOffset"))
        {
            return TimeZone;
        }

        if (Members.TryGetValue($"{NameOf(type)}.{member.Name}", out var advice))
        {
            return advice;
        }

        for (var current = type; current is not null; current = current.BaseType)
        {
            if (Types.TryGetValue(NameOf(current), out advice))
            {
                return advice;
            }
        }

        return IsMutable(member) ? Static : member is IMethodSymbol method ? CultureApis.AdviceFor(method, use) ?? HashAdvice(method) : null;
    }

    // The hash code of a user's type is computed from other hash codes.
    private static string? HashAdvice(IMethodSymbol method) =>
        method is { Name: "GetHashCode", IsStatic: false } && !IsStableHash(method.ContainingType) ? Hash : null;

    private static bool IsStableHash(INamedTypeSymbol type) =>
        type.IsNamed("System.Guid") || type.SpecialType is SpecialType.System_Enum or >= SpecialType.System_Boolean and <= SpecialType.System_Double or SpecialType.System_DateTime;

    private static bool IsMutable(ISymbol member) => member switch
    {
        IFieldSymbol { IsStatic: true, IsReadOnly: false, IsConst: false } => true,
        IPropertySymbol { IsStatic: true, SetMethod: not null } => true,
        _ => false,
    };

    private static string NameOf(INamedTypeSymbol type) => type.ContainingType is null ? $"{type.ContainingNamespace?.ToDisplayString()}.{type.Name}" : "";
}
