using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Tests.Recorders;

/// <summary>Models that the tests of the dialects begin with.</summary>
internal static class RecorderModels
{
    public static TableModel Model(string prefix, string schema = "public") => new()
    {
        Prefix = prefix,
        Schema = schema,
        Key = KeyKind.Guid,
        CreateTables = true,
        NotifyInTransaction = false,
    };
}
