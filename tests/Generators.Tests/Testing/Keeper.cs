using System.Reflection;
using System.Runtime.ExceptionServices;

namespace EventSourcing.Generators.Tests.Testing;

/// <summary>A program whose only aggregate keeps a value of each given type, and stores and loads it.</summary>
internal static class Keeper
{
    /// <summary>The source of the program.</summary>
    /// <param name="types">The types of the values, as C# source.</param>
    public static string Source(params IReadOnlyList<string> types) => $$"""
        [EventSourced]
        public sealed partial class Keeper
        {
            public object?[] Values { get; } = new object?[{{types.Count}}];

            [Event("Opened")]
            public partial Keeper(Guid id);
            private void Apply(Opened e) { }
        {{string.Concat(types.Select((type, i) => $$"""

                [Event("Kept{{i}}")]
                public partial void Keep{{i}}({{type}} value);
                private void Apply(Kept{{i}} e) => Values[{{i}}] = e.Value;

            """))}}
        }

        [EventSourcedApplication(typeof(Keeper))]
        public sealed partial class Store;

        public static class Trip
        {
            public static async Task<object?> Go(int index, object? value)
            {
                await using var store = await Store.OpenAsync("memory:");
                var keeper = new Keeper(Guid.NewGuid());
                switch (index)
                {
        {{string.Concat(types.Select((type, i) => $"            case {i}: keeper.Keep{i}(({type})value!); break;\n"))}}
                }

                await store.SaveAsync(keeper);
                return (await store.Repository.GetAsync<Keeper>(keeper.Id)).Values[index];
            }
        }
        """;

    /// <summary>The value after it was stored and loaded.</summary>
    public static async Task<object?> RoundTrip(Assembly program, int index, object? value)
    {
        try
        {
            return await (Task<object?>)program.GetType("Trip")!.GetMethod("Go")!.Invoke(null, [index, value])!;
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }
}
