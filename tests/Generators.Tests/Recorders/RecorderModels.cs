using EventSourcing.Generators.Recorders.Sql;

namespace EventSourcing.Generators.Tests.Recorders;

/// <summary>Table names for the tests of the dialects.</summary>
internal static class RecorderModels
{
    public static TableNames Model(string prefix, string schema = "public") => new() { Prefix = prefix, Schema = schema, HasTextKeys = false };
}
