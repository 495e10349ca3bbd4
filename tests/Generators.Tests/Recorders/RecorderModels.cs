using EventSourcing.Generators.Recorders.Sql;

namespace EventSourcing.Generators.Tests.Recorders;

/// <summary>Names that the tests of the dialects begin with.</summary>
internal static class RecorderModels
{
    public static TableNames Model(string prefix, string schema = "public") => new() { Prefix = prefix, Schema = schema, HasTextKeys = false };
}
